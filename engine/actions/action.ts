/** What an operator does, at an instant, through the API as kubectl would. One action per file; index.ts lists them. */
import type { KubernetesObject } from "../kubernetes/objects/index.ts";
import type { VirtualTime } from "../kernel/time.ts";

export type ActionSpec = Apply | SetImage | Scale | Delete;
export type ActionType = ActionSpec["type"];

interface ActionBase {
  readonly at: VirtualTime;
}

export interface Apply extends ActionBase {
  readonly type: "apply";
  readonly objects: readonly KubernetesObject[];
}

export interface SetImage extends ActionBase {
  readonly type: "setImage";
  readonly namespace: string;
  readonly deployment: string;
  /** Null: the only container, or all of them. */
  readonly container: string | null;
  readonly image: string;
}

export interface Scale extends ActionBase {
  readonly type: "scale";
  readonly namespace: string;
  readonly kind: "Deployment" | "ReplicaSet";
  readonly name: string;
  readonly replicas: number;
}

export interface Delete extends ActionBase {
  readonly type: "delete";
  readonly namespace: string;
  readonly kind: "Deployment" | "ReplicaSet" | "Pod" | "Service";
  readonly name: string;
  /** Null: the object's own; 0 needs force. Seconds. */
  readonly gracePeriodSeconds: number | null;
  readonly force: boolean;
}
