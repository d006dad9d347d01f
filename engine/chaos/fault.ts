/**
 * What goes wrong on purpose: the contract of a fault. One fault per file; index.ts lists them. A fault
 * is decided by the script LP on shard 0 and reaches its targets as class-0 messages one floor later.
 * It took effect if its cause has children.
 */
import type { Duration, VirtualTime } from "../kernel/time.ts";

export type FaultSpec = ProbeFailure | NodeLoss | OomKill;
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

/** The main process of the targets is killed for memory: exit code 137, reason OOMKilled. */
export interface OomKill extends FaultBase {
  readonly type: "oom-kill";
  /** Container name; null: every regular container of the Pod. */
  readonly container: string | null;
}
