/**
 * Versions of the objects that aren't Pods or Nodes: immutable, shared by reference between the store
 * and the caches. Times are whole seconds, as metav1.Time stores them.
 */
import type { CauseId } from "../../kernel/causes.ts";
import type { TemplateId } from "../objects/definitions.ts";
import type { DeploymentSpec } from "../objects/deployment.ts";
import type { Service } from "../objects/service.ts";
import type { PodId } from "./pod-record.ts";

/** Running number of a ReplicaSet at the API server: an ObjectId. */
export type ReplicaSetId = number;
/** Running number of a Deployment at the API server. */
export type DeploymentId = number;

export interface ReplicaSetStatus {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly fullyLabeledReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly terminatingReplicas: number;
  /** Condition ReplicaFailure; left out: there is none. */
  readonly replicaFailure?: ReplicaFailure;
}

/** Why a controller couldn't create or delete a Pod: status True as long as it stands. */
export interface ReplicaFailure {
  readonly reason: "FailedCreate" | "FailedDelete";
  readonly message: string;
  readonly lastTransitionTime: number;
}

export const emptyReplicaSetStatus: ReplicaSetStatus = Object.freeze({
  observedGeneration: 0,
  replicas: 0,
  fullyLabeledReplicas: 0,
  readyReplicas: 0,
  availableReplicas: 0,
  terminatingReplicas: 0,
});

export interface ReplicaSetRecord {
  readonly id: ReplicaSetId;
  readonly resourceVersion: number;
  readonly generation: number;
  readonly namespace: string;
  readonly name: string;
  /** Deployment that owns it, -1: a bare ReplicaSet. */
  readonly owner: DeploymentId;
  readonly workload: number;
  readonly template: TemplateId;
  readonly replicas: number;
  readonly minReadySeconds: number;
  /** Annotations deployment.kubernetes.io/desired-replicas, max-replicas and revision; -1, -1 and 0: absent. */
  readonly desiredReplicas: number;
  readonly maxReplicas: number;
  readonly revision: number;
  /** As an operator changed them; left out: as the manifest wrote them. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly createdAt: number;
  /** Only while it is being deleted in the foreground, or its dependents become orphans. */
  readonly deletionTimestamp?: number;
  readonly finalizers?: readonly string[];
  readonly status: ReplicaSetStatus;
  readonly cause: CauseId;
  /** Why it has its present size; left out: since before the run. */
  readonly sizedBy?: CauseId;
}

export interface DeploymentCondition {
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly lastUpdateTime: number;
  readonly lastTransitionTime: number;
}

export interface DeploymentStatus {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
  readonly terminatingReplicas: number;
  readonly progressing: DeploymentCondition | null;
  readonly available: DeploymentCondition | null;
  /** That of its ReplicaSets, of the new one before those of old ones; left out: there is none. */
  readonly replicaFailure?: ReplicaFailure;
}

export const emptyDeploymentStatus: DeploymentStatus = Object.freeze({
  observedGeneration: 0,
  replicas: 0,
  updatedReplicas: 0,
  readyReplicas: 0,
  availableReplicas: 0,
  unavailableReplicas: 0,
  terminatingReplicas: 0,
  progressing: null,
  available: null,
});

export interface DeploymentRecord {
  readonly id: DeploymentId;
  readonly resourceVersion: number;
  readonly generation: number;
  readonly namespace: string;
  readonly name: string;
  readonly workload: number;
  readonly template: TemplateId;
  readonly spec: DeploymentSpec;
  readonly revision: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly createdAt: number;
  /** As of ReplicaSets, and so are the two above. */
  readonly deletionTimestamp?: number;
  readonly finalizers?: readonly string[];
  readonly status: DeploymentStatus;
  readonly cause: CauseId;
  /** Why its spec is what it is; left out: since before the run. */
  readonly changedBy?: CauseId;
}

export interface ServiceRecord {
  /** Number of the Service in the run's list. */
  readonly index: number;
  readonly resourceVersion: number;
  readonly object: Service;
  /** Whole seconds; left out: before the run. */
  readonly createdAt?: number;
  readonly cause: CauseId;
}

/** The older list of a Service's endpoints. */
export interface EndpointsRecord {
  readonly service: number;
  readonly resourceVersion: number;
  /** Ascending, as are those of `notReady`. */
  readonly ready: readonly PodId[];
  readonly notReady: readonly PodId[];
  /** Whole seconds. */
  readonly createdAt: number;
  readonly cause: CauseId;
}

/** Bits of an endpoint in a slice. */
export const EndpointCondition = { ready: 1, serving: 2, terminating: 4 } as const;

export interface EndpointSliceRecord {
  readonly service: number;
  /** Running number within its Service. */
  readonly number: number;
  readonly resourceVersion: number;
  readonly pods: readonly PodId[];
  readonly nodes: readonly number[];
  /** Bits of EndpointCondition for each. */
  readonly conditions: readonly number[];
  /** Number of the zone that each is hinted for, -1: none. Left out: no hints. */
  readonly hints?: readonly number[];
  /** Whole seconds; left out: before the run. */
  readonly createdAt?: number;
  readonly cause: CauseId;
}
