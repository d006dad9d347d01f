/**
 * The StatefulSet controller: carries out what stateful-set-plan.ts decides, and keeps revisions and status.
 * Source: pkg/controller/statefulset/stateful_set_control.go.
 */
import { CauseKind } from "../../cause-kinds.ts";
import { MILLISECOND, SECOND, wholeSeconds } from "../../kernel/time.ts";
import {
  availableFrom,
  isDeleting,
  isReady,
  ofKind,
  type ApiRequest,
  type CacheListener,
  type Client,
  type GivenLabels,
  type InformerCache,
  type ObjectRecord,
} from "../api-server/client.ts";
import { plainTraits, type PodRecord } from "../api-server/pod-record.ts";
import type { Definitions } from "../objects/definitions.ts";
import { REVISION_HASH } from "../objects/given-labels.ts";
import { selectorMatches } from "../objects/label-selector.ts";
import { PodPhase } from "../objects/pod.ts";
import type { StatefulSetStatus } from "../objects/stateful-set.ts";
import { ControllerRevisions } from "./controller-revisions.ts";
import { ControllerRunner, DEFAULT_WORKERS } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";
import { statefulSetLabels } from "./given-labels.ts";
import { idsOf, PodControl } from "./pod-control.ts";
import { queueOfPod } from "./ready-resync.ts";
import { slowStartBatches } from "./replica-set.ts";
import { writeStatus } from "./status-writer.ts";
import { planStatefulSet, type StatefulPod, type StatefulSetPlan } from "./stateful-set-plan.ts";

type StatefulSetRecord = ObjectRecord<"StatefulSet">;
type OwnedPod = StatefulPod & { readonly record: PodRecord };

/** Until the cache has caught up with a write of its own. */
const CATCH_UP = 5 * MILLISECOND;
/** Writes of the status. Source: client-go retry.DefaultRetry. */
const STATUS_ATTEMPTS = 5;

export class StatefulSetController implements Controller, CacheListener {
  readonly name = "statefulset";
  readonly runner: ControllerRunner;
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly pods: PodControl;
  private readonly revisions: ControllerRevisions;
  private readonly written = new Map<number, number>();
  /** By name of the revision. */
  private readonly given = new Map<string, GivenLabels>();

  constructor(client: Client, cache: InformerCache, definitions: Definitions) {
    this.client = client;
    this.cache = cache;
    this.pods = new PodControl(client, "statefulset-controller");
    this.revisions = new ControllerRevisions(cache, definitions);
    this.runner = new ControllerRunner(this, client, DEFAULT_WORKERS, Infinity);
  }

  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    const pod = after ?? before;
    if (pod === undefined || pod.owner < 0) return;
    const set = this.cache.object("StatefulSet", pod.owner);
    if (set === undefined) return;
    this.pods.observe(before, after);
    queueOfPod(this.runner.queue, set, before, after);
  }

  objectChanged(before: ObjectRecord | undefined, after: ObjectRecord | undefined): void {
    const set = ofKind(after ?? before, "StatefulSet");
    if (set === undefined) return;
    if (after === undefined) {
      this.pods.expectations.forget(set.id);
      this.written.delete(set.id);
    }
    this.runner.queue.add(set.id);
  }

  *sync(id: number): Sync {
    const set = this.cache.object("StatefulSet", id);
    if (set === undefined || set.deletionTimestamp >= 0) return "done";
    // The next Pod that is seen brings the key back.
    if (!this.pods.expectations.areSatisfied(id, this.client.now)) return "done";
    if (set.resourceVersion < (this.written.get(id) ?? 0)) {
      this.runner.queue.addAfter(id, CATCH_UP);
      return "kept";
    }
    // What is adopted comes back with the watch, and brings the key back.
    const claim = yield* this.adoptPods(set);
    if (claim !== "none") return claim === "failed" ? "retry" : "done";
    const template = this.revisions.idOf(set.spec.template);
    const updateRevision = this.revisions.nameOf(set, template);
    if (!(yield* this.revisions.ensure(set, template))) return "retry";
    const currentRevision = set.status.currentRevision === "" ? updateRevision : set.status.currentRevision;
    const pods = this.ownedPods(set);
    const plan = this.plan(set, pods, currentRevision, updateRevision);
    const done = yield* this.carryOut(set, plan, pods, updateRevision);
    const status = statefulSetStatus(set, pods, done, currentRevision, updateRevision);
    const isWritten = isSame(status, set.status) || (yield* writeStatus(set, status, STATUS_ATTEMPTS, this.written));
    const inUse = new Set([template, ...pods.map(({ record, revision }) => this.revisions.templateOf(set, revision) ?? record.template)]);
    const current = this.revisions.templateOf(set, status.currentRevision);
    if (current !== undefined) inUse.add(current);
    yield* this.revisions.cleanUp(set, inUse, set.spec.revisionHistoryLimit);
    if (done.hasFailed || !isWritten) return "retry";
    if (set.spec.minReadySeconds > 0 && status.availableReplicas !== set.spec.replicas)
      this.runner.queue.addAfter(id, set.spec.minReadySeconds * SECOND);
    return "done";
  }

  /**
   * Pods that an earlier set of this name left behind. The set is read live before the first patch.
   * Source: pkg/controller/statefulset/stateful_set.go getPodsForStatefulSet.
   * Differs: adoption by other controllers
   */
  private *adoptPods({ id, name, workload, spec }: StatefulSetRecord): Sync<"none" | "adopted" | "failed"> {
    const orphans = this.cache.orphanGroups.flatMap((group) =>
      group.workload === workload && selectorMatches(spec.selector, this.revisions.labelsOf(group.template)) ? [...group.pods] : [],
    );
    const members = orphans.filter((pod) => {
      const record = this.cache.pods[pod];
      return record !== undefined && !isDeleting(record) && record.traits?.name === `${name}-${record.traits?.index}`;
    });
    if (members.length === 0) return "none";
    const { object } = yield* call({ kind: "getObject", object: id });
    if (object === undefined || object.deletionTimestamp >= 0) return "failed";
    for (const pod of members) {
      const { status } = yield* call({ kind: "setPodOwner", pod, owner: id });
      if (status !== "ok" && status !== "notFound") return "failed";
    }
    return "adopted";
  }

  private plan({ spec }: StatefulSetRecord, pods: readonly OwnedPod[], currentRevision: string, updateRevision: string): StatefulSetPlan {
    const strategy = spec.updateStrategy;
    return planStatefulSet({
      replicas: spec.replicas,
      start: spec.firstOrdinal,
      isOrdered: spec.podManagementPolicy === "OrderedReady",
      strategy: strategy.type,
      partition: strategy.type === "RollingUpdate" ? strategy.partition : 0,
      currentRevision,
      updateRevision,
      pods,
      recreatesFailedAtOnce: !this.client.host.versions.statefulSetStopsAfterDelete,
    });
  }

  private ownedPods(set: StatefulSetRecord): OwnedPod[] {
    const { statefulSetMinReady } = this.client.host.versions;
    const minReadySeconds = statefulSetMinReady ? set.spec.minReadySeconds : 0;
    const nowSeconds = wholeSeconds(this.client.now);
    return this.cache
      .podsOf(set.id)
      .map((record) => ({
        record,
        ordinal: record.traits?.index ?? record.ordinal,
        phase: phaseNames[record.status.phase],
        isReady: isReady(record),
        isAvailable: availableFrom(record, minReadySeconds) <= nowSeconds,
        isTerminating: isDeleting(record),
        revision: record.traits?.given?.labels[REVISION_HASH] ?? this.revisions.nameOf(set, record.template),
      }))
      .sort((a, b) => a.ordinal - b.ordinal);
  }

  /** A failed Pod goes before its successor comes; all other deletions come last. */
  private *carryOut(
    set: StatefulSetRecord,
    { creates, deletes }: StatefulSetPlan,
    pods: readonly OwnedPod[],
    updateRevision: string,
  ): Sync<Done> {
    const done: Done = { created: [], deleted: [], hasFailed: false };
    const victims = deletes.map((ordinal) => pods.find((pod) => pod.ordinal === ordinal)!);
    const replaced = victims.filter(({ ordinal }) => creates.some((create) => create.ordinal === ordinal));
    const others = victims.filter((pod) => !replaced.includes(pod));
    if (creates.length + victims.length === 0) return done;
    this.pods.expectations.expect(set.id, creates.length, idsOf(victims.map(({ record }) => record)), this.client.now);
    const end = set.spec.firstOrdinal + set.spec.replicas;
    const { causes } = this.client.host;
    if (others.some(({ revision, ordinal }) => revision !== updateRevision && ordinal < end)) this.noteStep(set);
    else if (others.some(({ ordinal }) => ordinal >= end)) causes.current = set.changedBy ?? causes.current;
    if (replaced.length > 0) yield* this.remove(set, replaced, done);
    yield* this.create(set, creates, done);
    if (others.length > 0 && !done.hasFailed) yield* this.remove(set, others, done);
    else for (const { record } of others) this.pods.expectations.deletionObserved(set.id, record.id);
    return done;
  }

  /** One after the other, or (in newer releases, if the set is Parallel) in batches that double. */
  private *create(set: StatefulSetRecord, creates: StatefulSetPlan["creates"], done: Done): Sync<void> {
    const { statefulSetStopsAfterDelete } = this.client.host.versions;
    const sizes = statefulSetStopsAfterDelete
      ? slowStartBatches(creates.length, this.client.host.settings.slowStartInitial)
      : new Array<number>(creates.length).fill(1);
    let sent = 0;
    for (const size of sizes) {
      const batch = creates.slice(sent, sent + size);
      sent += size;
      const responses = yield batch.map(({ ordinal, revision }) => this.podRequest(set, ordinal, revision));
      responses.forEach(({ status, message = status }, index) => {
        const { ordinal, revision } = batch[index]!;
        const name = `${set.name}-${ordinal}`;
        if (status === "ok") {
          done.created.push({ ordinal, revision });
          this.pods.record(set, "Normal", "SuccessfulCreate", () => `create Pod ${name} in StatefulSet ${set.name} successful`);
          return;
        }
        this.pods.expectations.creationObserved(set.id);
        done.hasFailed = true;
        this.pods.record(set, "Warning", "FailedCreate", () => `create Pod ${name} in StatefulSet ${set.name} failed error: ${message}`);
      });
      if (!done.hasFailed) continue;
      for (let skipped = sent; skipped < creates.length; skipped++) this.pods.expectations.creationObserved(set.id);
      return;
    }
  }

  private *remove(set: StatefulSetRecord, victims: readonly OwnedPod[], done: Done): Sync<void> {
    for (const { phase, ordinal } of victims) {
      const text = `StatefulSet ${set.namespace}/${set.name} is recreating ${phase === "Failed" ? "failed" : "terminated"} Pod ${set.name}-${ordinal}`;
      if (phase === "Failed") this.pods.record(set, "Warning", "RecreatingFailedPod", () => text);
      if (phase === "Succeeded") this.pods.record(set, "Normal", "RecreatingTerminatedPod", () => text);
    }
    const responses = yield victims.map(({ record }): ApiRequest => ({ kind: "deletePod", pod: record.id, gracePeriodSeconds: null }));
    responses.forEach(({ status }, index) => {
      const { record, ordinal } = victims[index]!;
      if (status === "ok") {
        done.deleted.push(record.id);
        this.pods.record(
          set,
          "Normal",
          "SuccessfulDelete",
          () => `delete Pod ${set.name}-${ordinal} in StatefulSet ${set.name} successful`,
        );
      } else {
        this.pods.expectations.deletionObserved(set.id, record.id);
        done.hasFailed ||= status !== "notFound";
      }
    });
  }

  private podRequest(set: StatefulSetRecord, ordinal: number, revision: string): ApiRequest {
    const template = this.revisions.templateOf(set, revision) ?? this.revisions.idOf(set.spec.template);
    const traits = { ...plainTraits, name: `${set.name}-${ordinal}`, index: ordinal, given: this.labelsOf(revision) };
    return { kind: "createPod", owner: set.id, workload: set.workload, template, traits };
  }

  private labelsOf(revision: string): GivenLabels {
    let given = this.given.get(revision);
    if (given === undefined) this.given.set(revision, (given = statefulSetLabels(revision, this.client.host.versions)));
    return given;
  }

  /** The update is why; that the Pod before has become Ready only says when. */
  private noteStep({ workload, rolledBy }: StatefulSetRecord): void {
    const { host } = this.client;
    host.causes.note(host.lp, CauseKind.rolloutStep, workload, host.now, rolledBy);
  }
}

/** What a sync has really done. */
interface Done {
  readonly created: { readonly ordinal: number; readonly revision: string }[];
  readonly deleted: number[];
  hasFailed: boolean;
}

const phaseNames: Readonly<Record<PodPhase, StatefulPod["phase"]>> = {
  [PodPhase.Pending]: "Pending",
  [PodPhase.Running]: "Running",
  [PodPhase.Succeeded]: "Succeeded",
  [PodPhase.Failed]: "Failed",
  [PodPhase.Unknown]: "Pending",
};

/** Source: updateStatefulSet, completeRollingUpdate. What was just created or deleted is counted at once. */
export function statefulSetStatus(
  { spec, generation }: Pick<StatefulSetRecord, "spec" | "generation">,
  pods: readonly OwnedPod[],
  { created, deleted }: Pick<Done, "created" | "deleted">,
  currentRevision: string,
  updateRevision: string,
): StatefulSetStatus {
  const isReplaced = ({ ordinal }: OwnedPod): boolean => created.some((create) => create.ordinal === ordinal);
  const present = pods.filter((pod) => !isReplaced(pod));
  const staying = [...present.filter(({ isTerminating, record }) => !isTerminating && !deleted.includes(record.id)), ...created];
  const ready = present.filter(({ phase, isReady: is }) => phase === "Running" && is);
  const status: StatefulSetStatus = {
    observedGeneration: generation,
    replicas: present.length + created.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter(({ isAvailable }) => isAvailable).length,
    currentReplicas: staying.filter(({ revision }) => revision === currentRevision).length,
    updatedReplicas: staying.filter(({ revision }) => revision === updateRevision).length,
    currentRevision,
    updateRevision,
  };
  const isComplete =
    spec.updateStrategy.type === "RollingUpdate" && status.updatedReplicas === status.replicas && status.readyReplicas === status.replicas;
  return isComplete ? { ...status, currentRevision: updateRevision, currentReplicas: status.updatedReplicas } : status;
}

function isSame(a: StatefulSetStatus, b: StatefulSetStatus): boolean {
  return (
    a.observedGeneration === b.observedGeneration &&
    a.replicas === b.replicas &&
    a.readyReplicas === b.readyReplicas &&
    a.availableReplicas === b.availableReplicas &&
    a.currentReplicas === b.currentReplicas &&
    a.updatedReplicas === b.updatedReplicas &&
    a.currentRevision === b.currentRevision &&
    a.updateRevision === b.updateRevision
  );
}
