/**
 * The plain future event list: a 4-ary heap on typed columns, O(log n). It is the yardstick of the bucket
 * queue (event-queue.ts), which also keeps its few unsorted events in one. Hot: bench/event-queue.bench.ts.
 */
import type { FutureEventList } from "./event-queue.ts";
import { NEVER, type VirtualTime } from "./time.ts";

export class HeapQueue implements FutureEventList {
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
  /** Class and origin, number, receiver, payload of each record. */
  private words = new Uint32Array(64 * 4);

  push(time: VirtualTime, classAndOrigin: number, number: number, receiver: number, payload: number): void {
    if (this.size === this.times.length) this.grow();
    const times = this.times;
    const words = this.words;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const other = times[parent]!;
      if (time > other || (time === other && !isTieBefore(words, classAndOrigin, number, parent))) break;
      times[at] = other;
      words[at * 4] = words[parent * 4]!;
      words[at * 4 + 1] = words[parent * 4 + 1]!;
      words[at * 4 + 2] = words[parent * 4 + 2]!;
      words[at * 4 + 3] = words[parent * 4 + 3]!;
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
    if (last > 0) this.sink(times[last]!, last);
    this.showHead();
  }

  clear(): void {
    this.size = 0;
    this.showHead();
  }

  /** Puts the record at `last`, which leaves its place, where the root was. */
  private sink(time: VirtualTime, last: number): void {
    const times = this.times;
    const words = this.words;
    const classAndOrigin = words[last * 4]!;
    const number = words[last * 4 + 1]!;
    const receiver = words[last * 4 + 2]!;
    const payload = words[last * 4 + 3]!;
    let at = 0;
    for (;;) {
      const first = at * 4 + 1;
      if (first >= last) break;
      const end = first + 4 < last ? first + 4 : last;
      let least = first;
      let leastTime = times[first]!;
      for (let child = first + 1; child < end; child++) {
        const childTime = times[child]!;
        if (childTime < leastTime || (childTime === leastTime && isTieBefore(words, words[child * 4]!, words[child * 4 + 1]!, least))) {
          least = child;
          leastTime = childTime;
        }
      }
      if (time < leastTime || (time === leastTime && isTieBefore(words, classAndOrigin, number, least))) break;
      times[at] = leastTime;
      words[at * 4] = words[least * 4]!;
      words[at * 4 + 1] = words[least * 4 + 1]!;
      words[at * 4 + 2] = words[least * 4 + 2]!;
      words[at * 4 + 3] = words[least * 4 + 3]!;
      at = least;
    }
    times[at] = time;
    words[at * 4] = classAndOrigin;
    words[at * 4 + 1] = number;
    words[at * 4 + 2] = receiver;
    words[at * 4 + 3] = payload;
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

/** Whether (classAndOrigin, number) comes before the record at `at`, at the same time. */
function isTieBefore(words: Uint32Array, classAndOrigin: number, number: number, at: number): boolean {
  const other = words[at * 4]!;
  return classAndOrigin !== other ? classAndOrigin < other : number < words[at * 4 + 1]!;
}
