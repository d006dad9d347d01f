/**
 * kubectl drain: cordons the node, then evicts its Pods, all at once. A Pod whose budget refuses is asked for again
 * after 5 s; one that was told to end is awaited, with a look every second. Nothing is evicted if there are Pods
 * that it wasn't told what to do with. Source: staging/src/k8s.io/kubectl/pkg/drain/{drain,filters}.go.
 *
 *   cordon ─▶ list ──(DaemonSets, unmanaged Pods, no flag)──▶ failed
 *               └─▶ each Pod: evict ──(429)─▶ 5 s, evict
 *                               └──(ok)─▶ gone? ──(no)─▶ 1 s, gone?
 */
import { MILLISECOND, SECOND, type VirtualTime } from "../kernel/time.ts";
import { isTerminal, type ApiResponse, type ObjectRecord } from "../kubernetes/api-server/client.ts";
import type { PodRecord } from "../kubernetes/api-server/pod-record.ts";
import { isStaticPod } from "../kubernetes/objects/static-pods.ts";
import { formatDuration } from "../values/duration.ts";
import type { Drain } from "./action.ts";
import { nodeIndex } from "./cordon.ts";
import { labelOf, postEviction } from "./evict.ts";
import { CONNECTION_REFUSED, type Operator, type Steps } from "./operator.ts";

/** Source: waitForDelete. */
const POLL: VirtualTime = SECOND;

type Budget = ObjectRecord<"PodDisruptionBudget">;

/** How far a drain has come, and what it says of itself meanwhile. */
class Progress {
  readonly deadline: VirtualTime;
  readonly errors: string[] = [];
  private readonly action: Drain;
  private readonly operator: Operator;
  private readonly start: VirtualTime;
  private readonly open = new Set<PodRecord>();
  /** Pods whose last eviction was refused, with the budget as it was then. */
  private readonly refused = new Map<PodRecord, Budget | null>();
  private evicted = 0;

  constructor(action: Drain, operator: Operator) {
    this.action = action;
    this.operator = operator;
    this.start = operator.client.now;
    this.deadline = this.start + action.timeout;
  }

  get isLate(): boolean {
    return this.operator.client.now >= this.deadline;
  }

  begin(pods: readonly PodRecord[]): void {
    for (const pod of pods) this.open.add(pod);
    this.say("going on", this.openText());
  }

  refuse(pod: PodRecord, { object }: ApiResponse): void {
    this.refused.set(pod, object?.kind === "PodDisruptionBudget" ? object : null);
    this.say("going on", this.openText());
  }

  accept(pod: PodRecord): void {
    this.refused.delete(pod);
    this.say("going on", this.openText());
  }

  gone(pod: PodRecord): void {
    this.open.delete(pod);
    this.refused.delete(pod);
    this.evicted++;
    this.say("going on", this.openText());
  }

  fail(text: string): void {
    this.say("failed", text);
  }

  end(): void {
    const took = formatDuration(Math.round((this.operator.client.now - this.start) / MILLISECOND) * MILLISECOND);
    if (this.errors.length > 0) this.say("failed", this.errors.join("; "));
    else if (this.open.size > 0) this.say("failed", `global timeout reached: ${formatDuration(this.action.timeout)}; ${this.openText()}`);
    else this.say("done", `node/${this.action.node} drained: ${this.evicted} Pods in ${took}`);
  }

  /** Until the retry or the deadline, whichever comes first. */
  wait(duration: number): number {
    return Math.min(duration, this.deadline - this.operator.client.now);
  }

  /** Names each budget that refuses, and the Pods that it keeps. */
  private openText(): string {
    const byBudget = new Map<string, { readonly text: string; readonly pods: string[] }>();
    for (const [pod, budget] of this.refused) {
      const text = budget === null ? "refused" : refusalText(budget);
      const known = byBudget.get(text);
      if (known === undefined) byBudget.set(text, { text, pods: [labelOf(pod, this.operator)] });
      else known.pods.push(labelOf(pod, this.operator));
    }
    const parts = [...byBudget.values()].map(({ text, pods }) => `${text}: ${pods.sort().join(", ")}`);
    const ending = this.open.size - this.refused.size;
    if (ending > 0) parts.push(`${ending} Pods have yet to end`);
    return parts.join("; ");
  }

  private say(status: "done" | "failed" | "going on", text: string): void {
    this.operator.outcomes.set(this.action, { status, text });
  }
}

/** A budget that asks for every Pod it counts never lets one go, however long one waits. */
function refusalText({ namespace, name, status: { currentHealthy, desiredHealthy, expectedPods } }: Budget): string {
  const budget = `budget ${namespace}/${name}`;
  if (desiredHealthy >= expectedPods)
    return `deadlock: ${budget} lets no Pod go, it asks for ${desiredHealthy} healthy Pods and there are ${expectedPods} in all`;
  return `${budget} lets no Pod go now, ${currentHealthy} are healthy and it asks for ${desiredHealthy}`;
}

export function* drain(action: Drain, operator: Operator): Steps {
  const node = nodeIndex(action.node, operator);
  const progress = new Progress(action, operator);
  yield { kind: "setNodeUnschedulable", node, unschedulable: true };
  const { pods = [] } = yield { kind: "listPodsOn", node };
  const { chosen, problems } = yield* choose(pods, action, operator);
  if (problems.length > 0) {
    progress.fail(problems.join("; "));
    return;
  }
  progress.begin(chosen);
  yield { kind: "fork", branches: chosen.map((pod) => evictUntilGone(pod, action, progress, operator)) };
  progress.end();
}

interface Choice {
  readonly chosen: readonly PodRecord[];
  readonly problems: readonly string[];
}

/** Mirrors stay; ended Pods may always go. Differs: drains don't look at volumes. Source: filters.go. */
function* choose(pods: readonly PodRecord[], { force, ignoreDaemonSets }: Drain, operator: Operator): Steps<Choice> {
  const chosen: PodRecord[] = [];
  const unmanaged: string[] = [];
  const ofDaemonSets: string[] = [];
  for (const pod of pods) {
    if (isStaticPod(operator.definitions.template(pod.template).annotations)) continue;
    const { kind, namespace, name } = operator.workloads.workload(pod.workload);
    if (isTerminal(pod)) chosen.push(pod);
    else if (pod.owner >= 0 && kind === "DaemonSet") {
      const { object } = yield { kind: "find", type: "DaemonSet", namespace, name };
      if (object === undefined && force) chosen.push(pod);
      else if (!ignoreDaemonSets) ofDaemonSets.push(labelOf(pod, operator));
    } else if (pod.owner < 0 && !force) unmanaged.push(labelOf(pod, operator));
    else chosen.push(pod);
  }
  const problems: string[] = [];
  if (ofDaemonSets.length > 0)
    problems.push(`cannot delete DaemonSet-managed Pods (use ignoreDaemonSets to ignore): ${ofDaemonSets.sort().join(", ")}`);
  if (unmanaged.length > 0)
    problems.push(`cannot delete Pods that declare no controller (use force to override): ${unmanaged.sort().join(", ")}`);
  return { chosen, problems };
}

function* evictUntilGone(pod: PodRecord, action: Drain, progress: Progress, operator: Operator): Steps {
  const { kubectlDrainRetryAfter429 } = operator.client.host.settings;
  const { gracePeriodSeconds, disableEviction } = action;
  while (!progress.isLate) {
    const answer: ApiResponse = disableEviction
      ? yield { kind: "deletePod", pod: pod.id, gracePeriodSeconds }
      : yield* postEviction(pod, gracePeriodSeconds, operator);
    if (answer.status === "tooManyRequests") {
      progress.refuse(pod, answer);
      yield { kind: "pause", duration: progress.wait(kubectlDrainRetryAfter429) };
      continue;
    }
    if (answer.status !== "ok" && answer.status !== "notFound") {
      progress.errors.push(`error when evicting pods/"${labelOf(pod, operator)}": ${whyOf(answer)}`);
      return;
    }
    progress.accept(pod);
    break;
  }
  while (!progress.isLate) {
    const answer: ApiResponse = yield { kind: "getPod", pod: pod.id };
    if (answer.isUnanswered === true) {
      progress.errors.push(`error when waiting for pod "${labelOf(pod, operator)}" to terminate: ${whyOf(answer)}`);
      return;
    }
    if (answer.pod === undefined) {
      progress.gone(pod);
      return;
    }
    yield { kind: "pause", duration: progress.wait(POLL) };
  }
}

function whyOf({ isUnanswered, message, status }: ApiResponse): string {
  return isUnanswered === true ? CONNECTION_REFUSED : (message ?? status);
}
