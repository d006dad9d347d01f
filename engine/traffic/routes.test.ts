/** Each way to choose endpoints: split at the endpoints it is the same as request by request, and both follow the rule. */
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { ApplicationBehaviour } from "../application/application.ts";
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import { CLUSTER_SCOPE, type ViewScope } from "../kubernetes/network/endpoint-view.ts";
import type { ServiceRoute } from "../kubernetes/network/service-route.ts";
import type { LoadSpec } from "./load-model.ts";
import { defaultSettings } from "../settings.ts";
import { outcomeNames } from "./outcome.ts";
import { runRig, type RigPlan, type RigResult } from "./traffic-rig.ts";
import { anyEndpoint, testLoad, type RigLoad } from "./test-plan.ts";

const behaviour = { serviceTime: { type: "constant", value: 5 * MILLISECOND }, concurrency: 100_000, queue: 8 } as ApplicationBehaviour;
const byZone: ViewScope = { by: "zone", isLocal: false };
const byNode: ViewScope = { by: "node", isLocal: false };
const local: ViewScope = { by: "node", isLocal: true };
const byName: ViewScope = { by: "dns", isLocal: false };

const load = (fields: object = {}): RigLoad => testLoad({ executor: "poisson-arrival-rate", rate: 10_000, places: 8, ...fields });

/** Four nodes in two zones, eight places: two on each node. Pod p is on node p mod 4. */
function plan(route: Partial<ServiceRoute>, fields: Partial<RigPlan> = {}): RigPlan {
  return {
    duration: 6 * SECOND,
    warmup: 0,
    seed: 3,
    settings: { ...defaultSettings, dnsTtl: 2 * SECOND },
    nodes: 4,
    zones: [0, 1, 0, 1],
    pods: Array.from({ length: 12 }, (_, pod) => ({ node: pod % 4 })),
    behaviour,
    loads: [load()],
    routes: [{ ...anyEndpoint, ...route }],
    writes: [{ at: 0, service: 0, pods: [0, 1, 2, 3] }],
    turns: [],
    settled: true,
    shards: 1,
    ...fields,
  };
}

const BUCKET = 250 * MILLISECOND;

function histogramOf(of: RigPlan): number[] {
  const buckets = of.duration / BUCKET;
  const cells = new Array<number>(of.pods.length * buckets).fill(0);
  runRig({ ...of, onArrival: (pod, now) => void cells[pod * buckets + Math.floor(now / BUCKET)]!++ });
  return cells;
}

/** Arrivals by Pod. */
function countsOf(of: RigPlan): number[] {
  const counts = of.pods.map(() => 0);
  runRig({ ...of, onArrival: (pod) => void counts[pod]!++ });
  return counts;
}

/** Two-sample chi-square, in standard deviations above its mean. */
function distance(a: readonly number[], b: readonly number[]): number {
  let statistic = 0;
  let cells = 0;
  a.forEach((count, index) => {
    const other = b[index]!;
    if (count + other < 10) return;
    statistic += (count - other) ** 2 / (count + other);
    cells++;
  });
  return (statistic - cells) / Math.sqrt(2 * cells);
}

function losses({ losses: list }: RigResult): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome, state, count } of list) {
    const name = `${outcomeNames[outcome]!}: ${state}`;
    counts[name] = (counts[name] ?? 0) + count;
  }
  return counts;
}

/** Endpoints come and go on every node, and hints with them. */
const rollout: RigPlan["writes"] = [
  { at: 0, service: 0, pods: [0, 1, 2, 3], hints: [0, 1, 0, 1] },
  { at: 1000 * MILLISECOND, service: 0, pods: [0, 1, 2, 3, 5], hints: [0, 1, 0, 1, 1] },
  { at: 1900 * MILLISECOND, service: 0, pods: [0, 2, 5], hints: [0, 0, 1] },
  { at: 2500 * MILLISECOND, service: 0, pods: [0, 4, 5], fallback: [2], hints: [0, 0, 1] },
  { at: 3600 * MILLISECOND, service: 0, pods: [4, 8], hints: [0, 0] },
  { at: 4700 * MILLISECOND, service: 0, pods: [5], isTerminating: true },
  { at: 5100 * MILLISECOND, service: 0, pods: [1, 4, 6, 9], hints: [1, 0, 0, 1] },
];

describe("splitting is exact", () => {
  test.each<[string, Partial<ServiceRoute>]>([
    ["over all endpoints", {}],
    ["by zone hints", { scope: byZone }],
    ["by node hints", { scope: byNode }],
    ["under policy Local", { scope: local, dropsWithoutLocal: true }],
    ["by names of a headless Service", { scope: byName }],
  ])("%s", (_, route) => {
    const split = histogramOf(plan(route, { writes: rollout }));
    const messages = histogramOf(plan(route, { writes: rollout, neverSplits: true }));
    expect(Math.abs(distance(split, messages))).toBeLessThan(4);
    const lost = (neverSplits: boolean): Record<string, number> => losses(runRig(plan(route, { writes: rollout, neverSplits })));
    const [a, b] = [lost(false), lost(true)];
    expect(Object.keys(a).sort()).toEqual(Object.keys(b).sort());
    for (const name of Object.keys(a)) expect(Math.abs(a[name]! - b[name]!)).toBeLessThan(5 * Math.sqrt(a[name]! + b[name]!) + 5);
  });

  test("and the comparison would see another rule", () => {
    const near = histogramOf(plan({ scope: byZone }, { writes: rollout }));
    expect(distance(near, histogramOf(plan({}, { writes: rollout })))).toBeGreaterThan(20);
  });
});

describe("a place", () => {
  test("under policy Local uses the endpoints of its node alone, however many others have", () => {
    const counts = countsOf(plan({ scope: local }, { writes: [{ at: 0, service: 0, pods: [0, 4, 8, 1, 2, 3].sort((a, b) => a - b) }] }));
    const shares = counts.map((count) => count / 60_000);
    for (const [pod, share] of [
      [0, 1 / 12],
      [4, 1 / 12],
      [8, 1 / 12],
      [1, 1 / 4],
    ] as const)
      expect(Math.abs(shares[pod]! - share)).toBeLessThan(0.01);
  });

  test("without one there has its packets dropped; the proxies of ipvs refuse", () => {
    const writes = [{ at: 0, service: 0, pods: [0] }];
    const dropped = losses(runRig(plan({ scope: local, dropsWithoutLocal: true }, { writes })));
    expect(Object.keys(dropped)).toEqual(["unreachable: no endpoint on the node"]);
    expect(Math.abs(dropped["unreachable: no endpoint on the node"]! / 60_000 - 0.75)).toBeLessThan(0.15);
    expect(Object.keys(losses(runRig(plan({ scope: local }, { writes }))))).toEqual(["no endpoint: no endpoint"]);
  });

  test("is refused under policy Local, too, when no endpoint is left anywhere", () => {
    const result = runRig(plan({ scope: local, dropsWithoutLocal: true }, { writes: [{ at: 0, service: 0, pods: [] }] }));
    expect(Object.keys(losses(result))).toEqual(["no endpoint: no endpoint"]);
  });

  test("falls back on what still serves on its node, also while other nodes have ready endpoints", () => {
    const counts = countsOf(plan({ scope: local }, { writes: [{ at: 0, service: 0, pods: [1, 2, 3], fallback: [0, 5] }] }));
    expect(Math.abs(counts[0]! / 60_000 - 0.25)).toBeLessThan(0.01);
    expect(counts[5]).toBe(0);
  });

  test("resolves a name again only when its TTL is over", () => {
    const of = plan(
      { scope: byName },
      {
        writes: [
          { at: 0, service: 0, pods: [0] },
          { at: 1 * SECOND, service: 0, pods: [1] },
        ],
      },
    );
    const last = { at: 0 };
    const first = { at: Infinity };
    runRig({
      ...of,
      onArrival: (pod, now) => {
        if (pod === 0) last.at = now;
        else first.at = Math.min(first.at, now);
      },
    });
    expect(first.at).toBeLessThan(2 * SECOND);
    expect(last.at).toBeGreaterThan(2 * SECOND);
    expect(last.at).toBeLessThan(3.1 * SECOND);
  });

  test("resolves no endpoint that terminates", () => {
    const writes = [{ at: 0, service: 0, pods: [0], isTerminating: true }];
    expect(Object.keys(losses(runRig(plan({ scope: byName }, { writes }))))).toEqual(["no endpoint: no endpoint"]);
    expect(losses(runRig(plan({}, { writes })))).toEqual({});
  });
});

describe("a proxy of ipvs", () => {
  test("takes endpoints in turn", () => {
    const order: number[] = [];
    runRig(plan({ pick: "rr" }, { loads: [load({ places: 1, rate: 100 })], onArrival: (pod) => void order.push(pod) }));
    expect(order.length).toBeGreaterThan(400);
    order.forEach((pod, index) => expect(pod).toBe((order[0]! + index) % 4));
  });

  test("or by a hash of the client's address, or of the Service's", () => {
    const byClient = countsOf(plan({ pick: "sh" }, { loads: [load({ places: 1, rate: 100 })] }));
    expect(byClient.filter((count) => count > 0)).toHaveLength(1);
    const byService = countsOf(plan({ pick: "dh" }, { loads: [load({ rate: 100 })] }));
    expect(byService.filter((count) => count > 0)).toHaveLength(1);
  });
});

describe("session affinity", () => {
  const sticky = { affinity: 10_800 * SECOND };

  test("keeps a client at its endpoint until that is gone", () => {
    const writes = [
      { at: 0, service: 0, pods: [0, 1, 2, 3] },
      { at: 2 * SECOND, service: 0, pods: [1, 2, 3] },
    ];
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const order: number[] = [];
      runRig(plan(sticky, { seed, writes, loads: [load({ places: 1, rate: 100 })], onArrival: (pod) => void order.push(pod) }));
      const changes = order.filter((pod, index) => index > 0 && pod !== order[index - 1]).length;
      expect(changes).toBe(order[0] === 0 ? 1 : 0);
    }
  });

  test("forgets a client that stayed away for the timeout", () => {
    const counts = countsOf(plan({ affinity: 1 * MILLISECOND }, { loads: [load({ places: 1, rate: 100 })] }));
    expect(Math.min(...counts.slice(0, 4))).toBeGreaterThan(80);
  });

  test("spreads many clients over the endpoints", () => {
    const counts = countsOf(plan(sticky, { loads: [load({ places: 4, clients: 500 })] }));
    for (const count of counts.slice(0, 4)) expect(Math.abs(count / 60_000 - 0.25)).toBeLessThan(0.04);
  });
});

describe("a load balancer with health checks", () => {
  const balanced = { scope: local, hasHealthChecks: true, dropsWithoutLocal: true };

  test("sends nothing to nodes without a ready endpoint", () => {
    const result = runRig(plan(balanced, { writes: [{ at: 0, service: 0, pods: [0, 1, 5] }] }));
    expect(losses(result)).toEqual({});
    const counts = countsOf(plan(balanced, { writes: [{ at: 0, service: 0, pods: [0, 1, 5] }] }));
    // Half to each of the two nodes.
    expect(Math.abs(counts[0]! / 60_000 - 0.5)).toBeLessThan(0.02);
    expect(Math.abs(counts[5]! / 60_000 - 0.25)).toBeLessThan(0.02);
  });

  test("notices the loss of a node's last endpoint after three failed checks: until then requests are dropped", () => {
    const writes = [
      { at: 0, service: 0, pods: [0, 1] },
      { at: 5 * SECOND, service: 0, pods: [1] },
    ];
    const result = runRig(plan(balanced, { writes, duration: 60 * SECOND, loads: [load({ rate: 1000 })] }));
    const dropped = losses(result)["unreachable: no endpoint on the node"]!;
    // Two places on the node, of four; 16 to 24 s of checks, and a second until the verdict counts.
    expect(dropped / 500).toBeGreaterThan(15);
    expect(dropped / 500).toBeLessThan(27);
  });
});

describe("the books", () => {
  const route = fc.record({
    scope: fc.constantFrom(CLUSTER_SCOPE, byZone, byNode, local, byName),
    pick: fc.constantFrom("random" as const, "random" as const, "rr" as const, "sh" as const),
    affinity: fc.constantFrom(0, 0, 100 * MILLISECOND, 100 * SECOND),
    hasHealthChecks: fc.boolean(),
    dropsWithoutLocal: fc.boolean(),
  });
  const loads = fc.array(
    fc.record({
      executor: fc.constantFrom("poisson-arrival-rate" as const, "constant-arrival-rate" as const),
      rate: fc.integer({ min: 1, max: 300 }),
      retries: fc.record({ max: fc.nat(3), backoff: fc.nat(200 * MILLISECOND) }),
      places: fc.integer({ min: 1, max: 9 }),
      clients: fc.integer({ min: 1, max: 3 }),
      route,
    }),
    { minLength: 1, maxLength: 3 },
  );
  const anyPlan = fc.record({ seed: fc.nat(1000), settled: fc.boolean(), loads, sleeping: fc.uniqueArray(fc.nat(11)) });

  property.prop([anyPlan], { numRuns: 40 })("balance, and are the same on one, two and three shards, by whatever route", (random) => {
    const of = plan(
      {},
      {
        seed: random.seed,
        settled: random.settled,
        writes: rollout,
        loads: random.loads.map(({ route: _, ...one }, index) => load({ ...one, name: `load ${index}` } as Partial<LoadSpec>)),
        routes: random.loads.map((one) => one.route),
        pods: Array.from({ length: 12 }, (_, pod) => ({ node: pod % 4, asleep: random.sleeping.includes(pod) })),
        turns: [{ at: 3 * SECOND, pod: 1, turn: "loseNode" }],
      },
    );
    const one = runRig(of);
    for (const total of one.totals) expect(total.answered + total.lost + total.inFlight).toBe(total.sent);
    for (const shards of [2, 3]) {
      const many = runRig({ ...of, shards });
      expect(many.totals).toEqual(one.totals);
      expect(many.losses).toEqual(one.losses);
      expect(many.events).toBe(one.events);
    }
  });
});
