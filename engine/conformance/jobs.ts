/** Vectors of Jobs and of what becomes of ended Pods, answered by the functions that their controllers use. */
import type { PodRecord } from "../kubernetes/api-server/pod-record.ts";
import { compareForDeletion } from "../kubernetes/controllers/deletion-ranking.ts";
import { matchFailurePolicy, type FailedPod } from "../kubernetes/controllers/job-failure-policy.ts";
import { planListedJob, type ListedPlan } from "../kubernetes/controllers/job-plan.ts";
import { surplusOf } from "../kubernetes/controllers/pod-gc.ts";
import { rankedPod } from "../kubernetes/controllers/replica-set.ts";
import { emptyJobStatus, type JobSpec, type PodFailureRule } from "../kubernetes/objects/job.ts";
import {
  PodPhase,
  pendingPodStatus,
  podPhaseNames,
  type ContainerStatus,
  type PodTemplate,
  type RestartPolicy,
} from "../kubernetes/objects/pod.ts";

/** Jobs of 1.20 count the Pods that exist. */
const NOW_SECONDS = 1_000_000;
const SECOND = 1_000_000;

interface JobLimits {
  readonly parallelism: number;
  readonly completions: number | null;
  readonly backoffLimit: number;
  readonly activeDeadlineSeconds?: number;
}

function specOf({ parallelism, completions, backoffLimit, activeDeadlineSeconds }: JobLimits, restartPolicy: RestartPolicy): JobSpec {
  return {
    parallelism,
    completions,
    backoffLimit,
    activeDeadlineSeconds: activeDeadlineSeconds ?? null,
    ttlSecondsAfterFinished: null,
    completionMode: "NonIndexed",
    suspend: false,
    podFailurePolicy: null,
    backoffLimitPerIndex: null,
    maxFailedIndexes: null,
    podReplacementPolicy: "TerminatingOrFailed",
    successPolicy: null,
    // Nothing else of the template is asked for.
    template: { labels: {}, annotations: {}, spec: { restartPolicy } } as unknown as PodTemplate,
  };
}

function podOf(id: number, phase: PodPhase, restarts = 0, createdAt = 0, reason = ""): PodRecord {
  const container: ContainerStatus = {
    state: { type: "waiting", reason: "ContainerCreating" },
    lastState: null,
    restartCount: restarts,
    ready: false,
    started: false,
  };
  return {
    id,
    resourceVersion: 0,
    owner: 0,
    workload: 0,
    ordinal: id,
    template: 0,
    node: 0,
    createdAt,
    deletionTimestamp: -1,
    deletionGracePeriodSeconds: -1,
    status: { ...pendingPodStatus, phase, reason, containers: [container] },
    cause: 0,
  };
}

function podsOf(counts: readonly (readonly [number, PodPhase])[]): PodRecord[] {
  const phases = counts.flatMap(([count, phase]) => new Array<PodPhase>(count).fill(phase));
  return phases.map((phase, id) => podOf(id, phase));
}

/** `startedSecondsAgo` null: it hasn't begun. */
function planOf(spec: JobSpec, pods: readonly PodRecord[], isBeingDeleted = false, startedSecondsAgo: number | null = null): ListedPlan {
  const now = NOW_SECONDS * SECOND;
  return planListedJob({
    spec,
    status: { ...emptyJobStatus, startTime: startedSecondsAgo === null ? -1 : NOW_SECONDS - startedSecondsAgo },
    isBeingDeleted,
    isUpToDate: true,
    pods,
    now,
    compareForDeletion: (a, b) => compareForDeletion(rankedPod(a, 0, a.id), rankedPod(b, 0, b.id), now, "exact"),
  });
}

function statusOf({ active, succeeded, failed }: ListedPlan): unknown {
  return { active, succeeded, failed };
}

function conditionOf({ verdict }: ListedPlan): unknown {
  return verdict === null ? null : { type: verdict.type, reason: verdict.reason };
}

export function jobSync(
  input: JobLimits & {
    readonly beingDeleted: boolean;
    readonly pods: { readonly pending: number; readonly active: number; readonly succeeded: number; readonly failed: number };
  },
): unknown {
  const { pending, active, succeeded, failed } = input.pods;
  const pods = podsOf([
    [pending, PodPhase.Pending],
    [active, PodPhase.Running],
    [succeeded, PodPhase.Succeeded],
    [failed, PodPhase.Failed],
  ]);
  const plan = planOf(specOf(input, "OnFailure"), pods, input.beingDeleted);
  return { creations: plan.creates.length, deletions: plan.deletes.length, status: statusOf(plan), condition: conditionOf(plan) };
}

export function jobBackOffNever(
  input: JobLimits & {
    readonly restartPolicy: RestartPolicy;
    readonly activePodsPhase: string;
    readonly activePods: number;
    readonly failedPods: number;
  },
): unknown {
  const pods = podsOf([
    [input.activePods, phaseOf(input.activePodsPhase)],
    [input.failedPods, PodPhase.Failed],
  ]);
  const plan = planOf(specOf(input, input.restartPolicy), pods);
  return { status: statusOf(plan), condition: conditionOf(plan) };
}

export function jobBackOffOnFailure(
  input: JobLimits & {
    readonly restartPolicy: RestartPolicy;
    readonly podPhase: string;
    readonly containerRestartCounts: readonly number[];
  },
): unknown {
  const pods = input.containerRestartCounts.map((restarts, id) => podOf(id, phaseOf(input.podPhase), restarts));
  const plan = planOf(specOf(input, input.restartPolicy), pods);
  return { status: statusOf(plan), condition: conditionOf(plan) };
}

export function jobPastDeadline(
  input: JobLimits & {
    readonly startedSecondsAgo: number;
    readonly pods: { readonly active: number; readonly succeeded: number; readonly failed: number };
  },
): unknown {
  const pods = podsOf([
    [input.pods.active, PodPhase.Running],
    [input.pods.succeeded, PodPhase.Succeeded],
    [input.pods.failed, PodPhase.Failed],
  ]);
  const plan = planOf(specOf(input, "OnFailure"), pods, false, input.startedSecondsAgo);
  return { deletions: plan.deletes.length, creations: plan.creates.length, status: statusOf(plan), failedReason: plan.verdict?.reason };
}

function phaseOf(name: string): PodPhase {
  return Math.max(0, podPhaseNames.indexOf(name)) as PodPhase;
}

interface WrittenRule {
  readonly action: PodFailureRule["action"];
  readonly onExitCodes?: { readonly containerName?: string; readonly operator: "In" | "NotIn"; readonly values: readonly number[] };
  readonly onPodConditions?: readonly { readonly type: string; readonly status: string }[];
}

interface WrittenStatus {
  readonly name?: string;
  readonly state?: { readonly terminated?: { readonly exitCode: number } };
}

export function jobFailurePolicy(input: {
  readonly podFailurePolicy: { readonly rules: readonly WrittenRule[] };
  readonly failedPod: {
    readonly metadata?: { readonly namespace?: string; readonly name?: string };
    readonly status: {
      readonly containerStatuses?: readonly WrittenStatus[];
      readonly initContainerStatuses?: readonly WrittenStatus[];
      readonly conditions?: FailedPod["conditions"];
    };
  };
}): unknown {
  const rules = input.podFailurePolicy.rules.map(({ action, onExitCodes, onPodConditions }): PodFailureRule => ({
    action,
    onExitCodes: onExitCodes === undefined ? null : { ...onExitCodes, containerName: onExitCodes.containerName ?? null },
    onPodConditions: onPodConditions ?? null,
  }));
  const { metadata = {}, status } = input.failedPod;
  const exits = (statuses: readonly WrittenStatus[] = []): FailedPod["containers"] =>
    statuses.map(({ name = "", state }) => ({ name, exitCode: state?.terminated?.exitCode ?? null }));
  const { action, counts, message } = matchFailurePolicy(rules, {
    namespace: metadata.namespace ?? "",
    name: metadata.name ?? "",
    containers: [...exits(status.containerStatuses), ...exits(status.initContainerStatuses)],
    conditions: status.conditions ?? [],
  });
  return { action, countFailed: counts, jobFailureMessage: message };
}

/** The rule's own name is no part of the decision. */
export function expectedPolicy({ action, countFailed, jobFailureMessage }: Readonly<Record<string, unknown>>): unknown {
  return { action, countFailed, jobFailureMessage };
}

export function podGcTerminated(input: {
  readonly terminatedPodThreshold: number;
  readonly podsOldestFirst: readonly { readonly name: string; readonly phase: string; readonly reason?: string }[];
}): unknown {
  const pods = input.podsOldestFirst.map(({ phase, reason }, id) => podOf(id, phaseOf(phase), 0, id * 3600, reason));
  const ended = pods.filter(({ status: { phase } }) => phase === PodPhase.Succeeded || phase === PodPhase.Failed);
  return {
    deleted: surplusOf(ended, input.terminatedPodThreshold)
      .map(({ id }) => input.podsOldestFirst[id]!.name)
      .toSorted(),
  };
}

export function expectedGone({ deleted }: Readonly<Record<string, unknown>>): unknown {
  return { deleted: (deleted as readonly string[]).toSorted() };
}
