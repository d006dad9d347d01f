/**
 * The future event list: pending events in the order of their keys (event.ts). Hot: bench/event-queue.bench.ts.
 *
 *   now ──► run + heap │ fine ring │ near ring ............ │ far ring .................. │ far heap
 *           sorted       the current  4,096 coarse buckets    1,024 buckets, each as        beyond
 *                        bucket, split                        wide as half the near ring
 *
 * What is far away is only appended to a coarse, unsorted bucket; a bucket is sorted when it becomes
 * current. What is scheduled into the current bucket (a straggler) goes to a small heap that is merged
 * with the sorted run. When stragglers crowd the heap, the rest of the current bucket is split into a ring
 * of finer buckets. The width of a bucket is a power of two, so that indexes are exact; it follows the
 * measured number of events per bucket. None of this can change the order, which is that of the keys.
 */
import { BLOCK_SHIFT, BLOCK_SIZE, BlockPool, BucketRing, NO_BLOCK } from "./bucket-ring.ts";
import { HeapQueue } from "./heap-queue.ts";
import { RecordSorter, insertionSort } from "./record-sort.ts";
import { Records } from "./records.ts";
import { NEVER, type VirtualTime } from "./time.ts";

export interface FutureEventList {
  readonly size: number;
  /** Key of the head; `headTime` is NEVER when the list is empty. */
  readonly headTime: VirtualTime;
  readonly headClassAndOrigin: number;
  readonly headNumber: number;
  /** `time` is finite, `number` and the other words are below 2³². */
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

export interface BucketObserver {
  /** The receivers of the events soon to be popped: words[at × 6 + 4] for `at` in [from, to). */
  bucketLoaded(words: Uint32Array, from: number, to: number): void;
}

/** The near ring holds two far buckets: the current one and the next. */
const FAR_WIDTH = 2048;
const NEAR_SLOTS = 2 * FAR_WIDTH;
const NEAR_MASK = NEAR_SLOTS - 1;
const FAR_SLOTS = 1024;
const FAR_MASK = FAR_SLOTS - 1;
const FINE_SLOTS = 256;
const FINE_SHIFT = 8;
/** About 2 ms, until the first measurement. */
const FIRST_WIDTH_SHIFT = 11;
const WIDTH_SHIFT_MAX = 40;
/** A bucket of a thousand events (24 kB) stays in the cache while it is sorted; with few pending, fewer. */
const BUCKET_EVENTS_MAX = 1024;
const BUCKET_EVENTS_MIN = 32;
/** A heap of this size costs about as much as a bucket. */
const STRAGGLERS_MAX = 512;
const TUNING_EVENTS_MIN = 1024;
/** Beyond this insertion costs more than spreading the hole again. */
const CROWDED_HOLE = 24;

export class EventQueue implements FutureEventList {
  size = 0;
  headTime: VirtualTime = NEVER;
  /** Is shown each bucket that becomes current; only for speed. */
  observer: BucketObserver | null = null;

  /**
   * The current bucket, sorted: [runAt, runEnd) is still to come; at runEnd stands the time NEVER. Record
   * 0 is for what was popped, when it doesn't stay where it was.
   */
  private run = new Records(1024);
  private runTimes = this.run.times;
  private runWords = this.run.words;
  private runAt = 1;
  private runEnd = 1;
  /** Record that was popped last. */
  private poppedAt = 0;
  private isHeadInHeap = false;
  private readonly heap = new HeapQueue();
  private heapLimit = STRAGGLERS_MAX;

  private widthShift = FIRST_WIDTH_SHIFT;
  /** 1 / width in µs. */
  private inverseWidth = 1 / powerOfTwo(FIRST_WIDTH_SHIFT);
  /** Index of the current bucket (time / width, rounded down). */
  private current = -1;
  /** A multiple of the near ring's size at or below the current bucket: a slot is (index - base) mod size. */
  private nearBase = -NEAR_SLOTS;
  /** Index of the first bucket that the near ring doesn't reach. */
  private nearEnd = FAR_WIDTH;
  /** Far bucket in which the current bucket lies. */
  private farCurrent = -1;
  private readonly pool = new BlockPool();
  private readonly near = new BucketRing(this.pool, NEAR_SLOTS);
  private readonly far = new BucketRing(this.pool, FAR_SLOTS);
  private readonly farHeap = new HeapQueue();

  private isSplit = false;
  private readonly fine = new BucketRing(this.pool, FINE_SLOTS);
  private fineCurrent = 0;
  private fineStart: VirtualTime = 0;
  private fineWidthShift = 0;
  private inverseFineWidth = 1;

  private readonly sorter = new RecordSorter();
  private holes = new Uint32Array(1024);
  /** What the tuning measures: events that belonged to the buckets since that one. */
  private seen = 0;
  private tunedAt = 0;

  constructor() {
    this.runTimes[3] = NEVER;
  }

  get time(): VirtualTime {
    return this.runTimes[this.poppedAt * 3]!;
  }

  get classAndOrigin(): number {
    return this.runWords[this.poppedAt * 6 + 2]!;
  }

  get number(): number {
    return this.runWords[this.poppedAt * 6 + 3]!;
  }

  get receiver(): number {
    return this.runWords[this.poppedAt * 6 + 4]!;
  }

  get payload(): number {
    return this.runWords[this.poppedAt * 6 + 5]!;
  }

  get headClassAndOrigin(): number {
    return this.isHeadInHeap ? this.heap.headClassAndOrigin : this.runWords[this.runAt * 6 + 2]!;
  }

  get headNumber(): number {
    return this.isHeadInHeap ? this.heap.headNumber : this.runWords[this.runAt * 6 + 3]!;
  }

  push(time: VirtualTime, classAndOrigin: number, number: number, receiver: number, payload: number): void {
    const index = time * this.inverseWidth;
    if (this.size++ === 0) {
      this.startAt(Math.floor(index));
      this.heap.push(time, classAndOrigin, number, receiver, payload);
      this.chooseHead();
      return;
    }
    if (index >= this.current + 1) {
      if (index < this.nearEnd) this.near.append((index - this.nearBase) & NEAR_MASK, time, classAndOrigin, number, receiver, payload);
      else this.pushFar(index, time, classAndOrigin, number, receiver, payload);
      return;
    }
    if (this.isSplit) {
      const fineIndex = (time - this.fineStart) * this.inverseFineWidth;
      if (fineIndex >= this.fineCurrent + 1) {
        this.fine.append(fineIndex | 0, time, classAndOrigin, number, receiver, payload);
        return;
      }
    }
    this.heap.push(time, classAndOrigin, number, receiver, payload);
    this.seen++;
    if (this.heap.size > this.heapLimit) this.relieveHeap();
    this.chooseHead();
  }

  pop(): void {
    this.size--;
    if (this.isHeadInHeap) {
      this.popHeap();
    } else {
      this.poppedAt = this.runAt++;
    }
    this.chooseHead();
  }

  private popHeap(): void {
    const heap = this.heap;
    heap.pop();
    this.poppedAt = 0;
    this.runTimes[0] = heap.time;
    const words = this.runWords;
    words[2] = heap.classAndOrigin;
    words[3] = heap.number;
    words[4] = heap.receiver;
    words[5] = heap.payload;
  }

  clear(): void {
    this.size = 0;
    this.setRunEnd(1);
    this.heap.clear();
    this.farHeap.clear();
    this.near.clear();
    this.far.clear();
    this.fine.clear();
    this.pool.clear();
    this.isSplit = false;
    this.observer = null;
    this.heapLimit = STRAGGLERS_MAX;
    this.setWidth(FIRST_WIDTH_SHIFT);
    this.startAt(-1);
    this.headTime = NEVER;
  }

  /** The lesser of the run's head and the heap's; when both are used up, the next bucket is loaded. */
  private chooseHead(): void {
    const time = this.runTimes[this.runAt * 3]!;
    if (time < this.heap.headTime) {
      this.isHeadInHeap = false;
      this.headTime = time;
    } else {
      this.chooseHeapOrNext(time);
    }
  }

  private chooseHeapOrNext(time: VirtualTime): void {
    const heap = this.heap;
    if (heap.size === 0) {
      this.advance();
      return;
    }
    this.isHeadInHeap = time !== heap.headTime || !this.isRunBeforeHeap(this.runAt);
    this.headTime = heap.headTime;
  }

  private isRunBeforeHeap(at: number): boolean {
    const first = this.runWords[at * 6 + 2]!;
    const other = this.heap.headClassAndOrigin;
    return first !== other ? first < other : this.runWords[at * 6 + 3]! < this.heap.headNumber;
  }

  /** Run and heap are used up: makes the next bucket current. */
  private advance(): void {
    this.isHeadInHeap = false;
    if (this.size === 0) {
      this.headTime = NEVER;
      return;
    }
    this.heapLimit = STRAGGLERS_MAX;
    if (!this.advanceFine()) {
      this.tune();
      this.advanceNear();
    }
    this.chooseHead();
  }

  /** The run is about to be overwritten. */
  private keepPopped(): void {
    if (this.poppedAt === 0) return;
    this.runWords.copyWithin(0, this.poppedAt * 6, this.poppedAt * 6 + 6);
    this.poppedAt = 0;
  }

  private advanceFine(): boolean {
    if (!this.isSplit) return false;
    const from = this.fineCurrent + 1;
    const distance = from < FINE_SLOTS ? this.fine.distanceToNext(from, FINE_SLOTS - from) : -1;
    if (distance < 0) {
      this.isSplit = false;
      return false;
    }
    this.fineCurrent = from + distance;
    const width = powerOfTwo(this.fineWidthShift);
    this.load(this.fine, this.fineCurrent, this.fineStart + this.fineCurrent * width, this.inverseFineWidth);
    return true;
  }

  private advanceNear(): void {
    for (;;) {
      const from = this.current + 1;
      const distance = this.near.distanceToNext((from - this.nearBase) & NEAR_MASK, this.nearEnd - from);
      if (distance >= 0) {
        this.current = from + distance;
        if (this.current >= this.nearEnd - FAR_WIDTH) this.enterFar(this.farCurrent + 1);
        this.load(this.near, (this.current - this.nearBase) & NEAR_MASK, this.current * powerOfTwo(this.widthShift), this.inverseWidth);
        return;
      }
      const next = this.nextFar();
      this.current = next * FAR_WIDTH - 1;
      this.enterFar(next);
    }
  }

  /** The first far bucket behind the near ring that holds something. */
  private nextFar(): number {
    const from = this.farCurrent + 2;
    const distance = this.far.distanceToNext(from & FAR_MASK, FAR_SLOTS - 2);
    if (distance >= 0) return from + distance;
    return Math.floor((this.farHeap.headTime * this.inverseWidth) / FAR_WIDTH);
  }

  /** Makes a far bucket the current one: it and the one behind it are spread over the near ring. */
  private enterFar(farIndex: number): void {
    const reached = this.farCurrent + 1;
    this.setFarCurrent(farIndex);
    for (let index = Math.max(farIndex, reached + 1); index <= farIndex + 1; index++) this.spreadFar(index % FAR_SLOTS);
    this.placeFromFarHeap();
  }

  private placeFromFarHeap(): void {
    const farHeap = this.farHeap;
    const end = (this.farCurrent + FAR_SLOTS) * FAR_WIDTH;
    while (farHeap.headTime * this.inverseWidth < end) {
      farHeap.pop();
      this.place(farHeap.time, farHeap.classAndOrigin, farHeap.number, farHeap.receiver, farHeap.payload);
    }
  }

  private spreadFar(slot: number): void {
    const head = this.far.heads[slot]!;
    if (head === NO_BLOCK) return;
    const end = this.far.ends[slot]!;
    this.far.forget(slot);
    this.placeChain(head, end);
  }

  /** Puts every record of a chain where it belongs now and frees the chain. */
  private placeChain(head: number, end: number): void {
    const pool = this.pool;
    const last = (end - 1) >> BLOCK_SHIFT;
    let block = head;
    while (block !== NO_BLOCK) {
      const stop = block === last ? end : (block << BLOCK_SHIFT) + BLOCK_SIZE;
      for (let at = block << BLOCK_SHIFT; at < stop; at++) {
        const words = pool.words;
        this.place(pool.times[at * 3]!, words[at * 6 + 2]!, words[at * 6 + 3]!, words[at * 6 + 4]!, words[at * 6 + 5]!);
      }
      const next = pool.next[block]!;
      pool.release(block);
      block = next;
    }
  }

  /** A record that lies behind the current bucket. */
  private place(time: VirtualTime, classAndOrigin: number, number: number, receiver: number, payload: number): void {
    const index = time * this.inverseWidth;
    if (index < this.nearEnd) this.near.append((index - this.nearBase) & NEAR_MASK, time, classAndOrigin, number, receiver, payload);
    else this.pushFar(index, time, classAndOrigin, number, receiver, payload);
  }

  private pushFar(index: number, time: VirtualTime, classAndOrigin: number, number: number, receiver: number, payload: number): void {
    const farIndex = Math.floor(index / FAR_WIDTH);
    if (farIndex < this.farCurrent + FAR_SLOTS) this.far.append(farIndex % FAR_SLOTS, time, classAndOrigin, number, receiver, payload);
    else this.farHeap.push(time, classAndOrigin, number, receiver, payload);
  }

  /** Nothing is queued: the bucket at `index` becomes the current one. */
  private startAt(index: number): void {
    this.current = index;
    this.setFarCurrent(Math.floor(index / FAR_WIDTH));
    this.isSplit = false;
    this.tunedAt = index + 1;
    this.seen = 0;
  }

  private setFarCurrent(farIndex: number): void {
    this.farCurrent = farIndex;
    this.nearBase = Math.floor(farIndex / 2) * NEAR_SLOTS;
    this.nearEnd = (farIndex + 2) * FAR_WIDTH;
  }

  private setWidth(shift: number): void {
    this.widthShift = shift;
    this.inverseWidth = 1 / powerOfTwo(shift);
  }

  /** Moves a bucket into the run, sorted: one counting pass, one scatter, insertion for the rest. */
  private load(ring: BucketRing, slot: number, start: VirtualTime, inverseWidth: number): void {
    this.keepPopped();
    const pool = this.pool;
    const head = ring.heads[slot]!;
    const end = ring.ends[slot]!;
    ring.forget(slot);
    const last = (end - 1) >> BLOCK_SHIFT;
    let count = end - (last << BLOCK_SHIFT);
    for (let block = head; block !== last; block = pool.next[block]!) count += BLOCK_SIZE;
    this.reserveRun(count);
    const runTimes = this.runTimes;
    const runWords = this.runWords;
    const times = pool.times;
    const words = pool.words;
    const holes = this.holes;
    const holeCount = 1 << (32 - Math.clz32(count - 1));
    const scale = holeCount * inverseWidth;
    holes.fill(0, 0, holeCount + 1);
    for (let block = head; block !== NO_BLOCK; block = pool.next[block]!) {
      const stop = block === last ? end : (block << BLOCK_SHIFT) + BLOCK_SIZE;
      for (let at = block << BLOCK_SHIFT; at < stop; at++) holes[((times[at * 3]! - start) * scale) | 0]!++;
    }
    let sum = 1;
    let most = 0;
    for (let hole = 0; hole < holeCount; hole++) {
      const held = holes[hole]!;
      if (held > most) most = held;
      holes[hole] = sum;
      sum += held;
    }
    for (let block = head; block !== NO_BLOCK;) {
      const stop = block === last ? end : (block << BLOCK_SHIFT) + BLOCK_SIZE;
      for (let at = block << BLOCK_SHIFT; at < stop; at++) {
        const time = times[at * 3]!;
        const target = holes[((time - start) * scale) | 0]!++;
        runTimes[target * 3] = time;
        runWords[target * 6 + 2] = words[at * 6 + 2]!;
        runWords[target * 6 + 3] = words[at * 6 + 3]!;
        runWords[target * 6 + 4] = words[at * 6 + 4]!;
        runWords[target * 6 + 5] = words[at * 6 + 5]!;
      }
      const next = pool.next[block]!;
      pool.release(block);
      block = next;
    }
    if (most > CROWDED_HOLE) this.sortCrowdedHoles(holeCount);
    insertionSort(runTimes, runWords, 1, count + 1);
    this.seen += count;
    this.setRunEnd(count + 1);
    this.observer?.bucketLoaded(runWords, 1, count + 1);
  }

  private setRunEnd(end: number): void {
    // The end's mark would overwrite it.
    if (this.poppedAt === end) this.keepPopped();
    this.runAt = 1;
    this.runEnd = end;
    this.runTimes[end * 3] = NEVER;
  }

  /** After the scatter an entry is where its hole ends. */
  private sortCrowdedHoles(holeCount: number): void {
    let start = 1;
    for (let hole = 0; hole < holeCount; hole++) {
      const end = this.holes[hole]!;
      if (end - start > CROWDED_HOLE) this.sorter.sort(this.runTimes, this.runWords, start, end);
      start = end;
    }
  }

  private reserveRun(count: number): void {
    if (count + 2 > this.run.capacity) {
      this.run = this.run.grown(1 << (32 - Math.clz32(count + 1)));
      this.runTimes = this.run.times;
      this.runWords = this.run.words;
    }
    if (this.holes.length < this.run.capacity * 2) this.holes = new Uint32Array(this.run.capacity * 2);
  }

  /** Stragglers crowd the heap: they lie before the current bucket, or the bucket is too wide. */
  private relieveHeap(): void {
    if (this.heap.headTime * this.inverseWidth < this.current) {
      if (this.heap.size * 4 > this.size) this.rebuild(this.widthShift);
    } else if (!this.isSplit && this.widthShift > 0) {
      this.split();
    }
    this.heapLimit = Math.max(STRAGGLERS_MAX, this.heap.size * 2);
  }

  /** Spreads what is left of the current bucket over the fine ring. */
  private split(): void {
    this.fineStart = this.current * powerOfTwo(this.widthShift);
    this.fineWidthShift = Math.max(0, this.widthShift - FINE_SHIFT);
    this.inverseFineWidth = 1 / powerOfTwo(this.fineWidthShift);
    // They are seen again when their fine buckets are loaded.
    this.seen -= this.runEnd - this.runAt + this.heap.size;
    for (; this.runAt < this.runEnd; this.runAt++) {
      const at = this.runAt;
      const words = this.runWords;
      this.placeFine(this.runTimes[at * 3]!, words[at * 6 + 2]!, words[at * 6 + 3]!, words[at * 6 + 4]!, words[at * 6 + 5]!);
    }
    const heap = this.heap;
    while (heap.size > 0) {
      heap.pop();
      this.placeFine(heap.time, heap.classAndOrigin, heap.number, heap.receiver, heap.payload);
    }
    this.setRunEnd(1);
    this.isSplit = true;
    this.fineCurrent = -1;
    this.advanceFine();
  }

  private placeFine(time: VirtualTime, classAndOrigin: number, number: number, receiver: number, payload: number): void {
    this.fine.append(((time - this.fineStart) * this.inverseFineWidth) | 0, time, classAndOrigin, number, receiver, payload);
  }

  /**
   * Between two buckets: adopts another width when the buckets since the last time held far too many
   * events or far too few. At least as many events as are pending pass between two rebuildings.
   */
  private tune(): void {
    if (this.seen < TUNING_EVENTS_MIN || this.seen < this.size) return;
    const perBucket = this.seen / (this.current + 1 - this.tunedAt);
    this.seen = 0;
    this.tunedAt = this.current + 1;
    const wanted = Math.min(BUCKET_EVENTS_MAX, Math.max(BUCKET_EVENTS_MIN, this.size / 8));
    if (perBucket <= wanted * 4 && perBucket * 4 >= wanted) return;
    let shift = this.widthShift;
    for (let events = perBucket; events > wanted && shift > 0; events /= 2) shift--;
    for (let events = perBucket; events * 2 <= wanted && shift < WIDTH_SHIFT_MAX; events *= 2) shift++;
    if (shift !== this.widthShift) this.rebuild(shift);
  }

  /** Places every event anew, with another width or because events came before the current bucket. */
  private rebuild(widthShift: number): void {
    this.spillCurrent();
    const heads: number[] = [];
    const ends: number[] = [];
    let least = this.farHeap.headTime;
    for (const ring of [this.fine, this.near, this.far]) {
      for (let slot = 0; slot < ring.heads.length; slot++) {
        if (ring.heads[slot] === NO_BLOCK) continue;
        least = Math.min(least, this.leastOf(ring.heads[slot]!, ring.ends[slot]!));
        heads.push(ring.heads[slot]!);
        ends.push(ring.ends[slot]!);
        ring.forget(slot);
      }
    }
    this.setWidth(widthShift);
    // Nothing is current yet: the bucket of the least time is the next one.
    this.startAt(Math.floor(least * this.inverseWidth) - 1);
    for (let chain = 0; chain < heads.length; chain++) this.placeChain(heads[chain]!, ends[chain]!);
    this.placeFromFarHeap();
  }

  /** Run and heap go to any bucket of the fine ring, to be placed from there. */
  private spillCurrent(): void {
    for (; this.runAt < this.runEnd; this.runAt++) {
      const at = this.runAt;
      const words = this.runWords;
      this.fine.append(0, this.runTimes[at * 3]!, words[at * 6 + 2]!, words[at * 6 + 3]!, words[at * 6 + 4]!, words[at * 6 + 5]!);
    }
    const heap = this.heap;
    while (heap.size > 0) {
      heap.pop();
      this.fine.append(0, heap.time, heap.classAndOrigin, heap.number, heap.receiver, heap.payload);
    }
    this.setRunEnd(1);
  }

  private leastOf(head: number, end: number): VirtualTime {
    const pool = this.pool;
    const last = (end - 1) >> BLOCK_SHIFT;
    let least = NEVER;
    for (let block = head; block !== NO_BLOCK; block = pool.next[block]!) {
      const stop = block === last ? end : (block << BLOCK_SHIFT) + BLOCK_SIZE;
      for (let at = block << BLOCK_SHIFT; at < stop; at++) if (pool.times[at * 3]! < least) least = pool.times[at * 3]!;
    }
    return least;
  }
}

/** For exponents up to 60. */
function powerOfTwo(exponent: number): number {
  const half = exponent >> 1;
  return (1 << half) * (1 << (exponent - half));
}
