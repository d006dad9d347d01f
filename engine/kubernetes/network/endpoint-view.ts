/**
 * What a place makes of an entry of the endpoint log: the endpoints that it may choose from. Places that
 * see the same stand in one view, so traffic can still be split at the endpoints, view by view.
 *
 *   cluster   one view: every place sees the whole set
 *   zone      one view per zone: topology hints
 *   node      one view per node: policy Local, and hints for single nodes
 *   dns       one view, learnt by resolving a name and not from a proxy: headless Services
 *   registry  likewise, from a registry that the clients ask
 *
 * Differs: a registry follows the endpoints
 */
import { unreachable } from "../../kernel/assert.ts";
import type { EndpointEntry, EndpointSet } from "./endpoint-log.ts";
import { selectEndpoints, type ProxyEndpoint, type TrafficPolicy } from "./endpoint-selection.ts";

export interface ViewScope {
  readonly by: "cluster" | "zone" | "node" | "dns" | "registry";
  /** Only endpoints on the place's own node. */
  readonly isLocal: boolean;
  /** By zone: endpoints of the place's own zone, if there are any, whatever hints say. */
  readonly prefersOwn?: boolean;
  /** By registry: between two look-ups of a place, and until the registry follows the cluster. */
  readonly refresh?: number;
  readonly lag?: number;
}

export const CLUSTER_SCOPE: ViewScope = { by: "cluster", isLocal: false };

/** Where a place is: it sees what the proxy of this node sees. */
export interface Location {
  readonly node: number;
  /** Number of its zone, -1: none. */
  readonly zone: number;
}

export interface SeenEndpoints extends EndpointSet {
  /** At least one is ready: what a load balancer's health check asks. */
  readonly hasReady: boolean;
}

interface Candidate extends ProxyEndpoint {
  readonly pod: number;
  readonly node: number;
}

const nothing: SeenEndpoints = { pods: [], nodes: [], hasReady: false };
const clusterPolicy: TrafficPolicy = { internal: "Cluster", external: "Cluster", isExternallyAccessible: false };
const localPolicy: TrafficPolicy = { internal: "Local", external: "Cluster", isExternallyAccessible: false };

/** The view that a place at `location` stands in, among the views of its scope. */
export function viewKey(scope: ViewScope, location: Location): number {
  switch (scope.by) {
    case "cluster":
    case "dns":
    case "registry":
      return 0;
    case "zone":
      return location.zone;
    case "node":
      return location.node;
    default:
      return unreachable(scope.by);
  }
}

/** Reads one entry for many views. */
export class EntryReader {
  private readonly entry: EndpointEntry;
  private readonly zones: readonly number[];
  private byNode: Map<number, Candidate[]> | null = null;
  private all: readonly Candidate[] | null = null;

  /** `zones`: of each node, -1: none. */
  constructor(entry: EndpointEntry, zones: readonly number[] = []) {
    this.entry = entry;
    this.zones = zones;
  }

  seenFrom(scope: ViewScope, location: Location): SeenEndpoints {
    const { entry } = this;
    if (scope.isLocal) {
      const near = this.candidatesOf(location.node);
      return near === undefined ? nothing : seen(selectEndpoints(near, localPolicy, null).local ?? []);
    }
    const isLookedUp = scope.by === "dns" || scope.by === "registry";
    if (isLookedUp && entry.isTerminating === true) return nothing;
    if (scope.prefersOwn === true) return this.ownZone(location);
    if (entry.hints === undefined || scope.by === "cluster" || isLookedUp)
      return { pods: entry.pods, nodes: entry.nodes, hasReady: entry.pods.length > 0 && entry.isTerminating !== true };
    const zone = location.zone < 0 ? null : String(location.zone);
    const located = this.candidates().map((one) => ({ ...one, isLocal: one.node === location.node }));
    return seen(selectEndpoints(located, clusterPolicy, zone).cluster ?? []);
  }

  /** Endpoints of the place's zone, or all of them where there is none. */
  private ownZone({ zone }: Location): SeenEndpoints {
    const { isTerminating, nodes, pods } = this.entry;
    const near = pods.flatMap((_, index) => (zone >= 0 && this.zones[nodes[index]!] === zone ? [index] : []));
    const chosen = near.length === 0 ? pods.map((_, index) => index) : near;
    return {
      pods: chosen.map((index) => pods[index]!),
      nodes: chosen.map((index) => nodes[index]!),
      hasReady: chosen.length > 0 && isTerminating !== true,
    };
  }

  private candidatesOf(node: number): readonly Candidate[] | undefined {
    if (this.byNode === null) {
      this.byNode = new Map();
      for (const one of this.candidates()) {
        const known = this.byNode.get(one.node);
        if (known === undefined) this.byNode.set(one.node, [one]);
        else known.push(one);
      }
    }
    return this.byNode.get(node);
  }

  private candidates(): readonly Candidate[] {
    this.all ??= [...this.own(), ...this.beside()].sort((a, b) => a.pod - b.pod);
    return this.all;
  }

  private own(): Candidate[] {
    const { pods, nodes, hints, hintsNodes = false, isTerminating = false } = this.entry;
    return pods.map((pod, index) => {
      const hint = hints?.[index] ?? -1;
      const zoneHints = hint < 0 ? [] : [String(hint)];
      return {
        pod,
        node: nodes[index]!,
        isReady: !isTerminating,
        isServing: true,
        isTerminating,
        isLocal: true,
        zoneHints,
        hasNodeHint: hintsNodes,
      };
    });
  }

  private beside(): Candidate[] {
    const { pods = [], nodes = [] } = this.entry.fallback ?? {};
    return pods.map((pod, index) => ({
      pod,
      node: nodes[index]!,
      isReady: false,
      isServing: true,
      isTerminating: true,
      isLocal: true,
      zoneHints: [],
    }));
  }
}

function seen(chosen: readonly Candidate[]): SeenEndpoints {
  return { pods: chosen.map(({ pod }) => pod), nodes: chosen.map(({ node }) => node), hasReady: chosen.some(({ isReady }) => isReady) };
}
