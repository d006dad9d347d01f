/** How often something happens at present: over the running window and the one before it. What fills a retry budget whose rate nobody knows beforehand. */
import { SECOND, type VirtualTime } from "../kernel/time.ts";

const WINDOW = 10 * SECOND;

export class PresentRate {
  private from: VirtualTime = 0;
  private count = 0;
  private before = 0;

  note(now: VirtualTime): void {
    this.turn(now);
    this.count++;
  }

  /** Per µs. */
  at(now: VirtualTime): number {
    this.turn(now);
    return (this.count + this.before) / (now - this.from + WINDOW);
  }

  private turn(now: VirtualTime): void {
    if (now < this.from + WINDOW) return;
    this.before = now < this.from + 2 * WINDOW ? this.count : 0;
    this.count = 0;
    this.from = now - (now % WINDOW);
  }
}
