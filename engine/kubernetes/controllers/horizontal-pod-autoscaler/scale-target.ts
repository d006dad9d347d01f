/** The scale subresource of what an autoscaler may scale: a live read of it, and the write of its size. */
import type { ApiRequest, ApiResponse, InformerCache } from "../../api-server/client.ts";
import type { PodRecord } from "../../api-server/pod-record.ts";

/** What the API server answered for the target: its size, and how to change it. */
export interface ScaleTarget {
  /** Index in `Workloads`. */
  readonly workload: number;
  readonly replicas: number;
  /** A write that conflicts if the target has changed since. */
  resize(replicas: number): ApiRequest;
  /**
   * The Pods that it selects, as the informers know them, by number.
   * Differs: autoscaler's Pods.
   */
  pods(cache: InformerCache): readonly PodRecord[];
}

interface ScalableKind {
  readonly type: Extract<ApiRequest, { readonly kind: "find" }>["type"];
  /** As the API server names it in refusals. */
  readonly resource: string;
  readonly scale: string;
}

const scalableKinds: Readonly<Record<string, ScalableKind>> = {
  Deployment: { type: "Deployment", resource: "deployments.apps", scale: "deployments/scale.apps" },
  ReplicaSet: { type: "ReplicaSet", resource: "replicasets.apps", scale: "replicasets/scale.apps" },
  StatefulSet: { type: "StatefulSet", resource: "statefulsets.apps", scale: "statefulsets/scale.apps" },
  ReplicationController: { type: "ReplicationController", resource: "replicationcontrollers", scale: "replicationcontrollers/scale" },
};

export function scalableKind(kind: string): ScalableKind | undefined {
  return Object.hasOwn(scalableKinds, kind) ? scalableKinds[kind] : undefined;
}

/** Null: it isn't there. */
export function scaleTargetOf({ deployment, replicaSet, object }: ApiResponse): ScaleTarget | null {
  if (deployment !== undefined) {
    const { id, resourceVersion, spec, workload } = deployment;
    return {
      workload,
      replicas: spec.replicas,
      resize: (replicas) => ({ kind: "updateDeployment", deployment: id, resourceVersion, spec: { ...spec, replicas } }),
      pods: (cache) => inOrder(cache.replicaSetsOf(id).flatMap((owned) => cache.podsOf(owned.id))),
    };
  }
  if (replicaSet !== undefined) {
    const { id, resourceVersion, workload } = replicaSet;
    return {
      workload,
      replicas: replicaSet.replicas,
      resize: (replicas) => ({ kind: "updateReplicaSet", replicaSet: id, resourceVersion, change: { replicas } }),
      pods: (cache) => inOrder(cache.podsOf(id)),
    };
  }
  if (object?.kind !== "StatefulSet" && object?.kind !== "ReplicationController") return null;
  const { id, resourceVersion, spec, workload } = object;
  return {
    workload,
    replicas: spec.replicas,
    resize: (replicas) => ({ kind: "updateObject", object: id, resourceVersion, change: { spec: { ...spec, replicas } } }),
    pods: (cache) => inOrder(cache.podsOf(id)),
  };
}

function inOrder(pods: PodRecord[]): readonly PodRecord[] {
  return pods.sort((a, b) => a.id - b.id);
}
