/** A trace's case in the model: one run per seed, each written down as a trace (trace-log.ts). */
import { buildShard } from "../cluster.ts";
import { assert } from "../kernel/assert.ts";
import type { VirtualTime } from "../kernel/time.ts";
import { newestVersions, versionsOf } from "../kubernetes/versions.ts";
import { lpLayout } from "../lp-layout.ts";
import type { ScenarioSpec } from "../scenario-spec.ts";
import { TraceLog } from "./trace-log.ts";
import type { TraceEntry } from "./trace.ts";

/** What the model needs to play a trace's case. */
export interface TraceCase {
  readonly spec: ScenarioSpec;
  /** When the trace's time begins: the cluster has been up for long then. */
  readonly origin: VirtualTime;
}

/** What a watching client would have seen of this seed's run, in order of time. */
export function replay({ spec, origin }: TraceCase, seed: number): TraceEntry[] {
  const { count } = lpLayout(spec.load.length, spec.nodes.length);
  const shard = buildShard({ ...spec, seed }, { shard: 0, shardOf: new Uint8Array(count), outbox: null, broadcast: null, events: true });
  const { control, events, simulator } = shard;
  assert(control !== null && events !== null, "a run on one shard has a control plane and its Events");
  const log = new TraceLog(control.store, versionsOf(spec.kubernetesVersion) ?? newestVersions, origin);
  control.apiServer.listen((change, now) => log.changed(change, now));
  events.listener = (record) => log.recorded(record);
  simulator.runUntil(spec.duration);
  events.list(spec.duration);
  const end = (spec.duration - origin) / 1000;
  return log.entries.filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs);
}
