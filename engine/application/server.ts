/**
 * The server in one container instance: workers, queue and in-flight list. Probes and requests meet here.
 * FIFO with c workers gives start and end of a request at its arrival, so a request is one event; a
 * change (the process dies) rewrites the in-flight list. Owned by the node's LP. Hot: bench/traffic.bench.ts.
 */
import { NO_CAUSE, type CauseId } from "../kernel/causes.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { ApplicationBehaviour } from "./application.ts";
import { ServerMemory, SMALLEST_BLOCK } from "./server-memory.ts";

/** Told by the server how requests in flight end; implemented by traffic/request.ts. */
export interface RequestSink {
  /** Served to its end. `request` is the word given to `admit`. */
  served(request: number, at: VirtualTime): void;
  /** The process died under it. */
  reset(request: number, at: VirtualTime, cause: CauseId): void;
}

/** Out of memory: taken in, but with it the memory limit is crossed; the caller has the container killed. */
export const Admission = { accepted: 0, notListening: 1, queueFull: 2, outOfMemory: 3 } as const;
export type Admission = (typeof Admission)[keyof typeof Admission];

export interface ContainerServer {
  readonly behaviour: ApplicationBehaviour;
  /** The process answers from now on. */
  listen(now: VirtualTime): void;
  /** New connections are refused from now on; what is in flight goes on (draining). */
  stopListening(now: VirtualTime): void;
  readonly isListening: boolean;
  /** Row of whoever noted that requests are lost for its queue; none again once a worker has been free. */
  overload: CauseId;
  /** Takes a request that needs `work` µs of a worker; `end` below is its completion when accepted. */
  admit(now: VirtualTime, work: Duration, request: number): Admission;
  /** Completion of what `admit` or `admitProbe` accepted last. */
  readonly end: VirtualTime;
  /** A probe takes its turn like a request but is nobody's loss; its completion is in `end`. */
  admitProbe(now: VirtualTime, work: Duration): Admission;
  /** Reports everything that ended by `now` to the sink. */
  settle(now: VirtualTime): void;
  /** Requests being served or queued at `now`. */
  inFlight(now: VirtualTime): number;
  /** When the last one in flight ends (`now` if there is none). */
  idleAt(now: VirtualTime): VirtualTime;
  /** Most in flight that the memory limit allows (Infinity: no limit); the runtime recomputes it as base memory grows. */
  memoryLimitInFlight: number;
  /** The process is dead: everything in flight is reset. */
  die(now: VirtualTime, cause: CauseId): void;
}

/**
 * The server on virtual time. In flight is a heap by completion; while every worker is busy a second heap
 * of the workers' next free instants says when a new request will start.
 *
 *   in flight < concurrency    starts at once: no worker heap is kept
 *   in flight = concurrency    the workers are free when what is in flight ends
 *   in flight > concurrency    the first one to be free takes the newcomer, in order of arrival
 *
 * What ended is reported when someone looks (`settle`), so a request costs one event: its arrival.
 */
export class VirtualServer implements ContainerServer {
  readonly behaviour: ApplicationBehaviour;
  isListening = false;
  overload: CauseId = NO_CAUSE;
  private readonly sink: RequestSink;
  private readonly memory: ServerMemory;
  private readonly concurrency: number;
  private readonly capacity: number;
  private inFlightMax = UNLIMITED;
  private count = 0;
  /**
   * What is in flight, a block of the shard's memory: END and LATEST_END, then from HEAP on a heap by
   * completion, (end, request) side by side, a probe's request being -1. NO_BLOCK: nothing came yet.
   */
  private block = NO_BLOCK;
  private blockSize = 0;
  private isSaturated = false;
  /** Heap of the instants at which workers become free; kept only while all of them are busy. */
  private freeAt: Float64Array = EMPTY;

  /** `memory` is shared by the servers of a shard. */
  constructor(behaviour: ApplicationBehaviour, sink: RequestSink, memory: ServerMemory = new ServerMemory()) {
    this.behaviour = behaviour;
    this.sink = sink;
    this.memory = memory;
    this.concurrency = behaviour.concurrency;
    this.capacity = behaviour.concurrency + behaviour.queue;
  }

  get end(): VirtualTime {
    return this.memory.cells[this.block + END]!;
  }

  get memoryLimitInFlight(): number {
    return this.inFlightMax === UNLIMITED ? Infinity : this.inFlightMax;
  }

  set memoryLimitInFlight(count: number) {
    this.inFlightMax = count < UNLIMITED ? count : UNLIMITED;
  }

  listen(_now: VirtualTime): void {
    this.isListening = true;
  }

  stopListening(_now: VirtualTime): void {
    this.isListening = false;
  }

  admit(now: VirtualTime, work: Duration, request: number): Admission {
    if (!this.isListening) return Admission.notListening;
    this.settle(now);
    if (this.count >= this.capacity) return Admission.queueFull;
    if (HEAP + this.count * 2 >= this.blockSize) this.grow();
    const end = this.startOf(now) + work;
    if (this.isSaturated) this.replaceFirstFree(end);
    const cells = this.memory.cells;
    cells[this.block + END] = end;
    if (this.count === 0 || end > cells[this.block + LATEST_END]!) cells[this.block + LATEST_END] = end;
    this.insert(cells, end, request);
    return this.count > this.inFlightMax ? Admission.outOfMemory : Admission.accepted;
  }

  admitProbe(now: VirtualTime, work: Duration): Admission {
    return this.admit(now, work, PROBE);
  }

  settle(now: VirtualTime): void {
    if (this.count === 0) return;
    const cells = this.memory.cells;
    const first = this.block + HEAP;
    while (this.count > 0 && cells[first]! <= now) {
      const at = cells[first]!;
      const request = cells[first + 1]!;
      this.removeFirst(cells);
      if (request !== PROBE) this.sink.served(request, at);
    }
    if (this.count >= this.concurrency) return;
    this.isSaturated = false;
    this.overload = NO_CAUSE;
  }

  inFlight(now: VirtualTime): number {
    this.settle(now);
    return this.count;
  }

  idleAt(now: VirtualTime): VirtualTime {
    return this.count === 0 ? now : Math.max(now, this.memory.cells[this.block + LATEST_END]!);
  }

  die(now: VirtualTime, cause: CauseId): void {
    this.settle(now);
    this.isListening = false;
    this.overload = NO_CAUSE;
    const { block, blockSize, count } = this;
    this.count = 0;
    this.isSaturated = false;
    for (let index = 0; index < count; index++) {
      const request = this.memory.cells[block + HEAP + index * 2 + 1]!;
      if (request !== PROBE) this.sink.reset(request, now, cause);
    }
    if (block === NO_BLOCK) return;
    this.memory.release(block, blockSize);
    this.block = NO_BLOCK;
    this.blockSize = 0;
  }

  private startOf(now: VirtualTime): VirtualTime {
    if (this.count < this.concurrency) return now;
    if (this.concurrency === 1) return this.memory.cells[this.block + LATEST_END]!;
    if (!this.isSaturated) this.saturate();
    return this.freeAt[0]!;
  }

  /** Each worker has one of the requests in flight, in the order of a heap. */
  private saturate(): void {
    if (this.freeAt.length === 0) this.freeAt = new Float64Array(this.concurrency);
    for (let worker = 0; worker < this.concurrency; worker++) this.freeAt[worker] = this.memory.cells[this.block + HEAP + worker * 2]!;
    this.isSaturated = true;
  }

  private replaceFirstFree(end: VirtualTime): void {
    const freeAt = this.freeAt;
    const size = this.concurrency;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= size) break;
      if (child + 1 < size && freeAt[child + 1]! < freeAt[child]!) child++;
      if (end <= freeAt[child]!) break;
      freeAt[at] = freeAt[child]!;
      at = child;
    }
    freeAt[at] = end;
  }

  private insert(cells: Float64Array, end: VirtualTime, request: number): void {
    const heap = this.block + HEAP;
    let at = this.count++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (cells[heap + parent * 2]! <= end) break;
      cells[heap + at * 2] = cells[heap + parent * 2]!;
      cells[heap + at * 2 + 1] = cells[heap + parent * 2 + 1]!;
      at = parent;
    }
    cells[heap + at * 2] = end;
    cells[heap + at * 2 + 1] = request;
  }

  private removeFirst(cells: Float64Array): void {
    const heap = this.block + HEAP;
    const size = --this.count;
    const end = cells[heap + size * 2]!;
    const request = cells[heap + size * 2 + 1]!;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= size) break;
      if (child + 1 < size && cells[heap + child * 2 + 2]! < cells[heap + child * 2]!) child++;
      if (end <= cells[heap + child * 2]!) break;
      cells[heap + at * 2] = cells[heap + child * 2]!;
      cells[heap + at * 2 + 1] = cells[heap + child * 2 + 1]!;
      at = child;
    }
    cells[heap + at * 2] = end;
    cells[heap + at * 2 + 1] = request;
  }

  private grow(): void {
    const { memory, block, blockSize } = this;
    const size = blockSize === 0 ? SMALLEST_BLOCK : blockSize * 2;
    this.block = memory.allocate(size);
    this.blockSize = size;
    if (block === NO_BLOCK) return;
    memory.cells.copyWithin(this.block, block, block + blockSize);
    memory.release(block, blockSize);
  }
}

const PROBE = -1;
const UNLIMITED = 0x3fffffff;
const NO_BLOCK = -1;
const END = 0;
const LATEST_END = 1;
const HEAP = 2;
const EMPTY = new Float64Array(0);
