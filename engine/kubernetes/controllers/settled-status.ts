/** The status that a controller has written of an object whose Pods have long been there (`start: settled`). One case per kind. */
import { availableFrom, isReady, templateHash, type ObjectRecord } from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import type { DaemonSetStatus } from "../objects/daemon-set.ts";
import type { StatefulSetStatus } from "../objects/stateful-set.ts";
import { replicaSetStatus } from "./replica-set.ts";

/** `pods`: its active Pods. Kinds without a case keep the status that they begin with. */
export function settledStatus(object: ObjectRecord, pods: readonly PodRecord[]): ObjectRecord["status"] {
  switch (object.kind) {
    case "ReplicationController":
      return replicaSetStatus(object.generation, pods, 0, object.spec.minReadySeconds, 0, () => true);
    case "StatefulSet":
      return settledStatefulSet(object, pods);
    case "DaemonSet":
      return settledDaemonSet(object, pods);
    default:
      return object.status;
  }
}

function settledStatefulSet({ name, generation, spec }: ObjectRecord<"StatefulSet">, pods: readonly PodRecord[]): StatefulSetStatus {
  const revision = `${name}-${templateHash(spec.template)}`;
  return {
    observedGeneration: generation,
    replicas: pods.length,
    readyReplicas: pods.filter(isReady).length,
    availableReplicas: pods.filter((pod) => availableFrom(pod, spec.minReadySeconds) <= 0).length,
    currentReplicas: pods.length,
    updatedReplicas: pods.length,
    currentRevision: revision,
    updateRevision: revision,
  };
}

/** There is one Pod for each node that is to have one. */
function settledDaemonSet({ generation, spec }: ObjectRecord<"DaemonSet">, pods: readonly PodRecord[]): DaemonSetStatus {
  const available = pods.filter((pod) => availableFrom(pod, spec.minReadySeconds) <= 0).length;
  return {
    observedGeneration: generation,
    currentNumberScheduled: pods.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: pods.length,
    numberReady: pods.filter(isReady).length,
    updatedNumberScheduled: pods.length,
    numberAvailable: available,
    numberUnavailable: pods.length - available,
  };
}
