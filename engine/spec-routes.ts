/** How the requests of each load reach their endpoints: by what the Services say as the run first knows them. */
import { CLUSTER_SCOPE } from "./kubernetes/network/endpoint-view.ts";
import { defaultProxyMode, isSplittable, routeOf, type ServiceRoute } from "./kubernetes/network/service-route.ts";
import type { KubernetesObject } from "./kubernetes/objects/index.ts";
import type { Service } from "./kubernetes/objects/service.ts";
import { newestVersions, versionsOf } from "./kubernetes/versions.ts";
import type { ScenarioSpec } from "./scenario-spec.ts";
import { actionsInOrder } from "./spec-tables.ts";
import type { LoadSpec } from "./traffic/load-model.ts";

/** Of a Service that nobody knows. */
const anyEndpoint: ServiceRoute = { scope: CLUSTER_SCOPE, pick: "random", affinity: 0, hasHealthChecks: false, dropsWithoutLocal: false };

export function routesOf(spec: ScenarioSpec): readonly ServiceRoute[] {
  const versions = versionsOf(spec.kubernetesVersion) ?? newestVersions;
  const objects = [...spec.objects, ...actionsInOrder(spec.actions).flatMap((action) => (action.type === "apply" ? action.objects : []))];
  return spec.load.map((load) => {
    const service = objects.find((object) => isTarget(object, load)) as Service | undefined;
    return service === undefined
      ? anyEndpoint
      : routeOf(service, load.via ?? "cluster-ip", spec.serviceProxy ?? defaultProxyMode, versions);
  });
}

/** Whether each request begins at the load's source. */
export function travelsAsMessages({ executor }: LoadSpec, route: ServiceRoute): boolean {
  return executor === "constant-arrival-rate" || !isSplittable(route);
}

function isTarget({ kind, metadata }: KubernetesObject, { namespace, service }: LoadSpec): boolean {
  return kind === "Service" && metadata.namespace === namespace && metadata.name === service;
}
