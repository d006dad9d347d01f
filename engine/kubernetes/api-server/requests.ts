/**
 * What the control plane's own clients (scheduler, controllers, operator) ask of the API server, and
 * what it answers. These messages stay on shard 0, so they may carry references. Updates with a
 * resourceVersion other than 0 conflict when the object has moved on; patches carry none.
 */
import type { TemplateId } from "../objects/definitions.ts";
import type { Deployment, DeploymentSpec } from "../objects/deployment.ts";
import type { Taint } from "../objects/meta.ts";
import type { NodeReady, NodeRecord } from "../objects/node.ts";
import type { DisruptionReason, PodTemplate } from "../objects/pod.ts";
import type { GateStatus } from "../objects/readiness-gates.ts";
import type { ReplicaSet } from "../objects/replica-set.ts";
import type { Service } from "../objects/service.ts";
import type { KubeletRequest } from "./node-messages.ts";
import type { Propagation } from "./object-deletion.ts";
import type { NewObject, ObjectChange, ObjectId, ObjectKind, ObjectRecord, ObjectShapes } from "./object-record.ts";
import type { PodMetrics } from "./pod-metrics.ts";
import type { PodId, PodRecord, PodTraits } from "./pod-record.ts";
import type {
  DeploymentId,
  DeploymentRecord,
  DeploymentStatus,
  EndpointsRecord,
  EndpointSliceRecord,
  ReplicaSetId,
  ReplicaSetRecord,
  ReplicaSetStatus,
  ServiceRecord,
} from "./records.ts";

export type ApiRequest =
  /** `owner`: the controller's id, of whatever kind. */
  | {
      readonly kind: "createPod";
      readonly owner: ObjectId;
      readonly workload: number;
      readonly template: TemplateId;
      /** Left out: none. */
      readonly traits?: PodTraits;
    }
  /** By the garbage collector, or a controller that adopts or releases it; -1: none. */
  | { readonly kind: "setPodOwner"; readonly pod: PodId; readonly owner: ObjectId }
  | { readonly kind: "removePodFinalizer"; readonly pod: PodId; readonly finalizer: string }
  /** Grace in seconds; null: the Pod's own. */
  | { readonly kind: "deletePod"; readonly pod: PodId; readonly gracePeriodSeconds: number | null }
  | { readonly kind: "bindPod"; readonly pod: PodId; readonly node: number }
  /** The node controller's Ready=False. */
  | { readonly kind: "markPodNotReady"; readonly pod: PodId }
  /** Phase Failed, unless it has ended, by the Pod garbage collector. */
  | { readonly kind: "failPod"; readonly pod: PodId }
  /** Condition DisruptionTarget. */
  | { readonly kind: "markDisruptionTarget"; readonly pod: PodId; readonly reason: DisruptionReason; readonly message: string }
  /** PodScheduled=False with the scheduler's message; node by index, -1: none. */
  | { readonly kind: "patchPodScheduled"; readonly pod: PodId; readonly message: string; readonly nominatedNode: number }
  | { readonly kind: "getPod"; readonly pod: PodId }
  /** Whether the eviction subresource would let the Pod go; `object` of the answer: the budget that it has to spend first. */
  | { readonly kind: "checkEviction"; readonly pod: PodId }
  /** The resource metrics API, of these Pods. */
  | { readonly kind: "getPodMetrics"; readonly pods: readonly PodId[] }
  /** Live read of every Pod of a node. */
  | { readonly kind: "listPodsOn"; readonly node: number }
  /** spec.unschedulable. */
  | { readonly kind: "setNodeUnschedulable"; readonly node: number; readonly unschedulable: boolean }
  /** Live read of every Pod of these workloads. */
  | { readonly kind: "listPods"; readonly workloads: readonly number[] }
  /** The condition of a readiness gate, by its position in the spec. */
  /** Images of its containers, ephemeral containers, or labels; `labels`: keys that are the template's from now on, whoever gave them before. */
  | { readonly kind: "updatePodTemplate"; readonly pod: PodId; readonly template: TemplateId; readonly labels?: readonly string[] }
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
  /** Left out: background, as of controllers and kubectl. */
  | { readonly kind: "deleteReplicaSet"; readonly replicaSet: ReplicaSetId; readonly propagation?: Propagation }
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
  | { readonly kind: "deleteDeployment"; readonly deployment: DeploymentId; readonly propagation?: Propagation }
  | { readonly kind: "setDeploymentFinalizers"; readonly deployment: DeploymentId; readonly finalizers: readonly string[] }
  | { readonly kind: "getDeployment"; readonly deployment: DeploymentId }
  /** Creates it, or replaces its spec. */
  | { readonly kind: "putService"; readonly object: Service }
  | { readonly kind: "deleteService"; readonly service: number }
  | { readonly kind: "deleteNode"; readonly node: number }
  | { readonly kind: "patchNodeReady"; readonly node: number; readonly ready: NodeReady }
  /** Taints are known by key and effect; those added come after those kept. `overwrite`: as kubectl taint, which looks first whether they are there, and says so. */
  | {
      readonly kind: "patchNodeTaints";
      readonly node: number;
      readonly add: readonly Taint[];
      readonly remove: readonly Taint[];
      readonly overwrite?: boolean;
    }
  /** kubectl label node: null takes a key away; without `overwrite` a key that has another value is a conflict. */
  | {
      readonly kind: "patchNodeLabels";
      readonly node: number;
      readonly change: Readonly<Record<string, string | null>>;
      readonly overwrite: boolean;
    }
  /** `number` -1: a new slice. */
  | {
      readonly kind: "putEndpointSlice";
      readonly service: number;
      readonly number: number;
      readonly pods: readonly PodId[];
      readonly nodes: readonly number[];
      readonly conditions: readonly number[];
      /** Number of the zone that each is hinted for, -1: none. Left out: no hints. */
      readonly hints?: readonly number[];
    }
  /** resourceVersion 0: creates them. */
  | {
      readonly kind: "putEndpoints";
      readonly service: number;
      readonly resourceVersion: number;
      readonly ready: readonly PodId[];
      readonly notReady: readonly PodId[];
    }
  | { readonly kind: "deleteEndpoints"; readonly service: number }
  | { readonly kind: "deleteEndpointSlice"; readonly service: number; readonly number: number }
  | { readonly kind: "createEvent" }
  /** Live reads by name, as kubectl makes them. */
  | {
      readonly kind: "find";
      readonly type: "Deployment" | "ReplicaSet" | "Pod" | "Service" | ObjectKind;
      /** "" for cluster-wide kinds. */
      readonly namespace: string;
      readonly name: string;
    }
  /** A PATCH by name: it holds whatever was written meanwhile. */
  | {
      readonly kind: "patchWorkload";
      readonly type: PatchedKind;
      readonly namespace: string;
      readonly name: string;
      readonly patch: (before: WorkloadPart) => Partial<WorkloadPart>;
    }
  /** A watch of one object: answered as soon as it has another version than this one, or is gone. */
  | {
      readonly kind: "awaitChange";
      readonly type: PatchedKind;
      readonly namespace: string;
      readonly name: string;
      readonly resourceVersion: number;
    }
  /** Live list of what an owner keeps of its former templates. */
  | { readonly kind: "listRevisions"; readonly type: PatchedKind; readonly namespace: string; readonly name: string }
  | {
      readonly kind: "createBarePod";
      readonly workload: number;
      readonly template: TemplateId;
      readonly finalizers?: readonly string[] | undefined;
    }
  | { readonly kind: "createBareReplicaSet"; readonly object: ReplicaSet }
  /** Any kind of object-record.ts. */
  | { readonly kind: "createObject"; readonly object: NewObject }
  | { readonly kind: "updateObject"; readonly object: ObjectId; readonly resourceVersion: number; readonly change: ObjectChange }
  | {
      readonly kind: "updateObjectStatus";
      readonly object: ObjectId;
      readonly resourceVersion: number;
      readonly status: ObjectShapes[ObjectKind]["status"];
    }
  | { readonly kind: "deleteObject"; readonly object: ObjectId; readonly propagation?: Propagation }
  | { readonly kind: "getObject"; readonly object: ObjectId };

export type PatchedKind = "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet" | "DaemonSet";

/** What patches of workloads look at and change, whatever the kind; a kind without the field leaves it alone. */
export interface WorkloadPart {
  readonly template: PodTemplate;
  readonly replicas: number;
  readonly paused: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One former template, or the present one. */
export interface Revision {
  readonly number: number;
  readonly template: TemplateId;
}

export type ApiRequestKind = ApiRequest["kind"];

/** Requests that only read, with the latency of a read. */
export const readKinds: ReadonlySet<ApiRequestKind> = new Set<ApiRequestKind>([
  "getPod",
  "getPodMetrics",
  "listPods",
  "listPodsOn",
  "checkEviction",
  "getReplicaSet",
  "getDeployment",
  "getObject",
  "find",
  "awaitChange",
  "listRevisions",
]);

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
  readonly finalizers?: readonly string[];
}

export type ReplicaSetChange = Partial<
  Pick<
    ReplicaSetRecord,
    | "replicas"
    | "minReadySeconds"
    | "desiredReplicas"
    | "maxReplicas"
    | "revision"
    | "template"
    | "owner"
    | "finalizers"
    | "labels"
    | "annotations"
  >
>;

export interface ApiResponse {
  readonly status: "ok" | "conflict" | "notFound" | "alreadyExists" | "forbidden" | "tooManyRequests" | "internalError";
  /** Of a refusal, in the API server's words. */
  readonly message?: string;
  /** Of an update: the fields that may not be so, and why. */
  readonly invalid?: string;
  /** Nobody took the request: the server is down. */
  readonly isUnanswered?: true;
  /** Refused because the namespace is going away: no controller tries again. */
  readonly isNamespaceTerminating?: boolean;
  readonly pod?: PodRecord;
  readonly pods?: readonly PodRecord[];
  readonly replicaSet?: ReplicaSetRecord;
  readonly deployment?: DeploymentRecord;
  readonly service?: ServiceRecord;
  readonly slice?: EndpointSliceRecord;
  readonly object?: ObjectRecord;
  readonly metrics?: readonly PodMetrics[];
  /** By number. */
  readonly revisions?: readonly Revision[];
}

/** One committed change, as a watch delivers it; null: the object is gone. */
export type WatchChange =
  | { readonly type: "pod"; readonly id: PodId; readonly record: PodRecord | null }
  | { readonly type: "replicaSet"; readonly id: ReplicaSetId; readonly record: ReplicaSetRecord | null }
  | { readonly type: "deployment"; readonly id: DeploymentId; readonly record: DeploymentRecord | null }
  | { readonly type: "service"; readonly id: number; readonly record: ServiceRecord | null }
  | { readonly type: "node"; readonly id: number; readonly record: NodeRecord }
  | { readonly type: "endpointSlice"; readonly service: number; readonly id: number; readonly record: EndpointSliceRecord | null }
  | { readonly type: "endpoints"; readonly id: number; readonly record: EndpointsRecord | null }
  | { readonly type: "object"; readonly id: ObjectId; readonly kind: ObjectKind; readonly record: ObjectRecord | null }
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

/** A request that a slow server has taken and not served yet. */
export interface WaitingRequestMessage {
  readonly kind: "waitingRequest";
  readonly origin: number;
  readonly message: ApiRequestMessage | KubeletRequest;
}

/** The controllers' watches have broken, or are there again. */
export interface WatchStateMessage {
  readonly kind: "watchState";
  readonly isBroken: boolean;
}

export type ControlMessage = WatchStateMessage | WaitingRequestMessage | ApiRequestMessage | ApiResponseMessage | WatchMessage;

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
  "Endpoints",
  "Event",
  "Lease",
] as const;
/** Objects of the common table count under their kind. */
export type WriteKind = (typeof writeKinds)[number] | ObjectKind | `${ObjectKind}Status`;
