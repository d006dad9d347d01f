/** Writes of Pods: created, bound, patched by whoever may, deleted with grace, removed. */
import { CauseKind } from "../../cause-kinds.ts";
import { unreachable } from "../../kernel/assert.ts";
import type { CauseId } from "../../kernel/causes.ts";
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import { seriesName } from "../../metrics/catalogue.ts";
import type { TemplateId } from "../objects/definitions.ts";
import { timesAfter, withGateTimes } from "../objects/condition-times.ts";
import { PodCondition, PodPhase, pendingPodStatus, type DisruptionReason, type PodStatus } from "../objects/pod.ts";
import { GATE_BITS, withGate, type GateStatus } from "../objects/readiness-gates.ts";
import { withImages } from "../objects/running-images.ts";
import { alreadyExists, type Admission } from "./admission.ts";
import { conflict, notFound, type Commits } from "./commits.ts";
import { decideDeletion } from "./pod-deletion.ts";
import { isActive, isReady, isSameStatus, isTerminal, podStateOf, podStates } from "./pod-facts.ts";
import { haveSameLabels, withoutLabels } from "./pod-labels.ts";
import { plainTraits, type PodId, type PodRecord, type PodTraits } from "./pod-record.ts";
import type { ApiResponse, WatchChange, WriteKind } from "./requests.ts";
import type { Store } from "./store.ts";

/** Conditions of a Pod that its kubelet doesn't take away; DisruptionTarget it may add. */
const FOREIGN_CONDITIONS: number = PodCondition.PodScheduled | PodCondition.DisruptionTarget | GATE_BITS;

const gatedPodStatus: PodStatus = Object.freeze({
  ...pendingPodStatus,
  unscheduled: {
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
    nominatedNode: -1,
  } as const,
});

export interface NewPod {
  readonly owner: number;
  readonly workload: number;
  readonly template: TemplateId;
  /** Null: none. */
  readonly traits: PodTraits | null;
}

export class Pods {
  private readonly commits: Commits;
  private readonly admission: Admission;
  private readonly store: Store;
  private readonly stateSeries: readonly number[];

  constructor(commits: Commits, admission: Admission) {
    this.commits = commits;
    this.admission = admission;
    this.store = commits.store;
    this.stateSeries = podStates.map((state) => commits.recorder.timeSeries(seriesName("pods", state)));
  }

  /** A Pod that was there long before t = 0: no event, no watch. */
  adopt(pod: Omit<PodRecord, "id" | "ordinal" | "resourceVersion">): PodRecord {
    const id = this.store.nextPodId();
    const resourceVersion = this.store.nextResourceVersion();
    const record = podRecord({ ...pod, traits: pod.traits ?? null, id, resourceVersion, ordinal: this.store.nextOrdinal(pod.workload) });
    this.store.putPod(record);
    this.countState(undefined, record, 0);
    this.commits.availability.podChanged(undefined, record, 0);
    return record;
  }

  create({ owner, workload, template, traits }: NewPod, now: VirtualTime): ApiResponse {
    if (owner < 0 && this.store.barePod(workload) !== undefined) return alreadyExists("Pod", this.store.workloads.workload(workload).name);
    if (traits !== null && traits.name !== "" && this.store.namedPod(workload, traits.name) !== undefined)
      return alreadyExists("Pod", traits.name);
    const refusal = this.admission.refusalOfPod(owner, workload, template, traits);
    if (refusal !== null) return refusal;
    const id = this.store.nextPodId();
    const nodeName = this.store.definitions.template(template).spec.nodeName;
    const node = nodeName === "" ? -1 : this.store.nodeTemplates.findIndex(({ name }) => name === nodeName);
    const status = node < 0 ? this.waitingStatus(template) : { ...pendingPodStatus, conditions: PodCondition.PodScheduled };
    const cause = this.commits.note(CauseKind.podCreated, id, now);
    const ordinal = this.store.nextOrdinal(workload);
    const pod = podRecord({
      id,
      resourceVersion: this.store.nextResourceVersion(),
      owner,
      workload,
      ordinal,
      template,
      node,
      createdAt: wholeSeconds(now),
      deletionTimestamp: -1,
      deletionGracePeriodSeconds: -1,
      status,
      traits: this.named(owner, workload, ordinal, traits),
      cause,
    });
    this.commit(undefined, pod, "Pod", now);
    this.admission.podAdmitted(pod, now);
    return { status: "ok", pod };
  }

  /** A CronJob's Pod is named after its Job, which nobody else can tell from the record: such a name is written down. */
  private named(owner: number, workload: number, ordinal: number, traits: PodTraits | null): PodTraits | null {
    if (this.store.workloads.workload(workload).kind !== "CronJob" || (traits ?? plainTraits).name !== "") return traits;
    return { ...(traits ?? plainTraits), name: this.store.newPodName(owner, workload, ordinal) };
  }

  /** Source: pkg/registry/core/pod/strategy.go applySchedulingGatedCondition. */
  private waitingStatus(template: TemplateId): PodStatus {
    const { schedulingGates = [] } = this.store.definitions.template(template).spec;
    return this.commits.versions.schedulingGates && schedulingGates.length > 0 ? gatedPodStatus : pendingPodStatus;
  }

  bind(id: PodId, node: number, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    if (pod.node >= 0 || pod.deletionTimestamp >= 0) return conflict;
    const cause = this.commits.note(CauseKind.podBound, id, now, this.commits.causes.current, node);
    const conditions = pod.status.conditions | PodCondition.PodScheduled;
    const timed = this.changed(pod.status, { conditions }, now);
    const status = pod.status.unscheduled === undefined ? timed : { ...timed, unscheduled: undefined };
    return this.put(pod, { node, status, cause }, "Binding", now);
  }

  /** By the scheduler. One that was bound meanwhile stays as it is. */
  patchUnscheduled(id: PodId, message: string, nominatedNode: number, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    if (pod.node >= 0) return { status: "ok", pod };
    this.store.unscheduled.add(id);
    return this.putStatus(pod, { ...pod.status, unscheduled: { reason: "Unschedulable", message, nominatedNode } }, now);
  }

  /** By the Pod's kubelet. */
  patchStatus(id: PodId, status: PodStatus, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    if (isTerminal(pod) && status.phase !== pod.status.phase) return conflict;
    // A status of phase, reason and message takes away whatever the kubelet has a say in.
    const foreign = status.conditions === 0 ? FOREIGN_CONDITIONS & ~PodCondition.PodScheduled : FOREIGN_CONDITIONS;
    const conditions = (status.conditions & ~(PodCondition.PodScheduled | GATE_BITS)) | (pod.status.conditions & foreign);
    const disruption = status.disruption ?? pod.status.disruption;
    const isAsSent = conditions === status.conditions && disruption === status.disruption;
    const merged = isAsSent ? status : { ...status, conditions, ...(disruption === undefined ? {} : { disruption }) };
    return this.putStatus(pod, (conditions & GATE_BITS) === 0 ? merged : withGateTimes(merged, pod.status), now);
  }

  markNotReady(id: PodId, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    if (!isReady(pod)) return { status: "ok", pod };
    const change = { conditions: pod.status.conditions & ~PodCondition.Ready, readySince: wholeSeconds(now) };
    const status = this.changed(pod.status, change, now);
    return this.putForeignStatus(pod, status, now);
  }

  markDisrupted(id: PodId, reason: DisruptionReason, message: string, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    const disruption = { reason, message, since: pod.status.disruption?.since ?? wholeSeconds(now) };
    const conditions = pod.status.conditions | PodCondition.DisruptionTarget;
    return this.putForeignStatus(pod, { ...pod.status, conditions, disruption }, now);
  }

  fail(id: PodId, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    if (isTerminal(pod)) return { status: "ok", pod };
    return this.putForeignStatus(pod, { ...pod.status, phase: PodPhase.Failed }, now);
  }

  setGate(id: PodId, gate: number, status: GateStatus, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    return this.putForeignStatus(pod, this.changed(pod.status, { conditions: withGate(pod.status.conditions, gate, status) }, now), now);
  }

  updateTemplate(id: PodId, template: TemplateId, labels: readonly string[], now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    const traits = withoutGiven(pod.traits ?? null, labels);
    if (pod.template === template && traits === (pod.traits ?? null)) return { status: "ok", pod };
    const cause = this.commits.note(CauseKind.podChanged, id, now);
    const { definitions } = this.store;
    const status = withImages(pod.status, definitions.template(pod.template).spec, definitions.template(template).spec);
    return this.put(pod, { template, status, traits, cause }, "Pod", now);
  }

  /** Its name stays what it was; -1: it stands for itself from now on. */
  setOwner(id: PodId, owner: number, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    if (pod.owner === owner) return { status: "ok", pod };
    // Only one reference may be the controller's.
    if (pod.owner >= 0 && owner >= 0) return conflict;
    const traits = { ...(pod.traits ?? plainTraits), name: this.store.podName(pod) };
    return this.put(pod, { owner, traits, cause: this.commits.causes.current }, "Pod", now);
  }

  /** Takes one away; the last one of a Pod whose grace is over removes it. */
  removeFinalizer(id: PodId, finalizer: string, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    const { traits } = pod;
    if (traits === null || traits === undefined || !traits.finalizers.includes(finalizer)) return { status: "ok", pod };
    const finalizers = traits.finalizers.filter((name) => name !== finalizer);
    const response = this.put(pod, { traits: { ...traits, finalizers }, cause: this.commits.causes.current }, "Pod", now);
    if (finalizers.length > 0 || pod.deletionTimestamp < 0 || pod.deletionGracePeriodSeconds !== 0) return response;
    this.remove(response.pod!, now);
    return { status: "ok" };
  }

  delete(id: PodId, gracePeriodSeconds: number | null, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    const own = this.store.definitions.template(pod.template).spec.terminationGracePeriodSeconds;
    const decision = decideDeletion(pod, own, gracePeriodSeconds, now, this.commits.versions);
    switch (decision.type) {
      case "unchanged":
        return { status: "ok", pod };
      case "remove":
        if (hasFinalizers(pod)) return { status: "ok", pod };
        this.remove(pod, now);
        return { status: "ok" };
      case "mark": {
        const { causes } = this.commits;
        const isFirst = pod.deletionTimestamp < 0;
        const cause = isFirst
          ? this.commits.note(CauseKind.podDeleted, id, now, causes.current, decision.gracePeriodSeconds)
          : causes.current;
        const { deletionTimestamp, gracePeriodSeconds: deletionGracePeriodSeconds } = decision;
        const response = this.put(pod, { deletionTimestamp, deletionGracePeriodSeconds, cause }, "Pod", now);
        if (decision.removeAtOnce && !hasFinalizers(pod)) this.remove(response.pod!, now);
        return response;
      }
      default:
        return unreachable(decision);
    }
  }

  /** A status with other conditions, and the instants at which they changed. */
  private changed(old: PodStatus, change: Partial<Pick<PodStatus, "conditions" | "readySince">>, now: VirtualTime): PodStatus {
    const next = { ...old, ...change };
    const conditionTimes = timesAfter(old, next, wholeSeconds(now));
    return conditionTimes === old.conditionTimes ? next : { ...next, conditionTimes };
  }

  /** A write of somebody else than the Pod's kubelet, who gets to see it. */
  private putForeignStatus(pod: PodRecord, status: PodStatus, now: VirtualTime): ApiResponse {
    const response = this.putStatus(pod, status, now);
    const record = this.store.pods[pod.id];
    if (record !== undefined && record !== pod && record.node >= 0) this.commits.tellNode(record.node, { kind: "podUpdated", record }, now);
    return response;
  }

  private putStatus(pod: PodRecord, status: PodStatus, now: VirtualTime): ApiResponse {
    if (isSameStatus(pod.status, status)) return { status: "ok", pod };
    const { current } = this.commits.causes;
    return this.put(pod, { status, cause: current === 0 ? pod.cause : current }, "PodStatus", now);
  }

  private put(pod: PodRecord, change: PodChange, kind: WriteKind, now: VirtualTime): ApiResponse {
    const next = nextVersion(pod, this.store.nextResourceVersion(), change);
    this.commit(pod, next, kind, now);
    return { status: "ok", pod: next };
  }

  private remove(pod: PodRecord, now: VirtualTime): void {
    const { commits } = this;
    this.store.nextResourceVersion();
    commits.note(CauseKind.podRemoved, pod.id, now);
    this.store.removePod(pod);
    this.countState(pod, undefined, now);
    commits.availability.podChanged(pod, null, now);
    const change: WatchChange = { type: "pod", id: pod.id, record: null };
    commits.commit(change, "Pod", now);
    commits.tellScheduler(change, now);
    if (pod.node >= 0) commits.tellNode(pod.node, { kind: "podRemoved", pod: pod.id }, now);
    commits.observer?.podChanged(pod, null, now);
  }

  private commit(before: PodRecord | undefined, after: PodRecord, kind: WriteKind, now: VirtualTime): void {
    const { commits } = this;
    this.store.putPod(after);
    this.countState(before, after, now);
    commits.availability.podChanged(before, after, now);
    const change: WatchChange = { type: "pod", id: after.id, record: after };
    commits.commit(change, kind, now);
    if (concernsScheduler(before, after)) commits.tellScheduler(change, now);
    if (after.node >= 0) this.notifyKubelet(before, after, now);
    commits.observer?.podChanged(before, after, now);
  }

  private notifyKubelet(before: PodRecord | undefined, after: PodRecord, now: VirtualTime): void {
    if (before === undefined || before.node < 0) this.commits.tellNode(after.node, { kind: "podAdded", record: after }, now);
    else if (
      before.template !== after.template ||
      before.deletionTimestamp !== after.deletionTimestamp ||
      before.deletionGracePeriodSeconds !== after.deletionGracePeriodSeconds
    ) {
      this.commits.tellNode(after.node, { kind: "podUpdated", record: after }, now);
    }
  }

  private countState(before: PodRecord | undefined, after: PodRecord | undefined, now: VirtualTime): void {
    const from = before === undefined ? -1 : podStateOf(before);
    const to = after === undefined ? -1 : podStateOf(after);
    if (from === to) return;
    if (from >= 0) this.commits.recorder.mark(this.stateSeries[from]!, now, -1);
    if (to >= 0) this.commits.recorder.mark(this.stateSeries[to]!, now, 1);
  }
}

function withoutGiven(traits: PodTraits | null, labels: readonly string[]): PodTraits | null {
  if (traits === null || traits.given === null || labels.length === 0) return traits;
  const given = withoutLabels(traits.given, labels);
  return given === traits.given ? traits : { ...traits, given };
}

function hasFinalizers({ traits }: PodRecord): boolean {
  return traits !== null && traits !== undefined && traits.finalizers.length > 0;
}

/** Of all that happens to a Pod, the scheduler's queue and its sums of requests depend on this alone. */
function concernsScheduler(before: PodRecord | undefined, after: PodRecord): boolean {
  return (
    before === undefined ||
    before.node !== after.node ||
    isTerminal(before) !== isTerminal(after) ||
    isActive(before) !== isActive(after) ||
    !haveSameLabels(before, after) ||
    (after.node < 0 && before.status.unscheduled !== after.status.unscheduled)
  );
}

type PodChange = Partial<Omit<PodRecord, "id" | "resourceVersion" | "workload" | "ordinal" | "createdAt" | "cause">> & {
  readonly cause: CauseId;
};

function nextVersion(pod: PodRecord, resourceVersion: number, change: PodChange): PodRecord {
  return podRecord({
    id: pod.id,
    resourceVersion,
    owner: change.owner ?? pod.owner,
    workload: pod.workload,
    ordinal: pod.ordinal,
    template: change.template ?? pod.template,
    node: change.node ?? pod.node,
    createdAt: pod.createdAt,
    deletionTimestamp: change.deletionTimestamp ?? pod.deletionTimestamp,
    deletionGracePeriodSeconds: change.deletionGracePeriodSeconds ?? pod.deletionGracePeriodSeconds,
    status: change.status ?? pod.status,
    traits: change.traits === undefined ? (pod.traits ?? null) : change.traits,
    cause: change.cause,
  });
}

/** The one place where records are made, so that all have one shape. */
function podRecord({
  id,
  resourceVersion,
  owner,
  workload,
  ordinal,
  template,
  node,
  createdAt,
  deletionTimestamp,
  deletionGracePeriodSeconds,
  status,
  traits,
  cause,
}: PodRecord): PodRecord {
  return {
    id,
    resourceVersion,
    owner,
    workload,
    ordinal,
    template,
    node,
    createdAt,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    status,
    traits: traits ?? null,
    cause,
  };
}
