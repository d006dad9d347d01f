/** `kubectl describe` of the kinds beside Pods, Nodes and Deployments. Source: kubectl/pkg/describe/describe.go. */
import type {
  ApiDaemonSet,
  ApiJob,
  ApiPodDisruptionBudget,
  ApiReplicationController,
  ApiStatefulSet,
} from "../../engine/kubernetes/views/api-object.ts";
import type { ApiCondition, ApiObject, ApiReplicaSet, ApiService, ApiSnapshot } from "../../engine/kubernetes/views/api-object.ts";
import { dateOf, describeTemplate } from "./describe-containers.ts";
import { describeEvents, eventsOf } from "./describe-events.ts";
import { Description } from "./description.ts";
import { formatLabels, formatSelector } from "./selector.ts";
import { jobDuration } from "./workload-tables.ts";

function begin({ metadata }: ApiObject, selector: string): Description {
  const out = new Description();
  out
    .line(0, `Name:\t${metadata.name}`)
    .line(0, `Namespace:\t${metadata.namespace ?? ""}`)
    .line(0, `Selector:\t${selector}`);
  return out;
}

function describeMeta(out: Description, { metadata }: ApiObject): void {
  out.labels("Labels", metadata.labels).labels("Annotations", metadata.annotations, "", ": ");
}

function describeOwner(out: Description, { metadata }: ApiObject): void {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner !== undefined) out.line(0, `Controlled By:\t${owner.kind}/${owner.name}`);
}

function end(out: Description, { kind, metadata }: ApiObject, snapshot: ApiSnapshot): string {
  describeEvents(out, eventsOf(snapshot, kind, metadata.namespace, metadata.name), snapshot.at);
  return out.end();
}

/** Source: getPodStatusForController. */
function podsStatus({ metadata }: ApiObject, { pods }: ApiSnapshot): string {
  const owned = pods.filter((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) === true);
  const count = (...phases: readonly string[]): number => owned.filter(({ status }) => phases.includes(status.phase)).length;
  return `${count("Running")} Running / ${count("Pending")} Waiting / ${count("Succeeded")} Succeeded / ${count("Failed")} Failed`;
}

function describeConditions(out: Description, conditions: readonly ApiCondition[] | undefined): void {
  if (conditions === undefined) return;
  out.line(0, "Conditions:").line(1, "Type\tStatus\tReason").line(1, "----\t------\t------");
  for (const { type, status, reason = "" } of conditions) out.line(1, `${type} \t${status}\t${reason}`);
}

export function describeStatefulSet(set: ApiStatefulSet, snapshot: ApiSnapshot): string {
  const { metadata, spec, status } = set;
  const out = new Description();
  out.line(0, `Name:\t${metadata.name}`).line(0, `Namespace:\t${metadata.namespace ?? ""}`);
  out.line(0, `CreationTimestamp:\t${dateOf(metadata.creationTimestamp)}`).line(0, `Selector:\t${formatSelector(spec.selector)}`);
  describeMeta(out, set);
  out.line(0, `Replicas:\t${spec.replicas} desired | ${status.replicas} total`);
  out.line(0, `Update Strategy:\t${spec.updateStrategy.type}`);
  const { rollingUpdate } = spec.updateStrategy;
  if (rollingUpdate !== undefined) {
    out.line(1, `Partition:\t${rollingUpdate.partition}`);
    if (rollingUpdate.maxUnavailable !== undefined) out.line(1, `MaxUnavailable:\t${rollingUpdate.maxUnavailable}`);
  }
  out.line(0, `Pods Status:\t${podsStatus(set, snapshot)}`);
  describeTemplate(out, spec.template);
  out.line(0, "Volume Claims:\t<none>");
  return end(out, set, snapshot);
}

export function describeReplicas(set: ApiReplicaSet | ApiReplicationController, snapshot: ApiSnapshot): string {
  const { spec, status } = set;
  const out = begin(set, set.kind === "ReplicaSet" ? formatSelector(set.spec.selector) : formatLabels(set.spec.selector));
  describeMeta(out, set);
  describeOwner(out, set);
  out.line(0, `Replicas:\t${status.replicas} current / ${spec.replicas} desired`);
  out.line(0, `Pods Status:\t${podsStatus(set, snapshot)}`);
  describeTemplate(out, spec.template);
  describeConditions(out, status.conditions);
  return end(out, set, snapshot);
}

export function describeDaemonSet(set: ApiDaemonSet, snapshot: ApiSnapshot): string {
  const { spec, status } = set;
  const out = begin(set, formatSelector(spec.selector));
  out.line(0, `Node-Selector:\t${formatLabels(spec.template.spec.nodeSelector)}`);
  describeMeta(out, set);
  out.line(0, `Desired Number of Nodes Scheduled: ${status.desiredNumberScheduled}`);
  out.line(0, `Current Number of Nodes Scheduled: ${status.currentNumberScheduled}`);
  out.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status.updatedNumberScheduled ?? 0}`);
  out.line(0, `Number of Nodes Scheduled with Available Pods: ${status.numberAvailable ?? 0}`);
  out.line(0, `Number of Nodes Misscheduled: ${status.numberMisscheduled}`);
  out.line(0, `Pods Status:\t${podsStatus(set, snapshot)}`);
  describeTemplate(out, spec.template);
  return end(out, set, snapshot);
}

export function describeJob(job: ApiJob, snapshot: ApiSnapshot): string {
  const { metadata, spec, status } = job;
  const out = begin(job, `batch.kubernetes.io/controller-uid=${metadata.uid}`);
  describeMeta(out, job);
  describeOwner(out, job);
  out.line(0, `Parallelism:\t${spec.parallelism}`).line(0, `Completions:\t${spec.completions ?? "<unset>"}`);
  out.line(0, `Completion Mode:\t${spec.completionMode}`).line(0, `Suspend:\t${spec.suspend}`);
  out.line(0, `Backoff Limit:\t${spec.backoffLimit}`);
  if (spec.ttlSecondsAfterFinished !== undefined) out.line(0, `TTL Seconds After Finished:\t${spec.ttlSecondsAfterFinished}`);
  if (status.startTime !== undefined) out.line(0, `Start Time:\t${dateOf(status.startTime)}`);
  if (status.completionTime !== undefined) out.line(0, `Completed At:\t${dateOf(status.completionTime)}`);
  if (status.startTime !== undefined && status.completionTime !== undefined) out.line(0, `Duration:\t${jobDuration(job, snapshot.at)}`);
  if (spec.activeDeadlineSeconds !== undefined) out.line(0, `Active Deadline Seconds:\t${spec.activeDeadlineSeconds}s`);
  const { active = 0, ready = 0, succeeded = 0, failed = 0 } = status;
  out.line(0, `Pods Statuses:\t${active} Active (${ready} Ready) / ${succeeded} Succeeded / ${failed} Failed`);
  if (spec.completionMode === "Indexed") out.line(0, `Completed Indexes:\t${status.completedIndexes ?? "<none>"}`);
  describeTemplate(out, spec.template);
  return end(out, job, snapshot);
}

export function describeService(service: ApiService, snapshot: ApiSnapshot): string {
  const { metadata, spec } = service;
  const out = new Description();
  out.line(0, `Name:\t${metadata.name}`).line(0, `Namespace:\t${metadata.namespace ?? ""}`);
  describeMeta(out, service);
  out.line(0, `Selector:\t${formatLabels(spec.selector)}`).line(0, `Type:\t${spec.type}`);
  if (spec.ipFamilyPolicy !== undefined) out.line(0, `IP Family Policy:\t${spec.ipFamilyPolicy}`);
  out.line(0, `IP Families:\t${spec.ipFamilies?.join(",") ?? "<none>"}`);
  out.line(0, `IP:\t${spec.clusterIP ?? ""}`).line(0, `IPs:\t${spec.clusterIPs?.join(",") ?? "<none>"}`);
  if (spec.externalName !== undefined) out.line(0, `External Name:\t${spec.externalName}`);
  for (const { name = "<unset>", port, targetPort, protocol, nodePort } of spec.ports ?? []) {
    out.line(0, `Port:\t${name}\t${port}/${protocol}`).line(0, `TargetPort:\t${targetPort}/${protocol}`);
    if (nodePort !== undefined) out.line(0, `NodePort:\t${name}\t${nodePort}/${protocol}`);
    out.line(0, `Endpoints:\t${endpointsOf(service, name, snapshot)}`);
  }
  out.line(0, `Session Affinity:\t${spec.sessionAffinity}`);
  if (spec.externalTrafficPolicy !== undefined) out.line(0, `External Traffic Policy:\t${spec.externalTrafficPolicy}`);
  if (spec.internalTrafficPolicy !== undefined) out.line(0, `Internal Traffic Policy:\t${spec.internalTrafficPolicy}`);
  if (spec.trafficDistribution !== undefined) out.line(0, `Traffic Distribution:\t${spec.trafficDistribution}`);
  if (spec.healthCheckNodePort !== undefined) out.line(0, `HealthCheck NodePort:\t${spec.healthCheckNodePort}`);
  return end(out, service, snapshot);
}

/** Endpoints that are shown before the rest is counted. Source: formatEndpointSlices. */
const SHOWN = 3;

function endpointsOf({ metadata }: ApiService, portName: string, { endpointslices }: ApiSnapshot): string {
  const addresses = endpointslices
    .filter(
      (slice) => slice.metadata.namespace === metadata.namespace && slice.metadata.labels?.["kubernetes.io/service-name"] === metadata.name,
    )
    .flatMap(({ ports, endpoints }) => {
      const port = ports.find(({ name }) => name === (portName === "<unset>" ? "" : portName));
      if (port === undefined) return [];
      return endpoints
        .filter(({ conditions }) => conditions.ready)
        .flatMap((endpoint) => endpoint.addresses.map((address) => `${address}:${port.port}`));
    });
  if (addresses.length <= SHOWN) return addresses.join(",");
  return `${addresses.slice(0, SHOWN).join(",")} + ${addresses.length - SHOWN} more...`;
}

export function describeBudget(budget: ApiPodDisruptionBudget, snapshot: ApiSnapshot): string {
  const { metadata, spec, status } = budget;
  const out = new Description();
  out.line(0, `Name:\t${metadata.name}`).line(0, `Namespace:\t${metadata.namespace ?? ""}`);
  if (spec.minAvailable !== undefined) out.line(0, `Min available:\t${spec.minAvailable}`);
  else if (spec.maxUnavailable !== undefined) out.line(0, `Max unavailable:\t${spec.maxUnavailable}`);
  out.line(0, `Selector:\t${spec.selector === undefined ? "<unset>" : formatSelector(spec.selector)}`).line(0, "Status:");
  out.line(1, `Allowed disruptions:\t${status.disruptionsAllowed}`).line(1, `Current:\t${status.currentHealthy}`);
  out.line(1, `Desired:\t${status.desiredHealthy}`).line(1, `Total:\t${status.expectedPods}`);
  return end(out, budget, snapshot);
}
