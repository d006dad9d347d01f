/** A finished run again, on one shard, up to an instant: what the API server held then. */
import { buildShard } from "../engine/cluster.ts";
import { combinedFingerprint } from "../engine/kernel/fingerprint.ts";
import type { VirtualTime } from "../engine/kernel/time.ts";
import type { ApiSnapshot } from "../engine/kubernetes/views/api-object.ts";
import type { RunResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { AbortWatch, abortTask } from "./abort-watch.ts";
import { mergeShards } from "./merge.ts";
import { modelFacts } from "./model.ts";
import { runResult } from "./run-result.ts";

export interface Repetition {
  readonly snapshot: ApiSnapshot;
  /** Of the whole run, if it was repeated to its end. */
  readonly fingerprint: string;
}

/** The whole result once more, as it was at its end. */
export function resultUpTo(spec: ScenarioSpec, end: VirtualTime, specDigest: string): RunResult {
  const { shardOf } = modelFacts({ type: "cluster", spec }, 1);
  const shard = buildShard(spec, { shard: 0, shardOf, outbox: null, broadcast: null });
  shard.simulator.runUntil(end);
  const merged = mergeShards([shard.finish(end)]);
  const fingerprint = combinedFingerprint(merged.fingerprints);
  return runResult(spec, merged, { specDigest, fingerprint, end, isPartial: end < spec.duration, mode: "virtual" });
}

/** `end`: where the run ended; what happens there is no part of it. */
export function repeatRun(spec: ScenarioSpec, at: VirtualTime, end: VirtualTime): Repetition {
  const { shardOf } = modelFacts({ type: "cluster", spec }, 1);
  const shard = buildShard(spec, { shard: 0, shardOf, outbox: null, broadcast: null, events: true });
  // Conditions are looked at on the way, as the run's own workers did.
  const task = abortTask([], spec.conditions ?? [], spec.warmup, 1);
  const watch = task === null ? null : new AbortWatch(task, 0, 1);
  const runTo = (bound: VirtualTime): void => {
    while (watch !== null && watch.next < bound) {
      shard.simulator.runUntil(watch.next);
      watch.contribute(shard);
      watch.broken(shard);
    }
    shard.simulator.runUntil(bound);
  };
  runTo(at);
  const snapshot = shard.snapshot(at);
  if (at < end) runTo(end);
  return { snapshot, fingerprint: combinedFingerprint(mergeShards([shard.finish(end)]).fingerprints) };
}
