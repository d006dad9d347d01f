/**
 * What one sync of a Job decides (pure); job.ts carries it out. Two ways, by version:
 *
 *   counted (since 1.26)  each ended Pod counts once and for ever; the back-off holds creations back; a Job that is
 *                         to end waits until its Pods are gone (since 1.31)
 *   listed  (before)      what ended are the Pods that exist; the back-off holds the whole sync back, which then
 *                         creates all that is missing; a failing Job deletes its Pods and is Failed at once
 *
 *   Running ──limit, deadline, policy──▶ FailureTarget ──no Pod left──▶ Failed
 *     └──enough successes, success policy──▶ SuccessCriteriaMet ──no Pod left──▶ Complete
 *
 * Source: pkg/controller/job/job_controller.go (syncJob, manageJob).
 */
import { SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import { isActive, isDeleting, isReady } from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { PodPhase, type ContainerStatus } from "../objects/pod.ts";
import type { JobCondition, JobSpec, JobStatus } from "../objects/job.ts";
import { finishedAt, recordEnds, remainingBackOff, type BackOffRecord } from "./job-back-off.ts";
import type { FailureVerdict } from "./job-failure-policy.ts";
import { firstFreeIndexes, formatIndexes, matchSuccessPolicy, parseIndexes } from "./job-indexes.ts";

/** Pods made or deleted in one sync. Source: job_controller.go MaxPodCreateDeletePerSync. */
const PODS_PER_SYNC = 500;

export interface JobVerdict {
  readonly type: "Complete" | "Failed";
  readonly reason: string;
  readonly message: string;
}

export interface JobInput {
  readonly spec: JobSpec;
  readonly status: JobStatus;
  readonly isBeingDeleted: boolean;
  /** All that it asked for before has been seen. */
  readonly isUpToDate: boolean;
  /** Those that exist. */
  readonly pods: readonly PodRecord[];
  readonly now: VirtualTime;
  /** The order in which active Pods are given up; the first goes first. */
  readonly compareForDeletion: (a: PodRecord, b: PodRecord) => number;
}

export interface JobPlan {
  /** The Job is to end so; null: it goes on. */
  readonly verdict: JobVerdict | null;
  /** The verdict is final in this sync. */
  readonly isFinished: boolean;
  readonly deletes: readonly PodRecord[];
  /** Completion index of each Pod to be made; -1: none. */
  readonly creates: readonly number[];
  /** Once all this has been done. */
  readonly active: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly completedIndexes: string;
  readonly failedIndexes: string;
  /** µs from now until the sync is to be repeated for time alone; Infinity: never. */
  readonly lookAgainIn: Duration;
}

export function completionIndex(pod: PodRecord): number {
  return pod.traits?.index ?? -1;
}

export function isIndexed({ completionMode }: JobSpec): boolean {
  return completionMode === "Indexed";
}

/** Final condition, if it has one. */
export function finalCondition({ conditions }: JobStatus): JobCondition | undefined {
  return conditions.find(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True");
}

// ── before 1.26 ──

export interface ListedPlan extends JobPlan {
  /** A failure that the status doesn't tell yet: the sync ends with an error, and so with a back-off. */
  readonly hasNewFailure: boolean;
}

export function planListedJob(input: JobInput): ListedPlan {
  const { spec, status, pods, now, isUpToDate, isBeingDeleted } = input;
  const activePods = pods.filter(isActive);
  const succeededPods = pods.filter(({ status: { phase } }) => phase === PodPhase.Succeeded);
  const failed = pods.filter(({ status: { phase } }) => phase === PodPhase.Failed).length;
  const completed = completedIndexes(spec, succeededPods);
  const succeeded = isIndexed(spec) ? completed.size : succeededPods.length;
  const hasNewFailure = failed > status.failed;
  const common = { succeeded, completedIndexes: isIndexed(spec) ? formatIndexes(completed) : "", failedIndexes: "", hasNewFailure };
  const exceedsLimit = hasNewFailure && activePods.length !== spec.parallelism && failed > spec.backoffLimit;
  const verdict =
    exceedsLimit || hasTooManyRestarts(spec, pods) ? limitReached : isPastDeadline(spec, status, now) ? deadlineExceeded : null;
  if (verdict !== null)
    return {
      ...common,
      verdict,
      isFinished: true,
      deletes: activePods,
      creates: [],
      active: 0,
      failed: failed + activePods.length,
      lookAgainIn: Infinity,
    };

  const taken = new Set([...completed, ...activePods.map(completionIndex)]);
  const change = isUpToDate && !isBeingDeleted ? manage(input, activePods, succeeded, 0, taken) : nothing;
  const active = activePods.length + change.creates.length - change.deletes.length;
  const isComplete = spec.completions === null ? succeeded > 0 && active === 0 : succeeded >= spec.completions;
  return {
    ...common,
    ...change,
    verdict: isComplete ? { type: "Complete", reason: "", message: "" } : null,
    isFinished: isComplete,
    active,
    failed,
    lookAgainIn: Infinity,
  };
}

// ── since 1.26 ──

/** What the controller knows of a Job beside its objects. */
export interface CountedState {
  readonly backOff: BackOffRecord;
  /** By completion index, with a limit per index: failures that count, and the last one's end. */
  readonly indexFailures: ReadonlyMap<number, BackOffRecord>;
}

export interface CountedInput extends JobInput {
  readonly state: CountedState;
  /** Ended (or being deleted) and not counted yet, with those that have gone meanwhile. */
  readonly uncounted: readonly PodRecord[];
  /** What podFailurePolicy says of a failed Pod. */
  readonly judgeFailure: (pod: PodRecord) => FailureVerdict;
  readonly backOffInitial: Duration;
  readonly backOffMax: Duration;
  /** A final condition waits until no Pod is left (1.31). */
  readonly waitsForPods: boolean;
}

export interface CountedPlan extends JobPlan {
  readonly state: CountedState;
  /** Ended: they count from now on. */
  readonly counted: readonly PodRecord[];
  readonly ready: number;
  readonly terminating: number;
}

export function planCountedJob(input: CountedInput): CountedPlan {
  const { spec, status, pods, now, isUpToDate, isBeingDeleted } = input;
  const activePods = pods.filter(isActive);
  const terminating = pods.filter((pod) => isDeleting(pod) && !hasEnded(pod)).length;
  const succeededPods = input.uncounted.filter(({ status: { phase } }) => phase === PodPhase.Succeeded);
  const failedPods = input.uncounted.filter((pod) => countsAsFailed(spec, pod, pods));
  const judged = failedPods.map((pod) => ({ pod, verdict: input.judgeFailure(pod) }));
  const failed = status.failed + judged.filter(({ verdict }) => verdict.counts).length;
  const completed = isIndexed(spec) ? parseIndexes(status.completedIndexes, spec.completions ?? 0) : new Set<number>();
  for (const pod of succeededPods)
    if (isIndexed(spec) && completionIndex(pod) < (spec.completions ?? 0)) completed.add(completionIndex(pod));
  const succeeded = isIndexed(spec) ? completed.size : status.succeeded + succeededPods.length;
  const { failedIndexes, indexFailures } = countIndexFailures(input, judged);
  const state: CountedState = {
    backOff: recordEnds(input.state.backOff, succeededPods.map(finishedAt), failedPods.map(finishedAt)),
    indexFailures,
  };

  const verdict = verdictOf(input, failed, judged, completed, failedIndexes);
  const change =
    verdict !== null
      ? { deletes: activePods, creates: [] as number[], wait: Infinity }
      : nextPods(input, activePods, succeeded, terminating, completed, failedIndexes, state);
  const active = activePods.length + change.creates.length - change.deletes.length;
  const isComplete = verdict === null && (spec.completions === null ? succeeded > 0 : succeeded >= spec.completions) && active === 0;
  const end = isComplete ? completionsReached : verdict;
  const isLeft = input.waitsForPods && pods.some((pod) => !hasEnded(pod));
  return {
    verdict: end,
    isFinished: end !== null && isUpToDate && !isLeft,
    deletes: change.deletes,
    creates: change.creates,
    active,
    ready: activePods.filter(isReady).length,
    terminating,
    succeeded,
    failed,
    completedIndexes: isIndexed(spec) ? formatIndexes(completed) : "",
    failedIndexes: formatIndexes(failedIndexes),
    lookAgainIn: Math.min(change.wait, end === null && !isBeingDeleted ? timeToDeadline(spec, status, now) : Infinity),
    state,
    counted: [...succeededPods, ...failedPods],
  };
}

/** A Pod that was removed without an end counts as failed: there is nothing to wait for. */
function countsAsFailed(spec: JobSpec, pod: PodRecord, present: readonly PodRecord[]): boolean {
  if (pod.status.phase === PodPhase.Failed) return true;
  if (pod.status.phase === PodPhase.Succeeded) return false;
  if (!present.some(({ id }) => id === pod.id)) return true;
  return spec.podReplacementPolicy !== "Failed" && isDeleting(pod);
}

type JudgedPod = { readonly pod: PodRecord; readonly verdict: FailureVerdict };

function verdictOf(
  { spec, status, pods, now }: CountedInput,
  failed: number,
  judged: readonly JudgedPod[],
  completed: ReadonlySet<number>,
  failedIndexes: ReadonlySet<number>,
): JobVerdict | null {
  const begun = status.conditions.find(
    ({ type, status: is }) => is === "True" && (type === "FailureTarget" || type === "SuccessCriteriaMet"),
  );
  if (begun !== undefined)
    return { type: begun.type === "FailureTarget" ? "Failed" : "Complete", reason: begun.reason, message: begun.message };
  const message = judged.find(({ verdict }) => verdict.message !== null)?.verdict.message ?? null;
  if (message !== null) return { type: "Failed", reason: "PodFailurePolicy", message };
  if (failed > spec.backoffLimit || hasTooManyRestarts(spec, pods)) return limitReached;
  if (isPastDeadline(spec, status, now)) return deadlineExceeded;
  if (spec.backoffLimitPerIndex !== null && failedIndexes.size > 0) {
    if (spec.maxFailedIndexes !== null && failedIndexes.size > spec.maxFailedIndexes)
      return {
        type: "Failed",
        reason: "MaxFailedIndexesExceeded",
        message: "Job has exceeded the specified maximal number of failed indexes",
      };
    if (failedIndexes.size + completed.size >= (spec.completions ?? 0))
      return { type: "Failed", reason: "FailedIndexes", message: "Job has failed indexes" };
  }
  const rule = isIndexed(spec) ? matchSuccessPolicy(spec.successPolicy, completed, spec.completions ?? 0) : -1;
  return rule === -1 ? null : { type: "Complete", reason: "SuccessPolicy", message: `Matched rules at index ${rule}` };
}

/** An index fails for good with the failure beyond its limit, or by a rule. */
function countIndexFailures(
  { spec, status, state }: CountedInput,
  judged: readonly JudgedPod[],
): { readonly failedIndexes: Set<number>; readonly indexFailures: ReadonlyMap<number, BackOffRecord> } {
  const { backoffLimitPerIndex: limit } = spec;
  if (limit === null) return { failedIndexes: new Set(), indexFailures: state.indexFailures };
  const failedIndexes = parseIndexes(status.failedIndexes, spec.completions ?? 0);
  if (judged.length === 0) return { failedIndexes, indexFailures: state.indexFailures };
  const indexFailures = new Map(state.indexFailures);
  for (const { pod, verdict } of judged) {
    const index = completionIndex(pod);
    const before = indexFailures.get(index)?.failures ?? 0;
    if (verdict.action === "FailIndex" || (verdict.counts && before >= limit)) failedIndexes.add(index);
    indexFailures.set(index, { failures: before + (verdict.counts ? 1 : 0), lastFailure: finishedAt(pod) });
  }
  return { failedIndexes, indexFailures };
}

/** The Pods to make, or how long the back-off still holds them. */
function nextPods(
  input: CountedInput,
  activePods: readonly PodRecord[],
  succeeded: number,
  terminating: number,
  completed: ReadonlySet<number>,
  failedIndexes: ReadonlySet<number>,
  { backOff, indexFailures }: CountedState,
): { readonly deletes: readonly PodRecord[]; readonly creates: readonly number[]; readonly wait: Duration } {
  const { spec, pods, now, isUpToDate, isBeingDeleted, backOffInitial, backOffMax } = input;
  if (!isUpToDate || isBeingDeleted) return { ...nothing, wait: Infinity };
  const waitsForTerminating = spec.podReplacementPolicy === "Failed";
  const taken = new Set([...completed, ...failedIndexes, ...activePods.map(completionIndex)]);
  if (waitsForTerminating) for (const pod of pods) if (isDeleting(pod) && !hasEnded(pod)) taken.add(completionIndex(pod));
  const change = manage(input, activePods, succeeded, waitsForTerminating ? terminating : 0, taken);
  if (change.creates.length === 0) return { ...change, wait: Infinity };
  if (spec.backoffLimitPerIndex === null) {
    const wait = remainingBackOff(backOff, now, backOffInitial, backOffMax);
    return wait > 0 ? { ...nothing, wait } : { ...change, wait: Infinity };
  }
  const waits = change.creates.map((index) => {
    const record = indexFailures.get(index);
    // An ignored failure holds back as the first one does.
    return record === undefined
      ? 0
      : remainingBackOff({ ...record, failures: Math.max(1, record.failures) }, now, backOffInitial, backOffMax);
  });
  const creates = change.creates.filter((_, position) => waits[position] === 0);
  return creates.length > 0 ? { ...nothing, creates, wait: Infinity } : { ...nothing, wait: Math.min(...waits) };
}

// ── both ──

const limitReached: JobVerdict = { type: "Failed", reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
const deadlineExceeded: JobVerdict = {
  type: "Failed",
  reason: "DeadlineExceeded",
  message: "Job was active longer than specified deadline",
};
const completionsReached: JobVerdict = {
  type: "Complete",
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
};
const nothing: { readonly deletes: readonly PodRecord[]; readonly creates: readonly number[] } = { deletes: [], creates: [] };

/** Either deletions or creations; `terminating`: Pods on their way out that still hold their place. */
function manage(
  { spec, compareForDeletion }: JobInput,
  activePods: readonly PodRecord[],
  succeeded: number,
  terminating: number,
  taken: ReadonlySet<number>,
): { readonly deletes: readonly PodRecord[]; readonly creates: readonly number[] } {
  const active = activePods.length;
  const { parallelism, completions } = spec;
  if (spec.suspend) return { deletes: activePods, creates: [] };
  const wanted =
    completions === null ? (succeeded > 0 ? active : parallelism) : Math.max(0, Math.min(completions - succeeded, parallelism));
  const doubles = isIndexed(spec) ? duplicates(activePods, compareForDeletion) : [];
  if (active > wanted || doubles.length > 0) {
    const others = activePods.filter((pod) => !doubles.includes(pod)).sort(compareForDeletion);
    const deletes = [...doubles, ...others.slice(0, Math.max(0, active - wanted - doubles.length))];
    return { deletes: deletes.slice(0, PODS_PER_SYNC), creates: [] };
  }
  const missing = Math.min(PODS_PER_SYNC, wanted - active - terminating);
  if (missing <= 0) return nothing;
  const creates = isIndexed(spec) ? firstFreeIndexes(taken, missing, completions ?? 0) : new Array<number>(missing).fill(-1);
  return { deletes: [], creates };
}

/** All but one of the Pods of each index. */
function duplicates(activePods: readonly PodRecord[], compare: (a: PodRecord, b: PodRecord) => number): PodRecord[] {
  const ofIndex = new Map<number, PodRecord[]>();
  for (const pod of activePods) ofIndex.set(completionIndex(pod), [...(ofIndex.get(completionIndex(pod)) ?? []), pod]);
  return [...ofIndex.values()].flatMap((pods) => pods.sort(compare).slice(0, -1));
}

function completedIndexes(spec: JobSpec, succeededPods: readonly PodRecord[]): Set<number> {
  if (!isIndexed(spec)) return new Set();
  return new Set(succeededPods.map(completionIndex).filter((index) => index >= 0 && index < (spec.completions ?? 0)));
}

function hasEnded({ status: { phase } }: PodRecord): boolean {
  return phase === PodPhase.Succeeded || phase === PodPhase.Failed;
}

/** Restarts count where Pods restart in place. Source: pastBackoffLimitOnFailure. */
function hasTooManyRestarts({ template, backoffLimit }: JobSpec, pods: readonly PodRecord[]): boolean {
  if (template.spec.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status.phase === PodPhase.Running || status.phase === PodPhase.Pending)
      restarts += sum(status.initContainers) + sum(status.containers);
  }
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

function sum(statuses: readonly ContainerStatus[]): number {
  return statuses.reduce((total, { restartCount }) => total + restartCount, 0);
}

function isPastDeadline(spec: JobSpec, status: JobStatus, now: VirtualTime): boolean {
  return timeToDeadline(spec, status, now) <= 0;
}

/** Infinity: none. */
function timeToDeadline({ activeDeadlineSeconds, suspend }: JobSpec, { startTime }: JobStatus, now: VirtualTime): Duration {
  return activeDeadlineSeconds === null || startTime === -1 || suspend ? Infinity : (startTime + activeDeadlineSeconds) * SECOND - now;
}
