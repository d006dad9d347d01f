/** Requests of steady endpoints are let in many at once (engine/traffic/arrival-plan.ts): but for how many events that takes, nothing is different. */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { buildShard } from "../engine/cluster.ts";
import { SECOND } from "../engine/kernel/time.ts";
import type { ShardResult } from "../engine/result.ts";
import type { ScenarioSpec, ThresholdSpec } from "../engine/scenario-spec.ts";
import { cellsOf } from "../engine/threshold.ts";
import { selfSource } from "../scenarios/fuzz/case-source.ts";
import { readCase } from "../scenarios/fuzz/fuzz-case.ts";
import { modelFacts } from "./model.ts";

const source = selfSource();

function runOf(spec: ScenarioSpec, neverPlans: boolean): ShardResult {
  const { shardOf } = modelFacts({ type: "cluster", spec }, 1);
  const host = buildShard(spec, { shard: 0, shardOf, outbox: null, broadcast: null, neverPlans });
  host.simulator.runUntil(spec.duration);
  return host.finish(spec.duration);
}

/** What those see who look every second. */
function looksAt(spec: ScenarioSpec, neverPlans: boolean): number[][] {
  const { shardOf } = modelFacts({ type: "cluster", spec }, 1);
  const host = buildShard(spec, { shard: 0, shardOf, outbox: null, broadcast: null, neverPlans });
  const seen: number[][] = [];
  for (let now = SECOND; now < spec.duration; now += SECOND) {
    host.simulator.runUntil(now);
    const parts = new Float64Array(cellsOf(watched));
    host.contribute(now, watched, parts);
    seen.push([...parts]);
  }
  return seen;
}

const watched = (["requests_sent", "requests_answered", "request_duration"] as const).map((metric): ThresholdSpec => ({
  metric,
  tags: {},
  text: "",
  aggregate: { type: "count" },
  operator: "<",
  value: 1,
}));

function withoutEvents({ events: _, fingerprints: __, ...rest }: ShardResult): Omit<ShardResult, "events" | "fingerprints"> {
  return rest;
}

describe("arrivals that are planned ahead", () => {
  let saved = 0;

  test.prop([fc.nat(1_000_000)], { numRuns: 25 })("give what single ones give, in any scenario", (seed) => {
    const { spec } = readCase(source.draw(seed, 0, []));
    if (spec === null) return;
    const planned = runOf(spec, false);
    const single = runOf(spec, true);
    saved += single.events - planned.events;
    expect(withoutEvents(planned)).toEqual(withoutEvents(single));
  });

  test.prop([fc.nat(1_000_000)], { numRuns: 8 })("are counted when single ones are, for whoever looks on the way", (seed) => {
    const { spec } = readCase(source.draw(seed, 0, []));
    if (spec === null || spec.load.length === 0) return;
    const short = { ...spec, duration: Math.min(spec.duration, 60 * SECOND) };
    expect(looksAt(short, false)).toEqual(looksAt(short, true));
  });

  test("are no events", () => {
    expect(saved).toBeGreaterThan(500);
  });
});
