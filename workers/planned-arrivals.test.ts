/** Requests of steady endpoints are let in many at once (engine/traffic/arrival-plan.ts): but for how many events that takes, nothing is different. */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { buildShard } from "../engine/cluster.ts";
import type { ShardResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
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

  test("are no events", () => {
    expect(saved).toBeGreaterThan(500);
  });
});
