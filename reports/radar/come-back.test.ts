/** Whether a run came back, on results whose series are written by hand. */
import { describe, expect, test } from "vitest";
import type { RunResult } from "../../engine/result.ts";
import { sampleResult } from "../testdata/sample-result.ts";
import { comeBackOf, type ComeBack } from "./come-back.ts";

const SECOND = 1_000_000;
const LENGTH = 120;

interface Shape {
  /** Of so many sent in each second; 100 unless given. */
  readonly answered?: (second: number) => number;
  readonly sent?: (second: number) => number;
  readonly available?: (second: number) => number;
  readonly restarts?: (second: number) => number;
  readonly executor?: string;
  readonly fault?: readonly [from: number, until: number] | null;
}

/** One load and one workload of ten replicas; a fault from 40 s to 50 s. */
function result(shape: Shape): RunResult {
  const seconds = (value: (second: number) => number): number[] => Array.from({ length: LENGTH }, (_, second) => value(second));
  const changes = (value: (second: number) => number): number[] =>
    seconds((second) => value(second) - (second === 0 ? 0 : value(second - 1)));
  const sample = sampleResult();
  const fault = shape.fault === undefined ? ([40, 50] as const) : shape.fault;
  const faults = fault === null ? [] : [{ ...sample.control.faults[0]!, from: fault[0] * SECOND, until: fault[1] * SECOND }];
  return {
    ...sample,
    duration: LENGTH * SECOND,
    end: LENGTH * SECOND,
    warmup: 0,
    names: {
      ...sample.names,
      loads: [{ name: "web", service: "default/web", executor: shape.executor ?? "poisson-arrival-rate", rate: 100 }],
    },
    control: { ...sample.control, faults },
    metrics: {
      ...sample.metrics,
      bucketWidth: SECOND,
      timeSeries: {
        "sent{load=web}": seconds(shape.sent ?? (() => 100)),
        "answered{load=web}": seconds(shape.answered ?? (() => 100)),
        "desired{workload=default/web}": changes(() => 10),
        "available{workload=default/web}": changes(shape.available ?? (() => 10)),
        "restarts_series{workload=default/web}": seconds(shape.restarts ?? (() => 0)),
      },
    },
  };
}

function judged(shape: Shape, within: number | null = null): ComeBack {
  return comeBackOf(result(shape), { window: 10 * SECOND, within: within === null ? null : within * SECOND });
}

describe("a run", () => {
  const down =
    (from: number, until: number, level = 0) =>
    (second: number) =>
      second >= from && second < until ? level : 100;

  test("is back from the window on after which all is as before", () => {
    expect(judged({})).toMatchObject({ state: "back", recovery: 0, before: 1, after: 1, why: "" });
    expect(judged({ answered: down(40, 50) })).toMatchObject({ state: "back", recovery: 0 });
    expect(judged({ answered: down(40, 75) })).toMatchObject({ state: "back", recovery: 30 * SECOND });
  });

  test.each<[string, Shape, string]>([
    ["requests", { answered: down(40, LENGTH, 30) }, "30 % of the requests answered"],
    ["replicas", { available: (second) => (second < 42 ? 10 : 7) }, "3 of 10 replicas missing"],
    ["restarts", { restarts: (second) => (second > 42 && second % 10 === 0 ? 4 : 0) }, "4 restarts"],
    ["a second fall", { answered: (second) => (second > 40 && (second < 60 || second > 112) ? 0 : 100) }, "30 % of the requests answered"],
  ])("stays down for %s that aren't as before", (_, shape, why) => {
    const { state, recovery, why: said } = judged(shape);
    expect([state, recovery]).toEqual(["stays down", null]);
    expect(said).toContain(why);
  });

  test("that is slower than asked for doesn't count as back, and says how slow it was", () => {
    expect(judged({ answered: down(40, 75) }, 30).state).toBe("back");
    expect(judged({ answered: down(40, 75) }, 20)).toMatchObject({
      state: "stays down",
      recovery: 30 * SECOND,
      why: "back only after 30s",
    });
  });

  test("is held against its own level before: a fall that is always there is none, chance isn't either", () => {
    expect(judged({ answered: () => 92 }).state).toBe("back");
    expect(judged({ answered: (second) => (second < 60 ? 100 : 94) }).state).toBe("back");
    expect(judged({ answered: (second) => (second < 60 ? 100 : 88) }).state).toBe("stays down");
    expect(judged({ restarts: (second) => (second % 10 === 3 ? 2 : 0) }).state).toBe("back");
  });

  test("that didn't carry its load before the trigger either has nothing to come back to", () => {
    expect(judged({ answered: () => 60 })).toMatchObject({ state: "down before", why: "60 % answered before the trigger" });
  });

  test("of users who wait for their answers is measured by how many come", () => {
    const answered = (second: number): number => (second < 40 ? 100 : 20);
    expect(judged({ answered, sent: answered }).state).toBe("back");
    expect(judged({ answered, sent: answered, executor: "constant-vus" })).toMatchObject({ state: "stays down", after: 0.2 });
  });

  test("without a trigger, or without time before and after it, can't be judged", () => {
    expect(judged({ fault: null }).state).toBe("not triggered");
    expect([judged({ fault: [5, 50] }).state, judged({ fault: [40, 115] }).state, judged({ fault: [40, LENGTH] }).state]).toEqual([
      "too short",
      "too short",
      "too short",
    ]);
  });
});
