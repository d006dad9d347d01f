/**
 * How a load spreads over its endpoints, for loads whose requests are messages: counted at the source, by Pod.
 * Hot: `note`, bench/traffic.bench.ts.
 */
import type { VirtualTime } from "../kernel/time.ts";
import type { Accounting } from "./accounting.ts";
import { grown } from "./request-pool.ts";

/** Numbers of a Pod: how many first attempts, when the first, when the last. */
const FIELDS = 3;

export class EndpointUse {
  private readonly byLoad: (Float64Array | undefined)[] = [];

  /** A first attempt goes to `pod`. */
  note(load: number, pod: number, now: VirtualTime): void {
    let uses = this.byLoad[load];
    const base = pod * FIELDS;
    if (uses === undefined || base >= uses.length) uses = this.grow(load, base);
    if (uses[base]!++ === 0) uses[base + 1] = now;
    uses[base + 2] = now;
  }

  /** From first to last: when an endpoint was removed isn't known here. */
  finish(accounting: Accounting): void {
    this.byLoad.forEach((uses = EMPTY, load) => {
      for (let base = 0; base < uses.length; base += FIELDS)
        if (uses[base]! > 0) accounting.useEndpoint(load, uses[base]!, uses[base + 2]! - uses[base + 1]!);
    });
  }

  private grow(load: number, base: number): Float64Array {
    const before = this.byLoad[load] ?? EMPTY;
    const uses = grown(before, new Float64Array(Math.max(64 * FIELDS, before.length * 2, (base / FIELDS + 1) * FIELDS)));
    this.byLoad[load] = uses;
    return uses;
  }
}

const EMPTY = new Float64Array(0);
