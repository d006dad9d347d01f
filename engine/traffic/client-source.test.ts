import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { ApplicationBehaviour } from "../application/application.ts";
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import type { ServiceRoute } from "../kubernetes/network/service-route.ts";
import { defaultSettings } from "../settings.ts";
import type { ConnectionPolicy } from "./load-model.ts";
import { outcomeNames } from "./outcome.ts";
import { runRig, type RigPlan, type RigResult, type Turn } from "./traffic-rig.ts";
import { anyEndpoint, quickBehaviour, testLoad, testPlan, type RigLoad } from "./test-plan.ts";

const leastConnections: ServiceRoute = { ...anyEndpoint, pick: "lc" };
const keepAlive: ConnectionPolicy = { kind: "keep-alive", size: 2, pick: "lifo", maxAge: Infinity, idleTimeout: Infinity };
const http2: ConnectionPolicy = { kind: "http2", size: 1, pick: "random", maxAge: Infinity, idleTimeout: Infinity };

const users = (count: number, fields: Record<string, unknown> = {}): RigLoad =>
  testLoad({ executor: "constant-vus", rate: 0, users: count, thinkTime: { type: "constant", value: 0 }, ...fields });

/** With the number of attempts that reached each Pod. */
function run(fields: Partial<RigPlan>): {
  readonly result: RigResult;
  readonly arrivals: readonly number[];
  readonly lost: readonly string[];
} {
  const whole = testPlan(fields);
  const arrivals = whole.pods.map(() => 0);
  const result = runRig({ ...whole, onArrival: (pod) => arrivals[pod]!++ });
  for (const total of result.totals) expect(total.answered + total.lost + total.inFlight).toBe(total.sent);
  return {
    result,
    arrivals,
    lost: result.losses.map(({ count, outcome, state }) => `${outcomeNames[outcome]!}: ${state} × ${count}`).sort(),
  };
}

function counter(result: RigResult, name: string): number {
  return result.metrics.reduce((sum, part) => sum + (part.counters[`${name}{load=load}`] ?? 0), 0);
}

describe("a user", () => {
  test("waits for its answer before it sends again", () => {
    const { result } = run({ loads: [users(1)], writes: [{ at: 0, service: 0, pods: [0] }] });
    // 10 ms of service, 0.5 ms on the way, 1 µs of thought.
    expect(result.totals[0]!.sent).toBe(Math.ceil((10 * SECOND - 1) / 10_501));
    expect(result.totals[0]!.lost).toBe(0);
    const { max, min } = result.metrics[0]!.histograms["request_duration{load=load}"]!;
    expect([min, max]).toEqual([10_500, 10_500]);
  });

  test("sends no more when there are more of them than workers: the others queue", () => {
    const { result } = run({ loads: [users(8)], writes: [{ at: 0, service: 0, pods: [0] }] });
    expect(Math.abs(result.totals[0]!.answered - 4 * 1000)).toBeLessThan(20);
    // The way between two requests is the only time in which one of them isn't in the queue.
    expect(result.metrics[0]!.histograms["request_duration{load=load}"]!.max).toBeLessThanOrEqual(20_500);
  });

  test("who finds no endpoint and doesn't think asks again after the way there and back", () => {
    const { result } = run({ loads: [users(1)], writes: [{ at: 0, service: 0, pods: [] }], duration: 1 * SECOND });
    expect(result.totals[0]!.sent).toBe(Math.ceil((1 * SECOND - 1) / 500));
  });

  test("thinks in between", () => {
    const { result } = run({ loads: [users(10, { thinkTime: { type: "constant", value: 89_500 } })] });
    expect(Math.abs(result.totals[0]!.sent - 1000)).toBeLessThanOrEqual(10);
  });

  test("comes and goes with the stages", () => {
    const userPlan = {
      points: [
        { at: 0, rate: 0 },
        { at: 5 * SECOND, rate: 10 },
        { at: 5 * SECOND, rate: 2 },
      ],
      period: null,
    };
    const thinkTime = { type: "constant", value: 89_500 };
    const { result } = run({ loads: [testLoad({ executor: "ramping-vus", rate: 0, userPlan, thinkTime })] });
    // 50 user-seconds up, 10 behind, ten requests each.
    expect(Math.abs(result.totals[0]!.sent - 350)).toBeLessThan(15);
  });

  test("gives up at its timeout and goes on", () => {
    const behaviour = { ...quickBehaviour, serviceTime: { type: "constant", value: 3 * SECOND } } as ApplicationBehaviour;
    const { lost } = run({ loads: [users(1)], behaviour });
    // Each of the two servers has a cause of its own.
    expect(lost.map((line) => line.split(" ×")[0])).toEqual(["timed out: slow answer", "timed out: slow answer"]);
    expect(lost.reduce((sum, line) => sum + Number(line.split("× ")[1]), 0)).toBe(9);
  });
});

describe("a request that its source follows", () => {
  const ends: [string, Turn, string[]][] = [
    [
      "is refused and reset by a process that dies",
      "crash",
      ["refused: listener closed before removal × 89", "reset: killed while serving × 1"],
    ],
    ["finds nobody when the address is gone", "vanish", ["reset: killed while serving × 1", "unreachable: address gone × 90"]],
    ["hears nothing from a lost node", "loseNode", ["timed out: node lost × 1", "unreachable: node lost × 90"]],
  ];
  test.each(ends)("%s", (_, turn, expected) => {
    const { lost } = run({
      loads: [testLoad({ hedging: { after: 5 * SECOND, max: 1 }, until: 2 * SECOND })],
      writes: [{ at: 0, service: 0, pods: [0] }],
      turns: [{ at: 1_110_000, pod: 0, turn }],
    });
    const sum = (lines: readonly string[]): number => lines.reduce((total, line) => total + Number(line.split("× ")[1]), 0);
    expect(lost.map((line) => line.split(" ×")[0])).toEqual(expected.map((line) => line.split(" ×")[0]));
    expect(Math.abs(sum(lost) - sum(expected))).toBeLessThanOrEqual(1);
  });

  test("finds no endpoint, or finds one by trying again", () => {
    const gone = run({ loads: [users(1)], writes: [{ at: 0, service: 0, pods: [] }], duration: 1 * SECOND });
    expect(gone.lost[0]).toMatch(/^no endpoint: no endpoint/);
    const writes = [
      { at: 0, service: 0, pods: [] },
      { at: 500 * MILLISECOND, service: 0, pods: [0] },
    ];
    const back = run({ loads: [users(1, { retries: { max: 20, backoff: 50 * MILLISECOND, factor: 1 } })], writes, duration: 1 * SECOND });
    expect(back.result.totals[0]!.lost).toBe(0);
    expect(counter(back.result, "attempts_repeated")).toBeGreaterThan(8);
  });
});

test("least connections keeps away from a slow endpoint; a random choice doesn't", () => {
  const shareOf = (route: ServiceRoute): number => {
    const { arrivals } = run({
      routes: [route],
      loads: [testLoad({ executor: "poisson-arrival-rate", rate: 300, hedging: { after: 9 * SECOND, max: 1 } })],
    });
    return Math.abs(arrivals[0]! - arrivals[1]!) / (arrivals[0]! + arrivals[1]!);
  };
  // What one has more than the other varies like a coin thrown 3000 times; least connections evens it out.
  expect(shareOf(leastConnections)).toBeLessThan(0.05);
  const pods = Array.from({ length: 2 }, (_, node) => ({ node }));
  const mixed = (route: ServiceRoute) =>
    run({
      pods,
      routes: [route],
      behaviour: { ...quickBehaviour, concurrency: 1, queue: 1000 },
      loads: [testLoad({ executor: "poisson-arrival-rate", rate: 150, hedging: { after: 9 * SECOND, max: 1 } })],
    });
  const meanOf = (result: RigResult): number => {
    const { count, sum } = result.metrics[0]!.histograms["request_duration{load=load}"]!;
    return sum / count;
  };
  expect(meanOf(mixed(leastConnections).result)).toBeLessThan(0.75 * meanOf(mixed(anyEndpoint).result));
});

describe("a hedge", () => {
  test("answers in place of an endpoint that is gone", () => {
    const turns = [{ at: 1, pod: 0, turn: "vanish" as const }];
    const without = run({ turns, loads: [testLoad({ timeout: 500 * MILLISECOND })] });
    expect(without.result.totals[0]!.lost).toBeGreaterThan(400);
    const hedged = run({ turns, loads: [testLoad({ timeout: 500 * MILLISECOND, hedging: { after: 50 * MILLISECOND, max: 1 } })] });
    expect(hedged.result.totals[0]!.lost).toBe(0);
    // Of the last ones the run doesn't see the hedge.
    expect(Math.abs(counter(hedged.result, "attempts_repeated") - hedged.arrivals[0]!)).toBeLessThan(10);
    expect(hedged.result.metrics[0]!.histograms["request_duration{load=load}"]!.max).toBe(60_500);
  });

  test.each([
    ["answered, the ones that it has beaten are abandoned", 50, "abandoned", 2],
    ["lost, all of its attempts time out", 500, "timed out", 3],
  ])("leaves no attempt out of the books: where a request is %s", (_, millis, outcome, perRequest) => {
    const behaviour = { ...quickBehaviour, concurrency: 100_000, serviceTime: { type: "constant", value: millis * MILLISECOND } };
    const hedging = { after: 10 * MILLISECOND, max: 2 };
    const { result } = run({ behaviour: behaviour as ApplicationBehaviour, loads: [testLoad({ timeout: 80 * MILLISECOND, hedging })] });
    const { counters } = result.metrics[0]!;
    const { answered, inFlight, lost } = result.totals[0]!;
    expect(answered + lost).toBeGreaterThan(500);
    expect(counters[`attempts{load=load,outcome=${outcome}}`]).toBe(perRequest * (answered + lost));
    const ended = outcomeNames.reduce((sum, name) => sum + (counters[`attempts{load=load,outcome=${name}}`] ?? 0), 0);
    expect(ended).toBe(3 * (answered + lost));
    expect(inFlight).toBeLessThan(50);
  });

  test("doesn't come where answers are quick", () => {
    const { arrivals, result } = run({ loads: [testLoad({ hedging: { after: 50 * MILLISECOND, max: 1 } })] });
    expect(counter(result, "attempts_repeated")).toBe(0);
    expect(arrivals[0]! + arrivals[1]!).toBe(result.totals[0]!.sent);
  });
});

describe("connections", () => {
  test("stick: of four endpoints, one client's only HTTP/2 connection uses one", () => {
    const pods = [0, 1, 0, 1].map((node) => ({ node }));
    const { arrivals } = run({ pods, writes: [{ at: 0, service: 0, pods: [0, 1, 2, 3] }], loads: [testLoad({ connections: http2 })] });
    expect(arrivals.filter((count) => count > 0)).toEqual([1000]);
  });

  test("of an age are opened anew, so the load spreads", () => {
    const pods = [0, 1, 0, 1].map((node) => ({ node }));
    const { arrivals } = run({
      pods,
      writes: [{ at: 0, service: 0, pods: [0, 1, 2, 3] }],
      loads: [testLoad({ connections: { ...http2, maxAge: 100 * MILLISECOND } })],
    });
    for (const count of arrivals) expect(Math.abs(count - 250)).toBeLessThan(150);
  });

  test("outlive the endpoint's removal: requests follow until the server closes them", () => {
    const writes = [
      { at: 0, service: 0, pods: [0] },
      { at: 2 * SECOND, service: 0, pods: [1] },
    ];
    const turns = [{ at: 5 * SECOND, pod: 0, turn: "stopListening" as const }];
    const kept = run({ writes, turns, loads: [testLoad({ connections: keepAlive })] });
    expect(Math.abs(kept.arrivals[0]! - 500)).toBeLessThanOrEqual(1);
    // At 100/s none is on its way while the server says goodbye.
    expect(kept.result.totals[0]!.lost).toBe(0);
    const anew = run({ writes, turns });
    expect(anew.arrivals[0]).toBeLessThan(330);
  });

  test("that the server closes reset what comes before the client knows", () => {
    const turns = [{ at: 5 * SECOND, pod: 0, turn: "stopListening" as const }];
    const writes = [
      { at: 0, service: 0, pods: [0] },
      { at: 2 * SECOND, service: 0, pods: [1] },
    ];
    const { lost } = run({
      writes,
      turns,
      behaviour: { ...quickBehaviour, concurrency: 1000 },
      loads: [testLoad({ rate: 20_000, connections: http2 })],
    });
    expect(lost).toHaveLength(1);
    expect(lost[0]).toMatch(/^reset: routed after removal × \d+$/);
  });

  test("that were idle too long aren't used again", () => {
    const writes = [
      { at: 0, service: 0, pods: [0] },
      { at: 2 * SECOND, service: 0, pods: [1] },
    ];
    const { arrivals } = run({ writes, loads: [testLoad({ rate: 2, connections: { ...keepAlive, idleTimeout: 100 * MILLISECOND } })] });
    expect(arrivals[0]).toBeLessThanOrEqual(6);
  });
});

const turnKinds = fc.constantFrom<Turn>("listen", "stopListening", "crash", "runOutOfMemory", "vanish", "loseNode");
const plans = fc.record({
  kind: fc.constantFrom("vus", "hedging", "keep-alive", "http2", "lc", "budget"),
  seed: fc.nat(1000),
  turns: fc.array(fc.record({ at: fc.integer({ min: 1, max: 3 * SECOND }), pod: fc.nat(5), turn: turnKinds }), { maxLength: 6 }),
  writes: fc.array(fc.subarray([0, 1, 2, 3, 4, 5]), { maxLength: 4 }),
});

property.prop([plans], { numRuns: 40 })(
  "books balance and are the same on one, two and three shards, whatever happens",
  ({ kind, seed, turns, writes }) => {
    const retries = { max: 2, backoff: 20 * MILLISECOND, jitter: "full" as const, ...(kind === "budget" ? { budget: 0.2 } : {}) };
    const loadOf: Record<string, RigLoad> = {
      vus: users(20, { places: 3, retries, thinkTime: { type: "exponential", mean: 50 * MILLISECOND } }),
      hedging: testLoad({ rate: 200, places: 3, retries, hedging: { after: 15 * MILLISECOND, max: 2 } }),
      "keep-alive": testLoad({ rate: 200, places: 3, retries, connections: { ...keepAlive, maxAge: SECOND } }),
      http2: testLoad({ executor: "poisson-arrival-rate", rate: 200, places: 3, retries, connections: { ...http2, maxAge: SECOND } }),
      lc: testLoad({ rate: 200, places: 3, retries }),
      budget: testLoad({ executor: "poisson-arrival-rate", rate: 200, places: 3, retries }),
    };
    const base = testPlan({
      seed,
      duration: 3 * SECOND,
      nodes: 3,
      settings: defaultSettings,
      pods: Array.from({ length: 6 }, (_, pod) => ({ node: pod % 3 })),
      loads: [{ ...loadOf[kind]!, timeout: 300 * MILLISECOND }],
      writes: [[0, 1, 2, 3, 4, 5], ...writes].map((pods, index) => ({ at: index * 600 * MILLISECOND, service: 0, pods })),
      turns,
      ...(kind === "lc" ? { routes: [leastConnections] } : {}),
    });
    const results = [1, 2, 3].map((shards) => runRig({ ...base, shards }));
    for (const { losses, totals } of results) {
      expect(totals[0]!.answered + totals[0]!.lost + totals[0]!.inFlight).toBe(totals[0]!.sent);
      expect(totals[0]!.sent).toBeGreaterThan(0);
      expect(losses).toEqual(results[0]!.losses);
      expect(totals).toEqual(results[0]!.totals);
    }
  },
);

describe("how a load spreads", () => {
  const pods = [0, 1, 0, 1].map((node) => ({ node }));
  const four = { pods, writes: [{ at: 0, service: 0, pods: [0, 1, 2, 3] }], duration: 60 * SECOND };
  /** Requests at the busiest endpoint ÷ at the mean one. */
  const skew = (loads: readonly RigLoad[], neverSplits = false): number => {
    const { metrics } = runRig(testPlan({ ...four, loads, neverSplits }));
    const { counters, histograms } = metrics[0]!;
    const mean = counters["endpoint_requests{load=load}"]! / counters["endpoint_time{load=load}"]!;
    return 1 / histograms["endpoint_interval{load=load}"]!.min / mean;
  };

  test("is even for random choices, on both paths, and not for few kept connections", () => {
    const poisson = testLoad({ executor: "poisson-arrival-rate", rate: 200 });
    expect(Math.abs(skew([poisson]) - 1)).toBeLessThan(0.06);
    expect(Math.abs(skew([poisson], true) - 1)).toBeLessThan(0.06);
    // Six clients with a connection each can't share four endpoints evenly.
    expect(skew([testLoad({ rate: 200, places: 6, connections: http2 })])).toBeGreaterThan(1.3);
  });

  test("leaves out endpoints that were used for less than ten seconds", () => {
    const { metrics } = runRig(
      testPlan({ ...four, duration: 9 * SECOND, loads: [testLoad({ executor: "poisson-arrival-rate", rate: 200 })] }),
    );
    expect(metrics[0]!.counters["endpoint_requests{load=load}"]).toBe(0);
  });
});
