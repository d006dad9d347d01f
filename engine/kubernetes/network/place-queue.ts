/** The pending steps of the Service proxies: a small binary heap by (time, place), one entry a place at most. */
import { NEVER, type VirtualTime } from "../../kernel/time.ts";

export class PlaceQueue {
  /** NEVER when nothing is pending. */
  headTime: VirtualTime = NEVER;
  private times = new Float64Array(16);
  private places = new Int32Array(16);
  private size = 0;

  push(time: VirtualTime, place: number): void {
    if (this.size === this.times.length) this.grow();
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(time, place, parent)) break;
      this.times[at] = this.times[parent]!;
      this.places[at] = this.places[parent]!;
      at = parent;
    }
    this.times[at] = time;
    this.places[at] = place;
    this.headTime = this.times[0]!;
  }

  /** Removes the head and returns its place. */
  pop(): number {
    const head = this.places[0]!;
    const last = --this.size;
    const time = this.times[last]!;
    const place = this.places[last]!;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= last) break;
      if (child + 1 < last && this.before(this.times[child + 1]!, this.places[child + 1]!, child)) child++;
      if (this.before(time, place, child)) break;
      this.times[at] = this.times[child]!;
      this.places[at] = this.places[child]!;
      at = child;
    }
    this.times[at] = time;
    this.places[at] = place;
    this.headTime = last === 0 ? NEVER : this.times[0]!;
    return head;
  }

  private before(time: VirtualTime, place: number, at: number): boolean {
    const other = this.times[at]!;
    return time !== other ? time < other : place < this.places[at]!;
  }

  private grow(): void {
    const times = new Float64Array(this.times.length * 2);
    times.set(this.times);
    this.times = times;
    const places = new Int32Array(this.places.length * 2);
    places.set(this.places);
    this.places = places;
  }
}
