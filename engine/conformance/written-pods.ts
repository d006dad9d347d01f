/** Pods of vectors, as far as controllers look at them, as the store's records. */
import type { PodRecord } from "../kubernetes/api-server/pod-record.ts";
import {
  PodCondition,
  PodPhase,
  pendingPodStatus,
  podPhaseNames,
  type ContainerStatus,
  type RestartPolicy,
} from "../kubernetes/objects/pod.ts";
import { wholeSecondsOf } from "./instant.ts";

export interface WrittenPod {
  readonly name?: string;
  readonly nodeName?: string;
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly metadata?: { readonly creationTimestamp?: string; readonly deletionTimestamp?: string };
  readonly spec?: { readonly nodeName?: string; readonly restartPolicy?: RestartPolicy };
  readonly status: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly unknown[];
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime?: string }[];
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
}

export function podOf(pod: WrittenPod): PodRecord {
  const ready = pod.status.conditions?.find(({ type }) => type === "Ready");
  const created = pod.creationTimestamp ?? pod.metadata?.creationTimestamp;
  return {
    id: 0,
    resourceVersion: 0,
    owner: 0,
    workload: 0,
    ordinal: 0,
    template: 0,
    node: 0,
    createdAt: created === undefined ? -1 : wholeSecondsOf(created),
    deletionTimestamp: pod.metadata?.deletionTimestamp === undefined ? -1 : wholeSecondsOf(pod.metadata.deletionTimestamp),
    deletionGracePeriodSeconds: -1,
    cause: 0,
    status: {
      ...pendingPodStatus,
      phase: phaseOf(pod.status.phase ?? "Running"),
      conditions: ready?.status === "True" ? PodCondition.Ready : 0,
      readySince: ready?.lastTransitionTime === undefined ? -1 : wholeSecondsOf(ready.lastTransitionTime),
      hasPodIp: pod.status.podIP !== undefined || (pod.status.podIPs ?? []).length > 0,
      containers: (pod.status.containerStatuses ?? []).map(({ restartCount }): ContainerStatus => ({
        state: { type: "waiting", reason: "ContainerCreating" },
        lastState: null,
        restartCount,
        ready: false,
        started: false,
      })),
    },
  };
}

function phaseOf(name: string): PodPhase {
  switch (podPhaseNames.indexOf(name)) {
    case 0:
      return PodPhase.Pending;
    case 1:
      return PodPhase.Running;
    case 2:
      return PodPhase.Succeeded;
    case 3:
      return PodPhase.Failed;
    default:
      return PodPhase.Unknown;
  }
}
