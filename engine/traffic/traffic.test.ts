import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { applicationDetail, ApplicationTrait, CauseKind } from "../cause-kinds.ts";
import { Bulletin } from "../kernel/bulletin.ts";
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import type { EndpointEntry } from "../kubernetes/network/endpoint-log.ts";
import { ProxyTable } from "../kubernetes/network/service-proxy.ts";
import { defaultSettings, type Settings } from "../settings.ts";
import { outcomeNames } from "./outcome.ts";
import { runRig, type RigPlan, type RigResult, type Turn } from "./traffic-rig.ts";
import { flatSettings, quickBehaviour, testLoad, testPlan, type RigLoad } from "./test-plan.ts";

const load = (fields: Partial<RigLoad> = {}): RigLoad => testLoad({ places: 5, ...fields });

const plan = (fields: Partial<RigPlan> = {}): RigPlan => testPlan({ loads: [load()], ...fields });

function losses(result: RigResult): string[] {
  const lines = new Map<string, number>();
  for (const loss of result.losses) {
    const line = `${outcomeNames[loss.outcome]!}: ${loss.state}`;
    lines.set(line, (lines.get(line) ?? 0) + loss.count);
  }
  return [...lines].map(([line, count]) => `${line} × ${count}`).sort();
}

function counter(result: RigResult, name: string): number {
  return result.metrics.reduce((sum, part) => sum + (part.counters[name] ?? 0), 0);
}

function expectBalance(result: RigResult): void {
  for (const total of result.totals) expect(total.answered + total.lost + total.inFlight).toBe(total.sent);
  result.totals.forEach((total, index) => {
    const lost = result.losses.filter((loss) => loss.load === index).reduce((sum, loss) => sum + loss.count, 0);
    expect(lost).toBe(total.lost);
  });
}

describe("a Poisson load", () => {
  const poisson = (rate: number) => load({ executor: "poisson-arrival-rate", rate, until: 20 * MILLISECOND });

  test("keeps its rate at one endpoint, at a gap of 2 µs", () => {
    const [total] = runRig(plan({ writes: [{ at: 0, service: 0, pods: [0] }], loads: [poisson(500_000)], duration: 1 * SECOND })).totals;
    // 10,000 ± 4 standard deviations.
    expect(Math.abs(total!.sent - 10_000)).toBeLessThan(400);
  });

  test("of more than one request per microsecond is refused", () => {
    expect(() => runRig(plan({ loads: [poisson(1_000_001)] }))).toThrow("load load sends more than one request per microsecond");
  });
});

describe("a request", () => {
  test("that meets a listening server is answered: both ways and the service count", () => {
    const result = runRig(plan());
    expect(result.totals).toEqual([{ sent: 1000, answered: 999, lost: 0, inFlight: 1 }]);
    const duration = result.metrics[0]!.histograms["request_duration{load=load}"]!;
    expect([duration.min, duration.max]).toEqual([10_500, 10_500]);
  });

  const quiet = { writes: [{ at: 0, service: 0, pods: [0] }], loads: [load({ until: 2 * SECOND })], duration: 5 * SECOND };
  const ends: [string, Partial<RigPlan>, string[]][] = [
    ["is refused before the application listens", { pods: [{ node: 0, asleep: true }] }, ["refused: not listening yet × 200"]],
    [
      "is refused after it closed its listener",
      { turns: [{ at: 999_990, pod: 0, turn: "stopListening" }] },
      ["refused: listener closed before removal × 100"],
    ],
    [
      "is refused after the process died under the ones before",
      { turns: [{ at: 1_010_000, pod: 0, turn: "crash" }] },
      ["refused: listener closed before removal × 99", "reset: killed while serving × 1"],
    ],
    [
      "is reset when the process runs out of memory",
      { turns: [{ at: 1_010_000, pod: 0, turn: "runOutOfMemory" }] },
      ["refused: out of memory × 99", "reset: out of memory × 1"],
    ],
    [
      "reaches nothing when the address is gone",
      { turns: [{ at: 999_990, pod: 0, turn: "vanish" }] },
      ["reset: killed while serving × 1", "unreachable: address gone × 100"],
    ],
    [
      "hears nothing from a node that is lost, under way or later",
      { turns: [{ at: 1_010_000, pod: 0, turn: "loseNode" }] },
      ["timed out: node lost × 1", "unreachable: node lost × 99"],
    ],
    [
      "is turned away when the queue is full",
      {
        behaviour: { ...quickBehaviour, serviceTime: { type: "constant", value: 10 * SECOND }, concurrency: 1, queue: 0 },
        loads: [load({ until: 2 * SECOND, timeout: 9 * SECOND })],
      },
      ["server error: overload × 199"],
    ],
    [
      "times out when it is served too late",
      { behaviour: { ...quickBehaviour, serviceTime: { type: "constant", value: 1 * SECOND }, concurrency: 1000, queue: 0 } },
      ["timed out: slow answer × 200"],
    ],
    ["finds no endpoint when there is none", { writes: [{ at: 0, service: 0, pods: [] }] }, ["no endpoint: no endpoint × 200"]],
    [
      "is routed to a removed endpoint by a place that hasn't learnt",
      { writes: [...quiet.writes, { at: 999_000, service: 0, pods: [1] }], turns: [{ at: 999_990, pod: 0, turn: "stopListening" }] },
      ["refused: routed after removal × 1"],
    ],
  ];
  test.each(ends)("%s", (_, fields, expected) => {
    const result = runRig(plan({ ...quiet, ...fields }));
    expect(losses(result)).toEqual(expected);
    expect(result.totals[0]!.sent).toBe(200);
    expectBalance(result);
  });

  test("the same ends for arrivals that are split at the endpoints", () => {
    for (const [, fields, expected] of ends) {
      const loads = (fields.loads ?? quiet.loads).map((one) => ({ ...one, executor: "poisson-arrival-rate" }) as RigLoad);
      const result = runRig(plan({ ...quiet, ...fields, loads }));
      const words = (line: string): string => line.split(" × ")[0]!;
      // A stale view lasts 11 ms and one service 10 ms: by chance no arrival may fall into them.
      const rare = ["refused: routed after removal", "reset: killed while serving", "reset: out of memory", "timed out: node lost"];
      expect(
        losses(result)
          .map(words)
          .filter((word) => !rare.includes(word)),
      ).toEqual(expected.map(words).filter((word) => !rare.includes(word)));
      expectBalance(result);
    }
  });

  test("carries the cause of what its endpoint was in", () => {
    const result = runRig(plan({ ...quiet, turns: [{ at: 999_990, pod: 0, turn: "stopListening" }] }));
    // Node 0 is LP 2 here: writer, source, nodes. Its first cause is the closed listener.
    expect(result.losses.map((loss) => loss.cause)).toEqual([2 * 4294967296 + 1]);
    const [loss] = result.losses;
    expect([loss!.first, loss!.last]).toEqual([1_005_500, 1_995_500]);
  });

  describe("that a queue costs", () => {
    const second = { type: "constant", value: 100 * MILLISECOND } as const;
    const busy = { ...quickBehaviour, serviceTime: second, concurrency: 2, queue: 3 };
    // 30/s against 20/s, twice, with a pause in which the queue runs empty.
    const storms = [
      load({ rate: 30, until: 2 * SECOND, timeout: 9 * SECOND }),
      load({ rate: 30, from: 4 * SECOND, until: 6 * SECOND, timeout: 9 * SECOND }),
    ];
    const overloads = (result: RigResult) => result.causes.filter(({ kind }) => kind === CauseKind.overload);

    test("names its Pod, once for each overload", () => {
      const result = runRig(plan({ ...quiet, behaviour: busy, loads: storms, duration: 8 * SECOND }));
      expect(overloads(result)).toMatchObject([
        { subject: 0, detail: 3 },
        { subject: 0, detail: 3 },
      ]);
      const detail = applicationDetail(ApplicationTrait.capacity, 0, 2, 3);
      const [first, second] = overloads(result).map(({ parent }) => result.causes.find(({ id }) => id === parent));
      expect(first).toMatchObject({ kind: CauseKind.application, parent: 0, detail });
      // Of the second load: its request met the queue.
      expect(second).toMatchObject({
        kind: CauseKind.application,
        parent: 0,
        detail: applicationDetail(ApplicationTrait.capacity, 1, 2, 3),
      });
      expect(result.losses.map(({ load: index, state, cause }) => ({ index, state, cause }))).toEqual(
        overloads(result).map(({ id }, index) => ({ index, state: "overload", cause: id })),
      );
    });

    test("is lost to the same overload when its answer comes too late", () => {
      const result = runRig(
        plan({ ...quiet, behaviour: busy, loads: [load({ rate: 30, until: 2 * SECOND, timeout: 250 * MILLISECOND })] }),
      );
      expect(overloads(result)).toHaveLength(1);
      expect(new Set(result.losses.map(({ state }) => state))).toEqual(new Set(["overload", "slow answer"]));
      for (const { cause } of result.losses) expect(cause).toBe(overloads(result)[0]!.id);
    });

    test("isn't one whose service alone takes too long", () => {
      const result = runRig(plan({ ...quiet, behaviour: busy, loads: [load({ rate: 15, until: 2 * SECOND, timeout: 50 * MILLISECOND })] }));
      expect(losses(result)).toEqual(["timed out: slow answer × 30"]);
      expect(overloads(result)).toEqual([]);
      // One row, whatever the Pod was in.
      const rows = new Map(result.causes.map((row) => [row.id, row]));
      const detail = applicationDetail(ApplicationTrait.serviceTime, 0);
      expect(result.losses.map(({ cause }) => rows.get(cause))).toMatchObject([{ kind: CauseKind.application, parent: 0, detail }]);
    });

    test("is the same on any number of shards", () => {
      const wide = { ...quiet, writes: [{ at: 0, service: 0, pods: [0, 1] }], behaviour: { ...busy, concurrency: 1 }, loads: storms };
      const one = runRig(plan(wide));
      expect(overloads(one).length).toBeGreaterThan(2);
      expect(runRig(plan({ ...wide, shards: 2 })).causes).toEqual(one.causes);
    });
  });

  test("that crosses the memory limit kills the process and is lost with the rest", () => {
    const behaviour = { ...quickBehaviour, serviceTime: { type: "constant", value: 100 * MILLISECOND } } as const;
    const result = runRig(plan({ ...quiet, behaviour: { ...behaviour, concurrency: 64 }, memoryLimitInFlight: 7, duration: 1 * SECOND }));
    expect(losses(result)).toContain("reset: out of memory × 8");
    expectBalance(result);
  });

  test("is remembered with how long the removal had been valid", () => {
    const late: Settings = { ...flatSettings, proxyRunTime: 500 * MILLISECOND };
    const result = runRig(
      plan({
        ...quiet,
        settings: late,
        writes: [...quiet.writes, { at: 1 * SECOND, service: 0, pods: [1] }],
        turns: [{ at: 1 * SECOND, pod: 0, turn: "stopListening" }],
      }),
    );
    const stale = result.metrics[0]!.histograms["stale_routing{load=load}"]!;
    expect(stale.count).toBe(result.totals[0]!.lost);
    expect(stale.max).toBeGreaterThan(480 * MILLISECOND);
    expect(stale.max).toBeLessThan(501 * MILLISECOND);
  });
});

describe("a client", () => {
  test("retries a refused request as often as it may, in its own view", () => {
    const result = runRig(
      plan({
        pods: [{ node: 0 }, { node: 1, asleep: true }],
        loads: [load({ retries: { max: 3, backoff: 20 * MILLISECOND }, until: 9 * SECOND })],
      }),
    );
    const { sent, lost } = result.totals[0]!;
    expect(sent).toBe(900);
    // Half of the attempts meet the sleeper: one in 16 loses all four.
    expect(lost / sent).toBeGreaterThan(0.035);
    expect(lost / sent).toBeLessThan(0.095);
    expect(counter(result, "attempts{load=load,outcome=refused}")).toBeGreaterThan(750);
    expect(counter(result, "attempts{load=load,outcome=answered}")).toBe(result.totals[0]!.answered);
    expectBalance(result);
  });

  test("counts latency from the first intended instant", () => {
    const sleeper = [{ node: 0, asleep: true }];
    const writes = [{ at: 0, service: 0, pods: [0] }];
    const result = runRig(
      plan({
        pods: sleeper,
        writes,
        turns: [{ at: 100 * MILLISECOND, pod: 0, turn: "listen" }],
        duration: 1 * SECOND,
        loads: [load({ rate: 1, from: 0, until: 1 * SECOND, retries: { max: 9, backoff: 0 } })],
      }),
    );
    expect(result.totals[0]!.answered).toBe(1);
    const late = runRig(
      plan({
        pods: sleeper,
        writes,
        turns: [{ at: 600 * MILLISECOND, pod: 0, turn: "listen" }],
        duration: 1 * SECOND,
        loads: [load({ rate: 1, until: 1 * SECOND, retries: { max: 9, backoff: 20 * MILLISECOND, factor: 1 } })],
      }),
    );
    // Sent at 500 ms; each refusal takes 0.5 ms and the wait 20 ms, so the sixth attempt comes at 602.5 ms.
    expect(late.metrics[0]!.histograms["request_duration{load=load}"]!.max).toBe(113_000);
  });

  test("doesn't retry when its timeout comes first", () => {
    const result = runRig(
      plan({
        pods: [{ node: 0, asleep: true }],
        writes: [{ at: 0, service: 0, pods: [0] }],
        loads: [load({ retries: { max: 9, backoff: 600 * MILLISECOND }, until: 2 * SECOND })],
      }),
    );
    expect(counter(result, "attempts{load=load,outcome=refused}")).toBe(400);
    expect(result.totals[0]!.lost).toBe(200);
  });

  test("of an arrival split at its endpoint retries from the place that sent it", () => {
    // Place 0 … 9 learn of the removal at different instants; only those that haven't may hit Pod 0 twice.
    const settings = { ...flatSettings, watchLatency: 400 * MILLISECOND, watchLatencyP99: 900 * MILLISECOND };
    const share = (executor: RigLoad["executor"]): number => {
      const result = runRig(
        plan({
          settings,
          duration: 5 * SECOND,
          writes: [
            { at: 0, service: 0, pods: [0] },
            { at: 2 * SECOND, service: 0, pods: [1] },
          ],
          turns: [{ at: 2 * SECOND, pod: 0, turn: "stopListening" }],
          loads: [
            load({
              executor,
              rate: 20_000,
              places: 10,
              retries: { max: 1, backoff: 1 },
              from: 2 * SECOND,
              until: 3 * SECOND,
            } as Partial<RigLoad>),
          ],
          behaviour: { ...quickBehaviour, concurrency: 10_000, serviceTime: { type: "constant", value: 1 } },
        }),
      );
      expectBalance(result);
      return result.totals[0]!.lost / counter(result, "attempts{load=load,outcome=refused}");
    };
    // Nearly every refused request is refused again: a place drawn afresh would rescue about half of them.
    expect(share("constant-arrival-rate")).toBeGreaterThan(0.495);
    expect(share("poisson-arrival-rate")).toBeGreaterThan(0.495);
  });
});

/** A rolling update of five Pods, one every 700 ms, while places learn at their own pace. */
function rollout(): { pods: RigPlan["pods"]; writes: RigPlan["writes"] } {
  const writes = [{ at: 0, service: 0, pods: [0, 1, 2, 3, 4] }];
  for (let step = 1; step <= 5; step++) {
    writes.push({ at: step * 700 * MILLISECOND, service: 0, pods: Array.from({ length: 6 }, (_, index) => step - 1 + index) });
    writes.push({
      at: step * 700 * MILLISECOND + 90 * MILLISECOND,
      service: 0,
      pods: Array.from({ length: 5 }, (_, index) => step + index),
    });
  }
  return { pods: Array.from({ length: 10 }, (_, pod) => ({ node: pod % 3 })), writes };
}

const BUCKET = 200 * MILLISECOND;
const ROLLOUT_END = 6 * SECOND;

/** Arrivals by endpoint and bucket. */
function histogramOf(executor: RigLoad["executor"], seed: number, rate: number): number[] {
  const cells = new Array<number>(10 * (ROLLOUT_END / BUCKET)).fill(0);
  runRig(
    plan({
      ...rollout(),
      seed: 7,
      nodes: 3,
      duration: ROLLOUT_END,
      settings: { ...defaultSettings },
      behaviour: { ...quickBehaviour, concurrency: 100_000 },
      loads: [load({ name: `load ${seed}`, executor, rate, places: 12 } as Partial<RigLoad>)],
      onArrival: (pod, now) => void cells[pod * (ROLLOUT_END / BUCKET) + Math.floor(now / BUCKET)]!++,
    }),
  );
  return cells;
}

/** The same without any splitting: each request draws its place, that place's view, and one of its endpoints. */
function centralHistogram(rate: number): number[] {
  const { pods, writes } = rollout();
  const log = new Bulletin<EndpointEntry>();
  writes.forEach(({ at, service, pods: members }, position) => {
    const before = position === 0 ? [] : writes[position - 1]!.pods;
    const changed = members.filter((pod) => !before.includes(pod)).length + before.filter((pod) => !members.includes(pod)).length;
    const nodes = members.map((pod) => pods[pod]!.node);
    log.append(
      { position, service, committedAt: at, pods: members, nodes, changed, cause: 0 },
      at === 0 ? 0 : at + defaultSettings.watchLatencyFloor,
    );
  });
  const nobody = { joined: (): void => {}, left: (): void => {} };
  const table = new ProxyTable({
    log,
    settings: defaultSettings,
    seed: 7,
    audiences: [{ service: 0, places: 12 }],
    wayOut: 250,
    listener: nobody,
  });
  table.settle();
  const cells = new Array<number>(10 * (ROLLOUT_END / BUCKET)).fill(0);
  let state = 99;
  const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
  for (let now = 0; ;) {
    now += (-Math.log(random()) * 1_000_000) / rate;
    if (now + 250 >= ROLLOUT_END) return cells;
    table.advance(now);
    const { pods: believed } = log.entry(table.belief(Math.floor(random() * 12), 0));
    const pod = believed[Math.floor(random() * believed.length)]!;
    cells[pod * (ROLLOUT_END / BUCKET) + Math.floor((now + 250) / BUCKET)]!++;
  }
}

/** Two-sample chi-square, in standard deviations above its mean; `ratio`: expected count of `a` over that of `b`. */
function distance(a: readonly number[], b: readonly number[], ratio: number): number {
  let statistic = 0;
  let cells = 0;
  a.forEach((count, index) => {
    const other = b[index]!;
    if (count + other < 10) return;
    statistic += (count / Math.sqrt(ratio) - other * Math.sqrt(ratio)) ** 2 / (count + other);
    cells++;
  });
  return (statistic - cells) / Math.sqrt(2 * cells);
}

describe("in a rollout", () => {
  const central = centralHistogram(40_000);

  test("arrivals split at the endpoints are those of a central source, endpoint by endpoint and bucket by bucket", () => {
    const split = histogramOf("poisson-arrival-rate", 1, 10_000);
    expect(Math.abs(distance(split, central, 0.25))).toBeLessThan(4);
  });

  test("requests sent as messages are too", () => {
    const messages = histogramOf("constant-arrival-rate", 1, 10_000);
    expect(distance(messages, central, 0.25)).toBeLessThan(4);
  });

  test("the comparison would see proxies that learn 20 ms later", () => {
    const late = histogramOf("poisson-arrival-rate", 1, 10_000);
    const shifted = late.map(
      (_, index) => late[index]! + (index % (ROLLOUT_END / BUCKET) === 0 ? 0 : Math.round(0.1 * (late[index - 1]! - late[index]!))),
    );
    expect(Math.abs(distance(shifted, central, 0.25))).toBeGreaterThan(4);
  });
});

describe("Poisson arrivals", () => {
  test("keep their rate exactly, rounded to whole µs, and vary as they should", () => {
    // 50,000/s at one endpoint: a mean gap of 20 µs, where careless rounding would cost 2 %.
    const counts = new Array<number>(200).fill(0);
    runRig(
      plan({
        duration: 2 * SECOND,
        behaviour: { ...quickBehaviour, concurrency: 100_000, serviceTime: { type: "constant", value: 1 } },
        writes: [{ at: 0, service: 0, pods: [0] }],
        loads: [load({ executor: "poisson-arrival-rate", rate: 50_000 } as Partial<RigLoad>)],
        onArrival: (_, now) => void counts[Math.floor(now / (10 * MILLISECOND))]!++,
      }),
    );
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(Math.abs(mean - 500)).toBeLessThan(4 * Math.sqrt(500 / 200));
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1);
    expect(variance / mean).toBeGreaterThan(0.65);
    expect(variance / mean).toBeLessThan(1.4);
  });

  test("come only within the load's span", () => {
    const instants: number[] = [];
    for (const executor of ["poisson-arrival-rate", "constant-arrival-rate"]) {
      runRig(
        plan({
          loads: [load({ executor, rate: 1000, from: 3 * SECOND, until: 4 * SECOND } as Partial<RigLoad>)],
          onArrival: (_, now) => void instants.push(now),
        }),
      );
    }
    expect(Math.min(...instants)).toBeGreaterThanOrEqual(3 * SECOND + 250);
    expect(Math.max(...instants)).toBeLessThan(4 * SECOND + 250);
    expect(instants.length).toBeGreaterThan(1850);
    expect(instants.length).toBeLessThan(2150);
  });

  test("that find no endpoint come from the source, as many as places see none", () => {
    const result = runRig(
      plan({
        duration: 30 * SECOND,
        behaviour: { ...quickBehaviour, concurrency: 100 },
        loads: [load({ executor: "poisson-arrival-rate", rate: 500 } as Partial<RigLoad>)],
        writes: [
          { at: 0, service: 0, pods: [0, 1] },
          { at: 10 * SECOND, service: 0, pods: [] },
          { at: 20 * SECOND, service: 0, pods: [1] },
        ],
      }),
    );
    const { sent, lost } = result.totals[0]!;
    expect(Math.abs(sent - 15_000)).toBeLessThan(5 * Math.sqrt(15_000));
    expect(Math.abs(lost - 5000)).toBeLessThan(5 * Math.sqrt(5000));
    expect(losses(result)).toEqual([`no endpoint: no endpoint × ${lost}`]);
    // The cause of the version that is empty.
    expect(result.losses.map((loss) => loss.cause)).toEqual([2]);
  });

  test("begin when the first endpoints appear in an empty cluster", () => {
    const first = { at: Infinity };
    const result = runRig(
      plan({
        settled: false,
        behaviour: { ...quickBehaviour, concurrency: 100 },
        loads: [load({ executor: "poisson-arrival-rate", rate: 1000 } as Partial<RigLoad>)],
        writes: [{ at: 2 * SECOND, service: 0, pods: [0, 1] }],
        onArrival: (_, now) => void (first.at = Math.min(first.at, now)),
      }),
    );
    expect(first.at).toBeGreaterThan(2 * SECOND + 11 * MILLISECOND);
    expect(first.at).toBeLessThan(2 * SECOND + 30 * MILLISECOND);
    expect(Math.abs(result.totals[0]!.lost - 2011)).toBeLessThan(5 * Math.sqrt(2011));
    expectBalance(result);
  });
});

describe("the books", () => {
  test("leave out what was sent during the warm-up, whole; the time series show it", () => {
    const result = runRig(plan({ warmup: 4 * SECOND }));
    expect(result.totals).toEqual([{ sent: 600, answered: 599, lost: 0, inFlight: 1 }]);
    expect(result.metrics[0]!.timeSeries["sent{load=load}"]!.slice(0, 10)).toEqual(new Array<number>(10).fill(100));
    expect(result.metrics[0]!.timeSeries["answered{load=load}"]!.slice(0, 10).reduce((sum, count) => sum + count, 0)).toBe(999);
  });

  const turns: Turn[] = ["listen", "listen", "listen", "stopListening", "crash", "runOutOfMemory", "vanish", "loseNode"];
  const anyLoad = fc.record({
    executor: fc.constantFrom("poisson-arrival-rate", "constant-arrival-rate"),
    rate: fc.integer({ min: 1, max: 400 }),
    from: fc.integer({ min: 0, max: 2 * SECOND }),
    until: fc.integer({ min: 2 * SECOND, max: 5 * SECOND }),
    timeout: fc.integer({ min: 1 * MILLISECOND, max: 2 * SECOND }),
    retries: fc.record({ max: fc.integer({ min: 0, max: 3 }), backoff: fc.integer({ min: 0, max: 300 * MILLISECOND }) }),
    places: fc.integer({ min: 1, max: 9 }),
    target: fc.integer({ min: 0, max: 1 }),
  });
  const anyPlan = fc
    .record({
      seed: fc.integer({ min: 0, max: 1_000_000 }),
      warmup: fc.constantFrom(0, 1 * SECOND),
      settled: fc.boolean(),
      concurrency: fc.integer({ min: 1, max: 4 }),
      queue: fc.integer({ min: 0, max: 6 }),
      memoryLimitInFlight: fc.integer({ min: 2, max: 20 }),
      loads: fc.array(anyLoad, { minLength: 1, maxLength: 3 }),
      writes: fc.array(
        fc.record({ at: fc.integer({ min: 1, max: 4 * SECOND }), service: fc.nat(1), pods: fc.uniqueArray(fc.nat(7), { maxLength: 8 }) }),
        { maxLength: 8 },
      ),
      turns: fc.array(fc.record({ at: fc.integer({ min: 1, max: 5 * SECOND }), pod: fc.nat(7), turn: fc.constantFrom(...turns) }), {
        maxLength: 12,
      }),
      asleep: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    })
    .map(({ concurrency, queue, asleep, loads, writes, turns: list, ...rest }): RigPlan => ({
      ...rest,
      duration: 5 * SECOND,
      settings: defaultSettings,
      nodes: 3,
      shards: 1,
      behaviour: { ...quickBehaviour, concurrency, queue, serviceTime: { type: "logNormal", median: 15 * MILLISECOND, p99: 2 * SECOND } },
      loads: loads.map((one, index) => load({ ...one, name: `load ${index}` } as Partial<RigLoad>)),
      pods: asleep.map((isAsleep, pod) => ({ node: pod % 3, asleep: isAsleep })),
      writes: [
        { at: 0, service: 0, pods: [0, 1, 2, 3] },
        { at: 0, service: 1, pods: [3, 4] },
        ...writes.map((write) => ({ ...write, pods: [...write.pods].sort((a, b) => a - b) })).sort((a, b) => a.at - b.at),
      ],
      turns: [...list].sort((a, b) => a.at - b.at),
    }));

  property.prop([anyPlan], { numRuns: 150 })("balance, whatever happens", (random) => {
    expectBalance(runRig(random));
  });

  property.prop([anyPlan], { numRuns: 60 })("are the same on one, two and three shards", (random) => {
    const one = runRig(random);
    for (const shards of [2, 3]) {
      const many = runRig({ ...random, shards });
      expect(many.totals).toEqual(one.totals);
      expect(many.losses).toEqual(one.losses);
      expect(many.events).toBe(one.events);
    }
  });
});
