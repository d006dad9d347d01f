/**
 * What the kubelets asked of the world while the simulator ran. A port call only appends here; the host
 * carries the list out afterwards, in order, because starting a process blocks for milliseconds and the
 * events behind it must not wait for that.
 */
import type { Histogram } from "../../engine/metrics/histogram.ts";
import type { VirtualTime } from "../../engine/kernel/time.ts";
import type { LiveClock } from "./wall-clock.ts";

export class Outbox {
  private orders: { readonly at: VirtualTime; readonly carryOut: () => void }[] = [];
  private readonly clock: LiveClock;
  /** How long after its virtual instant each order was carried out, in µs: the part of every measured lag that is ours. */
  private readonly lag: Histogram;

  constructor(clock: LiveClock, lag: Histogram) {
    this.clock = clock;
    this.lag = lag;
  }

  append(at: VirtualTime, carryOut: () => void): void {
    this.orders.push({ at, carryOut });
  }

  get size(): number {
    return this.orders.length;
  }

  carryOut(): void {
    const orders = this.orders;
    if (orders.length === 0) return;
    this.orders = [];
    for (const order of orders) {
      this.lag.record(Math.max(0, this.clock.now() - order.at));
      order.carryOut();
    }
  }
}
