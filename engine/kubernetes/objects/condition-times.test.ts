/** Instants of conditions: kept only where their neighbours don't say them, and never lost. */
import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { conditionTime, timesAfter, TimeOf, withGateTimes } from "./condition-times.ts";
import { PodCondition, pendingPodStatus, type PodStatus } from "./pod.ts";
import { GateStatus, withGate } from "./readiness-gates.ts";

const started: PodStatus = { ...pendingPodStatus, conditions: PodCondition.PodScheduled, startTime: 3 };

function after(old: PodStatus, change: Partial<PodStatus>, seconds: number): PodStatus {
  const next = { ...old, ...change };
  return { ...next, conditionTimes: timesAfter(old, next, seconds) };
}

describe("a Pod's conditions", () => {
  it("need no list while they changed with the start and with Ready", () => {
    const all = PodCondition.PodScheduled | PodCondition.Initialized;
    const first = after(pendingPodStatus, { conditions: all, startTime: 3 }, 3);
    expect(first.conditionTimes).toBeUndefined();
    const ready = after(first, { conditions: all | PodCondition.ContainersReady | PodCondition.Ready, readySince: 9 }, 9);
    expect(ready.conditionTimes).toBeUndefined();
    expect(conditionTime(ready, TimeOf.containersReady)).toBe(9);
    expect(conditionTime(ready, TimeOf.initialized)).toBe(3);
  });

  it("tell when the Pod was bound, if that was before its start", () => {
    const bound = after(pendingPodStatus, { conditions: PodCondition.PodScheduled }, 2);
    const first = after(bound, { startTime: 3 }, 3);
    expect(conditionTime(first, TimeOf.podScheduled)).toBe(2);
    expect(conditionTime(first, TimeOf.initialized)).toBe(3);
  });

  it("keep ContainersReady's instant when Ready alone changes", () => {
    const ready = { ...started, conditions: PodCondition.ContainersReady | PodCondition.Ready, readySince: 9 };
    const lost = after(ready, { conditions: PodCondition.ContainersReady, readySince: 50 }, 50);
    expect(conditionTime(lost, TimeOf.containersReady)).toBe(9);
  });

  it("take gates' instants from who knows them", () => {
    const known = after(started, { conditions: withGate(started.conditions, 1, GateStatus.True) }, 20);
    expect(conditionTime(known, TimeOf.firstGate + 1)).toBe(20);
    expect(conditionTime(withGateTimes({ ...started, conditions: known.conditions }, known), TimeOf.firstGate + 1)).toBe(20);
    expect(withGateTimes(started, started)).toBe(started);
  });
});

const bits = fc.nat(127);
test.prop([fc.array(fc.tuple(bits, fc.boolean()), { maxLength: 20 })])("change when their bits do, and only then", (steps) => {
  let status = started;
  let seconds = 10;
  const expected = [3, 3, 3, 3, 3];
  const positions = [1, 2, 4, 8, 64];
  for (const [conditions, isReadyNew] of steps) {
    seconds++;
    positions.forEach((bit, position) => {
      if (((status.conditions ^ conditions) & bit) !== 0) expected[position] = seconds;
    });
    status = after(status, { conditions, readySince: isReadyNew ? seconds : status.readySince }, seconds);
    expect(expected.map((_, position) => conditionTime(status, position))).toEqual(expected);
  }
});
