/** One run of a scenario, on as many shards as pay: the one function the outside calls. */
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { combinedFingerprint } from "../engine/kernel/fingerprint.ts";
import { SECOND } from "../engine/kernel/time.ts";
import type { RunResult, ShardResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { abortingThresholds } from "./abort-watch.ts";
import { runModel, type ModelRun, type Progress } from "./coordinator.ts";
import { checkDeterminism, type Determinism } from "./determinism.ts";
import { mergeShards } from "./merge.ts";
import type { Model } from "./model.ts";
import { planRun } from "./plan.ts";
import type { ShardPool } from "./pool.ts";
import { runResult } from "./run-result.ts";

export interface RunOptions {
  readonly workers: number | "auto";
  /** The machine's, unless given. */
  readonly cores?: number;
  /** Ends the run early: the result is marked as partial. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Runs twice over different numbers of shards and compares. */
  readonly checkDeterminism?: boolean;
}

/** What depends on the wall clock or the machine. */
export interface RunFacts {
  readonly wallSeconds: number;
  readonly shards: number;
  /** Why so many. */
  readonly why: string;
  readonly eventsPerSecond: number;
  readonly virtualSecondsPerSecond: number;
  readonly peakMemoryBytes: number;
  /** Share of the wall time spent waiting for other shards, per shard. */
  readonly waitingShare: readonly number[];
}

export interface Run {
  readonly result: RunResult;
  readonly run: RunFacts;
  /** Null: nobody asked. */
  readonly determinism: Determinism | null;
}

export async function run(spec: ScenarioSpec, options: RunOptions): Promise<Run> {
  const cores = options.cores ?? availableParallelism();
  const plan = planRun(spec, { workers: options.workers, cores });
  const model: Model = { type: "cluster", spec };
  const { signal, onProgress } = options;
  const from = performance.now();
  const modelRun = await runModel(model, {
    shards: plan.shards,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const result = resultOf(spec, modelRun);
  const facts = factsOf(modelRun, (performance.now() - from) / 1000, plan.shards, plan.reason);
  const isWorthChecking = options.checkDeterminism === true && !modelRun.isPartial;
  return {
    result,
    run: facts,
    determinism: isWorthChecking ? await checkDeterminism(model, [plan.shards, otherShards(plan.shards)]) : null,
  };
}

/** The same result without threads: shards take turns on this one. For many small runs, as fuzzing makes them. */
export async function runHere(spec: ScenarioSpec, shards: number): Promise<RunResult> {
  return resultOf(spec, await runModel({ type: "cluster", spec }, { shards, threads: 0 }));
}

/** On one thread of a pool that other runs share: for many runs side by side. */
export async function runOn(pool: ShardPool, spec: ScenarioSpec, signal?: AbortSignal): Promise<RunResult> {
  const options = { shards: 1, threads: 1, pool, ...(signal === undefined ? {} : { signal }) };
  return resultOf(spec, await runModel({ type: "cluster", spec }, options));
}

function resultOf(spec: ScenarioSpec, modelRun: ModelRun): RunResult {
  const merged = mergeShards(modelRun.results as readonly ShardResult[]);
  const { end, isPartial, brokenThreshold } = modelRun;
  const broken = abortingThresholds(spec.thresholds)[brokenThreshold];
  return runResult(spec, merged, {
    specDigest: digestOf(spec),
    fingerprint: combinedFingerprint(merged.fingerprints),
    end,
    isPartial,
    aborted: broken === undefined ? null : { threshold: spec.thresholds.indexOf(broken), at: end },
    mode: "virtual",
  });
}

function factsOf(modelRun: ModelRun, wallSeconds: number, shards: number, why: string): RunFacts {
  return {
    wallSeconds,
    shards,
    why,
    eventsPerSecond: Math.round(modelRun.events / Math.max(modelRun.wallSeconds, 1e-6)),
    virtualSecondsPerSecond: modelRun.end / SECOND / Math.max(modelRun.wallSeconds, 1e-6),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    waitingShare: modelRun.waitingShares,
  };
}

/** Any other number does; two are the fewest that exchange messages. */
function otherShards(shards: number): number {
  return shards === 2 ? 1 : 2;
}

/** 16 hexadecimal digits that follow from all that the scenario says. */
export function digestOf(spec: ScenarioSpec): string {
  // JSON has no word for "for ever".
  const text = JSON.stringify(spec, (_, value: unknown) => (value === Infinity ? "Infinity" : value));
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
