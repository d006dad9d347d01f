/** Where a run spends its events and its time, by kind of logical process and kind of event. */
import type { LpId } from "../engine/kernel/event.ts";
import type { LogicalProcess } from "../engine/kernel/logical-process.ts";
import type { Simulator } from "../engine/kernel/simulator.ts";
import { SECOND, type VirtualTime } from "../engine/kernel/time.ts";
import { lpLayout, type LpLayout } from "../engine/lp-layout.ts";
import { buildModel, modelFacts } from "../workers/model.ts";
import type { Bench, Harness } from "./bench.ts";
import { clusterSpec } from "./cluster-spec.ts";

export const bench: Bench = {
  summary: "events and time by kind of logical process and of event, in a settled cluster under load",
  async run(harness) {
    const pods = harness.isQuick ? 1_000 : 10_000;
    const duration = (harness.isQuick ? 30 : 120) * SECOND;
    const spec = clusterSpec({ pods, podsPerNode: 50, replicas: 100, duration, seed: 1, ratePerService: 100 });
    harness.heading(`${pods.toLocaleString("en")} Pods, 100 requests/s on each of ${spec.load.length} Services, ${duration / SECOND} s`);
    const model = { type: "cluster", spec } as const;
    const { shardOf } = modelFacts(model, 1);
    const host = await buildModel(model, { shard: 0, shardOf, outbox: null, broadcast: null });
    const profile = watchDispatches(host.simulator, lpLayout(spec.load.length, spec.nodes.length));
    const from = performance.now();
    host.simulator.runUntil(duration);
    report(harness, profile, (performance.now() - from) * 1e6, host.simulator.events);
  },
};

/** Milliseconds and events of one kind. */
class Row {
  events = 0;
  ms = 0;
}

type Profile = Map<string, Row>;

/** Puts a stopwatch around every logical process. The simulator offers no such hook, for its hot loop should have none. */
function watchDispatches(simulator: Simulator, layout: LpLayout): Profile {
  const profile: Profile = new Map();
  const { lps } = simulator as unknown as { readonly lps: (LogicalProcess | null)[] };
  for (const [id, lp] of lps.entries()) {
    if (lp !== null)
      lps[id] = new Watched(lp, id, rowOf(profile, `${kindOf(id, layout)}: messages`), rowOf(profile, `${kindOf(id, layout)}: timers`));
  }
  return profile;
}

function rowOf(profile: Profile, name: string): Row {
  const known = profile.get(name);
  if (known !== undefined) return known;
  const row = new Row();
  profile.set(name, row);
  return row;
}

function kindOf(id: LpId, layout: LpLayout): string {
  if (id >= layout.firstNode) return "node";
  if (id >= layout.firstSource) return "traffic source";
  if (id === layout.apiServer) return "API server";
  if (id === layout.scheduler) return "scheduler";
  return id === layout.controllers ? "controllers" : "script";
}

class Watched implements LogicalProcess {
  readonly id: LpId;
  private readonly lp: LogicalProcess;
  private readonly messages: Row;
  private readonly timers: Row;

  constructor(lp: LogicalProcess, id: LpId, messages: Row, timers: Row) {
    this.lp = lp;
    this.id = id;
    this.messages = messages;
    this.timers = timers;
  }

  onMessage(now: VirtualTime, origin: LpId, payload: number): void {
    const from = performance.now();
    this.lp.onMessage(now, origin, payload);
    this.messages.ms += performance.now() - from;
    this.messages.events++;
  }

  onTimer(now: VirtualTime, slot: number, tag: number): void {
    const from = performance.now();
    this.lp.onTimer(now, slot, tag);
    this.timers.ms += performance.now() - from;
    this.timers.events++;
  }
}

function report(harness: Harness, profile: Profile, wholeNs: number, events: number): void {
  const clockNs = clockCost();
  let watchedNs = 0;
  for (const [name, { events: count, ms }] of [...profile].sort(([, a], [, b]) => b.ms - a.ms)) {
    if (count === 0) continue;
    const ns = Math.max(0, ms * 1e6 - count * clockNs);
    watchedNs += ns;
    harness.figure(`${name}, share of events`, "%", (100 * count) / events);
    harness.figure(`${name}, time per event`, "ns", ns / count);
  }
  // What a dispatch costs beside the logical process: queue, rings, ledger. Two looks at the clock are taken out again.
  harness.figure("kernel, time per event", "ns", Math.max(0, wholeNs - watchedNs - 2 * clockNs * events) / events);
  harness.figure("events", "1", events);
}

/** Nanoseconds of one look at the clock. */
function clockCost(): number {
  const looks = 200_000;
  const from = performance.now();
  for (let look = 0; look < looks; look++) performance.now();
  return ((performance.now() - from) * 1e6) / looks;
}
