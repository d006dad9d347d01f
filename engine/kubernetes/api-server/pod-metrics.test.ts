/** What metrics-server makes of its readings. */
import { describe, expect, it } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { addReading } from "./node-messages.ts";
import { PodMetricsStore } from "./pod-metrics.ts";

const POD = 7;

interface Reading {
  readonly at: number;
  /** Seconds, and CPU seconds since the start. */
  readonly startedAt?: number;
  readonly cpu: number;
  readonly memory?: number;
  readonly container?: number;
  readonly pod?: number;
}

function store(...passes: readonly (readonly Reading[])[]): PodMetricsStore {
  const kept = new PodMetricsStore({ resolution: 15 * SECOND, freshMin: 10 * SECOND });
  for (const readings of passes) {
    const report: number[] = [];
    for (const { startedAt = 0, cpu, memory = 0, container = 0, pod = POD } of readings)
      addReading(report, pod, container, startedAt * SECOND, cpu * SECOND, memory);
    kept.report(0, (readings[0]?.at ?? 60) * SECOND, report);
  }
  return kept;
}

describe("CPU of a container", () => {
  it("is its mean between the last two readings, rounded up to millicores", () => {
    const [metrics] = store([{ at: 20, cpu: 3 }], [{ at: 35, cpu: 6.001, memory: 64 }]).of([POD], 36 * SECOND);
    expect(metrics).toEqual({ pod: POD, at: 35 * SECOND, window: 15 * SECOND, containers: [{ container: 0, cpu: 201, memory: 64 }] });
  });

  it.each([
    [9, null],
    [10, 500],
    [14, 500],
    [15, null],
  ])("of one that is %i s old at its first reading: %j", (age, cpu) => {
    const [metrics] = store([{ at: 30, startedAt: 30 - age, cpu: age / 2 }]).of([POD], 31 * SECOND);
    expect(metrics?.containers[0]!.cpu ?? null).toBe(cpu);
  });

  it("begins anew with a restart: what the instance before used doesn't count", () => {
    const restarted = store([{ at: 20, cpu: 9 }], [{ at: 35, startedAt: 33, cpu: 1 }]);
    expect(restarted.of([POD], 36 * SECOND)).toEqual([]);
  });
});

it("a Pod has metrics once all its containers have", () => {
  const first = { at: 20, cpu: 1 };
  const second = { at: 35, cpu: 2 };
  const young = { at: 35, startedAt: 30, cpu: 1, container: 1 };
  expect(store([first], [second, young]).of([POD], 36 * SECOND)).toEqual([]);
  expect(
    store(
      [first],
      [second, young],
      [
        { at: 50, cpu: 3 },
        { ...young, cpu: 2 },
      ],
    ).of([POD], 51 * SECOND),
  ).toHaveLength(1);
});

it("forgets a Pod that is gone from its node, and all of a node that isn't read any more", () => {
  const readings = [[{ at: 20, cpu: 1 }], [{ at: 35, cpu: 2 }]];
  expect(store(...readings).of([POD], 64 * SECOND)).toHaveLength(1);
  expect(store(...readings).of([POD], 65 * SECOND)).toEqual([]);
  expect(store(...readings, []).of([POD], 61 * SECOND)).toEqual([]);
});

it("answers for the Pods asked for alone", () => {
  const both = (at: number, cpu: number): Reading[] => [
    { at, cpu },
    { at, cpu, pod: 8 },
  ];
  const kept = store(both(20, 1), both(35, 2));
  expect(kept.of([8, 9, POD], 36 * SECOND).map(({ pod }) => pod)).toEqual([8, POD]);
});
