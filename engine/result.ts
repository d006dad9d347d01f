/** What leaves the engine: plain data, mergeable over shards by integer addition and by key. */
import type { ActionOutcome } from "./actions/action.ts";
import type { AvailabilityResult } from "./kubernetes/api-server/availability.ts";
import type { RolloutEnding } from "./kubernetes/api-server/rollouts.ts";
import type { SkippedProbes } from "./kubernetes/kubelet/skipped-probes.ts";
import type { EventRecord } from "./kubernetes/objects/event-record.ts";
import type { CauseRow } from "./kernel/causes.ts";
import type { Duration, VirtualTime } from "./kernel/time.ts";
import type { RecorderSnapshot } from "./metrics/recorder.ts";
import type { ThresholdSpec } from "./scenario-spec.ts";

export type { ActionOutcome };

/** What one shard measured. */
export interface ShardResult {
  readonly shard: number;
  readonly metrics: RecorderSnapshot;
  /** Rows that a loss, restart or fault refers to, and their ancestors on this shard. */
  readonly causes: readonly CauseRow[];
  readonly losses: readonly LossCount[];
  readonly restarts: readonly RestartRecord[];
  /** What the faults and actions brought about directly: rows whose parent is theirs, by kind. None: no effect. */
  readonly effects: readonly EffectCount[];
  readonly violations: readonly Violation[];
  /** Per LP: id and hash (8 hex digits), ascending. */
  readonly fingerprints: readonly (readonly [number, string])[];
  readonly events: number;
  /** Only shard 0 fills these in. */
  readonly control: ControlResult | null;
  /** Attempts of elided probes whose answers are in no histogram yet: merging draws them. Left out: each was run. */
  readonly skipped?: readonly SkippedProbes[];
  /** Event objects that the API server holds at the end, of this shard's components; left out: nobody asked. */
  readonly eventObjects?: readonly EventRecord[];
}

/** Requests lost for one outcome and one cause. */
export interface LossCount {
  readonly load: number;
  readonly outcome: number;
  /** What the endpoint was doing: a word of `lossStates`. */
  readonly state: LossState;
  readonly cause: number;
  readonly count: number;
  readonly first: VirtualTime;
  readonly last: VirtualTime;
}

/** State of the chosen endpoint when a request was lost (DESIGN: cause of a loss). */
export type LossState =
  | "routed after removal"
  | "listener closed before removal"
  | "killed while serving"
  | "not listening yet"
  | "out of memory"
  | "node lost"
  | "overload"
  | "slow answer"
  | "no endpoint"
  | "address gone"
  | "no endpoint on the node"
  | "failing service"
  | "dependency failed";

export interface RestartRecord {
  readonly time: VirtualTime;
  readonly pod: number;
  readonly container: number;
  readonly workload: number;
  /** Why the instance before ended. */
  readonly cause: number;
}

/** `count` transitions of `kind` (cause-kinds.ts) directly under one cause of a fault or action. */
export interface EffectCount {
  readonly cause: number;
  readonly kind: number;
  readonly count: number;
}

export interface Violation {
  readonly invariant: string;
  readonly time: VirtualTime;
  readonly message: string;
  /** What went on as the rule broke; 0 of what is looked at once, at the end. */
  readonly cause: number;
}

/** What the control plane knows at the end. */
export interface ControlResult {
  readonly pods: readonly PodSummary[];
  readonly rollouts: readonly RolloutRecord[];
  readonly availability: AvailabilityResult;
  readonly faults: readonly FaultRecord[];
  readonly actions: readonly {
    readonly at: VirtualTime;
    readonly text: string;
    readonly cause: number;
    /** Of those that may end in more than one way. */
    readonly outcome?: ActionOutcome;
  }[];
  /** What could not settle before t = 0. */
  readonly unsettled: readonly string[];
  /** Deployments with desired, updated, ready and available replicas at the horizon. */
  readonly deployments: readonly {
    readonly label: string;
    readonly desired: number;
    readonly updated: number;
    readonly ready: number;
    readonly available: number;
  }[];
}

export interface PodSummary {
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  readonly workload: number;
  readonly node: number;
  readonly phase: number;
  readonly restarts: number;
  readonly isReady: boolean;
  readonly isDeleting: boolean;
  /** Gone from the API before the horizon. */
  readonly isGone: boolean;
}

export interface RolloutRecord {
  readonly workload: number;
  readonly from: VirtualTime;
  /** -1: still going on at the horizon. */
  readonly until: VirtualTime;
  readonly ending: RolloutEnding;
  readonly cause: number;
}

export interface FaultRecord {
  readonly name: string;
  readonly type: string;
  readonly from: VirtualTime;
  /** Horizon at the latest. */
  readonly until: VirtualTime;
  readonly cause: number;
  readonly targets: readonly string[];
  /** Why, if nothing came of it. */
  readonly withoutEffect: string;
}

export interface SometimesResult {
  readonly name: string;
  /** The first instant at which all that it speaks of went on; null: there was none. */
  readonly at: VirtualTime | null;
  /** What must hold besides when the run is over. */
  readonly threshold?: ThresholdSpec;
}

/** The whole run, merged over shards; everything in it is the same for any number of shards. */
export interface RunResult {
  readonly name: string;
  readonly seed: number;
  readonly specDigest: string;
  readonly version: string;
  readonly kubernetesVersion: string;
  readonly duration: Duration;
  /** End of the run: the horizon, or earlier when it was interrupted. */
  readonly end: VirtualTime;
  readonly isPartial: boolean;
  /** A threshold (index in the scenario's) that was broken and so ended the run; left out: none did. */
  readonly aborted?: { readonly threshold: number; readonly at: VirtualTime };
  readonly warmup: Duration;
  readonly fingerprint: string;
  readonly events: number;
  readonly metrics: RecorderSnapshot;
  readonly causes: readonly CauseRow[];
  readonly losses: readonly LossCount[];
  readonly restarts: readonly RestartRecord[];
  readonly effects: readonly EffectCount[];
  readonly violations: readonly Violation[];
  /** What the scenario wants to be reached; left out: nothing. */
  readonly sometimes?: readonly SometimesResult[];
  readonly control: ControlResult;
  /** Labels by number: workloads (`default/web`), loads, nodes, Services, texts of cause kinds. */
  readonly names: ResultNames;
  /** Honesty: what was assumed, ignored, changed. */
  readonly notes: ResultNotes;
}

export interface ResultNames {
  readonly workloads: readonly string[];
  readonly loads: readonly { readonly name: string; readonly service: string; readonly executor: string; readonly rate: number }[];
  readonly nodes: readonly string[];
}

export interface ResultNotes {
  readonly notModelled: readonly string[];
  readonly noEffect: readonly { readonly field: string; readonly count: number }[];
  readonly settingsChanged: readonly { readonly name: string; readonly value: number; readonly default: number }[];
  /** Fields of behaviours that nobody gave, the weightiest first: "deployment web", "serviceTime log-normal median 20ms …". */
  readonly assumptions: readonly Assumption[];
  /** Known deviations from Kubernetes that touch this run. */
  readonly deviations: readonly string[];
}

export interface Assumption {
  /** Whose application. */
  readonly of: string;
  readonly what: string;
}
