/** Every policy that splits, on both paths, under a rollout: two samples of the same arrivals, endpoint by endpoint and bucket by bucket. */
import { describe, expect, test } from "vitest";
import type { ApplicationBehaviour } from "../application/application.ts";
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import type { ViewScope } from "../kubernetes/network/endpoint-view.ts";
import type { ServiceRoute } from "../kubernetes/network/service-route.ts";
import { defaultSettings } from "../settings.ts";
import { pathOf } from "./path.ts";
import { runRig, type RigPlan } from "./traffic-rig.ts";
import { anyEndpoint, testLoad, type RigLoad } from "./test-plan.ts";

const NODES = 4;
const BUCKET = 250 * MILLISECOND;
const END = 6 * SECOND;
const BUCKETS = END / BUCKET;
const PODS = 8;
const RUNS = 24;

const scoped = (scope: ViewScope): ServiceRoute => ({ ...anyEndpoint, scope });

const load = (fields: object = {}): RigLoad =>
  testLoad({ executor: "poisson-arrival-rate", rate: 400, until: END, timeout: 2 * SECOND, places: 9, ...fields });

/** Four Pods give way to four others, one by one; those that left vanish. */
function rollout(fields: Partial<RigPlan>, seed: number): RigPlan {
  const writes = [0, 1, 2, 3, 4].map((step) => ({
    at: step * SECOND,
    service: 0,
    pods: [0, 1, 2, 3].map((pod) => (pod < step ? pod + 4 : pod)).sort((a, b) => a - b),
  }));
  return {
    duration: END,
    warmup: 0,
    seed,
    settings: { ...defaultSettings, proxyMinSync: SECOND },
    nodes: NODES,
    zones: [0, 1, 1, 1],
    pods: Array.from({ length: PODS }, (_, pod) => ({ node: pod % NODES })),
    behaviour: { serviceTime: { type: "constant", value: MILLISECOND }, concurrency: 100, queue: 100 } as ApplicationBehaviour,
    loads: [load()],
    writes,
    turns: [0, 1, 2, 3].map((pod) => ({ at: (pod + 1) * SECOND + 100 * MILLISECOND, pod, turn: "vanish" as const })),
    settled: true,
    shards: 1,
    ...fields,
  };
}

function sample(fields: Partial<RigPlan>, neverSplits: boolean): Float64Array {
  const counts = new Float64Array(PODS * BUCKETS);
  for (let seed = 1; seed <= RUNS; seed++)
    runRig({
      ...rollout(fields, seed),
      neverSplits,
      onArrival: (pod, now) => counts[pod * BUCKETS + Math.min(BUCKETS - 1, Math.floor(now / BUCKET))]!++,
    });
  return counts;
}

/** How many standard deviations the samples lie apart: Σ (a - b)² ÷ (a + b) has as many degrees of freedom as cells. */
function apart(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  let cells = 0;
  a.forEach((count, cell) => {
    const both = count + b[cell]!;
    if (both < 10) return;
    sum += (count - b[cell]!) ** 2 / both;
    cells++;
  });
  expect(cells).toBeGreaterThan(60);
  return (sum - cells) / Math.sqrt(2 * cells);
}

const ramp = {
  points: [
    { at: 0, rate: 100 },
    { at: 3 * SECOND, rate: 400 },
    { at: 3 * SECOND, rate: 200 },
  ],
  period: null,
};
const retries = { max: 2, backoff: 50 * MILLISECOND };

const policies: [string, Partial<RigPlan> & { readonly routes: readonly ServiceRoute[] }][] = [
  ["random", { routes: [anyEndpoint] }],
  ["zone-aware", { routes: [scoped({ by: "zone", isLocal: false, prefersOwn: true })] }],
  ["names, resolved now and then", { routes: [scoped({ by: "dns", isLocal: false })], settings: { ...defaultSettings, dnsTtl: SECOND } }],
  ["a registry with a lag", { routes: [scoped({ by: "registry", isLocal: false, refresh: 700 * MILLISECOND, lag: 400 * MILLISECOND })] }],
  ["random at a rate that varies", { routes: [anyEndpoint], loads: [load({ executor: "ramping-arrival-rate", plan: ramp })] }],
  ["random with retries", { routes: [anyEndpoint], loads: [load({ retries })] }],
  ["random with retries on a budget", { routes: [anyEndpoint], loads: [load({ retries: { ...retries, jitter: "full", budget: 0.1 } })] }],
];

describe("under a rollout, arrivals split at the endpoints are those sent as messages", () => {
  test.each(policies)("%s", (_, fields) => {
    expect(pathOf(fields.loads?.[0] ?? load(), fields.routes[0]!).kind).toBe("split");
    expect(Math.abs(apart(sample(fields, false), sample(fields, true)))).toBeLessThan(4);
  });

  test("and the comparison would see another policy, and a rate of 10 % more", () => {
    const [random, zones] = policies.map(([, fields]) => fields);
    expect(apart(sample(random!, false), sample(zones!, true))).toBeGreaterThan(4);
    expect(apart(sample(random!, false), sample({ ...random!, loads: [load({ rate: 440 })] }, true))).toBeGreaterThan(4);
  });
});

test("each load's path is said with its reason", () => {
  const paths: [Record<string, unknown>, Partial<ServiceRoute>, string][] = [
    [{}, {}, "split: a Poisson stream chosen for at random"],
    [{ executor: "ramping-arrival-rate" }, {}, "split: a Poisson stream chosen for at random"],
    [{ executor: "constant-arrival-rate" }, {}, "messages: evenly spaced requests are no Poisson stream"],
    [{}, { affinity: 1 }, "messages: session affinity remembers earlier choices"],
    [{}, { pick: "rr" }, "messages: a choice by rr depends on earlier ones"],
    [{}, { hasHealthChecks: true }, "messages: the load balancer asks nodes for their health"],
    [{}, { pick: "lc" }, "conversations: least connections counts what is unanswered"],
    [{ hedging: { after: 1, max: 1 } }, {}, "conversations: the first of several answers wins"],
    [{ connections: {} }, {}, "conversations: connections outlive requests"],
    [{ executor: "constant-vus" }, {}, "conversations: a user waits for its answer"],
    [{ executor: "ramping-vus" }, {}, "conversations: a user waits for its answer"],
  ];
  for (const [fields, route, expected] of paths) {
    const { because, kind } = pathOf(load(fields), { ...anyEndpoint, ...route });
    expect(`${kind}: ${because}`).toBe(expected);
  }
});

describe("a retry budget", () => {
  test("ends the amplification that retries have without one, on both paths", () => {
    // Everything fails: of 400 requests a second each would be sent three times.
    const turns = Array.from({ length: PODS }, (_, pod) => ({ at: 1, pod, turn: "stopListening" as const }));
    for (const neverSplits of [false, true]) {
      const repeated = (budget: Record<string, unknown>): number => {
        const { metrics, totals } = runRig({
          ...rollout({ turns, loads: [load({ retries: { ...retries, ...budget } })] }, 1),
          neverSplits,
        });
        expect(totals[0]!.answered + totals[0]!.lost + totals[0]!.inFlight).toBe(totals[0]!.sent);
        return metrics[0]!.counters["attempts_repeated{load=load}"]! / totals[0]!.sent;
      };
      expect(repeated({})).toBeGreaterThan(1.9);
      // A tenth of the rate, and ten seconds' worth of it that was saved up before.
      expect(repeated({ budget: 0.1 })).toBeLessThan(0.1 * (1 + 10 / 6) + 0.01);
      expect(repeated({ budget: 0.1 })).toBeGreaterThan(0.2);
    }
  });
});
