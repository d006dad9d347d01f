/**
 * Readiness gates of a Pod (pkg/kubelet/status/generate.go): conditions of types that the Pod's spec names and that
 * others set. Each gate's status takes two bits of PodStatus.conditions, in the order of the spec. Pure.
 */
import { PodCondition } from "./pod.ts";

/** Statuses as they stand in the bits; absent: nobody has set the condition. */
export const GateStatus = { absent: 0, False: 1, True: 2, Unknown: 3 } as const;
export type GateStatus = (typeof GateStatus)[keyof typeof GateStatus];
export const gateStatusNames: readonly ["absent", "False", "True", "Unknown"] = ["absent", "False", "True", "Unknown"];

/** The bits below belong to the conditions of PodCondition. */
const FIRST_BIT = 12;
/** As many as fit (the model's limit; Kubernetes has none). */
export const GATES_MAX = 9;
/** Bits of PodStatus.conditions that are gates'. */
export const GATE_BITS: number = ((1 << (2 * GATES_MAX)) - 1) << FIRST_BIT;

export function gateStatus(conditions: number, gate: number): GateStatus {
  return ((conditions >>> (FIRST_BIT + 2 * gate)) & 3) as GateStatus;
}

export function withGate(conditions: number, gate: number, status: GateStatus): number {
  const shift = FIRST_BIT + 2 * gate;
  return (conditions & ~(3 << shift)) | (status << shift);
}

/** All of the first `count` gates at True. */
export function openGates(count: number): number {
  let bits = 0;
  for (let gate = 0; gate < count; gate++) bits = withGate(bits, gate, GateStatus.True);
  return bits;
}

export function areGatesTrue(count: number, conditions: number): boolean {
  for (let gate = 0; gate < count; gate++) if (gateStatus(conditions, gate) !== GateStatus.True) return false;
  return true;
}

/** A Pod's conditions with the gates' bits of `known`; without Ready while one of its gates isn't True. */
export function gatedConditions(gates: readonly string[] | undefined, conditions: number, known: number): number {
  const all = (conditions & ~GATE_BITS) | (known & GATE_BITS);
  return areGatesTrue(gates?.length ?? 0, all) ? all : all & ~PodCondition.Ready;
}

/** Message of Ready=False with reason ReadinessGatesNotReady; "": all gates are True. */
export function gatesMessage(gates: readonly string[], statusOf: (gate: string, index: number) => string | null): string {
  const texts: string[] = [];
  gates.forEach((gate, index) => {
    const status = statusOf(gate, index);
    if (status === null) texts.push(`corresponding condition of pod readiness gate "${gate}" does not exist.`);
    else if (status !== "True") texts.push(`the status of pod readiness gate "${gate}" is not "True", but ${status}`);
  });
  return texts.join(", ");
}
