/**
 * ScenarioSpec: one run, parsed, defaulted, frozen and structured-cloneable. It carries all defaults, so
 * the engine contains none. Durations in µs, rates per second, CPU in millicores, memory in bytes.
 */
import type { ApplicationBehaviour } from "./application/application.ts";
import type { ActionSpec } from "./actions/action.ts";
import type { FaultSpec } from "./chaos/fault.ts";
import type { KubernetesObject } from "./kubernetes/objects/index.ts";
import type { NodeTemplate } from "./kubernetes/objects/node.ts";
import type { GivenNodes } from "./kubernetes/scheduler/given-placement.ts";
import type { ProxyMode } from "./kubernetes/network/service-route.ts";
import type { LoadSpec } from "./traffic/load-model.ts";
import type { Settings } from "./settings.ts";
import type { Duration, VirtualTime } from "./kernel/time.ts";

export interface ScenarioSpec {
  readonly name: string;
  /** "1.20" … "1.36" */
  readonly kubernetesVersion: string;
  readonly seed: number;
  readonly duration: Duration;
  readonly warmup: Duration;
  readonly start: "settled" | "empty";
  /** Attempts that nothing can come of are skipped (kubelet/elided-probes.ts); absent: each is run. */
  readonly probes?: "elided";
  readonly settings: Settings;
  /** Names of settings that the scenario changed, in order. */
  readonly settingsChanged: readonly string[];
  readonly objects: readonly KubernetesObject[];
  readonly nodes: readonly NodeTemplate[];
  /** First match wins; the last one matches everything (the default behaviour). */
  readonly applications: readonly ApplicationRule[];
  readonly load: readonly LoadSpec[];
  /** Absent: iptables. */
  readonly serviceProxy?: ProxyMode;
  readonly actions: readonly ActionSpec[];
  readonly faults: readonly FaultSpec[];
  /** Faults that wait for something to be measured; absent: none. */
  readonly conditions?: readonly FaultCondition[];
  /** Names of the invariants to check. */
  readonly invariants: readonly string[];
  /** Checked by the report. */
  readonly thresholds: readonly ThresholdSpec[];
  /** What has to be reached at least once; absent: nothing. */
  readonly sometimes?: readonly SometimesSpec[];
  /** Nodes chosen beforehand, as a recorded cluster's scheduler chose them; absent: the model's own scheduler. */
  readonly placement?: readonly GivenNodes[];
  /** Sharpened honesty: what was accepted without effect, and which defaults stand in for what nobody said. */
  readonly notes: SpecNotes;
}

/** Looked at on a grid (threshold.ts), from `from` on; once it holds, its faults begin as late as their `at` is behind `from`. */
export interface FaultCondition {
  /** Indexes. */
  readonly faults: readonly number[];
  readonly from: VirtualTime;
  readonly threshold: ThresholdSpec;
}

export interface ApplicationRule {
  readonly selector: WorkloadSelector;
  /** Only containers of this image (exact), or null: any. */
  readonly image: string | null;
  /** Only the container of this name, or null: any. */
  readonly container: string | null;
  readonly behaviour: ApplicationBehaviour;
  /** Fields nobody gave: the report names them with the default's value. */
  readonly defaulted: readonly string[];
}

/** All given fields must match. */
export interface WorkloadSelector {
  readonly namespace?: string;
  readonly deployment?: string;
  readonly replicaSet?: string;
  readonly pod?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly node?: string;
  readonly zone?: string;
}

export interface ThresholdSpec {
  /** `requests_lost`, `probe_duration{role:liveness}` */
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  /** As written: `p(99)<500ms` */
  readonly text: string;
  readonly aggregate:
    | { readonly type: "count" | "rate" | "avg" | "min" | "max" | "med" | "value" }
    | { readonly type: "p"; readonly percentile: number };
  readonly operator: "<" | "<=" | ">" | ">=" | "==" | "!=";
  /** A count, a share 0..1, or µs. */
  readonly value: number;
  /** Broken at or after this instant, it ends the run; absent: it is looked at when the run is over. */
  readonly abortAfter?: VirtualTime;
  /** Broken, it is told and nothing more. */
  readonly isWarning?: true;
}

/** All that it speaks of goes on at one instant. */
export interface SometimesSpec {
  readonly name: string;
  /** Label of the workload that is rolled out, or "any". */
  readonly rollout?: string;
  /** Label of the workload that lacks replicas, or "any". */
  readonly unavailable?: string;
  /** Names or types; each of them is on, and had an effect. */
  readonly faults?: readonly string[];
  /** Looked at when the run is over. */
  readonly threshold?: ThresholdSpec;
}

export interface SpecNotes {
  /** Kinds that are accepted but not modelled yet: "ServiceAccount/frontend". */
  readonly notModelled: readonly string[];
  /** Manifest fields without effect, by path without indexes. */
  readonly noEffect: readonly FieldCount[];
  /** Fields that only live runs carry out: in virtual ones they are without effect, too. */
  readonly liveOnly: readonly FieldCount[];
}

/** A field and how often it occurs. */
export interface FieldCount {
  readonly field: string;
  readonly count: number;
}
