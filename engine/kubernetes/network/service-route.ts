/**
 * How requests of one load reach the endpoints of a Service: by what the Service says, the way in that the
 * load takes, and the proxies' mode. Pure. Source: pkg/proxy/serviceport.go, topology.go, ipvs.
 *
 *   headless                      the client resolves the name and picks an address at random
 *   cluster IP                    internalTrafficPolicy; topology hints under policy Cluster
 *   node port, load balancer      externalTrafficPolicy; hints likewise
 */
import type { Duration } from "../../kernel/time.ts";
import { SECOND } from "../../kernel/time.ts";
import type { Service } from "../objects/service.ts";
import { hintKindOf, isHeadless, type HintVersions } from "../objects/traffic-hints.ts";
import { CLUSTER_SCOPE, type ViewScope } from "./endpoint-view.ts";

/** The way in: from inside by the cluster IP (or, headless, the Pods' own), from outside by a node's port, or by a load balancer in front of these. */
export type WayIn = "cluster-ip" | "node-port" | "load-balancer";

/** Of each connection, by the proxy of its place. */
export type EndpointPick = "random" | IpvsScheduler | "lc";

/** Those of ipvs whose choice doesn't count connections. */
export type IpvsScheduler = (typeof serviceProxySchedulers)[number];

export interface ProxyMode {
  readonly mode: (typeof serviceProxyModes)[number];
  /** Of ipvs only. */
  readonly scheduler: IpvsScheduler;
}

export const serviceProxyModes = ["iptables", "ipvs", "nftables"] as const;
export const serviceProxySchedulers = ["rr", "wrr", "sh", "dh"] as const;

export const defaultProxyMode: ProxyMode = { mode: "iptables", scheduler: "rr" };

export interface ServiceRoute {
  readonly scope: ViewScope;
  readonly pick: EndpointPick;
  /** How long a client that stays away is remembered; 0: no affinity. */
  readonly affinity: Duration;
  /** Nodes without a ready endpoint of their own fail the load balancer's health check. */
  readonly hasHealthChecks: boolean;
  /** Packets to a place without an endpoint are dropped while there is one elsewhere. */
  readonly dropsWithoutLocal: boolean;
}

export function routeOf(service: Service, wayIn: WayIn, proxy: ProxyMode, versions: HintVersions): ServiceRoute {
  const { spec } = service;
  const plain: ServiceRoute = {
    scope: CLUSTER_SCOPE,
    pick: "random",
    affinity: 0,
    hasHealthChecks: false,
    dropsWithoutLocal: false,
  };
  if (isHeadless(service)) return { ...plain, scope: { by: "dns", isLocal: false } };
  const isOutside = wayIn !== "cluster-ip";
  const isLocal = (isOutside ? spec.externalTrafficPolicy : spec.internalTrafficPolicy) === "Local";
  return {
    scope: isLocal ? { by: "node", isLocal: true } : hintedScope(service, versions),
    pick: proxy.mode === "ipvs" ? proxy.scheduler : "random",
    affinity: (spec.sessionAffinitySeconds ?? 0) * SECOND,
    hasHealthChecks: isLocal && wayIn === "load-balancer",
    // The kernel's virtual server refuses where it has no destination.
    dropsWithoutLocal: isLocal && proxy.mode !== "ipvs",
  };
}

/** Whether arrivals may be split at the endpoints: the choice depends on nothing that earlier requests did. */
export function isSplittable({ pick, affinity, hasHealthChecks }: ServiceRoute): boolean {
  return pick === "random" && affinity === 0 && !hasHealthChecks;
}

function hintedScope(service: Service, versions: HintVersions): ViewScope {
  const kind = hintKindOf(service, versions);
  if (kind === "none") return CLUSTER_SCOPE;
  return { by: kind === "node" ? "node" : "zone", isLocal: false };
}
