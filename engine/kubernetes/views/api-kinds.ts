/** The further kinds as the API serves them: those of the API server's common table (api-server/object-record.ts). */
import type { ApiCondition, ApiObject, ApiPodTemplate, ApiSelector, Labels, Quantities } from "./api-object.ts";

export interface ApiReplicationController extends ApiObject {
  readonly kind: "ReplicationController";
  readonly spec: {
    readonly replicas: number;
    readonly minReadySeconds?: number;
    readonly selector: Labels;
    readonly template: ApiPodTemplate;
  };
  readonly status: {
    readonly replicas: number;
    readonly fullyLabeledReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly observedGeneration: number;
    readonly conditions?: readonly ApiCondition[];
  };
}

export interface ApiStatefulSet extends ApiObject {
  readonly kind: "StatefulSet";
  readonly spec: {
    readonly replicas: number;
    readonly serviceName: string;
    readonly podManagementPolicy: string;
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit: number;
    readonly selector: ApiSelector;
    readonly updateStrategy: {
      readonly type: string;
      readonly rollingUpdate?: { readonly partition: number; readonly maxUnavailable?: number | string };
    };
    readonly template: ApiPodTemplate;
  };
  readonly status: {
    readonly observedGeneration: number;
    readonly replicas: number;
    readonly readyReplicas?: number;
    readonly currentReplicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
  };
}

export interface ApiDaemonSet extends ApiObject {
  readonly kind: "DaemonSet";
  readonly spec: {
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit: number;
    readonly selector: ApiSelector;
    readonly updateStrategy: {
      readonly type: string;
      readonly rollingUpdate?: { readonly maxUnavailable: number | string; readonly maxSurge: number | string };
    };
    readonly template: ApiPodTemplate;
  };
  readonly status: {
    readonly observedGeneration: number;
    readonly currentNumberScheduled: number;
    readonly numberMisscheduled: number;
    readonly desiredNumberScheduled: number;
    readonly numberReady: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly numberUnavailable?: number;
  };
}

export interface ApiJobSpec {
  readonly parallelism: number;
  readonly completions?: number;
  readonly backoffLimit: number;
  readonly activeDeadlineSeconds?: number;
  readonly ttlSecondsAfterFinished?: number;
  readonly completionMode: string;
  readonly suspend: boolean;
  readonly backoffLimitPerIndex?: number;
  readonly maxFailedIndexes?: number;
  readonly podReplacementPolicy: string;
  readonly template: ApiPodTemplate;
}

export interface ApiJob extends ApiObject {
  readonly kind: "Job";
  readonly spec: ApiJobSpec;
  readonly status: {
    readonly conditions?: readonly ApiCondition[];
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly active?: number;
    readonly ready?: number;
    readonly terminating?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly completedIndexes?: string;
    readonly failedIndexes?: string;
  };
}

export interface ApiCronJob extends ApiObject {
  readonly kind: "CronJob";
  readonly spec: {
    readonly schedule: string;
    readonly timeZone?: string;
    readonly startingDeadlineSeconds?: number;
    readonly concurrencyPolicy: string;
    readonly suspend: boolean;
    readonly successfulJobsHistoryLimit: number;
    readonly failedJobsHistoryLimit: number;
    readonly jobTemplate: { readonly spec: ApiJobSpec };
  };
  readonly status: {
    readonly active?: readonly { readonly kind: "Job"; readonly name: string }[];
    readonly lastScheduleTime?: string;
    readonly lastSuccessfulTime?: string;
  };
}

export interface ApiControllerRevision extends ApiObject {
  readonly kind: "ControllerRevision";
  readonly revision: number;
}

export interface ApiPodDisruptionBudget extends ApiObject {
  readonly kind: "PodDisruptionBudget";
  readonly spec: {
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
    readonly selector?: ApiSelector;
    readonly unhealthyPodEvictionPolicy?: string;
  };
  readonly status: {
    readonly observedGeneration: number;
    readonly disruptionsAllowed: number;
    readonly currentHealthy: number;
    readonly desiredHealthy: number;
    readonly expectedPods: number;
    readonly disruptedPods?: Labels;
    readonly conditions?: readonly ApiCondition[];
  };
}

export interface ApiResourceQuota extends ApiObject {
  readonly kind: "ResourceQuota";
  readonly spec: { readonly hard: Quantities };
  readonly status: { readonly hard: Quantities; readonly used: Quantities };
}

export interface ApiLimitRange extends ApiObject {
  readonly kind: "LimitRange";
  readonly spec: {
    readonly limits: readonly {
      readonly type: string;
      readonly max?: Quantities;
      readonly min?: Quantities;
      readonly default?: Quantities;
      readonly defaultRequest?: Quantities;
      readonly maxLimitRequestRatio?: Quantities;
    }[];
  };
}

export interface ApiPriorityClass extends ApiObject {
  readonly kind: "PriorityClass";
  readonly value: number;
  readonly globalDefault?: boolean;
  readonly preemptionPolicy: string;
}

export interface ApiTableLists {
  readonly replicationcontrollers: readonly ApiReplicationController[];
  readonly statefulsets: readonly ApiStatefulSet[];
  readonly daemonsets: readonly ApiDaemonSet[];
  readonly jobs: readonly ApiJob[];
  readonly cronjobs: readonly ApiCronJob[];
  readonly controllerrevisions: readonly ApiControllerRevision[];
  readonly poddisruptionbudgets: readonly ApiPodDisruptionBudget[];
  readonly resourcequotas: readonly ApiResourceQuota[];
  readonly limitranges: readonly ApiLimitRange[];
  readonly priorityclasses: readonly ApiPriorityClass[];
}
