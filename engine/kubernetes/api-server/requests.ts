/**
 * What the control plane's own clients (scheduler, controllers, operator) ask of the API server, and
 * what it answers. These messages stay on shard 0, so they may carry references. Updates with a
 * resourceVersion other than 0 conflict when the object has moved on; patches carry none.
 */
import type { TemplateId } from "../objects/definitions.ts";
import type { Deployment, DeploymentSpec } from "../objects/deployment.ts";
import type { Taint } from "../objects/meta.ts";
import type { NodeReady, NodeRecord } from "../objects/node.ts";
import type { GateStatus } from "../objects/readiness-gates.ts";
import type { ReplicaSet } from "../objects/replica-set.ts";
import type { Service } from "../objects/service.ts";
import type { PodId, PodRecord } from "./pod-record.ts";
import type {
  DeploymentId,
  DeploymentRecord,
  DeploymentStatus,
  EndpointSliceRecord,
  ReplicaSetId,
  ReplicaSetRecord,
  ReplicaSetStatus,
  ServiceRecord,
} from "./records.ts";

export type ApiRequest =
  | { readonly kind: "createPod"; readonly owner: ReplicaSetId; readonly workload: number; readonly template: TemplateId }
  /** Grace in seconds; null: the Pod's own. */
  | { readonly kind: "deletePod"; readonly pod: PodId; readonly gracePeriodSeconds: number | null }
  | { readonly kind: "bindPod"; readonly pod: PodId; readonly node: number }
  /** The node controller's Ready=False. */
  | { readonly kind: "markPodNotReady"; readonly pod: PodId }
  | { readonly kind: "markDisruptionTarget"; readonly pod: PodId }
  /** PodScheduled=False with the scheduler's message. */
  | { readonly kind: "patchPodScheduled"; readonly pod: PodId; readonly message: string }
  | { readonly kind: "getPod"; readonly pod: PodId }
  /** Live read of every Pod of these workloads. */
  | { readonly kind: "listPods"; readonly workloads: readonly number[] }
  /** The condition of a readiness gate, by its position in the spec. */
  /** Images of its containers, or ephemeral containers. */
  | { readonly kind: "updatePodTemplate"; readonly pod: PodId; readonly template: TemplateId }
  | { readonly kind: "setPodGate"; readonly pod: PodId; readonly gate: number; readonly status: GateStatus }
  | { readonly kind: "createReplicaSet"; readonly object: NewReplicaSet }
  | {
      readonly kind: "updateReplicaSet";
      readonly replicaSet: ReplicaSetId;
      readonly resourceVersion: number;
      readonly change: ReplicaSetChange;
      /** A change of its size is a step of its Deployment's rollout, and noted as one. */
      readonly isRolloutStep?: boolean;
    }
  | {
      readonly kind: "updateReplicaSetStatus";
      readonly replicaSet: ReplicaSetId;
      readonly resourceVersion: number;
      readonly status: ReplicaSetStatus;
    }
  | { readonly kind: "deleteReplicaSet"; readonly replicaSet: ReplicaSetId }
  | { readonly kind: "getReplicaSet"; readonly replicaSet: ReplicaSetId }
  | { readonly kind: "createDeployment"; readonly object: Deployment }
  | {
      readonly kind: "updateDeployment";
      readonly deployment: DeploymentId;
      readonly resourceVersion: number;
      readonly spec: DeploymentSpec;
    }
  | {
      readonly kind: "updateDeploymentStatus";
      readonly deployment: DeploymentId;
      readonly resourceVersion: number;
      readonly status: DeploymentStatus;
      readonly revision: number;
    }
  | { readonly kind: "deleteDeployment"; readonly deployment: DeploymentId }
  /** Creates it, or replaces its spec. */
  | { readonly kind: "putService"; readonly object: Service }
  | { readonly kind: "deleteService"; readonly service: number }
  | { readonly kind: "patchNodeReady"; readonly node: number; readonly ready: NodeReady }
  /** Taints are known by key and effect; those added come after those kept. */
  | { readonly kind: "patchNodeTaints"; readonly node: number; readonly add: readonly Taint[]; readonly remove: readonly Taint[] }
  /** `number` -1: a new slice. */
  | {
      readonly kind: "putEndpointSlice";
      readonly service: number;
      readonly number: number;
      readonly pods: readonly PodId[];
      readonly nodes: readonly number[];
      readonly conditions: readonly number[];
    }
  | { readonly kind: "deleteEndpointSlice"; readonly service: number; readonly number: number }
  | { readonly kind: "createEvent" }
  /** Live reads by name, as kubectl makes them. */
  | {
      readonly kind: "find";
      readonly type: "Deployment" | "ReplicaSet" | "Pod" | "Service";
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly kind: "createBarePod"; readonly workload: number; readonly template: TemplateId }
  | { readonly kind: "createBareReplicaSet"; readonly object: ReplicaSet };

export type ApiRequestKind = ApiRequest["kind"];

/** Requests that only read, with the latency of a read. */
export const readKinds: ReadonlySet<ApiRequestKind> = new Set<ApiRequestKind>(["getPod", "listPods", "getReplicaSet", "find"]);

export interface NewReplicaSet {
  readonly owner: DeploymentId;
  readonly workload: number;
  readonly namespace: string;
  readonly name: string;
  readonly template: TemplateId;
  readonly replicas: number;
  readonly minReadySeconds: number;
  readonly desiredReplicas: number;
  readonly maxReplicas: number;
  readonly revision: number;
}

export type ReplicaSetChange = Partial<
  Pick<ReplicaSetRecord, "replicas" | "minReadySeconds" | "desiredReplicas" | "maxReplicas" | "revision" | "template">
>;

export interface ApiResponse {
  readonly status: "ok" | "conflict" | "notFound" | "alreadyExists";
  readonly pod?: PodRecord;
  readonly pods?: readonly PodRecord[];
  readonly replicaSet?: ReplicaSetRecord;
  readonly deployment?: DeploymentRecord;
  readonly service?: ServiceRecord;
  readonly slice?: EndpointSliceRecord;
}

/** One committed change, as a watch delivers it; null: the object is gone. */
export type WatchChange =
  | { readonly type: "pod"; readonly id: PodId; readonly record: PodRecord | null }
  | { readonly type: "replicaSet"; readonly id: ReplicaSetId; readonly record: ReplicaSetRecord | null }
  | { readonly type: "deployment"; readonly id: DeploymentId; readonly record: DeploymentRecord | null }
  | { readonly type: "service"; readonly id: number; readonly record: ServiceRecord | null }
  | { readonly type: "node"; readonly id: number; readonly record: NodeRecord }
  | { readonly type: "endpointSlice"; readonly service: number; readonly id: number; readonly record: EndpointSliceRecord | null }
  /** A lease renewed at this instant. */
  | { readonly type: "lease"; readonly id: number; readonly renewTime: number };

export interface ApiRequestMessage {
  readonly kind: "apiRequest";
  readonly request: ApiRequest;
  readonly ticket: number;
  /** Time that the answer takes back. */
  readonly returnLeg: number;
}

export interface ApiResponseMessage {
  readonly kind: "apiResponse";
  readonly ticket: number;
  readonly response: ApiResponse;
}

export interface WatchMessage {
  readonly kind: "watch";
  readonly change: WatchChange;
}

export type ControlMessage = ApiRequestMessage | ApiResponseMessage | WatchMessage;

/** Writes as the metric `api_writes` tells them apart. */
export const writeKinds = [
  "Pod",
  "Binding",
  "PodStatus",
  "ReplicaSet",
  "ReplicaSetStatus",
  "Deployment",
  "DeploymentStatus",
  "Service",
  "Node",
  "EndpointSlice",
  "Event",
  "Lease",
] as const;
export type WriteKind = (typeof writeKinds)[number];
