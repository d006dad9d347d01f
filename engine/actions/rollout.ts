/**
 * kubectl rollout undo, pause, resume and status. Each looks at the object first and then patches it; status watches
 * it until the rollout has ended. Words are kubectl's. Source: kubectl pkg/polymorphichelpers/{rollback,rollout_status,
 * objectpauser,objectresumer}.go.
 *
 *   status: get ─▶ ended? ──(no)─▶ watch ─▶ ended? …
 *                    └──(yes)─▶ done or failed      └──(timeout)─▶ failed
 */
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import type { ApiResponse, DeploymentRecord, ObjectRecord } from "../kubernetes/api-server/client.ts";
import { formatDuration } from "../values/duration.ts";
import type { Pause, Resume, RolloutStatus, Undo } from "./action.ts";
import { timedOut, type Operator, type Steps } from "./operator.ts";
import { findWorkload, notFoundText, refuse, resourceName, sayDone } from "./workload.ts";

/** The watch of a server that is down is tried again at growing intervals. Source: client-go tools/cache/reflector.go. */
const BACK_OFF_MIN = 800 * MILLISECOND;
const BACK_OFF_MAX = 30 * SECOND;

export function* undo(action: Undo, operator: Operator): Steps {
  const { kind, namespace, name, toRevision } = action;
  const found = yield* findWorkload(action, operator);
  if (found === null) return;
  if (found.isPaused) {
    const advice = "resume it first with 'kubectl rollout resume' and try again";
    return refuse(action, `error: you cannot rollback a paused deployment; ${advice}`, operator);
  }
  const { revisions = [] } = yield { kind: "listRevisions", type: kind, namespace, name };
  const wanted = toRevision === 0 ? revisions.at(-2) : revisions.find(({ number }) => number === toRevision);
  if (wanted === undefined) return refuse(action, historyProblem(action), operator);
  const template = operator.definitions.template(wanted.template);
  if (wanted.template === operator.definitions.idOf(found.template)) {
    operator.outcomes.set(action, {
      status: "done",
      text: `skipped rollback (current template already matches revision ${wanted.number})`,
    });
    return;
  }
  sayDone(action, yield { kind: "patchWorkload", type: kind, namespace, name, patch: () => ({ template }) }, operator);
}

function historyProblem({ kind, name, toRevision }: Undo): string {
  if (toRevision > 0) return `error: unable to find specified revision ${toRevision} in history`;
  return kind === "Deployment" ? `error: no rollout history found for deployment "${name}"` : "error: no last revision to roll back to";
}

export function* pause(action: Pause | Resume, operator: Operator): Steps {
  const { kind, namespace, name } = action;
  const paused = action.type === "pause";
  const found = yield* findWorkload(action, operator);
  if (found === null) return;
  if (found.isPaused === paused)
    return refuse(action, `error: ${resourceName(kind)} "${name}" is ${paused ? "already" : "not"} paused`, operator);
  sayDone(action, yield { kind: "patchWorkload", type: kind, namespace, name, patch: () => ({ paused }) }, operator);
}

export function* rolloutStatus(action: RolloutStatus, operator: Operator): Steps {
  const { kind, namespace, name, timeout } = action;
  const start = operator.client.now;
  let answer = yield { kind: "find", type: kind, namespace, name };
  const changeAfter = function* (resourceVersion: number): Steps<ApiResponse> {
    const duration = start + timeout - operator.client.now;
    if (duration <= 0) return timedOut;
    return yield { kind: "wait", request: { kind: "awaitChange", type: kind, namespace, name, resourceVersion }, duration };
  };
  for (let isFirst = true; ; isFirst = false) {
    const object = answer.deployment ?? answer.object;
    if (answer === timedOut) return refuse(action, "error: timed out waiting for the condition", operator);
    if (object === undefined) return refuse(action, isFirst ? notFoundText(kind, name) : "error: object has been deleted", operator);
    const progress = answer.deployment === undefined ? objectProgress(object as ObjectRecord) : deploymentProgress(answer.deployment);
    if (progress.status === "failed") return refuse(action, `error: ${progress.text}`, operator);
    if (progress.status === "done") {
      const took = formatDuration(Math.round((operator.client.now - start) / MILLISECOND) * MILLISECOND);
      operator.outcomes.set(action, { status: "done", text: `${progress.text} (after ${took})` });
      return;
    }
    operator.outcomes.set(action, progress);
    const { resourceVersion } = object;
    answer = yield* changeAfter(resourceVersion);
    for (let backOff = BACK_OFF_MIN; answer.isUnanswered === true; backOff = Math.min(2 * backOff, BACK_OFF_MAX)) {
      yield { kind: "pause", duration: Math.min(backOff, start + timeout - operator.client.now) };
      answer = yield* changeAfter(resourceVersion);
    }
  }
}

export interface RolloutProgress {
  readonly status: "done" | "failed" | "going on";
  readonly text: string;
}

export function deploymentProgress({ name, spec, status, generation }: DeploymentRecord): RolloutProgress {
  const { updatedReplicas, replicas, availableReplicas, observedGeneration, progressing } = status;
  const waiting = (text: string): RolloutProgress => goingOn(`Waiting for deployment "${name}" rollout to finish: ${text}...`);
  if (generation > observedGeneration) return goingOn("Waiting for deployment spec update to be observed...");
  if (progressing?.reason === "ProgressDeadlineExceeded")
    return { status: "failed", text: `deployment "${name}" exceeded its progress deadline` };
  if (updatedReplicas < spec.replicas) return waiting(`${updatedReplicas} out of ${spec.replicas} new replicas have been updated`);
  if (replicas > updatedReplicas) return waiting(`${replicas - updatedReplicas} old replicas are pending termination`);
  if (availableReplicas < updatedReplicas) return waiting(`${availableReplicas} of ${updatedReplicas} updated replicas are available`);
  return { status: "done", text: `deployment "${name}" successfully rolled out` };
}

function objectProgress(object: ObjectRecord): RolloutProgress {
  if (object.kind === "StatefulSet") return statefulSetProgress(object);
  if (object.kind === "DaemonSet") return daemonSetProgress(object);
  return { status: "failed", text: `no status viewer has been implemented for ${object.kind}` };
}

const ONLY_ROLLING: RolloutProgress = { status: "failed", text: "rollout status is only available for RollingUpdate strategy type" };

export function daemonSetProgress({ name, spec, status, generation }: ObjectRecord<"DaemonSet">): RolloutProgress {
  const { desiredNumberScheduled: desired, updatedNumberScheduled: updated, numberAvailable, observedGeneration } = status;
  if (spec.updateStrategy.type !== "RollingUpdate") return ONLY_ROLLING;
  const waiting = (text: string): RolloutProgress => goingOn(`Waiting for daemon set "${name}" rollout to finish: ${text}...`);
  if (generation > observedGeneration) return goingOn("Waiting for daemon set spec update to be observed...");
  if (updated < desired) return waiting(`${updated} out of ${desired} new pods have been updated`);
  if (numberAvailable < desired) return waiting(`${numberAvailable} of ${desired} updated pods are available`);
  return { status: "done", text: `daemon set "${name}" successfully rolled out` };
}

export function statefulSetProgress({ spec, status, generation }: ObjectRecord<"StatefulSet">): RolloutProgress {
  const { observedGeneration, readyReplicas, updatedReplicas } = status;
  if (spec.updateStrategy.type !== "RollingUpdate") return ONLY_ROLLING;
  if (observedGeneration === 0 || generation > observedGeneration) return goingOn("Waiting for statefulset spec update to be observed...");
  if (readyReplicas < spec.replicas) return goingOn(`Waiting for ${spec.replicas - readyReplicas} pods to be ready...`);
  // Defaulting gives every one a partition, if only 0.
  const wanted = spec.replicas - spec.updateStrategy.partition;
  if (updatedReplicas < wanted)
    return goingOn(`Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${wanted} new pods have been updated...`);
  return { status: "done", text: `partitioned roll out complete: ${updatedReplicas} new pods have been updated...` };
}

function goingOn(text: string): RolloutProgress {
  return { status: "going on", text };
}
