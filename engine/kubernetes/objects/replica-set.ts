/** ReplicaSet, defaulted. */
import type { LabelSelector, ObjectMeta } from "./meta.ts";
import type { PodTemplate } from "./pod.ts";

export interface ReplicaSet {
  readonly kind: "ReplicaSet";
  readonly metadata: ObjectMeta;
  readonly spec: { readonly replicas: number; readonly selector: LabelSelector; readonly template: PodTemplate; readonly minReadySeconds: number };
}
