/**
 * Working set of an instance over time: base, plus growth since its start, plus a share for each request in
 * flight. Crossing the limit is an OOM kill; so the number in flight that crosses it is an integer, and one
 * instant stands for growth alone.
 */
import { SECOND, type Duration } from "../kernel/time.ts";
import type { ApplicationBehaviour } from "./application.ts";

export type Memory = ApplicationBehaviour["memory"];

/** Bytes at an age, with so many requests in flight. */
export function workingSet(memory: Memory, age: Duration, inFlight: number): number {
  return memory.base + (memory.growth * age) / SECOND + memory.perRequest * inFlight;
}

/** Most bytes that a container may ever hold, with so many requests in flight at most; Infinity: it grows without a limit. */
export function workingSetMax(memory: Memory, limit: number, inFlight: number): number {
  return Math.min(limit, memory.growth > 0 ? Infinity : workingSet(memory, 0, inFlight));
}

/** Most requests in flight that the limit allows at this age; Infinity: requests don't matter. */
export function inFlightMax(memory: Memory, limit: number, age: Duration): number {
  if (memory.perRequest <= 0 || limit === Infinity) return Infinity;
  return Math.max(0, Math.floor((limit - workingSet(memory, age, 0)) / memory.perRequest));
}

/** Age at which the limit is crossed with so many requests in flight all the time; Infinity: never. */
export function crossingAge(memory: Memory, limit: number, inFlight: number): Duration {
  const room = limit - workingSet(memory, 0, inFlight);
  if (room < 0) return 0;
  return memory.growth <= 0 || limit === Infinity ? Infinity : Math.floor((room / memory.growth) * SECOND) + 1;
}
