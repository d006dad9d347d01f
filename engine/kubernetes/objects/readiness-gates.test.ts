import { describe, expect, it } from "vitest";
import { PodCondition } from "./pod.ts";
import {
  areGatesTrue,
  gatedConditions,
  gatesMessage,
  gateStatus,
  gateStatusNames,
  GateStatus,
  GATES_MAX,
  openGates,
  withGate,
} from "./readiness-gates.ts";

const everything = Object.values(PodCondition).reduce((bits, bit) => bits | bit, 0);

describe("readiness gates", () => {
  it("keep to their own bits, for any gate and status", () => {
    for (let gate = 0; gate < GATES_MAX; gate++) {
      for (const status of Object.values(GateStatus)) {
        const bits = withGate(everything | openGates(GATES_MAX), gate, status);
        expect(bits & everything).toBe(everything);
        expect(bits).toBeGreaterThan(0);
        expect(gateStatus(bits, gate)).toBe(status);
        expect(areGatesTrue(GATES_MAX, bits)).toBe(status === GateStatus.True);
      }
    }
  });

  it("withhold Ready alone until all are True", () => {
    const ready = PodCondition.Ready | PodCondition.ContainersReady;
    expect(gatedConditions(undefined, ready, 0)).toBe(ready);
    expect(gatedConditions(["a"], ready, 0)).toBe(PodCondition.ContainersReady);
    const open = withGate(0, 0, GateStatus.True);
    expect(gatedConditions(["a"], ready, open)).toBe(ready | open);
    expect(gatedConditions(["a", "b"], ready, open)).toBe(PodCondition.ContainersReady | open);
    expect(gatedConditions(["a"], 0, open)).toBe(open);
  });

  it("are named where they aren't True", () => {
    const bits = withGate(withGate(0, 1, GateStatus.True), 2, GateStatus.Unknown);
    const text = gatesMessage(["a", "b", "c"], (_gate, index) => {
      const status = gateStatus(bits, index);
      return status === GateStatus.absent ? null : gateStatusNames[status];
    });
    expect(text).toBe(
      'corresponding condition of pod readiness gate "a" does not exist., the status of pod readiness gate "c" is not "True", but Unknown',
    );
  });
});
