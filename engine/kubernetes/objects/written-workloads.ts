/** The further kinds as people write them: the fields that the model uses, all optional (the same rules as written.ts). */
import type { WrittenLabelSelector, WrittenMeta, WrittenPodTemplate } from "./written.ts";

type Labels = Readonly<Record<string, string>>;
export type WrittenQuantities = Readonly<Record<string, string | number>>;
type Amount = number | string;

export interface WrittenReplicationController {
  readonly metadata?: WrittenMeta | undefined;
  readonly spec?:
    | {
        readonly replicas?: number | undefined;
        readonly selector?: Labels | undefined;
        readonly template?: WrittenPodTemplate | undefined;
        readonly minReadySeconds?: number | undefined;
      }
    | undefined;
}

export interface WrittenStatefulSetSpec {
  readonly replicas?: number | undefined;
  readonly selector?: WrittenLabelSelector | undefined;
  readonly template?: WrittenPodTemplate | undefined;
  readonly serviceName?: string | undefined;
  readonly podManagementPolicy?: string | undefined;
  readonly updateStrategy?:
    | {
        readonly type?: string | undefined;
        readonly rollingUpdate?: { readonly partition?: number | undefined; readonly maxUnavailable?: Amount | undefined } | undefined;
      }
    | undefined;
  readonly minReadySeconds?: number | undefined;
  readonly revisionHistoryLimit?: number | undefined;
  readonly ordinals?: { readonly start?: number | undefined } | undefined;
  readonly persistentVolumeClaimRetentionPolicy?: unknown;
}

export interface WrittenStatefulSet {
  readonly metadata?: WrittenMeta | undefined;
  readonly spec?: WrittenStatefulSetSpec | undefined;
}

export interface WrittenDaemonSet {
  readonly metadata?: WrittenMeta | undefined;
  readonly spec?:
    | {
        readonly selector?: WrittenLabelSelector | undefined;
        readonly template?: WrittenPodTemplate | undefined;
        readonly updateStrategy?:
          | {
              readonly type?: string | undefined;
              readonly rollingUpdate?: { readonly maxUnavailable?: Amount | undefined; readonly maxSurge?: Amount | undefined } | undefined;
            }
          | undefined;
        readonly minReadySeconds?: number | undefined;
        readonly revisionHistoryLimit?: number | undefined;
      }
    | undefined;
}

export interface WrittenPodFailureRule {
  readonly action?: string | undefined;
  readonly onExitCodes?:
    | {
        readonly containerName?: string | undefined;
        readonly operator?: string | undefined;
        readonly values?: readonly number[] | undefined;
      }
    | undefined;
  readonly onPodConditions?: readonly { readonly type?: string | undefined; readonly status?: string | undefined }[] | undefined;
}

export interface WrittenJobSpec {
  readonly parallelism?: number | undefined;
  readonly completions?: number | undefined;
  readonly backoffLimit?: number | undefined;
  readonly activeDeadlineSeconds?: number | undefined;
  readonly ttlSecondsAfterFinished?: number | undefined;
  readonly completionMode?: string | undefined;
  readonly suspend?: boolean | undefined;
  readonly manualSelector?: boolean | undefined;
  readonly selector?: WrittenLabelSelector | undefined;
  readonly template?: WrittenPodTemplate | undefined;
  readonly podFailurePolicy?: { readonly rules?: readonly WrittenPodFailureRule[] | undefined } | undefined;
  readonly backoffLimitPerIndex?: number | undefined;
  readonly maxFailedIndexes?: number | undefined;
  readonly podReplacementPolicy?: string | undefined;
  readonly successPolicy?:
    | {
        readonly rules?:
          | readonly { readonly succeededIndexes?: string | undefined; readonly succeededCount?: number | undefined }[]
          | undefined;
      }
    | undefined;
}

export interface WrittenJob {
  readonly metadata?: WrittenMeta | undefined;
  readonly spec?: WrittenJobSpec | undefined;
}

export interface WrittenCronJob {
  readonly metadata?: WrittenMeta | undefined;
  readonly spec?:
    | {
        readonly schedule?: string | undefined;
        readonly timeZone?: string | undefined;
        readonly startingDeadlineSeconds?: number | undefined;
        readonly concurrencyPolicy?: string | undefined;
        readonly suspend?: boolean | undefined;
        readonly successfulJobsHistoryLimit?: number | undefined;
        readonly failedJobsHistoryLimit?: number | undefined;
        readonly jobTemplate?:
          | { readonly metadata?: Pick<WrittenMeta, "labels" | "annotations"> | undefined; readonly spec?: WrittenJobSpec | undefined }
          | undefined;
      }
    | undefined;
}

export interface WrittenMetricTarget {
  readonly type?: string | undefined;
  readonly averageUtilization?: number | undefined;
  readonly averageValue?: Amount | undefined;
  readonly value?: Amount | undefined;
}

export interface WrittenMetric {
  readonly type?: string | undefined;
  readonly resource?: { readonly name?: string | undefined; readonly target?: WrittenMetricTarget | undefined } | undefined;
  readonly containerResource?:
    | { readonly name?: string | undefined; readonly container?: string | undefined; readonly target?: WrittenMetricTarget | undefined }
    | undefined;
  readonly pods?: unknown;
  readonly object?: unknown;
  readonly external?: unknown;
}

export interface WrittenScalingRules {
  readonly stabilizationWindowSeconds?: number | undefined;
  readonly selectPolicy?: string | undefined;
  readonly policies?:
    | readonly { readonly type?: string | undefined; readonly value?: number | undefined; readonly periodSeconds?: number | undefined }[]
    | undefined;
  readonly tolerance?: Amount | undefined;
}

export interface WrittenHorizontalPodAutoscaler {
  readonly metadata?: WrittenMeta | undefined;
  readonly spec?:
    | {
        readonly scaleTargetRef?:
          | { readonly apiVersion?: string | undefined; readonly kind?: string | undefined; readonly name?: string | undefined }
          | undefined;
        readonly minReplicas?: number | undefined;
        readonly maxReplicas?: number | undefined;
        readonly metrics?: readonly WrittenMetric[] | undefined;
        /** autoscaling/v1 */
        readonly targetCPUUtilizationPercentage?: number | undefined;
        readonly behavior?:
          | { readonly scaleUp?: WrittenScalingRules | undefined; readonly scaleDown?: WrittenScalingRules | undefined }
          | undefined;
      }
    | undefined;
}

export interface WrittenPodDisruptionBudget {
  /** policy/v1beta1 reads an empty selector otherwise. */
  readonly apiVersion?: string | undefined;
  readonly metadata?: WrittenMeta | undefined;
  readonly spec?:
    | {
        readonly minAvailable?: Amount | undefined;
        readonly maxUnavailable?: Amount | undefined;
        readonly selector?: WrittenLabelSelector | undefined;
        readonly unhealthyPodEvictionPolicy?: string | undefined;
      }
    | undefined;
}

export interface WrittenPriorityClass {
  readonly metadata?: WrittenMeta | undefined;
  readonly value?: number | undefined;
  readonly globalDefault?: boolean | undefined;
  readonly preemptionPolicy?: string | undefined;
}

export interface WrittenResourceQuota {
  readonly metadata?: WrittenMeta | undefined;
  readonly spec?:
    | {
        readonly hard?: WrittenQuantities | undefined;
        readonly scopes?: readonly string[] | undefined;
        readonly scopeSelector?:
          | {
              readonly matchExpressions?:
                | readonly {
                    readonly scopeName?: string | undefined;
                    readonly operator?: string | undefined;
                    readonly values?: readonly string[] | undefined;
                  }[]
                | undefined;
            }
          | undefined;
      }
    | undefined;
}

export interface WrittenLimitRange {
  readonly metadata?: WrittenMeta | undefined;
  readonly spec?:
    | {
        readonly limits?:
          | readonly {
              readonly type?: string | undefined;
              readonly max?: WrittenQuantities | undefined;
              readonly min?: WrittenQuantities | undefined;
              readonly default?: WrittenQuantities | undefined;
              readonly defaultRequest?: WrittenQuantities | undefined;
              readonly maxLimitRequestRatio?: WrittenQuantities | undefined;
            }[]
          | undefined;
      }
    | undefined;
}
