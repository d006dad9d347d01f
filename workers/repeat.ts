/** A finished run again, on one shard, up to an instant: what the API server held then. */
import { buildShard } from "../engine/cluster.ts";
import { combinedFingerprint } from "../engine/kernel/fingerprint.ts";
import type { VirtualTime } from "../engine/kernel/time.ts";
import type { ApiSnapshot } from "../engine/kubernetes/views/api-object.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { mergeShards } from "./merge.ts";
import { modelFacts } from "./model.ts";

export interface Repetition {
  readonly snapshot: ApiSnapshot;
  /** Of the whole run, if it was repeated to its end. */
  readonly fingerprint: string;
}

/** `end`: where the run ended; what happens there is no part of it. */
export function repeatRun(spec: ScenarioSpec, at: VirtualTime, end: VirtualTime): Repetition {
  const { shardOf } = modelFacts({ type: "cluster", spec }, 1);
  const shard = buildShard(spec, { shard: 0, shardOf, outbox: null, broadcast: null, events: true });
  shard.simulator.runUntil(at);
  const snapshot = shard.snapshot(at);
  if (at < end) shard.simulator.runUntil(end);
  return { snapshot, fingerprint: combinedFingerprint(mergeShards([shard.finish(end)]).fingerprints) };
}
