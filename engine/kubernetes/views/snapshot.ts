/** All that the API server holds at one instant, as kubectl would get it. */
import { microTimestamp } from "../../values/calendar.ts";
import type { ApiMeta, ApiSnapshot } from "./api-object.ts";
import { apiEvent } from "./event-objects.ts";
import { ofKind } from "../api-server/object-record.ts";
import { apiHorizontalPodAutoscaler } from "./autoscalers.ts";
import { apiNamespaces, apiNode } from "./nodes.ts";
import { apiPod } from "./pods.ts";
import { nodePortsOf } from "./node-ports.ts";
import { apiEndpoints, apiEndpointSlice, apiService } from "./services.ts";
import {
  apiControllerRevision,
  apiCronJob,
  apiDaemonSet,
  apiJob,
  apiLimitRange,
  apiPodDisruptionBudget,
  apiPriorityClasses,
  apiReplicationController,
  apiResourceQuota,
  apiStatefulSet,
  recordsOf,
} from "./table-objects.ts";
import type { ViewSource } from "./view-source.ts";
import { apiDeployment, apiReplicaSet } from "./workloads.ts";

export function snapshotOf(source: ViewSource): ApiSnapshot {
  const { store } = source;
  const services = store.services.filter((service) => service !== undefined);
  const nodePorts = nodePortsOf(store.seed, services);
  const autoscalers = [...store.objects.values()].flatMap((object) => ofKind(object, "HorizontalPodAutoscaler") ?? []);
  const slicesOf = (index: number): NonNullable<(typeof store.slices)[number]> => store.slices[index] ?? new Map();
  return {
    at: source.now,
    printing: {
      jobsTellStatus: source.versions.jobTablesTellStatus,
      cronJobsTellZone: source.versions.cronJobTablesTellZone,
      restartsTellWhen: source.versions.restartsTellWhen,
      endedPodsStayEnded: source.versions.endedPodsStayEnded,
      failuresOutrankCompleted: source.versions.failuresOutrankCompleted,
      autoscalersNameMetrics: source.versions.autoscalersNameMetrics,
    },
    pods: listed(store.pods.filter((pod) => pod !== undefined).map((pod) => apiPod(source, pod))),
    replicasets: listed([...store.replicaSets.values()].map((set) => apiReplicaSet(source, set))),
    deployments: listed([...store.deployments.values()].map((deployment) => apiDeployment(source, deployment))),
    horizontalpodautoscalers: listed(autoscalers.map((record) => apiHorizontalPodAutoscaler(source, record))),
    services: listed(services.map((service) => apiService(source, service, nodePorts.get(service.index)))),
    endpoints: listed(
      services
        .filter(({ object }) => object.spec.selector !== null)
        .map((service) => apiEndpoints(source, service, source.store.endpoints.get(service.index))),
    ),
    endpointslices: listed(
      services.flatMap((service) => [...slicesOf(service.index).values()].map((slice) => apiEndpointSlice(source, service, slice))),
    ),
    nodes: listed(store.nodes.filter(({ isAbsent }) => isAbsent !== true).map((node) => apiNode(source, node))),
    replicationcontrollers: listed(recordsOf(source, "ReplicationController").map((record) => apiReplicationController(source, record))),
    statefulsets: listed(recordsOf(source, "StatefulSet").map((record) => apiStatefulSet(source, record))),
    daemonsets: listed(recordsOf(source, "DaemonSet").map((record) => apiDaemonSet(source, record))),
    jobs: listed(recordsOf(source, "Job").map((record) => apiJob(source, record))),
    cronjobs: listed(recordsOf(source, "CronJob").map((record) => apiCronJob(source, record))),
    controllerrevisions: listed(recordsOf(source, "ControllerRevision").map((record) => apiControllerRevision(source, record))),
    poddisruptionbudgets: listed(recordsOf(source, "PodDisruptionBudget").map((record) => apiPodDisruptionBudget(source, record))),
    resourcequotas: listed(recordsOf(source, "ResourceQuota").map((record) => apiResourceQuota(source, record))),
    limitranges: listed(recordsOf(source, "LimitRange").map((record) => apiLimitRange(source, record))),
    priorityclasses: listed(apiPriorityClasses(source)),
    namespaces: apiNamespaces(source),
    events: listed(source.events.map((event) => apiEvent(source, event))),
    leases: Object.fromEntries(
      store.nodes.map(({ index }) => [store.nodeTemplates[index]?.name ?? "", microTimestamp(Math.floor(store.leaseRenewals[index] ?? 0))]),
    ),
  };
}

/** As etcd has them: by namespace, then name. */
function listed<Item extends { readonly metadata: ApiMeta }>(items: readonly Item[]): Item[] {
  const keyOf = ({ metadata }: Item): string => `${metadata.namespace ?? ""}/${metadata.name}`;
  return items
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ item }) => item);
}
