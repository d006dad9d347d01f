/**
 * One version of a Pod: immutable, shared by reference between the store and every cache that has seen
 * it. Names, UIDs and API-shaped JSON are computed from it for output. Times of the API are whole
 * seconds, as metav1.Time stores them.
 */
import type { CauseId } from "../../kernel/causes.ts";
import type { TemplateId } from "../objects/definitions.ts";
import type { PodStatus } from "../objects/pod.ts";

/** Running number at the API server: the same for any number of shards, never reused. */
export type PodId = number;

/** What a controller adds to a template's labels: one object for all Pods of an owner that have the same. */
export interface GivenLabels {
  readonly labels: Readonly<Record<string, string>>;
  /** Labels whose value is the Pod's name. */
  readonly byName: readonly string[];
  /** Labels whose value is `index`. */
  readonly byIndex: readonly string[];
  readonly annotationsByIndex: readonly string[];
}

/** What only some Pods have. */
export interface PodTraits {
  /** Full name, of those whose name isn't their owner's with a made-up suffix; "": made up. */
  readonly name: string;
  /** Ordinal within a StatefulSet, or completion index of a Job; -1: none. */
  readonly index: number;
  /** Node that a DaemonSet's Pod is for, as its affinity to metadata.name; -1: any. */
  readonly targetNode: number;
  readonly finalizers: readonly string[];
  /** Null: none. Only the control plane knows them. */
  readonly given: GivenLabels | null;
}

export const plainTraits: PodTraits = Object.freeze({ name: "", index: -1, targetNode: -1, finalizers: Object.freeze([]), given: null });

export interface PodRecord {
  readonly id: PodId;
  readonly resourceVersion: number;
  /** The controller that owns it (id of a ReplicaSet or any other object), -1: a bare Pod. */
  readonly owner: number;
  /** Index in `Workloads`: the object of the manifests at the top of the chain. */
  readonly workload: number;
  /** Creation ordinal within its workload: with the workload's name, the Pod's stable name. */
  readonly ordinal: number;
  readonly template: TemplateId;
  /** Index of the node it is bound to, -1: not bound. */
  readonly node: number;
  readonly createdAt: number;
  /** Whole seconds; -1: not deleting. It is a deadline: request time + grace. */
  readonly deletionTimestamp: number;
  /** Seconds; -1: not deleting. */
  readonly deletionGracePeriodSeconds: number;
  readonly status: PodStatus;
  /** Null (or left out): none. */
  readonly traits?: PodTraits | null;
  /** Why this version was written. */
  readonly cause: CauseId;
}
