/** Evenly spaced arrivals: the n-th lies in the middle of the n-th interval, so no error adds up and `rate × duration` is exact. */
import type { VirtualTime } from "../kernel/time.ts";

/** Instant of arrival `number` (from 0) of a load that begins at `from` with `rate` per second. */
export function evenArrival(from: VirtualTime, rate: number, number: number): VirtualTime {
  return from + Math.floor(((number + 0.5) * 1_000_000) / rate);
}
