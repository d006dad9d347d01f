/** How many shards a run gets, and what it says about it. */
import { describe, expect, it } from "vitest";
import { controlWeight, lookaheadOf, nodeWeights, planRun, predictedEventsPerSecond } from "./plan.ts";
import { deployment, load, nodes, spec } from "./testdata/specs.ts";

describe("the lookahead", () => {
  it.each([
    ["control plane only", spec({}), 1000],
    ["split load", spec({ load: [load("poisson-arrival-rate", 100)] }), 1000],
    ["load by messages", spec({ load: [load("constant-arrival-rate", 100)] }), 250],
    ["split load with retries", spec({ load: [load("poisson-arrival-rate", 100, 1)] }), 250],
    ["slow network", spec({ load: [load("constant-arrival-rate", 100)] }, { networkLatencyFloor: 5000 }), 1000],
    ["short watch", spec({}, { watchLatencyFloor: 300 }), 300],
    ["no floor at all means 1 µs", spec({}, { apiWriteLatencyFloor: 0 }), 1],
    ["half of an odd floor", spec({}, { apiWriteLatencyFloor: 1501 }), 750],
  ])("of %s is the least floor between shards", (_, scenario, expected) => {
    expect(lookaheadOf(scenario)).toBe(expected);
  });
});

describe("predicted events", () => {
  it("count the two probes that last, requests and heartbeats", () => {
    const scenario = spec({ objects: [deployment(100)], load: [load("poisson-arrival-rate", 500)] });
    // 100 Pods × 2 probes / 10 s + 500 requests/s + 10 nodes × 1 heartbeat / 10 s × 3 events
    expect(predictedEventsPerSecond(scenario)).toBeCloseTo(20 + 500 + 3);
    expect(controlWeight(scenario)).toBeCloseTo(1);
  });

  it("follow the CPU of the nodes", () => {
    const [small, large] = [nodes(1)[0]!, { ...nodes(1)[0]!, cpu: 24_000 }];
    const weights = nodeWeights(spec({ nodes: [small, large], load: [load("poisson-arrival-rate", 400)] }));
    expect(weights[0]).toBeCloseTo(100 + 0.2);
    expect(weights[1]).toBeCloseTo(300 + 0.2);
  });
});

describe("the plan", () => {
  const large = spec({ load: [load("poisson-arrival-rate", 200_000)] });

  it.each([
    ["a small scenario stays on one shard", spec({}), "auto", 8, 1],
    ["a large one takes the cores", large, "auto", 8, 8],
    ["but never more than cores", large, "auto", 1, 1],
    ["nor more than nodes", large, "auto", 64, 10],
    ["half a million Pods at 1 ms are where it begins to pay", spec({ nodes: nodes(100), objects: [deployment(500_000)] }), "auto", 2, 2],
    ["a given number is taken, also on fewer cores", spec({}), 4, 1, 4],
    ["a given number is capped by the nodes", spec({ nodes: nodes(3) }), 4, 8, 3],
    ["a given number is capped at 64", spec({ nodes: nodes(100) }), 100, 8, 64],
    ["without nodes there is still a control plane", spec({ nodes: [] }), 4, 8, 1],
  ] as const)("%s", (_, scenario, workers, cores, shards) => {
    expect(planRun(scenario, { workers, cores }).shards).toBe(shards);
  });

  it("says what it chose and why", () => {
    expect(planRun(spec({}), { workers: "auto", cores: 8 }).reason).toBe(
      "1 shard: a window of 1ms holds about 0.0030 events, 0.00030µs of work; more shards pay from 10µs on",
    );
    expect(planRun(large, { workers: "auto", cores: 8 }).reason).toBe(
      "8 shards on 8 cores: a window of 1ms holds about 200 events, 20µs of work",
    );
    expect(planRun(spec({}), { workers: 2, cores: 1 }).reason).toBe("2 shards, as asked");
    expect(planRun(spec({ nodes: nodes(3) }), { workers: 4, cores: 8 }).reason).toBe("3 shards instead of 4: one for each of 3 nodes");
  });
});
