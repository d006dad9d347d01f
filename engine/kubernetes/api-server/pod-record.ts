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

export interface PodRecord {
  readonly id: PodId;
  readonly resourceVersion: number;
  /** The ReplicaSet that owns it (store id), -1: a bare Pod. */
  readonly owner: number;
  /** Index in `Workloads`: the Deployment, ReplicaSet or Pod of the manifests at the top of the chain. */
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
  /** Why this version was written. */
  readonly cause: CauseId;
}
