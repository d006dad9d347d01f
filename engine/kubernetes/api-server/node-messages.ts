/**
 * What the API server and the nodes say to each other: the only control-plane messages that cross
 * shards, so each is flat data (engine/wire.ts encodes them).
 */
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
  | {
      readonly kind: "patchNodeStatus";
      readonly node: number;
      readonly ready: NodeReady;
      /** Bits of NodePressure. */ readonly pressure: number;
    };

/** API server → kubelet: its watch on Pods bound to it, in resourceVersion order. */
export type KubeletNotice =
  | { readonly kind: "podAdded"; readonly record: PodRecord }
  /** Spec or deletion changed, or somebody else than the kubelet wrote the status. */
  | { readonly kind: "podUpdated"; readonly record: PodRecord }
  | { readonly kind: "podRemoved"; readonly pod: PodId };
