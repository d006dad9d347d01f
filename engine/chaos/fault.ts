/**
 * What goes wrong on purpose: the contract of a fault. One fault per file; index.ts lists them. A fault
 * is decided by the script LP on shard 0 and reaches its targets as class-0 messages one floor later.
 * It took effect if its cause has children.
 */
import type { Duration, VirtualTime } from "../kernel/time.ts";

export type FaultSpec = ProbeFailure | NodeLoss | NodeReboot | NodeShutdown | KubeletRestart | OomKill | ImagePullFailure | ImagePullSlow;
export type FaultType = FaultSpec["type"];

/** Chaos Mesh's words. */
export type FaultMode = "one" | "all" | "fixed" | "fixed-percent" | "random-max-percent";

export interface TargetSelector {
  readonly namespace?: string;
  readonly deployment?: string;
  readonly replicaSet?: string;
  readonly pod?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly node?: string;
  readonly zone?: string;
}

interface FaultBase {
  readonly name: string;
  readonly at: VirtualTime;
  readonly selector: TargetSelector;
  readonly mode: FaultMode;
  /** Count (fixed) or percent (fixed-percent, random-max-percent); 0 where the mode takes none. */
  readonly value: number;
  /** How long it lasts; Infinity: to the end. */
  readonly duration: Duration;
}

/** Probes of the targets answer "failed". */
export interface ProbeFailure extends FaultBase {
  readonly type: "probe-failure";
  readonly probe: "startup" | "readiness" | "liveness" | "all";
  /** Chance that an attempt fails while the fault lasts. */
  readonly rate: number;
}

/** A node stops: kubelet, containers, heartbeat, network. It comes back after `duration`, its containers gone. */
export interface NodeLoss extends FaultBase {
  readonly type: "node-loss";
}

/** A node loses power and boots again after `duration`. */
export interface NodeReboot extends FaultBase {
  readonly type: "node-reboot";
  /** The container runtime comes back with its records, or as an empty one: then nothing of the Pods is known. */
  readonly keepsRecords: boolean;
}

/** A node is told to shut down: its kubelet ends its Pods, as far as its configuration grants them time. It boots again after `duration`. */
export interface NodeShutdown extends FaultBase {
  readonly type: "node-shutdown";
}

/** The kubelet's process ends and starts again after `duration`; containers run on. */
export interface KubeletRestart extends FaultBase {
  readonly type: "kubelet-restart";
}

/** Pulls of the targets' nodes fail. */
export interface ImagePullFailure extends FaultBase {
  readonly type: "image-pull-failure";
  /** Null: any image. */
  readonly image: string | null;
  /** Chance that a pull fails while the fault lasts. */
  readonly rate: number;
}

/** Pulls of the targets' nodes take so many times as long. */
export interface ImagePullSlow extends FaultBase {
  readonly type: "image-pull-slow";
  readonly image: string | null;
  readonly slowdown: number;
}

/** The main process of the targets is killed for memory: exit code 137, reason OOMKilled. */
export interface OomKill extends FaultBase {
  readonly type: "oom-kill";
  /** Container name; null: every regular container of the Pod. */
  readonly container: string | null;
}
