/** Deployment and its strategy, defaulted. */
import type { IntOrString, LabelSelector, ObjectMeta } from "./meta.ts";
import type { PodTemplate } from "./pod.ts";

export interface Deployment {
  readonly kind: "Deployment";
  readonly metadata: ObjectMeta;
  readonly spec: DeploymentSpec;
}

export interface DeploymentSpec {
  readonly replicas: number;
  readonly selector: LabelSelector;
  readonly template: PodTemplate;
  readonly strategy:
    | { readonly type: "RollingUpdate"; readonly maxSurge: IntOrString; readonly maxUnavailable: IntOrString }
    | { readonly type: "Recreate" };
  readonly minReadySeconds: number;
  readonly progressDeadlineSeconds: number;
  readonly revisionHistoryLimit: number;
  readonly paused: boolean;
}
