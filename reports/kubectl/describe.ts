/** `kubectl describe` of Pods, Nodes and Deployments. Source: kubectl/pkg/describe/describe.go. */
import type {
  ApiDeployment,
  ApiNode,
  ApiPod,
  ApiPodTemplate,
  ApiReplicaSet,
  ApiSnapshot,
} from "../../engine/kubernetes/views/api-object.ts";
import { dateOf, describeContainers, describeTemplate, tolerationTexts } from "./describe-containers.ts";
import { describeEvents, eventsOf } from "./describe-events.ts";
import { Description } from "./description.ts";
import { humanDuration, ageOf } from "./human-duration.ts";
import { podResources, amountText, shareText, type Amounts } from "./pod-resources.ts";
import { formatSelector } from "./selector.ts";
import { rolesOf } from "./tables.ts";
import { parseTimestamp } from "../../engine/values/calendar.ts";

export function describePod(pod: ApiPod, snapshot: ApiSnapshot): string {
  const { metadata, spec, status } = pod;
  const out = new Description();
  out.line(0, `Name:\t${metadata.name}`).line(0, `Namespace:\t${metadata.namespace ?? ""}`);
  if (spec.priority !== undefined) out.line(0, `Priority:\t${spec.priority}`);
  if (spec.serviceAccountName !== undefined) out.line(0, `Service Account:\t${spec.serviceAccountName}`);
  out.line(0, `Node:\t${spec.nodeName === undefined ? "<none>" : `${spec.nodeName}/${status.hostIP ?? ""}`}`);
  if (status.startTime !== undefined) out.line(0, `Start Time:\t${dateOf(status.startTime)}`);
  out.labels("Labels", metadata.labels).labels("Annotations", metadata.annotations, "", ": ");
  describePhase(out, pod, snapshot.at);
  if (status.reason !== undefined) out.line(0, `Reason:\t${status.reason}`);
  if (status.message !== undefined) out.line(0, `Message:\t${status.message}`);
  out.line(0, `IP:\t${status.podIP ?? ""}`);
  if (status.podIPs === undefined) out.line(0, "IPs:\t<none>");
  else {
    out.line(0, "IPs:");
    for (const { ip } of status.podIPs) out.line(1, `IP:\t${ip}`);
  }
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner !== undefined) out.line(0, `Controlled By:\t${owner.kind}/${owner.name}`);
  if (spec.initContainers !== undefined)
    describeContainers(out, "Init Containers", spec.initContainers, status.initContainerStatuses ?? [], pod);
  describeContainers(out, "Containers", spec.containers, status.containerStatuses ?? [], pod);
  if (spec.ephemeralContainers !== undefined)
    describeContainers(out, "Ephemeral Containers", spec.ephemeralContainers, status.ephemeralContainerStatuses ?? [], pod);
  describeGates(out, pod);
  if (status.conditions !== undefined && status.conditions.length > 0) {
    out.line(0, "Conditions:").line(1, "Type\tStatus");
    for (const condition of status.conditions) out.line(1, `${condition.type} \t${condition.status} `);
  }
  out.line(0, "Volumes:\t<none>").line(0, `QoS Class:\t${status.qosClass}`);
  out.labels("Node-Selectors", spec.nodeSelector).list("Tolerations", tolerationTexts(spec.tolerations));
  describeEvents(out, eventsOf(snapshot, "Pod", metadata.namespace, metadata.name), snapshot.at);
  return out.end();
}

function describeGates(out: Description, { spec: { readinessGates = [] }, status }: ApiPod): void {
  if (readinessGates.length === 0) return;
  out.line(0, "Readiness Gates:").line(1, "Type\tStatus");
  for (const { conditionType } of readinessGates) {
    const condition = status.conditions?.find(({ type }) => type === conditionType);
    out.line(1, `${conditionType} \t${condition?.status ?? "<none>"} `);
  }
}

function describePhase(out: Description, { metadata, status }: ApiPod, at: number): void {
  const isTerminal = status.phase === "Failed" || status.phase === "Succeeded";
  if (metadata.deletionTimestamp === undefined || isTerminal) {
    out.line(0, `Status:\t${status.phase}`);
    return;
  }
  out.line(0, `Status:\tTerminating (lasts ${humanDuration(at - parseTimestamp(metadata.deletionTimestamp))})`);
  out.line(0, `Termination Grace Period:\t${metadata.deletionGracePeriodSeconds ?? 0}s`);
}

export function describeDeployment(deployment: ApiDeployment, snapshot: ApiSnapshot): string {
  const { metadata, spec, status } = deployment;
  const { strategy } = spec;
  const out = new Description();
  out.line(0, `Name:\t${metadata.name}`).line(0, `Namespace:\t${metadata.namespace ?? ""}`);
  out.line(0, `CreationTimestamp:\t${dateOf(metadata.creationTimestamp)}`);
  out.labels("Labels", metadata.labels).labels("Annotations", metadata.annotations, "", ": ");
  out.line(0, `Selector:\t${formatSelector(spec.selector)}`);
  out.line(
    0,
    `Replicas:\t${spec.replicas} desired | ${status.updatedReplicas ?? 0} updated | ${status.replicas ?? 0} total | ${status.availableReplicas ?? 0} available | ${status.unavailableReplicas ?? 0} unavailable`,
  );
  out.line(0, `StrategyType:\t${strategy.type}`).line(0, `MinReadySeconds:\t${spec.minReadySeconds ?? 0}`);
  if (strategy.rollingUpdate !== undefined) {
    const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
    out.line(0, `RollingUpdateStrategy:\t${maxUnavailable} max unavailable, ${maxSurge} max surge`);
  }
  describeTemplate(out, spec.template);
  if (status.conditions !== undefined) {
    out.line(0, "Conditions:").line(1, "Type\tStatus\tReason").line(1, "----\t------\t------");
    for (const { type, status: value, reason = "" } of status.conditions) out.line(1, `${type} \t${value}\t${reason}`);
  }
  const sets = snapshot.replicasets.filter(({ metadata: { ownerReferences = [] } }) => ownerReferences[0]?.uid === metadata.uid);
  if (sets.length > 0) {
    const newest = newReplicaSet(deployment, sets);
    out.line(0, `OldReplicaSets:\t${setTexts(sets.filter((set) => set !== newest))}`);
    out.line(0, `NewReplicaSet:\t${setTexts(newest === undefined ? [] : [newest])}`);
  }
  describeEvents(out, eventsOf(snapshot, "Deployment", metadata.namespace, metadata.name), snapshot.at);
  return out.end();
}

/** The one with the Deployment's template; of several that look alike the one of its revision. Source: FindNewReplicaSet. */
function newReplicaSet(deployment: ApiDeployment, sets: readonly ApiReplicaSet[]): ApiReplicaSet | undefined {
  const wanted = templateText(deployment.spec.template);
  const alike = sets.filter(({ spec }) => templateText(spec.template) === wanted);
  return alike.find((set) => revisionOf(set) === revisionOf(deployment)) ?? alike[0];
}

function templateText({ metadata, spec }: ApiPodTemplate): string {
  const labels = Object.entries(metadata.labels ?? {}).filter(([name]) => name !== "pod-template-hash");
  return JSON.stringify([labels.sort(([a], [b]) => (a < b ? -1 : 1)), metadata.annotations ?? {}, spec]);
}

function revisionOf({ metadata }: ApiDeployment | ApiReplicaSet): string | undefined {
  return metadata.annotations?.["deployment.kubernetes.io/revision"];
}

function setTexts(sets: readonly ApiReplicaSet[]): string {
  if (sets.length === 0) return "<none>";
  return sets.map(({ metadata, spec, status }) => `${metadata.name} (${status.replicas}/${spec.replicas} replicas created)`).join(", ");
}

export function describeNode(node: ApiNode, snapshot: ApiSnapshot): string {
  const { metadata, spec, status } = node;
  const out = new Description();
  out.line(0, `Name:\t${metadata.name}`).line(0, `Roles:\t${rolesOf(metadata.labels ?? {})}`);
  out.labels("Labels", metadata.labels).labels("Annotations", metadata.annotations, "", ": ");
  out.line(0, `CreationTimestamp:\t${dateOf(metadata.creationTimestamp)}`);
  out.list(
    "Taints",
    [...(spec.taints ?? [])].map(({ key, value, effect }) => `${key}${value === undefined ? "" : `=${value}`}:${effect}`).sort(),
  );
  out.line(0, `Unschedulable:\t${spec.unschedulable === true}`);
  const renewTime = snapshot.leases[metadata.name];
  out.line(0, "Lease:").line(1, `HolderIdentity:\t${metadata.name}`).line(1, "AcquireTime:\t<unset>");
  out.line(1, `RenewTime:\t${renewTime === undefined ? "<unset>" : dateOf(renewTime)}`);
  out.line(0, "Conditions:").line(1, "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
  out.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
  for (const { type, status: value, lastHeartbeatTime, lastTransitionTime, reason = "", message = "" } of status.conditions) {
    const heartbeat = lastHeartbeatTime === undefined ? "" : dateOf(lastHeartbeatTime);
    out.line(1, `${type} \t${value} \t${heartbeat} \t${dateOf(lastTransitionTime)} \t${reason} \t${message}`);
  }
  out.line(0, "Addresses:");
  for (const { type, address } of status.addresses) out.line(1, `${type}:\t${address}`);
  for (const [title, resources] of [
    ["Capacity", status.capacity],
    ["Allocatable", status.allocatable],
  ] as const) {
    out.line(0, `${title}:`);
    for (const [name, amount] of Object.entries(resources).sort(([a], [b]) => (a < b ? -1 : 1))) out.line(1, `${name}:\t${amount}`);
  }
  out.line(0, "System Info:").line(1, `Kubelet Version:\t${status.nodeInfo.kubeletVersion}`);
  describePodsOf(out, node, snapshot);
  describeEvents(out, eventsOf(snapshot, "Node", undefined, metadata.name), snapshot.at);
  return out.end();
}

/** Source: describeNodeResource. */
function describePodsOf(out: Description, { metadata, status }: ApiNode, snapshot: ApiSnapshot): void {
  const pods = snapshot.pods.filter(
    (pod) => pod.spec.nodeName === metadata.name && pod.status.phase !== "Succeeded" && pod.status.phase !== "Failed",
  );
  const { allocatable } = status;
  out.line(0, `Non-terminated Pods:\t(${pods.length} in total)`);
  out.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
  out.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
  const requests: Amounts[] = [];
  const limits: Amounts[] = [];
  for (const pod of pods) {
    const ask = podResources(pod.spec, "requests");
    const cap = podResources(pod.spec, "limits");
    requests.push(ask);
    limits.push(cap);
    const cells = [
      shareText([ask], "cpu", allocatable),
      shareText([cap], "cpu", allocatable),
      shareText([ask], "memory", allocatable),
      shareText([cap], "memory", allocatable),
    ];
    out.line(
      1,
      `${pod.metadata.namespace ?? ""}\t${pod.metadata.name}\t\t${cells.join("\t")}\t${ageOf(pod.metadata.creationTimestamp, snapshot.at)}`,
    );
  }
  out.line(0, "Allocated resources:").line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
  out.line(1, "Resource\tRequests\tLimits").line(1, "--------\t--------\t------");
  for (const name of ["cpu", "memory", "ephemeral-storage"]) {
    const [ask, cap] =
      name === "ephemeral-storage" && allocatable[name] === undefined
        ? [`${amountText(requests, name)} (0%)`, `${amountText(limits, name)} (0%)`]
        : [shareText(requests, name, allocatable), shareText(limits, name, allocatable)];
    out.line(1, `${name}\t${ask}\t${cap}`);
  }
}
