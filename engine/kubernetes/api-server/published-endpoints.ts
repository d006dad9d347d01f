/** What the Service proxies of all nodes can make of a Service's slices. Which of it one place uses: endpoint-view.ts. */
import { EndpointCondition, type EndpointSliceRecord } from "./records.ts";
import type { PodId } from "./pod-record.ts";
import type { Service } from "../objects/service.ts";
import type { Versions } from "../versions.ts";
import type { EndpointEntry } from "../network/endpoint-log.ts";
import { isHeadless } from "../objects/traffic-hints.ts";

export type PublishedEndpoints = Pick<EndpointEntry, "pods" | "nodes" | "isTerminating" | "fallback" | "hints" | "hintsNodes">;

interface Listed {
  readonly pod: PodId;
  readonly node: number;
  readonly hint: number;
}

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
    : [];
  const hasHints = ready.length > 0 && slices.some(({ hints }) => hints !== undefined);
  return {
    ...setOf(ready.length > 0 ? ready : leaving),
    ...(ready.length === 0 && leaving.length > 0 ? { isTerminating: true } : {}),
    ...(ready.length > 0 && leaving.length > 0 && isLocal(service) ? { fallback: setOf(leaving) } : {}),
    ...(hasHints ? { hints: ready.map(({ hint }) => hint), hintsNodes: service?.spec.trafficDistribution === "PreferSameNode" } : {}),
  };
}

function isLocal(service: Service | undefined): boolean {
  return service?.spec.externalTrafficPolicy === "Local" || service?.spec.internalTrafficPolicy === "Local";
}

/** By PodId ascending. */
function listed(slices: readonly EndpointSliceRecord[], isWanted: (conditions: number) => boolean): Listed[] {
  const found: Listed[] = [];
  let isSorted = true;
  for (const { pods, nodes, conditions, hints } of slices) {
    for (let index = 0; index < pods.length; index++) {
      if (!isWanted(conditions[index] ?? 0)) continue;
      const pod = pods[index]!;
      if (found.length > 0 && found[found.length - 1]!.pod > pod) isSorted = false;
      found.push({ pod, node: nodes[index] ?? -1, hint: hints?.[index] ?? -1 });
    }
  }
  return isSorted ? found : found.sort((a, b) => a.pod - b.pod);
}

function setOf(endpoints: readonly Listed[]): { readonly pods: readonly PodId[]; readonly nodes: readonly number[] } {
  return { pods: endpoints.map(({ pod }) => pod), nodes: endpoints.map(({ node }) => node) };
}
