/** How the requests of each load reach their endpoints: by what the Services say as the run first knows them. */
import { CLUSTER_SCOPE } from "../kubernetes/network/endpoint-view.ts";
import { defaultProxyMode, routeOf, type ServiceRoute } from "../kubernetes/network/service-route.ts";
import type { KubernetesObject } from "../kubernetes/objects/index.ts";
import type { Service } from "../kubernetes/objects/service.ts";
import { newestVersions, versionsOf } from "../kubernetes/versions.ts";
import type { ScenarioSpec } from "../scenario-spec.ts";
import { callsOf } from "./calls.ts";
import { actionsInOrder } from "./tables.ts";
import { MILLISECOND, type Duration } from "../kernel/time.ts";
import { unreachable } from "../kernel/assert.ts";
import type { LoadSpec } from "../traffic/load-model.ts";
import { pathOf } from "../traffic/path.ts";

/** Of a Service that nobody knows. */
const anyEndpoint: ServiceRoute = { scope: CLUSTER_SCOPE, pick: "random", affinity: 0, hasHealthChecks: false, dropsWithoutLocal: false };

export function routesOf(spec: ScenarioSpec): readonly ServiceRoute[] {
  const versions = versionsOf(spec.kubernetesVersion) ?? newestVersions;
  const objects = [...spec.objects, ...actionsInOrder(spec.actions).flatMap((action) => (action.type === "apply" ? action.objects : []))];
  return spec.load.map((load) => {
    const service = objects.find((object) => isTarget(object, load)) as Service | undefined;
    const route =
      service === undefined ? anyEndpoint : routeOf(service, load.via ?? "cluster-ip", spec.serviceProxy ?? defaultProxyMode, versions);
    return routeByClient(route, load);
  });
}

/** How calls between Services reach their endpoints: each by the proxy of its own node. */
export function callRoutesOf(spec: ScenarioSpec): readonly ServiceRoute[] {
  const versions = versionsOf(spec.kubernetesVersion) ?? newestVersions;
  const objects = [...spec.objects, ...actionsInOrder(spec.actions).flatMap((action) => (action.type === "apply" ? action.objects : []))];
  return callsOf(spec).map(({ call }) => {
    const service = objects.find((object) => isTarget(object, call)) as Service | undefined;
    if (call.propagation !== undefined) return { ...anyEndpoint, scope: listOfOwn(call.propagation) };
    return service === undefined ? anyEndpoint : routeOf(service, "cluster-ip", spec.serviceProxy ?? defaultProxyMode, versions);
  });
}

/** Looked at so often that only the delay counts. */
const LOOK: Duration = MILLISECOND;

function listOfOwn(propagation: Duration): ServiceRoute["scope"] {
  return { by: "registry", isLocal: false, refresh: LOOK, lag: propagation };
}

/** What a load says about the choice itself: its clients choose, not the proxies. */
function routeByClient(route: ServiceRoute, { discovery, policy }: LoadSpec): ServiceRoute {
  const scope =
    discovery === undefined ? route.scope : { by: "registry" as const, isLocal: false, refresh: discovery.refresh, lag: discovery.lag };
  switch (policy) {
    case undefined:
      return discovery === undefined ? route : { ...route, scope };
    case "random":
      return { ...route, scope, pick: "random", affinity: 0 };
    case "round-robin":
      return { ...route, scope, pick: "rr", affinity: 0 };
    case "least-connections":
      return { ...route, scope, pick: "lc", affinity: 0 };
    case "zone-aware":
      return { ...route, scope: { by: "zone", isLocal: false, prefersOwn: true }, pick: "random", affinity: 0 };
    default:
      return unreachable(policy);
  }
}

/** Whether each request begins at the load's source. */
export function travelsAsMessages(load: LoadSpec, route: ServiceRoute): boolean {
  return pathOf(load, route).kind !== "split";
}

function isTarget({ kind, metadata }: KubernetesObject, { namespace, service }: Pick<LoadSpec, "namespace" | "service">): boolean {
  return kind === "Service" && metadata.namespace === namespace && metadata.name === service;
}
