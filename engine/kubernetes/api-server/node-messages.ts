/**
 * What the API server and the nodes say to each other: the only control-plane messages that cross
 * shards, so each is flat data (engine/wire.ts encodes them).
 */
import type { Duration, VirtualTime } from "../../kernel/time.ts";
import type { Taint } from "../objects/meta.ts";
import type { NodeReady } from "../objects/node.ts";
import type { PodStatus } from "../objects/pod.ts";
import type { PodId, PodRecord } from "./pod-record.ts";

/** Kubelet → API server. A rejected write (object gone, older UID) needs no answer. */
export type KubeletRequest =
  | { readonly kind: "patchPodStatus"; readonly pod: PodId; readonly status: PodStatus }
  /** DELETE with grace 0 and UID precondition, when everything of the Pod has ended. */
  | { readonly kind: "deletePod"; readonly pod: PodId }
  /** The mirror of a static Pod, on the node of its spec. */
  | { readonly kind: "createMirrorPod"; readonly workload: number; readonly template: number }
  /** No request of a cluster's: why a Pod that would be ready isn't, for the causes of what is lost meanwhile (prober.ts). */
  | { readonly kind: "podKeptUnready"; readonly pod: PodId }
  | { readonly kind: "renewLease"; readonly node: number }
  /** A kubelet that starts: makes its Node if there is none. */
  | { readonly kind: "registerNode"; readonly node: number; readonly ready: NodeReady; readonly pressure: number }
  /** metrics-server's reading of the node; `usage` as `addReading` writes it. */
  | { readonly kind: "reportUsage"; readonly node: number; readonly at: number; readonly usage: readonly number[] }
  | {
      readonly kind: "patchNodeStatus";
      readonly node: number;
      readonly ready: NodeReady;
      /** Bits of NodePressure. */
      readonly pressure: number;
      /** All that the node has; null: as before. */
      readonly images: readonly string[] | null;
    };

/** API server → kubelet: its watches on its Node and on Pods bound to it, in resourceVersion order. */
export type KubeletNotice =
  /** Somebody else than the kubelet changed its Node. */
  | {
      readonly kind: "nodeChanged";
      readonly unschedulable: boolean;
      readonly taints: readonly Taint[];
      /** Null: those of its template. */
      readonly labels: Readonly<Record<string, string>> | null;
    }
  | PodNotice;

export type PodNotice =
  | { readonly kind: "podAdded"; readonly record: PodRecord }
  /** Spec or deletion changed, or somebody else than the kubelet wrote the status. */
  | { readonly kind: "podUpdated"; readonly record: PodRecord }
  | { readonly kind: "podRemoved"; readonly pod: PodId };

/** What switches a node's machine on and off from outside (cluster-autoscaler.ts): shapes of faults, under a number that none has. */
export type MachineNotice =
  | { readonly kind: "loseNode"; readonly fault: typeof MACHINE }
  | { readonly kind: "returnNode"; readonly fault: typeof MACHINE; readonly recordsLost: true };
export const MACHINE = -1;

/** What `reportUsage` has of each container, flat: [pod, place among the regular containers, start, CPU time in µs since then, bytes]. */
export const NUMBERS_PER_READING = 5;

export function addReading(
  report: number[],
  pod: PodId,
  container: number,
  startedAt: VirtualTime,
  cpuTime: Duration,
  memory: number,
): void {
  report.push(pod, container, startedAt, cpuTime, memory);
}
