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

const LEAVING = EndpointCondition.serving | EndpointCondition.terminating;

/** The ready ones; of those that still serve while they terminate, where there is no ready one, or no ready one on some node of a Local policy. */
export function publishedEndpoints(
  slices: readonly EndpointSliceRecord[],
  service: Service | undefined,
  { proxyFallsBackOnTerminating }: Pick<Versions, "proxyFallsBackOnTerminating">,
): PublishedEndpoints {
  const ready = listed(slices, (conditions) => (conditions & EndpointCondition.ready) !== 0);
  const fallsBack = proxyFallsBackOnTerminating && (service === undefined || !isHeadless(service));
  const isLeavingAsked = fallsBack && (ready.pods.length === 0 || isLocal(service));
  const leaving = isLeavingAsked
    ? listed(slices, (conditions) => (conditions & EndpointCondition.ready) === 0 && (conditions & LEAVING) === LEAVING)
    : nothing;
  const isReady = ready.pods.length > 0;
  const isLeaving = leaving.pods.length > 0;
  return {
    ...setOf(isReady ? ready : leaving),
    ...(!isReady && isLeaving ? { isTerminating: true } : {}),
    ...(isReady && isLeaving ? { fallback: setOf(leaving) } : {}),
    ...(isReady && ready.hints.length > 0
      ? { hints: ready.hints, hintsNodes: service?.spec.trafficDistribution === "PreferSameNode" }
      : {}),
  };
}

function isLocal(service: Service | undefined): boolean {
  return service?.spec.externalTrafficPolicy === "Local" || service?.spec.internalTrafficPolicy === "Local";
}

/** By PodId ascending. */
function listed(slices: readonly EndpointSliceRecord[], isWanted: (conditions: number) => boolean): Listed {
  const found: Listed = { pods: [], nodes: [], hints: [] };
  const hasHints = slices.some(({ hints }) => hints !== undefined);
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
      if (hasHints) found.hints.push(hints?.[index] ?? -1);
    }
  }
  return isSorted ? found : sorted(found);
}

/** Each slice mostly holds them in order: few runs, which a merge sort takes as they are. */
function sorted({ pods, nodes, hints }: Listed): Listed {
  const order = pods.map((_, index) => index).sort((a, b) => pods[a]! - pods[b]!);
  const inOrder = (column: readonly number[]): number[] => order.map((index) => column[index]!);
  return { pods: inOrder(pods), nodes: inOrder(nodes), hints: hints.length === 0 ? [] : inOrder(hints) };
}

function setOf({ pods, nodes }: Listed): { readonly pods: readonly PodId[]; readonly nodes: readonly number[] } {
  return { pods, nodes };
}
