/** What the Service proxies of all nodes can make of a Service's slices. Which of it one place uses: endpoint-view.ts. */
import { EndpointCondition, type EndpointSliceRecord } from "./records.ts";
import type { PodId } from "./pod-record.ts";
import type { Service } from "../objects/service.ts";
import type { Versions } from "../versions.ts";
import type { EndpointEntry } from "../network/endpoint-log.ts";
import { isHeadless } from "../objects/traffic-hints.ts";

export type PublishedEndpoints = Pick<EndpointEntry, "pods" | "nodes" | "isTerminating" | "fallback" | "hints" | "hintsNodes">;

interface Listed {
  readonly pods: PodId[];
  readonly nodes: number[];
  readonly hints: number[];
}

const nothing: Listed = { pods: [], nodes: [], hints: [] };
/** More endpoints than a Service has slices for. */
const INDEXES = 2 ** 20;

const LEAVING = EndpointCondition.serving | EndpointCondition.terminating;

/** The ready ones; of those that still serve while they terminate, where there is no ready one, or no ready one on some node of a Local policy. */
export function publishedEndpoints(
  slices: readonly EndpointSliceRecord[],
  service: Service | undefined,
  { proxyFallsBackOnTerminating }: Pick<Versions, "proxyFallsBackOnTerminating">,
): PublishedEndpoints {
  const ready = listed(slices, (conditions) => (conditions & EndpointCondition.ready) !== 0);
  const fallsBack = proxyFallsBackOnTerminating && (service === undefined || !isHeadless(service));
  const leaving = fallsBack
    ? listed(slices, (conditions) => (conditions & EndpointCondition.ready) === 0 && (conditions & LEAVING) === LEAVING)
    : nothing;
  const isReady = ready.pods.length > 0;
  const isLeaving = leaving.pods.length > 0;
  const hasHints = isReady && slices.some(({ hints }) => hints !== undefined);
  return {
    ...setOf(isReady ? ready : leaving),
    ...(!isReady && isLeaving ? { isTerminating: true } : {}),
    ...(isReady && isLeaving && isLocal(service) ? { fallback: setOf(leaving) } : {}),
    ...(hasHints ? { hints: ready.hints, hintsNodes: service?.spec.trafficDistribution === "PreferSameNode" } : {}),
  };
}

function isLocal(service: Service | undefined): boolean {
  return service?.spec.externalTrafficPolicy === "Local" || service?.spec.internalTrafficPolicy === "Local";
}

/** By PodId ascending. */
function listed(slices: readonly EndpointSliceRecord[], isWanted: (conditions: number) => boolean): Listed {
  const found: Listed = { pods: [], nodes: [], hints: [] };
  let isSorted = true;
  let last = -1;
  for (const { pods, nodes, conditions, hints } of slices) {
    for (let index = 0; index < pods.length; index++) {
      if (!isWanted(conditions[index] ?? 0)) continue;
      const pod = pods[index]!;
      if (pod < last) isSorted = false;
      last = pod;
      found.pods.push(pod);
      found.nodes.push(nodes[index] ?? -1);
      found.hints.push(hints?.[index] ?? -1);
    }
  }
  return isSorted ? found : sorted(found);
}

/** Numbers sort much faster than objects do: each holds a Pod and its index. Of one Pod in two slices, the first stays first. */
function sorted({ pods, nodes, hints }: Listed): Listed {
  const order = Float64Array.from(pods, (pod, index) => pod * INDEXES + index).sort();
  const inOrder = (column: readonly number[]): number[] => Array.from(order, (key) => column[key % INDEXES]!);
  return { pods: inOrder(pods), nodes: inOrder(nodes), hints: inOrder(hints) };
}

function setOf({ pods, nodes }: Listed): { readonly pods: readonly PodId[]; readonly nodes: readonly number[] } {
  return { pods, nodes };
}
