/** A trace's case in the model: one run per seed, each written down as a trace (trace-log.ts). */
import type { ActionSpec } from "../actions/action.ts";
import { buildShard, type ClusterShard } from "../cluster.ts";
import { assert } from "../kernel/assert.ts";
import { streamKey, uniform } from "../kernel/random.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";
import { newestVersions, versionsOf } from "../kubernetes/versions.ts";
import type { TokenBucket } from "../kubernetes/api-server/client.ts";
import { lpLayout } from "../lp-layout.ts";
import type { ScenarioSpec } from "../scenario-spec.ts";
import type { ClientDebt } from "./client-debt.ts";
import { othersRequests } from "./others-requests.ts";
import { TraceLog } from "./trace-log.ts";
import type { TraceEntry } from "./trace.ts";

/** What the model needs to play a trace's case. */
export interface TraceCase {
  readonly spec: ScenarioSpec;
  /** When the trace's time begins: the cluster has been up for long then. */
  readonly origin: VirtualTime;
  /** What is unknown of the cluster that was recorded, drawn anew for each seed; left out: nothing. */
  readonly unknown?: RigUnknowns;
}

/** What a recording doesn't tell of its cluster. */
export interface RigUnknowns {
  /** What one relist of a kubelet takes, between these. */
  readonly relistCost: readonly [least: Duration, most: Duration];
  /** Other cases went on in the cluster: this node, which has no part in the case, became schedulable again about so often. */
  readonly otherCases: { readonly node: string; readonly every: Duration } | null;
  /** When other cases had used up what a client may send, as far as the recording proves it. */
  readonly debts: readonly ClientDebt[];
}

/** What a watching client would have seen of this seed's run, in order of time. */
export function replay({ spec: known, origin, unknown }: TraceCase, seed: number): TraceEntry[] {
  const spec = unknown === undefined ? known : drawn(known, unknown, origin, seed);
  const { count } = lpLayout(spec.load.length, spec.nodes.length);
  const shard = buildShard({ ...spec, seed }, { shard: 0, shardOf: new Uint8Array(count), outbox: null, broadcast: null, events: true });
  const { control, events, simulator } = shard;
  assert(control !== null && events !== null, "a run on one shard has a control plane and its Events");
  const log = new TraceLog(control.store, versionsOf(spec.kubernetesVersion) ?? newestVersions, origin);
  control.apiServer.listen((change, now) => log.changed(change, now));
  events.listener = (record) => log.recorded(record);
  for (const { at, node, count } of othersRequests(unknown?.debts ?? [], streamKey(seed, "other cases' requests", spec.name))) {
    simulator.runUntil(origin + at);
    take(tokensOf(shard, spec, node), origin + at, count);
  }
  simulator.runUntil(spec.duration);
  events.list(spec.duration);
  const end = (spec.duration - origin) / 1000;
  return log.entries.filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs);
}

function tokensOf({ control, kubelets }: ClusterShard, { nodes }: ScenarioSpec, node: string | null): TokenBucket {
  if (node === null) return control!.controllers.replicaSetClient.tokens;
  const kubelet = kubelets.get(nodes.findIndex(({ name }) => name === node));
  assert(kubelet !== undefined, `a recorded node is the model's: ${node}`);
  return kubelet.tokens;
}

/** `count` null: all that are there. */
function take(tokens: TokenBucket, now: VirtualTime, count: number | null): void {
  if (count === null) while (tokens.tryTake(now));
  else for (let left = count; left > 0; left--) tokens.reserve(now);
}

function drawn(
  spec: ScenarioSpec,
  { relistCost: [least, most], otherCases }: RigUnknowns,
  origin: VirtualTime,
  seed: number,
): ScenarioSpec {
  const key = streamKey(seed, "recorded cluster", spec.name);
  const plegRelistCost = least + Math.round((most - least) * uniform(key.hi, key.lo, 0));
  const settings = { ...spec.settings, plegRelistCost };
  if (otherCases === null) return { ...spec, settings };
  const { node, every } = otherCases;
  const wakes: ActionSpec[] = [];
  for (let at = origin, index = 1; at < spec.duration; index++) {
    at += 1 + Math.round(2 * every * uniform(key.hi, key.lo, index));
    wakes.push({ type: "cordon", at: at - 1, node, unschedulable: true }, { type: "cordon", at, node, unschedulable: false });
  }
  return { ...spec, settings, actions: [...spec.actions, ...wakes].sort((a, b) => a.at - b.at) };
}
