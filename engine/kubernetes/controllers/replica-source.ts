/**
 * What the ReplicaSet engine needs of a kind: ReplicaSets themselves, and ReplicationControllers, which upstream
 * converts into them as well (pkg/controller/replication/conversion.go).
 */
import {
  ofKind,
  type ApiRequest,
  type ApiResponse,
  type InformerCache,
  type ObjectRecord,
  type ReplicaSetRecord,
  type ReplicaSetStatus,
} from "../api-server/client.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import type { PodTemplate } from "../objects/pod.ts";
import type { WorkloadKind } from "../objects/workloads.ts";

export interface ReplicaSource {
  readonly kind: "ReplicaSet" | "ReplicationController";
  /** Of its Event objects. */
  readonly component: string;
  /** Kinds of workloads whose selector is that of such a set. */
  readonly workloadKinds: readonly WorkloadKind[];
  record(id: number): ReplicaSetRecord | undefined;
  /** In the order in which they became known. */
  all(): readonly ReplicaSetRecord[];
  /** Those of one Deployment; alone, if it has none. */
  siblings(set: ReplicaSetRecord): readonly ReplicaSetRecord[];
  read(id: number): ApiRequest;
  updateStatus(id: number, resourceVersion: number, status: ReplicaSetStatus): ApiRequest;
  /** The record of an answer to one of the two. */
  recordOf(response: ApiResponse): ReplicaSetRecord | undefined;
}

export function replicaSetSource(cache: InformerCache): ReplicaSource {
  return {
    kind: "ReplicaSet",
    component: "replicaset-controller",
    workloadKinds: ["Deployment", "ReplicaSet"],
    record: (id) => cache.replicaSets.get(id),
    all: () => [...cache.replicaSets.values()],
    siblings: (set) => (set.owner < 0 ? [set] : cache.replicaSetsOf(set.owner)),
    read: (replicaSet) => ({ kind: "getReplicaSet", replicaSet }),
    updateStatus: (replicaSet, resourceVersion, status) => ({ kind: "updateReplicaSetStatus", replicaSet, resourceVersion, status }),
    recordOf: ({ replicaSet }) => replicaSet,
  };
}

export function replicationControllerSource(cache: InformerCache, definitions: Definitions): ReplicaSource {
  // Asked for each change of a Pod: the template's number is looked up once.
  const templates = new Map<PodTemplate, TemplateId>();
  const templateOf = (template: PodTemplate): TemplateId => {
    const known = templates.get(template) ?? definitions.idOf(template);
    templates.set(template, known);
    return known;
  };
  const converted = (record: ObjectRecord<"ReplicationController"> | undefined): ReplicaSetRecord | undefined =>
    record === undefined ? undefined : asReplicaSet(record, templateOf(record.spec.template));
  return {
    kind: "ReplicationController",
    component: "replication-controller",
    workloadKinds: ["ReplicationController"],
    record: (id) => converted(cache.object("ReplicationController", id)),
    all: () => cache.objectsOfKind("ReplicationController").flatMap((record) => converted(record) ?? []),
    siblings: (set) => [set],
    read: (object) => ({ kind: "getObject", object }),
    updateStatus: (object, resourceVersion, status) => ({ kind: "updateObjectStatus", object, resourceVersion, status }),
    recordOf: ({ object }) => converted(ofKind(object, "ReplicationController")),
  };
}

function asReplicaSet(record: ObjectRecord<"ReplicationController">, template: TemplateId): ReplicaSetRecord {
  const { id, resourceVersion, generation, namespace, name, workload, spec, createdAt, deletionTimestamp, finalizers, status, cause } =
    record;
  return {
    id,
    resourceVersion,
    generation,
    namespace,
    name,
    owner: -1,
    workload,
    template,
    replicas: spec.replicas,
    minReadySeconds: spec.minReadySeconds,
    desiredReplicas: -1,
    maxReplicas: -1,
    revision: 0,
    createdAt,
    deletionTimestamp,
    finalizers,
    status,
    cause,
  };
}
