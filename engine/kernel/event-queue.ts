/**
 * The future event list: pending events in the order of their keys (event.ts). `pop` moves the head
 * into the queue's own fields, so no object is made per event. Hot: bench/event-queue.bench.ts.
 */
import { NEVER, type VirtualTime } from "./time.ts";

export interface FutureEventList {
  readonly size: number;
  /** Key of the head; `headTime` is NEVER when the list is empty. */
  readonly headTime: VirtualTime;
  readonly headClassAndOrigin: number;
  readonly headNumber: number;
  push(time: VirtualTime, classAndOrigin: number, number: number, receiver: number, payload: number): void;
  /** Removes the head and shows it in `time`, `classAndOrigin`, `number`, `receiver`, `payload`. */
  pop(): void;
  readonly time: VirtualTime;
  readonly classAndOrigin: number;
  readonly number: number;
  readonly receiver: number;
  readonly payload: number;
  clear(): void;
}

/** Plain 4-ary heap on typed columns: O(log n), the yardstick of every cleverer list. */
export class EventQueue implements FutureEventList {
  size = 0;
  headTime: VirtualTime = NEVER;
  headClassAndOrigin = 0;
  headNumber = 0;
  time: VirtualTime = 0;
  classAndOrigin = 0;
  number = 0;
  receiver = 0;
  payload = 0;
  private times = new Float64Array(64);
  private words = new Uint32Array(64 * 4);

  push(time: VirtualTime, classAndOrigin: number, number: number, receiver: number, payload: number): void {
    if (this.size === this.times.length) this.grow();
    let at = this.size++;
    const times = this.times;
    const words = this.words;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      if (!this.before(time, classAndOrigin, number, parent)) break;
      this.move(parent, at);
      at = parent;
    }
    times[at] = time;
    words[at * 4] = classAndOrigin;
    words[at * 4 + 1] = number;
    words[at * 4 + 2] = receiver;
    words[at * 4 + 3] = payload;
    if (at === 0) this.showHead();
  }

  pop(): void {
    const times = this.times;
    const words = this.words;
    this.time = times[0]!;
    this.classAndOrigin = words[0]!;
    this.number = words[1]!;
    this.receiver = words[2]!;
    this.payload = words[3]!;
    const last = --this.size;
    if (last > 0) {
      const time = times[last]!;
      const classAndOrigin = words[last * 4]!;
      const number = words[last * 4 + 1]!;
      const receiver = words[last * 4 + 2]!;
      const payload = words[last * 4 + 3]!;
      let at = 0;
      for (;;) {
        const first = at * 4 + 1;
        if (first >= last) break;
        let least = first;
        const end = first + 4 < last ? first + 4 : last;
        for (let child = first + 1; child < end; child++) {
          if (this.before(times[child]!, words[child * 4]!, words[child * 4 + 1]!, least)) least = child;
        }
        if (this.before(time, classAndOrigin, number, least)) break;
        this.move(least, at);
        at = least;
      }
      times[at] = time;
      words[at * 4] = classAndOrigin;
      words[at * 4 + 1] = number;
      words[at * 4 + 2] = receiver;
      words[at * 4 + 3] = payload;
    }
    this.showHead();
  }

  clear(): void {
    this.size = 0;
    this.showHead();
  }

  private before(time: VirtualTime, classAndOrigin: number, number: number, at: number): boolean {
    const other = this.times[at]!;
    if (time !== other) return time < other;
    const otherClass = this.words[at * 4]!;
    if (classAndOrigin !== otherClass) return classAndOrigin < otherClass;
    return number < this.words[at * 4 + 1]!;
  }

  private move(from: number, to: number): void {
    this.times[to] = this.times[from]!;
    const words = this.words;
    words[to * 4] = words[from * 4]!;
    words[to * 4 + 1] = words[from * 4 + 1]!;
    words[to * 4 + 2] = words[from * 4 + 2]!;
    words[to * 4 + 3] = words[from * 4 + 3]!;
  }

  private showHead(): void {
    if (this.size === 0) {
      this.headTime = NEVER;
      return;
    }
    this.headTime = this.times[0]!;
    this.headClassAndOrigin = this.words[0]!;
    this.headNumber = this.words[1]!;
  }

  private grow(): void {
    const times = new Float64Array(this.times.length * 2);
    times.set(this.times);
    this.times = times;
    const words = new Uint32Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
  }
}
