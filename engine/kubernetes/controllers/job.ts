/**
 * The Job controller: carries out what job-plan.ts decides, in the way of the run's version.
 *
 * Since 1.26 each Pod has a finalizer until it has been counted:
 *
 *   ended ──status written──▶ counted ──finalizer taken off──▶ free to go
 *
 * Before, the key's own back-off in the work queue is the Job's: a sync that sees a new failure ends with an
 * error. Source: pkg/controller/job/job_controller.go.
 */
import { CauseKind } from "../../cause-kinds.ts";
import { MILLISECOND, SECOND, wholeSeconds } from "../../kernel/time.ts";
import {
  objectUid,
  ofKind,
  podSuffix,
  uidOrder,
  type ApiRequest,
  type CacheListener,
  type Client,
  type InformerCache,
  type ObjectRecord,
} from "../api-server/client.ts";
import { plainTraits, type PodId, type PodRecord, type PodTraits } from "../api-server/pod-record.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import type { JobCondition, JobStatus } from "../objects/job.ts";
import { PodPhase, type PodTemplate } from "../objects/pod.ts";
import type { Workloads } from "../objects/workloads.ts";
import { ControllerRunner, DEFAULT_WORKERS, runDetached } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";
import { compareForDeletion } from "./deletion-ranking.ts";
import { doubled, noFailures } from "./job-back-off.ts";
import { failedPodOf, matchFailurePolicy, type FailureVerdict } from "./job-failure-policy.ts";
import {
  finalCondition,
  isIndexed,
  planCountedJob,
  planListedJob,
  type CountedPlan,
  type CountedState,
  type JobInput,
  type JobPlan,
  type JobVerdict,
} from "./job-plan.ts";
import { idsOf, PodControl } from "./pod-control.ts";
import { jobLabels } from "./given-labels.ts";
import { rankedPod } from "./replica-set.ts";
import { writeStatus } from "./status-writer.ts";

type JobRecord = ObjectRecord<"Job">;

export const JOB_FINALIZER = "batch.kubernetes.io/job-tracking";

/** Retries of a status write before 1.26. Source: statusUpdateRetries. */
const STATUS_ATTEMPTS = 3;
/** Retries of a failed sync since 1.26. Source: DefaultJobApiBackOff, MaxJobApiBackOff. */
const API_BACK_OFF = SECOND;
const API_BACK_OFF_MAX = 60 * SECOND;
/** Until the cache has caught up with a write of its own. */
const CATCH_UP = 5 * MILLISECOND;

const fresh: CountedState = { backOff: noFailures, indexFailures: new Map() };
const finalizers = Object.freeze([JOB_FINALIZER]);

export class JobController implements Controller, CacheListener {
  readonly name = "job";
  readonly runner: ControllerRunner;
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly definitions: Definitions;
  private readonly workloads: Workloads;
  private readonly pods: PodControl;
  private readonly states = new Map<number, CountedState>();
  /** Counted, and perhaps not yet seen without their finalizer. */
  private readonly counted = new Set<PodId>();
  /** resourceVersion of the last own write, by Job. */
  private readonly written = new Map<number, number>();
  /** Pods of Indexed Jobs made so far, by Job: their suffixes are drawn by it. */
  private readonly made = new Map<number, number>();
  /** What all Pods of a Job have, by Job. */
  private readonly traits = new Map<number, PodTraits>();
  private readonly templates = new WeakMap<PodTemplate, TemplateId>();

  constructor(client: Client, cache: InformerCache, definitions: Definitions, workloads: Workloads) {
    this.client = client;
    this.cache = cache;
    this.definitions = definitions;
    this.workloads = workloads;
    this.pods = new PodControl(client, "job-controller");
    const { settings } = client.host;
    this.runner = this.countsOnce
      ? new ControllerRunner(this, client, DEFAULT_WORKERS, Infinity, API_BACK_OFF, API_BACK_OFF_MAX)
      : new ControllerRunner(this, client, DEFAULT_WORKERS, Infinity, settings.jobBackoffInitial, settings.jobBackoffMax);
  }

  private get countsOnce(): boolean {
    return this.client.host.versions.jobBackOffPerPod;
  }

  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    const pod = after ?? before;
    if (pod === undefined || pod.owner < 0) return;
    if (after === undefined) this.counted.delete(pod.id);
    const job = this.cache.object("Job", pod.owner);
    if (job === undefined) {
      if (after !== undefined && isTracked(after) && !this.cache.hasOwner(pod.owner)) this.release([after]);
      return;
    }
    this.pods.observe(before, after);
    const { queue } = this.runner;
    const { jobSyncBatch, jobBackoffInitial, jobBackoffMax } = this.client.host.settings;
    if (this.countsOnce) {
      queue.addAfter(job.id, jobSyncBatch);
      return;
    }
    const hasFailed = before !== undefined && after !== undefined && after.deletionTimestamp < 0 && isFailed(after);
    const failures = queue.failuresOf(job.id);
    queue.addAfter(job.id, hasFailed && failures > 0 ? doubled(jobBackoffInitial, failures - 1, jobBackoffMax) : 0);
  }

  objectChanged(before: ObjectRecord | undefined, after: ObjectRecord | undefined): void {
    const job = ofKind(after ?? before, "Job");
    if (job === undefined) return;
    const { queue } = this.runner;
    if (after === undefined) {
      this.forget(job.id);
      this.release(this.cache.podsOf(job.id).filter(isTracked));
    } else if (before === undefined || before.generation !== after.generation || !this.countsOnce) queue.add(job.id);
    else queue.addAfter(job.id, this.client.host.settings.jobSyncBatch);
  }

  *sync(id: number): Sync {
    const job = this.cache.object("Job", id);
    if (job === undefined) return "done";
    if (job.resourceVersion < (this.written.get(id) ?? 0)) {
      this.runner.queue.addAfter(id, CATCH_UP);
      return "kept";
    }
    if (finalCondition(job.status) !== undefined) {
      yield* this.releaseAll(this.cache.podsOf(id).filter(isTracked));
      return "done";
    }
    return this.countsOnce ? yield* this.syncCounted(job) : yield* this.syncListed(job);
  }

  // ── before 1.26 ──

  private *syncListed(job: JobRecord): Sync {
    const status = this.begun(job);
    const plan = planListedJob(this.inputOf(job, status));
    if (plan.verdict?.type === "Failed") this.noteFailure(job.workload);
    const done = yield* this.carryOut(job, plan);
    const { verdict } = plan;
    const next: JobStatus = {
      ...status,
      active: plan.active - done.missing,
      succeeded: plan.succeeded,
      failed: plan.failed,
      completedIndexes: plan.completedIndexes,
      conditions:
        plan.isFinished && verdict !== null ? this.withFinal(status.conditions, verdict) : this.withSuspended(job, status.conditions),
      completionTime: verdict?.type === "Complete" ? wholeSeconds(this.client.now) : -1,
    };
    if (verdict !== null) this.announce(job, verdict, next);
    const hasSucceeded = plan.succeeded > job.status.succeeded;
    const isKept = hasSucceeded ? "done" : "kept";
    if (isSameCounts(next, job.status)) return done.hasFailed ? "retry" : isKept;
    if (!(yield* writeStatus(job, next, STATUS_ATTEMPTS, this.written))) return "retry";
    const isError = (plan.hasNewFailure && verdict === null) || done.hasFailed;
    return isError ? "retry" : "done";
  }

  // ── since 1.26 ──

  private *syncCounted(job: JobRecord): Sync {
    const { settings, versions } = this.client.host;
    const status = this.begun(job);
    const present = this.cache.podsOf(job.id);
    const plan = planCountedJob({
      ...this.inputOf(job, status),
      state: this.states.get(job.id) ?? fresh,
      uncounted: present.filter((pod) => isTracked(pod) && !this.counted.has(pod.id)),
      judgeFailure: (pod) => this.judgeFailure(job, pod),
      backOffInitial: settings.jobBackoffInitial,
      backOffMax: settings.jobBackoffMax,
      waitsForPods: versions.jobWaitsForPods,
    });
    if (plan.verdict?.type === "Failed" && !status.conditions.some(({ type }) => type === "FailureTarget")) this.noteFailure(job.workload);
    const done = yield* this.carryOut(job, plan);
    const isWritten = yield* this.writeCounts(job, status, plan, done.missing);
    if (!isWritten || (done.hasFailed && !done.isHopeless)) return "retry";
    if (plan.lookAgainIn < Infinity) this.runner.queue.addAfter(job.id, Math.max(1, plan.lookAgainIn));
    return "done";
  }

  /** Ended Pods are noted down, released, and only then counted. Source: trackJobStatusAndRemoveFinalizers. */
  private *writeCounts(job: JobRecord, status: JobStatus, plan: CountedPlan, missing: number): Sync<boolean> {
    const indexed = isIndexed(job.spec);
    const noted: JobStatus = {
      ...status,
      active: plan.active - missing,
      ready: plan.ready,
      terminating: plan.terminating,
      conditions: this.withInterim(plan, this.withSuspended(job, status.conditions)),
      ...(indexed ? { succeeded: plan.succeeded, completedIndexes: plan.completedIndexes, failedIndexes: plan.failedIndexes } : {}),
    };
    let version = job.resourceVersion;
    if (plan.counted.length > 0) {
      const response = yield* call({ kind: "updateObjectStatus", object: job.id, resourceVersion: version, status: noted });
      if (response.object === undefined) return response.status === "notFound";
      version = response.object.resourceVersion;
      this.written.set(job.id, version);
      for (const { id } of plan.counted) this.counted.add(id);
      this.states.set(job.id, plan.state);
      yield* this.releaseAll(plan.counted);
    }
    const final: JobStatus = {
      ...noted,
      succeeded: plan.succeeded,
      failed: plan.failed,
      ...(plan.isFinished && plan.verdict !== null
        ? {
            conditions: this.withFinal(noted.conditions, plan.verdict),
            completionTime: plan.verdict.type === "Complete" ? wholeSeconds(this.client.now) : -1,
          }
        : {}),
    };
    if (isSameStatus(final, plan.counted.length > 0 ? noted : job.status)) return true;
    const response = yield* call({ kind: "updateObjectStatus", object: job.id, resourceVersion: version, status: final });
    if (response.object === undefined) return response.status === "notFound";
    this.written.set(job.id, response.object.resourceVersion);
    if (plan.isFinished && plan.verdict !== null) this.announce(job, plan.verdict, final);
    return true;
  }

  private judgeFailure(job: JobRecord, pod: PodRecord): FailureVerdict {
    const { events } = this.client;
    // A message is only read by those who listen, or by the Job's status.
    const name = events?.podName(pod) ?? `${job.name}-${pod.ordinal}`;
    return matchFailurePolicy(job.spec.podFailurePolicy, failedPodOf(pod, this.definitions.template(pod.template), job.namespace, name));
  }

  private withInterim({ verdict }: CountedPlan, conditions: readonly JobCondition[]): readonly JobCondition[] {
    if (verdict === null) return conditions;
    const { jobWaitsForPods } = this.client.host.versions;
    if (!jobWaitsForPods && verdict.reason !== "PodFailurePolicy") return conditions;
    const type = verdict.type === "Failed" ? "FailureTarget" : "SuccessCriteriaMet";
    if (conditions.some((condition) => condition.type === type)) return conditions;
    return [...conditions, this.condition(type, "True", verdict.reason, verdict.message)];
  }

  // ── both ──

  private inputOf(job: JobRecord, status: JobStatus): JobInput {
    const { now, host } = this.client;
    const label = this.workloads.label(job.workload);
    const rank = (pod: PodRecord): ReturnType<typeof rankedPod> => ({
      ...rankedPod(pod, 0, uidOrder(host.seed, label, pod.ordinal)),
      deletionCost: 0,
    });
    return {
      spec: job.spec,
      status,
      isBeingDeleted: job.deletionTimestamp >= 0,
      isUpToDate: this.pods.expectations.areSatisfied(job.id, now),
      pods: this.cache.podsOf(job.id),
      now,
      compareForDeletion: (a, b) => compareForDeletion(rank(a), rank(b), now, host.versions.logScaleAges ? "logarithmic" : "exact"),
    };
  }

  /** The status with its start, which a suspended Job doesn't have, and a resumed one has anew. */
  private begun({ id, spec, status }: JobRecord): JobStatus {
    if (spec.suspend) return status;
    const isResumed = status.conditions.some(({ type, status: is }) => type === "Suspended" && is === "True");
    if (status.startTime !== -1 && !isResumed) return status;
    if (spec.activeDeadlineSeconds !== null) this.runner.queue.addAfter(id, spec.activeDeadlineSeconds * SECOND);
    return { ...status, startTime: wholeSeconds(this.client.now) };
  }

  private *carryOut(
    job: JobRecord,
    { creates, deletes }: JobPlan,
  ): Sync<{
    /** Pods that should be there now and aren't. */ readonly missing: number;
    readonly hasFailed: boolean;
    readonly isHopeless: boolean;
  }> {
    if (deletes.length > 0) {
      this.pods.expectations.expectDeletions(job.id, idsOf(deletes), this.client.now);
      const failures = yield* this.pods.remove(job, deletes);
      return { missing: -failures, hasFailed: failures > 0, isHopeless: false };
    }
    if (creates.length === 0) return { missing: 0, hasFailed: false, isHopeless: false };
    this.pods.expectations.expectCreations(job.id, creates.length, this.client.now);
    const { count, hasFailed, isHopeless } = yield* this.pods.create(
      job,
      creates.map((index) => this.podRequest(job, index)),
    );
    return { missing: creates.length - count, hasFailed, isHopeless };
  }

  private podRequest(job: JobRecord, index: number): ApiRequest {
    const { template } = job.spec;
    let known = this.templates.get(template);
    if (known === undefined) this.templates.set(template, (known = this.definitions.idOf(template)));
    const traits = index >= 0 ? this.indexedTraits(job, index) : this.commonTraits(job);
    return { kind: "createPod", owner: job.id, workload: job.workload, template: known, traits };
  }

  private commonTraits(job: JobRecord): PodTraits {
    const known = this.traits.get(job.id);
    if (known !== undefined) return known;
    const { kind, namespace, name, spec } = job;
    const { seed, versions } = this.client.host;
    const uid = objectUid(seed, kind, namespace, name);
    const given = jobLabels({ name, uid, isIndexed: isIndexed(spec), hasOwnSelector: spec.manualSelector === true }, versions);
    const traits = { ...plainTraits, ...(this.countsOnce ? { finalizers } : {}), given };
    this.traits.set(job.id, traits);
    return traits;
  }

  private indexedTraits(job: JobRecord, index: number): PodTraits {
    const number = this.made.get(job.id) ?? 0;
    this.made.set(job.id, number + 1);
    const suffix = podSuffix(this.client.host.seed, `${this.workloads.label(job.workload)}/${job.name}`, number);
    return { ...this.commonTraits(job), name: `${job.name}-${index}-${suffix}`, index };
  }

  private withFinal(conditions: readonly JobCondition[], { type, reason, message }: JobVerdict): readonly JobCondition[] {
    return [...conditions, this.condition(type, "True", reason, message)];
  }

  /** Only a Job that was suspended once has the condition. */
  private withSuspended(job: JobRecord, conditions: readonly JobCondition[]): readonly JobCondition[] {
    const known = conditions.find(({ type }) => type === "Suspended");
    if (job.spec.suspend === (known?.status === "True")) return conditions;
    const condition = job.spec.suspend
      ? this.condition("Suspended", "True", "JobSuspended", "Job suspended")
      : this.condition("Suspended", "False", "JobResumed", "Job resumed");
    this.pods.record(job, "Normal", job.spec.suspend ? "Suspended" : "Resumed", () => condition.message);
    return [...conditions.filter(({ type }) => type !== "Suspended"), condition];
  }

  private condition(type: JobCondition["type"], status: JobCondition["status"], reason: string, message: string): JobCondition {
    return { type, status, reason, message, lastTransitionTime: wholeSeconds(this.client.now) };
  }

  private announce(job: JobRecord, { type, reason, message }: JobVerdict, { succeeded, active }: JobStatus): void {
    if (type === "Failed") {
      this.pods.record(job, "Warning", reason, () => message);
      return;
    }
    const { completions } = job.spec;
    if (completions !== null && active > 0)
      this.pods.record(job, "Warning", "TooManyActivePods", () => "Too many active pods running after completion count reached");
    if (completions !== null && succeeded > completions)
      this.pods.record(job, "Warning", "TooManySucceededPods", () => "Too many succeeded pods running after completion count reached");
    this.pods.record(job, "Normal", "Completed", () => "Job completed");
  }

  /** What goes now goes because the Job has failed. */
  private noteFailure(workload: number): void {
    const { host } = this.client;
    host.causes.note(host.lp, CauseKind.jobFailed, workload, host.now);
  }

  /** Pods whose Job doesn't ask for them any more. */
  private release(pods: readonly PodRecord[]): void {
    if (pods.length > 0) runDetached(this.client, this.releaseAll(pods), () => {});
  }

  private *releaseAll(pods: readonly PodRecord[]): Sync<void> {
    if (pods.length > 0) yield pods.map(({ id }): ApiRequest => ({ kind: "removePodFinalizer", pod: id, finalizer: JOB_FINALIZER }));
  }

  private forget(id: number): void {
    this.pods.expectations.forget(id);
    this.states.delete(id);
    this.written.delete(id);
    this.made.delete(id);
    this.traits.delete(id);
  }
}

function isFailed({ status: { phase } }: PodRecord): boolean {
  return phase === PodPhase.Failed;
}

function isTracked({ traits }: PodRecord): boolean {
  return traits?.finalizers.includes(JOB_FINALIZER) ?? false;
}

/** All that the status of 1.20 has; one more condition is a change. */
function isSameCounts(a: JobStatus, b: JobStatus): boolean {
  return a.active === b.active && a.succeeded === b.succeeded && a.failed === b.failed && a.conditions === b.conditions;
}

function isSameStatus(a: JobStatus, b: JobStatus): boolean {
  return (
    isSameCounts(a, b) &&
    a.ready === b.ready &&
    a.terminating === b.terminating &&
    a.startTime === b.startTime &&
    a.completionTime === b.completionTime &&
    a.completedIndexes === b.completedIndexes &&
    a.failedIndexes === b.failedIndexes
  );
}
