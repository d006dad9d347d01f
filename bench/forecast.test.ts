/** The forecast of rollouts and of a run's size, held against the model itself. */
import { describe, expect, test } from "vitest";
import { buildShard } from "../engine/cluster.ts";
import { forecastRollouts, forecastSize } from "../engine/forecast.ts";
import { SECOND } from "../engine/kernel/time.ts";
import { lpLayout } from "../engine/lp-layout.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { defaultSettings } from "../engine/settings.ts";
import { ROLLOUT_AT, clusterSpec, rolloutSpec } from "./cluster-spec.ts";

const patient = { ...rolloutSpec(300, 120 * SECOND), settings: defaultSettings, settingsChanged: [] };

/** Virtual time from the new images to the last complete Deployment, in steps of a second; and the events until the end. */
function rollOver(spec: ScenarioSpec): { readonly lasted: number; readonly events: number } {
  const layout = lpLayout(spec.load.length, spec.nodes.length);
  const host = buildShard(spec, { shard: 0, shardOf: new Uint8Array(layout.count), outbox: null, broadcast: null });
  let now = ROLLOUT_AT + SECOND;
  for (; now < spec.duration; now += SECOND) {
    host.simulator.runUntil(now);
    if (host.control!.deployments().every(({ desired, updated, available }) => updated === desired && available === desired)) break;
  }
  host.simulator.runUntil(spec.duration);
  return { lasted: now - ROLLOUT_AT, events: host.simulator.events };
}

describe("a rollout of all workloads", () => {
  test("lasts as long as upstream's client limits let it", () => {
    const [forecast, ...others] = forecastRollouts(patient);
    expect(others).toEqual([]);
    expect(forecast).toMatchObject({ kind: "Deployment", workloads: 3, creations: 300, deletions: 300, limit: "kcmQps" });
    // (2 × 300 − 30) / 20 and (4 × 300 − 30) / 20.
    expect([forecast!.least, forecast!.most]).toEqual([28.5 * SECOND, 58.5 * SECOND]);
    const { lasted, events } = rollOver(patient);
    expect(lasted).toBeGreaterThan(forecast!.least);
    expect(lasted).toBeLessThan(forecast!.most);
    const { events: foreseen } = forecastSize(patient);
    expect(events / foreseen).toBeGreaterThan(0.5);
    expect(events / foreseen).toBeLessThan(2);
  });

  test("of 150,000 Pods takes more than four and up to more than eight hours", () => {
    const [forecast] = forecastRollouts({ ...rolloutSpec(150_000, 60 * SECOND), settings: defaultSettings });
    expect(forecast!.least / (3600 * SECOND)).toBeCloseTo(4.17, 2);
    expect(forecast!.most / (3600 * SECOND)).toBeCloseTo(8.33, 2);
  });
});

describe("what is foreseen", () => {
  const settled = clusterSpec({ pods: 40, podsPerNode: 20, replicas: 20, duration: 100 * SECOND, seed: 1, ratePerService: 0 });
  const scale = (replicas: number): ScenarioSpec => ({
    ...settled,
    actions: [{ type: "scale", at: 5 * SECOND, kind: "Deployment", namespace: "default", name: "app-0", replicas }],
  });

  test.each([
    ["a settled start creates nothing", settled, []],
    ["an empty one creates all", { ...settled, start: "empty" } as const, [{ at: 0, workloads: 2, creations: 40, deletions: 0 }]],
    ["scaling up creates the difference", scale(30), [{ at: 5 * SECOND, workloads: 1, creations: 10, deletions: 0 }]],
    ["scaling down deletes it", scale(5), [{ at: 5 * SECOND, workloads: 1, creations: 0, deletions: 15 }]],
    ["scaling to the same size does nothing", scale(20), []],
    [
      "applying the same objects again does nothing",
      { ...settled, actions: [{ type: "apply", at: 1, objects: settled.objects }] } as ScenarioSpec,
      [],
    ],
  ] as const)("%s", (_, spec, expected) => {
    const rows = forecastRollouts(spec).map(({ at, workloads, creations, deletions }) => ({ at, workloads, creations, deletions }));
    expect(rows).toEqual(expected);
  });

  test("two probes every ten seconds are a fifth of an event a second", () => {
    const { pods, events } = forecastSize(settled);
    expect(pods).toBe(40);
    // And ten leases of each of two nodes, three events each.
    expect(events).toBeCloseTo(40 * 0.2 * 100 + 2 * 10 * 3, 6);
  });
});
