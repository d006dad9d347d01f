/**
 * Which endpoints the proxy of one node uses for a Service: ready ones, or, without any, those that still
 * serve while they terminate; near ones where hints or a Local policy say so. Pure.
 * Source: pkg/proxy/topology.go CategorizeEndpoints (1.36).
 */

export interface ProxyEndpoint {
  readonly isReady: boolean;
  readonly isServing: boolean;
  readonly isTerminating: boolean;
  /** Runs on this node. */
  readonly isLocal: boolean;
  readonly zoneHints: readonly string[];
  /** It is hinted for the node that it runs on (PreferSameNode). */
  readonly hasNodeHint?: boolean;
}

export interface TrafficPolicy {
  readonly internal: "Cluster" | "Local";
  readonly external: "Cluster" | "Local";
  /** It has a node port, a load balancer or an external address. */
  readonly isExternallyAccessible: boolean;
}

export interface EndpointSelection<Endpoint> {
  /** For traffic of policy Cluster; null: there is none. */
  readonly cluster: readonly Endpoint[] | null;
  /** For traffic of policy Local; null: there is none. */
  readonly local: readonly Endpoint[] | null;
  /** Both together. */
  readonly reachable: readonly Endpoint[];
  /** False: nobody serves anywhere, and the proxy rejects instead of dropping. */
  readonly hasAny: boolean;
}

/** `zone` of the node; null: unknown. */
export function selectEndpoints<Endpoint extends ProxyEndpoint>(
  endpoints: readonly Endpoint[],
  { internal, external, isExternallyAccessible }: TrafficPolicy,
  zone: string | null,
): EndpointSelection<Endpoint> {
  const usesCluster = internal === "Cluster" || isExternallyAccessible;
  const usesLocal = internal === "Local" || (isExternallyAccessible && external === "Local");
  const cluster = usesCluster ? orFallback(endpoints.filter(isNear(endpoints, zone)), endpoints) : null;
  const near = endpoints.filter(({ isLocal }) => isLocal);
  const local = usesLocal
    ? orFallback(
        near.filter(({ isReady }) => isReady),
        near,
      )
    : null;
  const isUsed = new Set([...(cluster ?? []), ...(local ?? [])]);
  return {
    cluster,
    local,
    reachable: endpoints.filter((endpoint) => isUsed.has(endpoint)),
    hasAny: (cluster !== null && cluster.length > 0) || (usesLocal && endpoints.some((one) => one.isReady || isLeaving(one))),
  };
}

function orFallback<Endpoint extends ProxyEndpoint>(ready: readonly Endpoint[], all: readonly Endpoint[]): readonly Endpoint[] {
  return ready.length > 0 ? ready : all.filter(isLeaving);
}

function isLeaving({ isServing, isTerminating }: ProxyEndpoint): boolean {
  return isServing && isTerminating;
}

/** Hints count only if every ready endpoint has one and one of them names this node, else this zone. */
function isNear(endpoints: readonly ProxyEndpoint[], zone: string | null): (endpoint: ProxyEndpoint) => boolean {
  const ready = endpoints.filter(({ isReady }) => isReady);
  if (ready.every(({ hasNodeHint }) => hasNodeHint === true) && ready.some(({ isLocal }) => isLocal))
    return ({ isReady, isLocal }) => isReady && isLocal;
  const isHinted = ({ zoneHints }: ProxyEndpoint): boolean => zone !== null && zoneHints.includes(zone);
  const usesHints = ready.every(({ zoneHints }) => zoneHints.length > 0) && ready.some(isHinted);
  return (endpoint) => endpoint.isReady && (!usesHints || isHinted(endpoint));
}
