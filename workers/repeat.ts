/** A finished run again, on one shard, up to an instant: what the API server held then. */
import { buildShard } from "../engine/cluster.ts";
import { combinedFingerprint } from "../engine/kernel/fingerprint.ts";
import type { VirtualTime } from "../engine/kernel/time.ts";
import type { ApiSnapshot } from "../engine/kubernetes/views/api-object.ts";
import type { RunResult } from "../engine/result.ts";
import type { ScenarioSpec, ThresholdSpec } from "../engine/scenario-spec.ts";
import { AbortWatch, abortTask, abortingThresholds } from "./abort-watch.ts";
import { mergeShards } from "./merge.ts";
import { modelFacts } from "./model.ts";
import { runResult } from "./run-result.ts";

export interface Repetition {
  readonly snapshot: ApiSnapshot;
  /** Of the whole run, if it was repeated to its end. */
  readonly fingerprint: string;
}

type Shard = ReturnType<typeof buildShard>;

/** The whole result once more, as it was at its end. */
export function resultUpTo(spec: ScenarioSpec, end: VirtualTime, specDigest: string): RunResult {
  const shard = soleShard(spec, false);
  // What thresholds look at is measured on the way, as in the run: elided probes are drawn look by look.
  const broken = abortingThresholds(spec.thresholds)[looking(shard, spec, spec.thresholds)(end)];
  const aborted = broken === undefined ? null : { threshold: spec.thresholds.indexOf(broken), at: end };
  const merged = mergeShards([shard.finish(end)]);
  const fingerprint = combinedFingerprint(merged.fingerprints);
  const isPartial = end < spec.duration && aborted === null;
  return runResult(spec, merged, { specDigest, fingerprint, end, isPartial, aborted, mode: "virtual" });
}

/** `end`: where the run ended; what happens there is no part of it. */
export function repeatRun(spec: ScenarioSpec, at: VirtualTime, end: VirtualTime): Repetition {
  const shard = soleShard(spec, true);
  const runTo = looking(shard, spec, []);
  runTo(at);
  const snapshot = shard.snapshot(at);
  if (at < end) runTo(end);
  return { snapshot, fingerprint: combinedFingerprint(mergeShards([shard.finish(end)]).fingerprints) };
}

function soleShard(spec: ScenarioSpec, events: boolean): Shard {
  const { shardOf } = modelFacts({ type: "cluster", spec }, 1);
  return buildShard(spec, { shard: 0, shardOf, outbox: null, broadcast: null, ...(events ? { events } : {}) });
}

/**
 * Runs a shard up to an instant, again and again. Conditions and these thresholds are looked at on the way, as the run's
 * own workers did, at the instant itself included: a threshold that ended the run was looked at there. Returns its place
 * among those that end runs; -1: none has.
 */
function looking(shard: Shard, spec: ScenarioSpec, thresholds: readonly ThresholdSpec[]): (bound: VirtualTime) => number {
  const task = abortTask(thresholds, spec.conditions ?? [], spec.warmup, 1);
  const watch = task === null ? null : new AbortWatch(task, 0, 1);
  return (bound) => {
    let broken = -1;
    while (watch !== null && broken === -1 && watch.next <= bound) {
      shard.simulator.runUntil(watch.next);
      watch.contribute(shard);
      broken = watch.broken(shard);
    }
    shard.simulator.runUntil(bound);
    return broken;
  };
}
