/**
 * What goes wrong on purpose: the contract of a fault. One fault per file; index.ts lists them. A fault
 * is decided by the script LP on shard 0 and reaches its targets as class-0 messages one floor later.
 * It took effect if its cause has children.
 */
import type { Duration, VirtualTime } from "../kernel/time.ts";

export type FaultSpec =
  | ProbeFailure
  | NodeLoss
  | NodeFreeze
  | NetworkPartition
  | ZoneLoss
  | NodeDrain
  | ApiServerOutage
  | ApiServerSlow
  | WatchLag
  | EndpointLag
  | NodeReboot
  | NodeShutdown
  | KubeletRestart
  | OomKill
  | ImagePullFailure
  | ImagePullSlow
  | PodKill
  | NetworkDelay
  | NetworkLoss
  | ProcessFault;

/** Faults on the processes in containers. */
export type ProcessFault = ContainerCrash | Hang | SlowProbe | MemoryLeak | MemorySpike | CpuStarvation | SlowService | FailingService;
export type FaultType = FaultSpec["type"];

/** Chaos Mesh's words. */
export type FaultMode = "one" | "all" | "fixed" | "fixed-percent" | "random-max-percent";

/** All that is given must match. */
export interface TargetSelector {
  readonly namespace?: string;
  readonly deployment?: string;
  readonly replicaSet?: string;
  readonly pod?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly node?: string;
  readonly zone?: string;
  /** One of these too. */
  readonly anyOf?: readonly TargetSelector[];
}

interface FaultBase {
  readonly name: string;
  /** Another fault's name, whose draws choose its targets: parts of one fault act on the same ones. Default: its own. */
  readonly drawnAs?: string;
  readonly at: VirtualTime;
  readonly selector: TargetSelector;
  readonly mode: FaultMode;
  /** Count (fixed) or percent (fixed-percent, random-max-percent); 0 where the mode takes none. */
  readonly value: number;
  /** How long it lasts; Infinity: to the end. */
  readonly duration: Duration;
}

interface ProcessFaultBase extends FaultBase {
  /** Container name; null: every regular container of the Pod. */
  readonly container: string | null;
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

/** The processes of a node stand still, as in a paused virtual machine, and go on after `duration`. */
export interface NodeFreeze extends FaultBase {
  readonly type: "node-freeze";
}

/** Packets between nodes and others are dropped. */
export interface NetworkPartition extends FaultBase {
  readonly type: "network-partition";
  /** Whom the nodes can't reach, or be reached by. */
  readonly from: readonly PartitionSide[];
  /** Instead: other nodes, whose clients can't reach Pods on these, nor the other way round. */
  readonly target?: TargetSelector;
}
export type PartitionSide = "api-server" | "clients";

/** All nodes of a zone are lost at once: `mode` and `value` count zones. */
export interface ZoneLoss extends FaultBase {
  readonly type: "zone-loss";
}

export interface DrainOptions {
  readonly force: boolean;
  readonly ignoreDaemonSets: boolean;
  readonly disableEviction: boolean;
  readonly timeout: Duration;
}

/** The nodes are drained, and uncordoned after `duration`. */
export interface NodeDrain extends FaultBase, DrainOptions {
  readonly type: "node-drain";
}

/** The API server refuses every connection; watches break. */
export interface ApiServerOutage extends FaultBase {
  readonly type: "api-server-outage";
}

/** Each request waits before it is served. */
export interface ApiServerSlow extends FaultBase {
  readonly type: "api-server-slow";
  readonly delay: Duration;
}

/** Watches bring changes late. */
export interface WatchLag extends FaultBase {
  readonly type: "watch-lag";
  readonly delay: Duration;
}

/** Service proxies learn of endpoints late. */
export interface EndpointLag extends FaultBase {
  readonly type: "endpoint-lag";
  readonly delay: Duration;
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

/** Pods are deleted through the API. */
export interface PodKill extends FaultBase {
  readonly type: "pod-kill";
  /** Null: the Pod's own. */
  readonly gracePeriodSeconds: number | null;
}

/** What leaves the targets is late. */
export interface NetworkDelay extends FaultBase {
  readonly type: "network-delay";
  readonly latency: Duration;
  /** Up to so much more or less. */
  readonly jitter: Duration;
}

/** A share of what leaves the targets is lost. */
export interface NetworkLoss extends FaultBase {
  readonly type: "network-loss";
  readonly rate: number;
}

/** The main process of the targets is killed for memory: exit code 137, reason OOMKilled. */
export interface OomKill extends FaultBase {
  readonly type: "oom-kill";
  /** Container name; null: every regular container of the Pod. */
  readonly container: string | null;
}

/** The main process of the targets ends with an exit code, once or at a rate. */
export interface ContainerCrash extends ProcessFaultBase {
  readonly type: "container-crash";
  /** Exit code. */
  readonly code: number;
  /** Crashes of each process per second; 0: once, at the beginning. */
  readonly rate: number;
}

/** Processes are alive and answer nothing: requests wait, HTTP and gRPC probes time out. The kernel still shakes hands (TCP), and commands run on. A restart heals it. */
export interface Hang extends ProcessFaultBase {
  readonly type: "hang";
}

/** Answers to probes of the targets come later. */
export interface SlowProbe extends ProcessFaultBase {
  readonly type: "slow-probe";
  readonly probe: "startup" | "readiness" | "liveness" | "all";
  /** How much later. */
  readonly latency: Duration;
}

/** Memory of the targets grows, in processes that start meanwhile too; what leaked stays until they end. */
export interface MemoryLeak extends ProcessFaultBase {
  readonly type: "memory-leak";
  /** bytes per second */
  readonly growth: number;
}

/** Processes of the targets need more memory while it lasts, as under a stress test. It ends with the process. */
export interface MemorySpike extends ProcessFaultBase {
  readonly type: "memory-spike";
  /** bytes */
  readonly size: number;
}

/** Everything that the targets compute takes longer: requests, probes, start-up. */
export interface CpuStarvation extends ProcessFaultBase {
  readonly type: "cpu-starvation";
  /** So many times as long. */
  readonly slowdown: number;
}

/** Requests to the targets take longer, waiting for something else: a slow dependency. Probes only wait for workers. */
export interface SlowService extends ProcessFaultBase {
  readonly type: "slow-service";
  /** So many times as long. */
  readonly slowdown: number;
}

/** A share of the requests to the targets is answered at once with a server error: a failing dependency. */
export interface FailingService extends ProcessFaultBase {
  readonly type: "failing-service";
  /** Share of the requests. */
  readonly rate: number;
}
