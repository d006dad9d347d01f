import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import { CLUSTER_SCOPE, type ViewScope } from "../kubernetes/network/endpoint-view.ts";
import { defaultSettings, type Settings } from "../settings.ts";
import { anyEndpoint, quickBehaviour, testLoad, testPlan, type RigLoad } from "./test-plan.ts";
import { runRig, type RigPlan, type RigResult, type Turn } from "./traffic-rig.ts";

const poisson = (fields: Partial<RigLoad> = {}): RigLoad => testLoad({ executor: "poisson-arrival-rate", places: 5, ...fields });

function withoutEvents({ causes, losses, metrics, totals }: RigResult): Omit<RigResult, "events"> {
  return { causes, losses, metrics, totals };
}

/** All that a run measures, and what it would have been one by one. */
function bothWays(plan: RigPlan): { readonly planned: RigResult; readonly single: RigResult } {
  return { planned: runRig(plan), single: runRig({ ...plan, neverPlans: true }) };
}

function expectTheSame(plan: RigPlan): void {
  const { planned, single } = bothWays(plan);
  expect(withoutEvents(planned)).toEqual(withoutEvents(single));
}

describe("planned arrivals", () => {
  const steady = testPlan({ loads: [poisson({ rate: 40 })], duration: 60 * SECOND });

  test("of a steady endpoint cost few events, and give what single ones give", () => {
    const { planned, single } = bothWays(steady);
    expect(single.events).toBeGreaterThan(2000);
    expect(planned.events).toBeLessThan(single.events / 10);
    expect(withoutEvents(planned)).toEqual(withoutEvents(single));
  });

  test("are single ones where each is seen", () => {
    let seen = 0;
    const { events, totals } = runRig({ ...steady, onArrival: () => seen++ });
    expect(seen).toBeGreaterThanOrEqual(totals[0]!.sent - 1);
    expect(events).toBeGreaterThan(2000);
  });

  test("are taken back where none of those drawn comes, and the next change lets one of them come", () => {
    const zone = { ...anyEndpoint, scope: { by: "zone", isLocal: false } } as const;
    const load = (name: string, rate: number, places: number): RigLoad => poisson({ name, rate, places, timeout: 30 * MILLISECOND });
    const plan = testPlan({ loads: [load("load 0", 20, 1), load("load 1", 60, 2)], duration: 6 * SECOND });
    expectTheSame({
      ...plan,
      seed: 95,
      memoryLimitInFlight: 2,
      nodes: 3,
      zones: [0, 1, 0],
      behaviour: {
        ...quickBehaviour,
        concurrency: 1,
        serviceTime: { type: "logNormal", median: 5 * MILLISECOND, p99: 25 * MILLISECOND },
      },
      routes: [zone, zone],
      pods: Array.from({ length: 8 }, (_, pod) => ({ node: pod % 3 })),
      writes: [
        { at: 0, service: 0, pods: [0, 1, 2, 3] },
        { at: 1_529_552, service: 0, pods: [0, 1, 2, 3, 4] },
        { at: 1_669_559, service: 0, pods: [0, 1, 2] },
        { at: 3_000_000, service: 0, pods: [0, 1, 2, 4, 7] },
        { at: 4_500_000, service: 0, pods: [0, 2, 7] },
      ],
    });
  });

  test("are in flight when the process dies under them", () => {
    const slow = { ...quickBehaviour, concurrency: 16, serviceTime: { type: "constant", value: 300 * MILLISECOND } } as const;
    const plan = { ...steady, behaviour: slow, turns: [{ at: 30 * SECOND, pod: 0, turn: "crash" }] } as const;
    const { planned, single } = bothWays(plan);
    expect(planned.losses.some(({ state }) => state === "killed while serving")).toBe(true);
    expect(withoutEvents(planned)).toEqual(withoutEvents(single));
  });

  const turns: Turn[] = [
    ...(["listen", "listen", "stopListening", "crash", "runOutOfMemory", "vanish", "loseNode", "isolate"] as const),
    ...(["probe", "probe", "look", "look", "slowDown", "speedUp", "squeeze"] as const),
  ];
  const scopes: readonly ViewScope[] = [
    CLUSTER_SCOPE,
    { by: "zone", isLocal: false },
    { by: "zone", isLocal: false },
    { by: "dns", isLocal: false },
  ];
  const anyLoad = fc.record({
    executor: fc.constantFrom("poisson-arrival-rate", "poisson-arrival-rate", "constant-arrival-rate"),
    // The slow ones bring about plans in which nothing comes.
    rate: fc.constantFrom(1, 3, 20, 60, 400),
    from: fc.integer({ min: 0, max: 2 * SECOND }),
    until: fc.integer({ min: 2 * SECOND, max: 6 * SECOND }),
    timeout: fc.constantFrom(30 * MILLISECOND, 200 * MILLISECOND, 2 * SECOND),
    retries: fc.record({
      max: fc.integer({ min: 0, max: 2 }),
      backoff: fc.integer({ min: 0, max: 300 * MILLISECOND }),
      budget: fc.constantFrom(0.2, 0),
    }),
    places: fc.integer({ min: 1, max: 6 }),
    target: fc.integer({ min: 0, max: 1 }),
    scope: fc.nat(scopes.length - 1),
  });
  const anyPlan = fc
    .record({
      seed: fc.integer({ min: 0, max: 1_000_000 }),
      warmup: fc.constantFrom(0, 1 * SECOND),
      settled: fc.boolean(),
      concurrency: fc.constantFrom(1, 2, 4, 16),
      memoryLimitInFlight: fc.constantFrom(2, 20, undefined),
      median: fc.constantFrom(2 * MILLISECOND, 20 * MILLISECOND),
      loads: fc.array(anyLoad, { minLength: 1, maxLength: 3 }),
      writes: fc.array(
        fc.record({ at: fc.integer({ min: 1, max: 5 * SECOND }), service: fc.nat(1), pods: fc.uniqueArray(fc.nat(7), { maxLength: 8 }) }),
        { maxLength: 3 },
      ),
      turns: fc.array(fc.record({ at: fc.integer({ min: 1, max: 6 * SECOND }), pod: fc.nat(7), turn: fc.constantFrom(...turns) }), {
        maxLength: 8,
      }),
      /** So many times as fast: at the highest rates much happens at one instant. */
      speed: fc.constantFrom(1, 1, 100, 2000),
    })
    .map(({ concurrency, median, memoryLimitInFlight, loads, speed, writes, turns: list, ...rest }): RigPlan => {
      const scaled = (time: number): number => Math.max(1, Math.round(time / speed));
      return {
        ...rest,
        ...(memoryLimitInFlight === undefined ? {} : { memoryLimitInFlight }),
        warmup: scaled(rest.warmup),
        duration: scaled(6 * SECOND),
        settings: fasterSettings(speed),
        nodes: 3,
        zones: [0, 1, 0],
        shards: 1,
        behaviour: {
          ...quickBehaviour,
          concurrency,
          serviceTime: { type: "logNormal", median: scaled(median), p99: scaled(10 * median) },
        },
        loads: loads.map(({ scope: _, ...one }, index) =>
          poisson({
            ...one,
            name: `load ${index}`,
            rate: one.rate * speed,
            from: scaled(one.from),
            until: scaled(one.until),
            timeout: scaled(one.timeout),
            retries: {
              max: one.retries.max,
              backoff: scaled(one.retries.backoff),
              ...(one.retries.budget === 0 ? {} : { budget: one.retries.budget }),
            },
          } as Partial<RigLoad>),
        ),
        routes: loads.map(({ scope }) => ({ ...anyEndpoint, scope: scopes[scope]! })),
        pods: Array.from({ length: 8 }, (_, pod) => ({ node: pod % 3 })),
        writes: [
          { at: 0, service: 0, pods: [0, 1, 2, 3] },
          { at: 0, service: 1, pods: [3, 4] },
          ...writes
            .map((write) => ({ ...write, at: scaled(write.at), pods: [...write.pods].sort((a, b) => a - b) }))
            .sort((a, b) => a.at - b.at),
        ],
        turns: list.map((turn) => ({ ...turn, at: scaled(turn.at) })).sort((a, b) => a.at - b.at),
      };
    });

  property.prop([anyPlan], { numRuns: 150 })("give what single ones give, whatever happens", (plan) => {
    expectTheSame(plan);
  });

  property.prop([anyPlan], { numRuns: 40 })("are the same on one, two and three shards", (plan) => {
    const one = runRig(plan);
    for (const shards of [2, 3]) {
      const many = runRig({ ...plan, shards });
      expect(many.totals).toEqual(one.totals);
      expect(many.losses).toEqual(one.losses);
      expect(many.events).toBe(one.events);
    }
  });
});

function fasterSettings(speed: number): Settings {
  if (speed === 1) return defaultSettings;
  const scaled = (time: number): number => Math.max(1, Math.round(time / speed));
  const { networkLatencyFloor, networkLatency, networkLatencyP99, watchLatencyFloor, watchLatency, watchLatencyP99 } = defaultSettings;
  return {
    ...defaultSettings,
    networkLatencyFloor: scaled(networkLatencyFloor),
    networkLatency: scaled(networkLatency),
    networkLatencyP99: scaled(networkLatencyP99),
    watchLatencyFloor: scaled(watchLatencyFloor),
    watchLatency: scaled(watchLatency),
    watchLatencyP99: scaled(watchLatencyP99),
    proxyMinSync: scaled(defaultSettings.proxyMinSync),
    proxyRunTime: scaled(defaultSettings.proxyRunTime),
    dnsTtl: scaled(1 * SECOND),
  };
}
