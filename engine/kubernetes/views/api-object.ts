/**
 * Objects as the API serves them: plain JSON with the API's field names, as `kubectl get -o json` shows them.
 * Only what the model knows is there; what kubectl's tables and `describe` read is typed. Times are text.
 */

import type { ApiTableLists } from "./api-kinds.ts";

export type * from "./api-kinds.ts";

export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ApiMeta;
}

export interface ApiMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly generateName?: string;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly finalizers?: readonly string[];
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly ownerReferences?: readonly OwnerReference[];
}

export type Labels = Readonly<Record<string, string>>;
export type Quantities = Readonly<Record<string, string>>;

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
  readonly blockOwnerDeletion: boolean;
}

export interface ApiSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

export interface ApiCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
  readonly lastUpdateTime?: string;
  readonly lastHeartbeatTime?: string;
}

export interface ApiHandler {
  readonly httpGet?: {
    readonly path: string;
    readonly port: number | string;
    readonly scheme: string;
    readonly host?: string;
    readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[];
  };
  readonly tcpSocket?: { readonly port: number | string; readonly host?: string };
  readonly grpc?: { readonly port: number; readonly service: string };
  readonly exec?: { readonly command: readonly string[] };
  readonly sleep?: { readonly seconds: number };
}

export interface ApiProbe extends ApiHandler {
  readonly initialDelaySeconds?: number;
  readonly timeoutSeconds: number;
  readonly periodSeconds: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
  readonly terminationGracePeriodSeconds?: number;
}

export interface ApiContainer {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: { readonly fieldRef: ApiFieldRef } }[];
  readonly ports?: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly protocol: string;
    readonly hostPort?: number;
  }[];
  readonly resources: { readonly limits?: Quantities; readonly requests?: Quantities };
  readonly livenessProbe?: ApiProbe;
  readonly readinessProbe?: ApiProbe;
  readonly startupProbe?: ApiProbe;
  readonly lifecycle?: { readonly postStart?: ApiHandler; readonly preStop?: ApiHandler };
  readonly restartPolicy?: string;
}

export interface ApiFieldRef {
  readonly apiVersion: string;
  readonly fieldPath: string;
}

export interface ApiToleration {
  readonly key?: string;
  readonly operator: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

export interface ApiPodSpec {
  readonly nodeName?: string;
  readonly restartPolicy: string;
  readonly terminationGracePeriodSeconds: number;
  readonly activeDeadlineSeconds?: number;
  readonly priority?: number;
  readonly hostNetwork?: boolean;
  readonly nodeSelector?: Labels;
  readonly tolerations?: readonly ApiToleration[];
  readonly initContainers?: readonly ApiContainer[];
  readonly containers: readonly ApiContainer[];
  readonly ephemeralContainers?: readonly ApiContainer[];
  /** As admission sets it. */
  readonly serviceAccountName?: string;
  readonly readinessGates?: readonly { readonly conditionType: string }[];
  readonly schedulingGates?: readonly { readonly name: string }[];
}

export interface ApiContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt: string };
  readonly terminated?: {
    readonly reason?: string;
    readonly message?: string;
    readonly exitCode: number;
    readonly signal?: number;
    /** Null: nobody knows. */
    readonly startedAt: string | null;
    readonly finishedAt: string | null;
    readonly containerID?: string;
  };
}

export interface ApiContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string;
  readonly ready: boolean;
  readonly started?: boolean;
  readonly restartCount: number;
  readonly state: ApiContainerState;
  readonly lastState: ApiContainerState;
}

export interface ApiPod extends ApiObject {
  readonly kind: "Pod";
  readonly spec: ApiPodSpec;
  readonly status: {
    readonly phase: string;
    readonly reason?: string;
    readonly message?: string;
    /** The node on which others make room for it. */
    readonly nominatedNodeName?: string;
    readonly qosClass: string;
    readonly hostIP?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly startTime?: string;
    readonly conditions?: readonly ApiCondition[];
    readonly initContainerStatuses?: readonly ApiContainerStatus[];
    readonly containerStatuses?: readonly ApiContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly ApiContainerStatus[];
  };
}

export interface ApiPodTemplate {
  readonly metadata: { readonly labels?: Labels; readonly annotations?: Labels };
  readonly spec: ApiPodSpec;
}

export interface ApiReplicaSet extends ApiObject {
  readonly kind: "ReplicaSet";
  readonly spec: {
    readonly replicas: number;
    readonly minReadySeconds?: number;
    readonly selector: ApiSelector;
    readonly template: ApiPodTemplate;
  };
  readonly status: {
    readonly replicas: number;
    readonly fullyLabeledReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly terminatingReplicas?: number;
    readonly observedGeneration: number;
    readonly conditions?: readonly ApiCondition[];
  };
}

export interface ApiDeployment extends ApiObject {
  readonly kind: "Deployment";
  readonly spec: {
    readonly replicas: number;
    readonly minReadySeconds?: number;
    readonly progressDeadlineSeconds: number;
    readonly revisionHistoryLimit: number;
    readonly paused?: boolean;
    readonly selector: ApiSelector;
    readonly strategy: {
      readonly type: string;
      readonly rollingUpdate?: { readonly maxSurge: number | string; readonly maxUnavailable: number | string };
    };
    readonly template: ApiPodTemplate;
  };
  readonly status: {
    readonly observedGeneration: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly unavailableReplicas?: number;
    readonly terminatingReplicas?: number;
    readonly conditions?: readonly ApiCondition[];
  };
}

export interface ApiMetricValue {
  readonly averageUtilization?: number;
  readonly averageValue?: string;
}

export interface ApiHorizontalPodAutoscaler extends ApiObject {
  readonly kind: "HorizontalPodAutoscaler";
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion: string; readonly kind: string; readonly name: string };
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly metrics: readonly {
      readonly type: string;
      readonly resource?: { readonly name: string; readonly target: ApiMetricValue & { readonly type: string } };
      readonly containerResource?: {
        readonly name: string;
        readonly container: string;
        readonly target: ApiMetricValue & { readonly type: string };
      };
    }[];
  };
  readonly status: {
    readonly currentReplicas: number;
    readonly desiredReplicas: number;
    readonly lastScaleTime?: string;
    /** In the order of the spec; an empty one: unknown. */
    readonly currentMetrics: readonly {
      readonly type: string;
      readonly resource?: { readonly name: string; readonly current: ApiMetricValue };
      readonly containerResource?: { readonly name: string; readonly container: string; readonly current: ApiMetricValue };
    }[];
    readonly conditions?: readonly ApiCondition[];
  };
}

export interface ApiService extends ApiObject {
  readonly kind: "Service";
  readonly spec: {
    readonly type: string;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly ipFamilies?: readonly string[];
    readonly ipFamilyPolicy?: string;
    readonly externalName?: string;
    readonly selector?: Labels;
    readonly ports?: readonly {
      readonly name?: string;
      readonly port: number;
      readonly targetPort: number | string;
      readonly protocol: string;
      readonly nodePort?: number;
    }[];
    readonly sessionAffinity: string;
    readonly sessionAffinityConfig?: { readonly clientIP: { readonly timeoutSeconds: number } };
    readonly internalTrafficPolicy?: string;
    readonly externalTrafficPolicy?: string;
    readonly allocateLoadBalancerNodePorts?: boolean;
    readonly healthCheckNodePort?: number;
    readonly trafficDistribution?: string;
    readonly publishNotReadyAddresses?: boolean;
  };
}

export interface ApiEndpointAddress {
  readonly ip: string;
  readonly nodeName?: string;
  readonly targetRef: { readonly kind: string; readonly namespace: string; readonly name: string; readonly uid: string };
}

export interface ApiEndpoints extends ApiObject {
  readonly kind: "Endpoints";
  readonly subsets?: readonly {
    readonly addresses?: readonly ApiEndpointAddress[];
    readonly notReadyAddresses?: readonly ApiEndpointAddress[];
    readonly ports: readonly { readonly name?: string; readonly port: number; readonly protocol: string }[];
  }[];
}

export interface ApiEndpointSlice extends ApiObject {
  readonly kind: "EndpointSlice";
  readonly addressType: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly conditions: { readonly ready: boolean; readonly serving?: boolean; readonly terminating?: boolean };
    readonly nodeName?: string;
    readonly zone?: string;
    readonly hints?: {
      readonly forZones?: readonly { readonly name: string }[];
      readonly forNodes?: readonly { readonly name: string }[];
    };
    readonly targetRef: ApiEndpointAddress["targetRef"];
  }[];
}

export interface ApiNode extends ApiObject {
  readonly kind: "Node";
  readonly spec: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  };
  readonly status: {
    readonly capacity: Quantities;
    readonly allocatable: Quantities;
    readonly conditions: readonly ApiCondition[];
    readonly addresses: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo: { readonly kubeletVersion: string };
  };
}

export interface ApiNamespace extends ApiObject {
  readonly kind: "Namespace";
  readonly status: { readonly phase: string };
}

export interface ApiEvent extends ApiObject {
  readonly kind: "Event";
  readonly involvedObject: {
    readonly kind: string;
    readonly apiVersion: string;
    readonly namespace?: string;
    readonly name: string;
    readonly uid: string;
    readonly fieldPath?: string;
    readonly resourceVersion?: string;
  };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly source: { readonly component?: string; readonly host?: string };
  readonly firstTimestamp: string | null;
  readonly lastTimestamp: string | null;
  readonly count?: number;
  readonly eventTime: string | null;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
  readonly action?: string;
  readonly reportingComponent: string;
  readonly reportingInstance: string;
}

/** What an API server holds at one instant: each list in the order in which the API lists it, by namespace and name. */
export interface ApiSnapshot extends ApiTableLists {
  /** µs of virtual time: ages count up to it. */
  readonly at: number;
  /** How the server of this release prints Pods: "4 (12s ago)" in place of "4", Terminating only while a Pod hasn't ended. */
  readonly printing: {
    /** Jobs have a column STATUS, CronJobs a column TIMEZONE. */
    readonly jobsTellStatus: boolean;
    readonly cronJobsTellZone: boolean;
    readonly restartsTellWhen: boolean;
    readonly endedPodsStayEnded: boolean;
    readonly failuresOutrankCompleted: boolean;
    readonly autoscalersNameMetrics: boolean;
  };
  readonly pods: readonly ApiPod[];
  readonly replicasets: readonly ApiReplicaSet[];
  readonly deployments: readonly ApiDeployment[];
  readonly horizontalpodautoscalers: readonly ApiHorizontalPodAutoscaler[];
  readonly services: readonly ApiService[];
  readonly endpoints: readonly ApiEndpoints[];
  readonly endpointslices: readonly ApiEndpointSlice[];
  readonly nodes: readonly ApiNode[];
  readonly namespaces: readonly ApiNamespace[];
  readonly events: readonly ApiEvent[];
  /** renewTime of each node's lease, by its name. */
  readonly leases: Readonly<Record<string, string>>;
}
