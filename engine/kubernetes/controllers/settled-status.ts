/** The status that a controller has written of an object whose Pods have long been there (`start: settled`). One case per kind. */
import type { ObjectRecord } from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { replicaSetStatus } from "./replica-set.ts";

/** `pods`: its active Pods. Kinds without a case keep the status that they begin with. */
export function settledStatus(object: ObjectRecord, pods: readonly PodRecord[]): ObjectRecord["status"] {
  switch (object.kind) {
    case "ReplicationController":
      return replicaSetStatus(object.generation, pods, 0, object.spec.minReadySeconds, 0, () => true);
    default:
      return object.status;
  }
}
