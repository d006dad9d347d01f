/**
 * The model's side of a trace: what a client that watches the API server of a run would have written down, in
 * the words of a recorded trace (trace.ts). It listens to commits and to Events and changes nothing.
 */
import { MILLISECOND, SECOND, type VirtualTime } from "../kernel/time.ts";
import type { ObjectRecord } from "../kubernetes/api-server/object-record.ts";
import type { PodRecord } from "../kubernetes/api-server/pod-record.ts";
import {
  EndpointCondition,
  type DeploymentRecord,
  type EndpointSliceRecord,
  type EndpointsRecord,
  type ReplicaSetRecord,
} from "../kubernetes/api-server/records.ts";
import type { WatchChange } from "../kubernetes/api-server/requests.ts";
import type { Store } from "../kubernetes/api-server/store.ts";
import type { JobStatus } from "../kubernetes/objects/job.ts";
import type { PodDisruptionBudgetStatus } from "../kubernetes/objects/pod-disruption-budget.ts";
import type { EventRecord } from "../kubernetes/objects/event-record.ts";
import { NodeReady, type NodeRecord } from "../kubernetes/objects/node.ts";
import { PodCondition, podPhaseNames, type ContainerState, type ContainerStatus } from "../kubernetes/objects/pod.ts";
import {
  containersReadyCondition,
  initializedCondition,
  readyCondition,
  type ConditionWords,
} from "../kubernetes/kubelet/pod-conditions.ts";
import { podAddress } from "../kubernetes/objects/pod-address.ts";
import type { Versions } from "../kubernetes/versions.ts";
import type { FieldValue, TraceEntry } from "./trace.ts";

type Fields = Record<string, FieldValue>;

export class TraceLog {
  readonly entries: TraceEntry[] = [];
  private readonly store: Store;
  private readonly versions: Versions;
  /** When the case begins: its instants count from there. */
  private readonly origin: VirtualTime;
  private readonly known = new Map<string, Fields>();
  /** Kept beyond a Pod's removal: endpoints name it a moment longer. */
  private readonly podNames: string[] = [];
  private readonly setNames = new Map<number, string>();

  constructor(store: Store, versions: Versions, origin: VirtualTime) {
    this.store = store;
    this.versions = versions;
    this.origin = origin;
    for (const node of store.nodes.filter(({ isAbsent }) => isAbsent !== true))
      this.see("Node", store.nodeTemplates[node.index]!.name, nodeFields(node), origin, "initial");
  }

  changed(change: WatchChange, now: VirtualTime): void {
    switch (change.type) {
      case "pod":
        return this.podChanged(change.id, change.record, now);
      case "replicaSet":
        return change.record === null ? undefined : this.replicaSetChanged(change.record, now);
      case "deployment":
        return change.record === null ? undefined : this.see("Deployment", change.record.name, deploymentFields(change.record), now);
      case "endpointSlice":
        return this.sliceChanged(change.service, change.id, change.record, now);
      case "node":
        if (change.record.isAbsent === true) return this.remove("Node", this.store.nodeTemplates[change.record.index]!.name, now);
        return this.see("Node", this.store.nodeTemplates[change.record.index]!.name, nodeFields(change.record), now);
      case "endpoints":
        return this.endpointsChanged(change.id, change.record, now);
      case "object":
        return change.record === null ? undefined : this.objectChanged(change.record, now);
      case "service":
      case "lease":
    }
  }

  /** An Event as the API server has it from `writtenAt` on. */
  recorded({ writtenAt, object, type, reason, message, component, count }: EventRecord): void {
    const change = { reason, type, from: component, object: `${object.kind}/${object.name}`, count, message, fieldPath: object.fieldPath };
    this.entries.push({ atMs: this.milliseconds(writtenAt), kind: "Event", name: object.name, change });
  }

  private replicaSetChanged(record: ReplicaSetRecord, now: VirtualTime): void {
    this.setNames.set(record.id, record.name);
    this.see("ReplicaSet", record.name, this.replicaSetFields(record), now);
  }

  private podChanged(id: number, pod: PodRecord | null, now: VirtualTime): void {
    if (pod === null) return this.remove("Pod", this.podNames[id] ?? "", now);
    const name = (this.podNames[id] ??= this.store.podName(pod));
    this.see("Pod", name, this.podFields(pod), now);
  }

  private objectChanged(record: ObjectRecord, now: VirtualTime): void {
    const fields = this.objectFields(record);
    if (fields === null) return;
    this.setNames.set(record.id, record.name);
    this.see(record.kind, record.name, fields, now);
  }

  /** Null: a recorded cluster's log doesn't show the kind. */
  private objectFields(record: ObjectRecord): Fields | null {
    switch (record.kind) {
      case "Job":
        return this.jobFields(record.status);
      case "DaemonSet":
        return daemonSetFields(record);
      case "StatefulSet":
        return statefulSetFields(record);
      case "PodDisruptionBudget":
        return this.budgetFields(record.status);
      default:
        return null;
    }
  }

  private budgetFields(status: PodDisruptionBudgetStatus): Fields {
    const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = status;
    const disruptedPods = status.disruptedPods.map(({ pod }) => this.podNames[pod] ?? "").sort();
    return { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods, disruptedPods };
  }

  private jobFields({ active, succeeded, failed, startTime, completionTime, conditions }: JobStatus): Fields {
    const fields: Fields = { active, succeeded, failed };
    if (startTime !== -1) fields["startTime_ms"] = this.milliseconds(startTime * SECOND);
    if (completionTime !== -1) fields["completionTime_ms"] = this.milliseconds(completionTime * SECOND);
    for (const { type, status, reason } of conditions) fields[`conditions.${type}`] = reason === "" ? status : `${status}:${reason}`;
    return fields;
  }

  private ownerName(owner: number): string {
    const kind = this.store.objects.get(owner)?.kind ?? "ReplicaSet";
    return `${kind}/${this.setNames.get(owner) ?? ""}`;
  }

  private podFields(pod: PodRecord): Fields {
    const { status } = pod;
    const { spec } = this.store.definitions.template(pod.template);
    const fields: Fields = { phase: podPhaseNames[status.phase]! };
    if (status.reason !== "") fields["reason"] = status.reason;
    if (status.hasPodIp) fields["ip"] = podAddress(pod.id);
    if (pod.node >= 0) fields["node"] = this.store.nodeTemplates[pod.node]!.name;
    if (pod.owner >= 0) fields["owner"] = this.ownerName(pod.owner);
    this.addConditions(fields, pod);
    spec.containers.forEach(({ name }, index) => this.addContainer(fields, `containers.${name}`, status.containers[index]));
    spec.initContainers.forEach(({ name }, index) => this.addContainer(fields, `initContainers.${name}`, status.initContainers[index]));
    if (pod.deletionTimestamp >= 0) {
      fields["deletion.deadline_ms"] = this.milliseconds(pod.deletionTimestamp * SECOND);
      fields["deletion.graceSeconds"] = pod.deletionGracePeriodSeconds;
    }
    return fields;
  }

  private addConditions(fields: Fields, { id, status, template }: PodRecord): void {
    const { conditions, phase: shownPhase, conditionPhase, startTime } = status;
    const phase = conditionPhase ?? shownPhase;
    if ((conditions & PodCondition.PodScheduled) !== 0) fields["conditions.PodScheduled"] = "True";
    else if (this.store.unscheduled.has(id)) fields["conditions.PodScheduled"] = "False:Unschedulable";
    // The others come with the kubelet's first status.
    if (startTime === -1) return;
    const { spec } = this.store.definitions.template(template);
    const shape = {
      init: spec.initContainers.map(({ name, restartPolicy }) => ({ name, isSidecar: restartPolicy === "Always" })),
      regular: spec.containers.map(({ name }) => name),
    };
    const statuses = { init: status.initContainers, regular: status.containers };
    const containersReady = containersReadyCondition(shape, statuses, phase, this.versions);
    const is = (bit: number): boolean => (conditions & bit) !== 0;
    fields["conditions.Initialized"] = conditionText(is(PodCondition.Initialized), initializedCondition(shape, statuses, phase));
    fields["conditions.ContainersReady"] = conditionText(is(PodCondition.ContainersReady), containersReady);
    fields["conditions.Ready"] = conditionText(is(PodCondition.Ready), readyCondition(containersReady, ""));
  }

  private addContainer(fields: Fields, path: string, container: ContainerStatus | undefined): void {
    if (container === undefined) return;
    this.addState(fields, `${path}.`, container.state);
    if (container.lastState !== null) this.addState(fields, `${path}.last.`, container.lastState);
    fields[`${path}.ready`] = container.ready;
    fields[`${path}.started`] = container.started;
    fields[`${path}.restartCount`] = container.restartCount;
  }

  private addState(fields: Fields, path: string, state: ContainerState): void {
    fields[`${path}state`] = state.type;
    if (state.type !== "running") fields[`${path}reason`] = state.reason;
    if (state.type !== "waiting") fields[`${path}startedAt_ms`] = this.milliseconds(state.startedAt * SECOND);
    if (state.type !== "terminated") return;
    fields[`${path}exitCode`] = state.exitCode;
    fields[`${path}finishedAt_ms`] = this.milliseconds(state.finishedAt * SECOND);
  }

  private replicaSetFields(record: ReplicaSetRecord): Fields {
    const { replicas, readyReplicas, availableReplicas } = record.status;
    const fields: Fields = { "spec.replicas": record.replicas, replicas, ready: readyReplicas, available: availableReplicas };
    const owner = this.store.deployments.get(record.owner);
    if (owner !== undefined) fields["owner"] = owner.name;
    return fields;
  }

  /** A recorded terminating Pod is in neither list. */
  private sliceChanged(service: number, number: number, slice: EndpointSliceRecord | null, now: VirtualTime): void {
    const name = `${this.serviceName(service)}-${number}`;
    if (slice === null) return this.remove("EndpointSlice", name, now);
    const namesWith = (isMeant: (conditions: number) => boolean): string[] =>
      slice.pods.filter((_, index) => isMeant(slice.conditions[index]!)).map((pod) => this.podNames[pod] ?? "");
    const ready = namesWith((conditions) => (conditions & EndpointCondition.ready) !== 0);
    const notReady = namesWith((conditions) => (conditions & (EndpointCondition.ready | EndpointCondition.terminating)) === 0);
    this.see("EndpointSlice", name, listFields(ready, notReady), now);
  }

  private endpointsChanged(service: number, endpoints: EndpointsRecord | null, now: VirtualTime): void {
    const name = this.serviceName(service);
    if (endpoints === null) return this.remove("Endpoints", name, now);
    const namesOf = (pods: readonly number[]): string[] => pods.map((pod) => this.podNames[pod] ?? "");
    this.see("Endpoints", name, listFields(namesOf(endpoints.ready), namesOf(endpoints.notReady)), now);
  }

  private serviceName(service: number): string {
    return this.store.services[service]?.object.metadata.name ?? "service";
  }

  private see(kind: string, name: string, fields: Fields, now: VirtualTime, event: "added" | "initial" = "added"): void {
    const key = `${kind}/${name}`;
    const before = this.known.get(key);
    this.known.set(key, fields);
    const change = before === undefined ? { ...fields, event } : difference(before, fields);
    if (Object.keys(change).length > 0) this.entries.push({ atMs: this.milliseconds(now), kind, name, change });
  }

  private remove(kind: string, name: string, now: VirtualTime): void {
    this.known.delete(`${kind}/${name}`);
    this.entries.push({ atMs: this.milliseconds(now), kind, name, change: { event: "removed" } });
  }

  private milliseconds(at: VirtualTime): number {
    return (at - this.origin) / MILLISECOND;
  }
}

/** As the status's bits say, with the reason that follows from the containers where it says the same. */
function conditionText(isTrue: boolean, { status, reason }: ConditionWords): string {
  const written = isTrue ? "True" : "False";
  return status !== written || reason === "" ? written : `${written}:${reason}`;
}

function listFields(ready: readonly string[], notReady: readonly string[]): Fields {
  return { readyCount: ready.length, notReadyCount: notReady.length, ready: ready.toSorted(), notReady: notReady.toSorted() };
}

function daemonSetFields({ generation, status }: ObjectRecord<"DaemonSet">): Fields {
  return {
    generation,
    observedGeneration: status.observedGeneration,
    desired: status.desiredNumberScheduled,
    current: status.currentNumberScheduled,
    ready: status.numberReady,
    updated: status.updatedNumberScheduled,
    available: status.numberAvailable,
    unavailable: status.numberUnavailable,
  };
}

function statefulSetFields({ generation, spec, status }: ObjectRecord<"StatefulSet">): Fields {
  return {
    "spec.replicas": spec.replicas,
    generation,
    observedGeneration: status.observedGeneration,
    currentRevision: status.currentRevision === "" ? null : status.currentRevision,
    updateRevision: status.updateRevision === "" ? null : status.updateRevision,
    replicas: status.replicas,
    ready: status.readyReplicas,
    current: status.currentReplicas,
    updated: status.updatedReplicas,
  };
}

function deploymentFields({ spec, status, generation, revision }: DeploymentRecord): Fields {
  const fields: Fields = {
    "spec.replicas": spec.replicas,
    generation,
    observedGeneration: status.observedGeneration,
    revision: revision === 0 ? null : String(revision),
    paused: spec.paused,
    replicas: status.replicas,
    updated: status.updatedReplicas,
    ready: status.readyReplicas,
    available: status.availableReplicas,
    unavailable: status.unavailableReplicas,
  };
  if (status.progressing !== null) fields["conditions.Progressing"] = `${status.progressing.status}:${status.progressing.reason}`;
  if (status.available !== null) fields["conditions.Available"] = `${status.available.status}:${status.available.reason}`;
  return fields;
}

function nodeFields({ ready, taints, unschedulable }: NodeRecord): Fields {
  const status = ready === NodeReady.True ? "True" : ready === NodeReady.False ? "False" : "Unknown";
  return { "conditions.Ready": status, taints: taints.map(({ key, effect }) => `${key}:${effect}`).sort(), unschedulable };
}

function difference(before: Fields, after: Fields): Fields {
  const change: Fields = {};
  for (const [key, value] of Object.entries(after)) if (!isSame(before[key], value)) change[key] = value;
  for (const key of Object.keys(before)) if (!(key in after)) change[key] = null;
  return change;
}

function isSame(a: FieldValue | undefined, b: FieldValue): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((entry, index) => entry === b[index]));
}
