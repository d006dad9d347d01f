/** What queueing theory says, against the model: within 3 standard errors, taken over independent endpoints. */
import { describe, expect, test } from "vitest";
import type { ApplicationBehaviour } from "../application/application.ts";
import type { Distribution } from "../kernel/distribution.ts";
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import { runRig, type RigPlan, type RigResult } from "./traffic-rig.ts";
import { flatSettings, testLoad, type RigLoad } from "./test-plan.ts";

/** Both ways together. */
const WAYS = 500;

function load(fields: Partial<RigLoad> & { readonly target: number }): RigLoad {
  return testLoad({
    name: `load ${fields.target}`,
    executor: "poisson-arrival-rate",
    until: 100_000 * SECOND,
    timeout: 1000 * SECOND,
    ...fields,
  });
}

function run(fields: Pick<RigPlan, "loads" | "pods" | "writes" | "behaviour"> & Partial<RigPlan>): RigResult {
  return runRig({
    duration: 1000 * SECOND,
    warmup: 20 * SECOND,
    seed: 11,
    settings: flatSettings,
    nodes: 1,
    turns: [],
    settled: true,
    shards: 1,
    ...fields,
  });
}

/** Mean and standard error of one figure per endpoint. */
function expectWithin(values: readonly number[], expected: number, errors = 3): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const error = Math.sqrt(variance / values.length);
  expect(Math.abs(mean - expected) / error, `mean ${mean}, expected ${expected}, standard error ${error}`).toBeLessThan(errors);
  // So that a wrong model can't hide behind a wide error.
  expect(error / expected).toBeLessThan(0.02);
}

/** Mean time in the system, in ms, of each of 20 independent servers under the same load. */
function timesInSystem(serviceTime: Distribution, concurrency: number, rate: number, duration: number): readonly number[] {
  const servers = Array.from({ length: 20 }, (_, index) => index);
  const result = run({
    duration: duration * SECOND,
    behaviour: { serviceTime, concurrency, queue: 1_000_000 } as ApplicationBehaviour,
    pods: servers.map(() => ({ node: 0 })),
    writes: servers.map((server) => ({ at: 0, service: server, pods: [server] })),
    loads: servers.map((server) => load({ target: server, rate })),
  });
  return servers.map((server) => {
    const { count, sum } = result.metrics[0]!.histograms[`request_duration{load=load ${server}}`]!;
    return (sum / count - WAYS) / MILLISECOND;
  });
}

/** Probability that all of `servers` are busy. */
function erlangC(servers: number, offered: number): number {
  let blocking = 1;
  for (let count = 1; count <= servers; count++) blocking = (offered * blocking) / (count + offered * blocking);
  return blocking / (1 - (offered / servers) * (1 - blocking));
}

describe("the time in the system", () => {
  const exponential = { type: "exponential", mean: 10 * MILLISECOND } as const;

  test("of M/M/1 is 1 ÷ (μ - λ)", () => {
    expectWithin(timesInSystem(exponential, 1, 70, 700), 1000 / (100 - 70));
  });

  test("of M/M/c is a service and Erlang's wait", () => {
    const offered = 3.2;
    const wait = (erlangC(4, offered) * 10) / (4 - offered);
    expectWithin(timesInSystem(exponential, 4, offered * 100, 200), 10 + wait);
  });

  test.each<[string, Distribution, number, number]>([
    ["uniform", { type: "uniform", min: 0, max: 20 * MILLISECOND }, 10, 400 / 3],
    ["constant", { type: "constant", value: 10 * MILLISECOND }, 10, 100],
    // Median m and deviation s of the logarithm: mean m e^(s²/2), second moment m² e^(2s²).
    [
      "log-normal",
      { type: "logNormal", median: 8 * MILLISECOND, p99: 32 * MILLISECOND },
      8 * Math.exp((Math.log(4) / 2.3263478740408408) ** 2 / 2),
      64 * Math.exp(2 * (Math.log(4) / 2.3263478740408408) ** 2),
    ],
  ])("of M/G/1 with %s service is Pollaczek and Khinchine's", (_, serviceTime, mean, secondMoment) => {
    const rate = 65;
    const wait = ((rate / 1000) * secondMoment) / (2 * (1 - (rate / 1000) * mean));
    expectWithin(timesInSystem(serviceTime, 1, rate, 500), mean + wait);
  });
});

test("a split Poisson stream is independent Poisson streams: counts vary as their mean and apart from each other", () => {
  const seconds = 2000;
  const endpoints = 4;
  const counts = Array.from({ length: endpoints }, () => new Float64Array(seconds));
  run({
    duration: seconds * SECOND,
    behaviour: { serviceTime: { type: "constant", value: 1 }, concurrency: 100, queue: 100 } as ApplicationBehaviour,
    pods: counts.map(() => ({ node: 0 })),
    writes: [{ at: 0, service: 0, pods: [0, 1, 2, 3] }],
    loads: [load({ target: 0, rate: 100 })],
    onArrival: (pod, now) => counts[pod]![Math.floor(now / SECOND)]!++,
  });
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const covariance = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, value, index) => sum + (value - mean(a)) * (b[index]! - mean(b)), 0) / (a.length - 1);
  for (const count of counts) {
    expect(Math.abs(mean(count) - 25)).toBeLessThan(3 * Math.sqrt(25 / seconds));
    // Of a Poisson count, variance ÷ mean is 1; its standard error √(2/n).
    expect(Math.abs(covariance(count, count) / mean(count) - 1)).toBeLessThan(3 * Math.sqrt(2 / seconds));
  }
  for (let one = 0; one < endpoints; one++)
    for (let other = 0; other < one; other++)
      expect(Math.abs(covariance(counts[one]!, counts[other]!) / 25)).toBeLessThan(3.5 / Math.sqrt(seconds));
});

test.each([
  ["split at the endpoints", false],
  ["sent as messages", true],
])("retries with exponential back-off, %s, are as many, as late and as vain as independent failures make them", (_, neverSplits) => {
  // Of five endpoints two refuse: each attempt fails with p = 0.4, whatever happened before.
  const p = 0.4;
  const max = 3;
  const backoff = 100;
  const services = Array.from({ length: 20 }, (__, index) => index);
  const result = run({
    neverSplits,
    duration: 60 * SECOND,
    seed: 1,
    warmup: 0,
    behaviour: { serviceTime: { type: "constant", value: 10 * MILLISECOND }, concurrency: 1000, queue: 0 } as ApplicationBehaviour,
    pods: services.flatMap(() => [0, 1, 2, 3, 4].map((index) => ({ node: 0, asleep: index < 2 }))),
    writes: services.map((service) => ({ at: 0, service, pods: [0, 1, 2, 3, 4].map((index) => service * 5 + index) })),
    loads: services.map((service) =>
      load({ target: service, rate: 250, until: 50 * SECOND, retries: { max, backoff: backoff * MILLISECOND } }),
    ),
  });
  const { counters, histograms } = result.metrics[0]!;
  const of = (name: string, service: number): number => counters[`${name}{load=load ${service}}`]!;
  expectWithin(
    services.map((service) => of("requests_answered", service) / of("requests_sent", service)),
    1 - p ** (max + 1),
  );
  expectWithin(
    services.map((service) => of("attempts_repeated", service) / of("requests_sent", service)),
    p + p ** 2 + p ** 3,
  );
  // An answer after k failures: each refusal takes both ways, then waits of 1, 2, … back-offs.
  const chances = Array.from({ length: max + 1 }, (__, failures) => p ** failures * (1 - p));
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  const latency =
    chances.reduce((sum, chance, failures) => sum + chance * (10 + 0.5 * (failures + 1) + backoff * (2 ** failures - 1)), 0) / total;
  expectWithin(
    services.map((service) => {
      const { count, sum } = histograms[`request_duration{load=load ${service}}`]!;
      return sum / count / MILLISECOND;
    }),
    latency,
  );
});
