/**
 * What carries an action out: a client, and the tables that give names their numbers. Each step waits for
 * the answer to the one before, and stays under the action's cause.
 */
import type { Duration } from "../kernel/time.ts";
import type { ApiRequest, ApiResponse, Client } from "../kubernetes/api-server/client.ts";
import type { PodRecord } from "../kubernetes/api-server/pod-record.ts";
import type { Definitions } from "../kubernetes/objects/definitions.ts";
import type { KubernetesObject } from "../kubernetes/objects/index.ts";
import type { NodeTemplate } from "../kubernetes/objects/node.ts";
import type { Workloads } from "../kubernetes/objects/workloads.ts";
import type { ActionOutcome, ActionSpec } from "./action.ts";

export interface Operator {
  readonly client: Client;
  readonly definitions: Definitions;
  readonly workloads: Workloads;
  readonly nodes: readonly NodeTemplate[];
  /** By action, for those that may end in more than one way; the last word counts. */
  readonly outcomes: Map<ActionSpec, ActionOutcome>;
  /** What the file of each object said when it was last applied, by `lastAppliedKey`: kubectl keeps it in an annotation. */
  readonly lastApplied: Map<string, KubernetesObject>;
  podName(pod: PodRecord): string;
}

export function lastAppliedKey({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

/** Waits. */
export interface Pause {
  readonly kind: "pause";
  readonly duration: Duration;
}

/** All at once; goes on when the last of them has ended. */
export interface Fork {
  readonly kind: "fork";
  readonly branches: readonly Steps[];
}

/** A request that is given up after a while: its answer is then `timedOut`. */
export interface Wait {
  readonly kind: "wait";
  readonly request: ApiRequest;
  readonly duration: Duration;
}

export const timedOut: ApiResponse = Object.freeze({ status: "internalError", message: "timed out waiting for the condition" });

/** Yields requests one by one and gets their answers; pauses and forks are answered with "ok". */
export type Steps<Result = void> = Generator<ApiRequest | Pause | Wait | Fork, Result, ApiResponse>;

/** What kubectl says, whatever it was about to do. Source: kubectl pkg/cmd/util/helpers.go checkErr. */
export const CONNECTION_REFUSED = "The connection to the server kube-apiserver:6443 was refused - did you specify the right host or port?";

/** `unanswered`: the end of all steps if the server is down at one of them; null: they look at the answers themselves. */
export function carryOut(steps: Steps, operator: Operator, done: () => void = () => {}, unanswered: (() => void) | null = null): void {
  const { host } = operator.client;
  const cause = host.causes.current;
  const answeredRequest = (response: ApiResponse): void => {
    if (response.isUnanswered !== true || unanswered === null) return answered(response);
    host.causes.current = cause;
    unanswered();
  };
  const answered = (response: ApiResponse): void => {
    host.causes.current = cause;
    go(steps.next(response));
  };
  const wait = ({ request, duration }: Wait): void => {
    let isOver = false;
    const end = (response: ApiResponse): void => {
      if (isOver) return;
      isOver = true;
      answered(response);
    };
    operator.client.call(request, end);
    if (Number.isFinite(duration)) host.agenda.at(host.now + Math.max(1, duration), () => end(timedOut));
  };
  const go = (step: IteratorResult<ApiRequest | Pause | Wait | Fork, void>): void => {
    if (step.done === true) done();
    else if (step.value.kind === "pause") host.agenda.at(host.now + Math.max(1, step.value.duration), () => answered(ok));
    else if (step.value.kind === "wait") wait(step.value);
    else if (step.value.kind === "fork") carryOutAll(step.value.branches, operator, () => answered(ok));
    else operator.client.call(step.value, answeredRequest);
  };
  go(steps.next());
}

const ok: ApiResponse = { status: "ok" };

function carryOutAll(branches: readonly Steps[], operator: Operator, done: () => void): void {
  const { causes } = operator.client.host;
  const cause = causes.current;
  let missing = branches.length;
  if (missing === 0) done();
  for (const branch of branches) {
    causes.current = cause;
    carryOut(branch, operator, () => {
      if (--missing === 0) done();
    });
  }
}
