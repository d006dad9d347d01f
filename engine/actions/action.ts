/** What an operator does, at an instant, through the API as kubectl would. One action per file; index.ts lists them. */
import type { Kind, KubernetesObject } from "../kubernetes/objects/index.ts";
import type { Taint } from "../kubernetes/objects/meta.ts";
import type { ResourceList } from "../kubernetes/objects/pod.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";

export type ActionSpec =
  | Apply
  | TemplateChange
  | Scale
  | Undo
  | Pause
  | Resume
  | RolloutStatus
  | Label
  | LabelPods
  | LabelNode
  | Delete
  | SetCondition
  | SetPodImage
  | Debug
  | Cordon
  | TaintNode
  | DeleteNode
  | Evict
  | Drain;
export type ActionType = ActionSpec["type"];

interface ActionBase {
  readonly at: VirtualTime;
}

export interface Apply extends ActionBase {
  readonly type: "apply";
  readonly objects: readonly KubernetesObject[];
  /** By object: the name of the file in which it stands, for texts; left out: it stands in none. */
  readonly files?: readonly string[];
}

/** Kinds whose Pod template can be changed. */
export type TemplatedKind = "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet" | "DaemonSet";
/** Kinds that roll a new template out. */
export type RolloutKind = "Deployment" | "StatefulSet" | "DaemonSet";

interface OfWorkload<K extends Kind> extends ActionBase {
  readonly namespace: string;
  readonly kind: K;
  readonly name: string;
}

/** What makes another Pod template of the one that is there. */
export type TemplateChange = SetImage | SetEnv | SetResources | Restart;

export interface SetImage extends OfWorkload<TemplatedKind> {
  readonly type: "setImage";
  /** Null: the only container, or all of them. */
  readonly container: string | null;
  readonly image: string;
}

/** kubectl set env. */
export interface SetEnv extends OfWorkload<TemplatedKind> {
  readonly type: "setEnv";
  /** Null: all of them. */
  readonly container: string | null;
  /** By name; null: taken away. */
  readonly env: Readonly<Record<string, string | null>>;
}

/** kubectl set resources. */
export interface SetResources extends OfWorkload<TemplatedKind> {
  readonly type: "setResources";
  /** Null: all of them. */
  readonly container: string | null;
  readonly requests: ResourceList;
  readonly limits: ResourceList;
}

/** kubectl rollout restart. */
export interface Restart extends OfWorkload<RolloutKind> {
  readonly type: "restart";
}

/** kubectl rollout undo. */
export interface Undo extends OfWorkload<RolloutKind> {
  readonly type: "undo";
  /** 0: the one before. */
  readonly toRevision: number;
}

/** kubectl rollout pause. */
export interface Pause extends OfWorkload<"Deployment"> {
  readonly type: "pause";
}

/** kubectl rollout resume. */
export interface Resume extends OfWorkload<"Deployment"> {
  readonly type: "resume";
}

/** kubectl rollout status: watches until the rollout has ended, one way or the other. */
export interface RolloutStatus extends OfWorkload<RolloutKind> {
  readonly type: "rolloutStatus";
  /** It gives up then; Infinity: never. */
  readonly timeout: Duration;
}

/** kubectl label, kubectl annotate. */
export interface Label extends ActionBase {
  readonly type: "label";
  readonly field: "labels" | "annotations";
  readonly namespace: string;
  readonly kind: TemplatedKind | "Pod";
  readonly name: string;
  /** Null: taken away. */
  readonly change: Readonly<Record<string, string | null>>;
  /** Without it a key that has another value already is a reason not to begin. */
  readonly overwrite: boolean;
}

/** The same of Pods that are there then. */
export interface LabelPods extends ActionBase {
  readonly type: "labelPods";
  readonly field: "labels" | "annotations";
  readonly selector: PodSelector;
  /** So many of them, the oldest first; Infinity: all. */
  readonly count: number;
  readonly change: Readonly<Record<string, string | null>>;
  readonly overwrite: boolean;
}

/** kubectl label node. */
export interface LabelNode extends ActionBase {
  readonly type: "labelNode";
  readonly node: string;
  readonly change: Readonly<Record<string, string | null>>;
  readonly overwrite: boolean;
}

export interface Scale extends ActionBase {
  readonly type: "scale";
  readonly namespace: string;
  readonly kind: "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet";
  readonly name: string;
  readonly replicas: number;
}

export interface Delete extends ActionBase {
  readonly type: "delete";
  readonly namespace: string;
  /** Of a cluster-wide kind `namespace` is "". */
  readonly kind: Kind;
  readonly name: string;
  /** --cascade; left out: background. */
  readonly cascade?: "background" | "foreground" | "orphan";
  /** Null: the object's own; 0 needs force. Seconds. */
  readonly gracePeriodSeconds: number | null;
  readonly force: boolean;
}

/** All given fields must match. */
export interface PodSelector {
  readonly namespace?: string;
  readonly deployment?: string;
  readonly replicaSet?: string;
  readonly pod?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Of the Pods that are there then, those whose template has the gate. */
export interface SetCondition extends ActionBase {
  readonly type: "setCondition";
  readonly selector: PodSelector;
  /** Type of the condition: a readiness gate. */
  readonly condition: string;
  readonly status: "True" | "False" | "Unknown";
}

/** kubectl set image pod/NAME: the only change of containers that a Pod's spec allows. */
export interface SetPodImage extends ActionBase {
  readonly type: "setPodImage";
  readonly namespace: string;
  readonly pod: string;
  /** Null: all regular containers. */
  readonly container: string | null;
  readonly image: string;
}

/** kubectl debug: an ephemeral container for each Pod that is there. */
export interface Debug extends ActionBase {
  readonly type: "debug";
  readonly selector: PodSelector;
  /** Of the container. */
  readonly name: string;
  readonly image: string;
}

/** kubectl cordon, kubectl uncordon. */
export interface Cordon extends ActionBase {
  readonly type: "cordon";
  readonly node: string;
  /** False: uncordon. */
  readonly unschedulable: boolean;
}

/** kubectl delete node. */
export interface DeleteNode extends ActionBase {
  readonly type: "deleteNode";
  readonly node: string;
}

/** kubectl taint: taints are known by key and effect. */
export interface TaintNode extends ActionBase {
  readonly type: "taint";
  readonly node: string;
  readonly add: readonly Taint[];
  readonly remove: readonly Taint[];
  /** Without it a taint of that key and effect that is there already is a reason not to begin. */
  readonly overwrite?: boolean;
}

/** One POST to the eviction subresource for each Pod that is there; a refusal isn't repeated. */
export interface Evict extends ActionBase {
  readonly type: "evict";
  readonly selector: PodSelector;
  /** Null: the Pod's own. Seconds. */
  readonly gracePeriodSeconds: number | null;
}

/** kubectl drain. */
export interface Drain extends ActionBase {
  readonly type: "drain";
  readonly node: string;
  /** Also Pods without a controller, which nobody replaces. */
  readonly force: boolean;
  /** Pods of DaemonSets stay, instead of being a reason not to begin. */
  readonly ignoreDaemonSets: boolean;
  /** DELETE in place of evictions: budgets aren't asked. */
  readonly disableEviction: boolean;
  /** Null: the Pods' own. Seconds. */
  readonly gracePeriodSeconds: number | null;
  /** It gives up then; Infinity: never. */
  readonly timeout: Duration;
}

/** What an operator reads in the end. */
export interface ActionOutcome {
  readonly status: "done" | "failed" | "going on";
  readonly text: string;
}
