/** What actions on workloads share: the first look at the object, and what the operator reads in the end. */
import type { ApiResponse, DeploymentRecord, ObjectRecord, ReplicaSetRecord } from "../kubernetes/api-server/client.ts";
import { kinds } from "../kubernetes/objects/index.ts";
import type { PodTemplate } from "../kubernetes/objects/pod.ts";
import type { ActionSpec, LabelNode, TaintNode, TemplatedKind } from "./action.ts";
import type { Operator, Steps } from "./operator.ts";

/** What an action needs of a workload of any kind. */
export interface Found {
  readonly template: PodTemplate;
  readonly isPaused: boolean;
  readonly deployment?: DeploymentRecord;
  readonly replicaSet?: ReplicaSetRecord;
  readonly object?: ObjectRecord<"StatefulSet" | "DaemonSet" | "ReplicationController">;
}

type OnWorkload = ActionSpec & { readonly namespace: string; readonly kind: TemplatedKind; readonly name: string };

/** Null: it isn't there, and that is what the action came to. */
export function* findWorkload(action: OnWorkload, operator: Operator): Steps<Found | null> {
  const { kind, namespace, name } = action;
  const answer = yield { kind: "find", type: kind, namespace, name };
  const found = foundOf(answer, operator);
  if (found === null) refuse(action, notFoundText(kind, name), operator);
  return found;
}

function foundOf({ deployment, replicaSet, object }: ApiResponse, { definitions }: Operator): Found | null {
  if (deployment !== undefined) return { template: deployment.spec.template, isPaused: deployment.spec.paused, deployment };
  if (replicaSet !== undefined) return { template: definitions.template(replicaSet.template), isPaused: false, replicaSet };
  switch (object?.kind) {
    case "StatefulSet":
    case "DaemonSet":
    case "ReplicationController":
      return { template: object.spec.template, isPaused: false, object };
    default:
      return null;
  }
}

/** `deployments.apps` */
export function resourceName(kind: keyof typeof kinds): string {
  const { plural, apiVersion } = kinds[kind];
  const [group = "", version] = apiVersion.split("/");
  return version === undefined ? plural : `${plural}.${group}`;
}

export function notFoundText(kind: keyof typeof kinds, name: string): string {
  return `Error from server (NotFound): ${resourceName(kind)} "${name}" not found`;
}

export function refuse(action: ActionSpec, text: string, { outcomes }: Operator): void {
  outcomes.set(action, { status: "failed", text });
}

/** Only what went wrong is worth a word. */
export function sayDone(action: ActionSpec, { status, message }: ApiResponse, operator: Operator): void {
  if (status !== "ok") refuse(action, `Error from server: ${message ?? status}`, operator);
}

/** Of a node: what kubectl finds itself before it writes, or the API server's answer. */
export function sayChecked(action: LabelNode | TaintNode, answer: ApiResponse, operator: Operator): void {
  if (answer.status === "conflict") refuse(action, `error: ${answer.message ?? answer.status}`, operator);
  else if (answer.status === "notFound") refuse(action, `Error from server (NotFound): nodes "${action.node}" not found`, operator);
  else sayDone(action, answer, operator);
}
