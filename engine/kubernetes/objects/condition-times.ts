/**
 * When a Pod's conditions changed last (lastTransitionTime), in whole seconds. A status keeps `readySince` for Ready;
 * for the others a list, but only where they differ from what their neighbours say: PodScheduled,
 * PodReadyToStartContainers, Initialized, AllContainersRestarting and gates changed when the Pod started, ContainersReady when Ready did. Pure.
 */
import { PodCondition, type PodStatus } from "./pod.ts";
import { GATES_MAX, gateStatus } from "./readiness-gates.ts";

/** Positions in the list; a gate stands at `firstGate` and its number. */
export const TimeOf = { podScheduled: 0, readyToStart: 1, initialized: 2, containersReady: 3, allRestarting: 4, firstGate: 5 } as const;

const BITS: readonly number[] = [
  PodCondition.PodScheduled,
  PodCondition.PodReadyToStartContainers,
  PodCondition.Initialized,
  PodCondition.ContainersReady,
  PodCondition.AllContainersRestarting,
];

type Instants = Pick<PodStatus, "conditions" | "startTime" | "readySince">;

/** -1: never. */
export function conditionTime(status: Instants & Pick<PodStatus, "conditionTimes">, position: number): number {
  return status.conditionTimes?.[position] ?? expected(status, position);
}

/** The list of a status that follows `old` at `seconds`; undefined: its neighbours say it all. */
export function timesAfter(old: PodStatus, next: Instants, seconds: number): readonly number[] | undefined {
  if (old.conditionTimes === undefined && old.conditions === next.conditions && old.startTime === next.startTime) {
    if (old.readySince === next.readySince) return undefined;
  }
  const times: number[] = [];
  for (let position = 0; position < TimeOf.firstGate + gateCount(next.conditions); position++) {
    const isNew = position !== TimeOf.podScheduled && position < TimeOf.firstGate && old.startTime === -1 && next.startTime !== -1;
    const before = conditionTime(old, position);
    times.push(
      isNew || hasChanged(old.conditions, next.conditions, position) ? seconds : before === -1 ? expected(next, position) : before,
    );
  }
  return compacted(next, times, old.conditionTimes);
}

/** A kubelet's status with the instants of the gates that the API server knows. */
export function withGateTimes(status: PodStatus, known: PodStatus): PodStatus {
  const own = BITS.map((_, position) => conditionTime(status, position));
  const gates = Array.from({ length: gateCount(known.conditions) }, (_, gate) => conditionTime(known, TimeOf.firstGate + gate));
  const conditionTimes = compacted(status, [...own, ...gates], status.conditionTimes);
  return conditionTimes === status.conditionTimes ? status : Object.freeze({ ...status, conditionTimes });
}

export function areSameTimes(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((time, position) => time === b[position]));
}

function compacted(of: Instants, times: readonly number[], known: readonly number[] | undefined): readonly number[] | undefined {
  if (times.every((time, position) => time === expected(of, position))) return undefined;
  return areSameTimes(times, known) ? known : Object.freeze(times);
}

function expected({ startTime, readySince }: Instants, position: number): number {
  return position === TimeOf.containersReady && readySince !== -1 ? readySince : startTime;
}

function hasChanged(old: number, next: number, position: number): boolean {
  const gate = position - TimeOf.firstGate;
  return gate >= 0 ? gateStatus(old, gate) !== gateStatus(next, gate) : ((old ^ next) & BITS[position]!) !== 0;
}

/** As many as it takes for the last gate that anybody has set. */
function gateCount(conditions: number): number {
  let count = GATES_MAX;
  while (count > 0 && gateStatus(conditions, count - 1) === 0) count--;
  return count;
}
