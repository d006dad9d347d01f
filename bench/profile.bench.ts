/** Where a run spends its events and its time, by kind of logical process and kind of event. */
import type { LpId } from "../engine/kernel/event.ts";
import { SECOND } from "../engine/kernel/time.ts";
import { lpLayout, type LpLayout } from "../engine/lp-layout.ts";
import { buildModel, modelFacts } from "../workers/model.ts";
import type { Bench, Harness } from "./bench.ts";
import { clusterSpec } from "./cluster-spec.ts";
import { clockCost, spentMs, watchDispatches, type Profile } from "./stopwatch.ts";

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
    const layout = lpLayout(spec.load.length, spec.nodes.length);
    const profile = watchDispatches(host.simulator, (id) => kindOf(id, layout));
    const from = performance.now();
    host.simulator.runUntil(duration);
    report(harness, profile, (performance.now() - from) * 1e6, host.simulator.events);
  },
};

function kindOf(id: LpId, layout: LpLayout): string {
  if (id >= layout.firstNode) return "node";
  if (id >= layout.firstSource) return "traffic source";
  if (id === layout.apiServer) return "API server";
  if (id === layout.scheduler) return "scheduler";
  return id === layout.controllers ? "controllers" : "script";
}

function report(harness: Harness, profile: Profile, wholeNs: number, events: number): void {
  const clockNs = clockCost();
  let watchedNs = 0;
  for (const [name, { events: count, ms }] of [...profile].sort(([, a], [, b]) => b.ms - a.ms)) {
    if (count === 0) continue;
    const ns = spentMs({ events: count, ms }, clockNs) * 1e6;
    watchedNs += ns;
    harness.figure(`${name}, share of events`, "%", (100 * count) / events);
    harness.figure(`${name}, time per event`, "ns", ns / count);
  }
  // What a dispatch costs beside the logical process: queue, rings, ledger. Two looks at the clock are taken out again.
  harness.figure("kernel, time per event", "ns", Math.max(0, wholeNs - watchedNs - 2 * clockNs * events) / events);
  harness.figure("events", "1", events);
}
