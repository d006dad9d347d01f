/**
 * The server in one container instance: workers, queue and in-flight list. Probes and requests meet here.
 * FIFO with c workers gives start and end of a request at its arrival, so a request is one event; a
 * change (the process dies) rewrites the in-flight list. Owned by the node's LP. Hot: bench/traffic.bench.ts.
 */
import type { CauseId } from "../kernel/causes.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { ApplicationBehaviour } from "./application.ts";

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
  private readonly sink: RequestSink;
  private readonly concurrency: number;
  private readonly capacity: number;
  private count = 0;
  /**
   * END, LATEST_END and LIMIT, then from HEAP on what is in flight: a heap by completion, (end, request)
   * side by side, a probe's request being -1. One array, because a fraction stored in a field is a
   * separate object.
   */
  private state: Float64Array;
  /** Heap of the instants at which workers become free; kept only while all of them are busy. */
  private freeAt: Float64Array = EMPTY;
  private isSaturated = false;

  constructor(behaviour: ApplicationBehaviour, sink: RequestSink) {
    this.behaviour = behaviour;
    this.sink = sink;
    this.concurrency = behaviour.concurrency;
    this.capacity = behaviour.concurrency + behaviour.queue;
    this.state = new Float64Array(HEAP + 4);
    this.state[LIMIT] = Infinity;
  }

  get end(): VirtualTime {
    return this.state[END]!;
  }

  get memoryLimitInFlight(): number {
    return this.state[LIMIT]!;
  }

  set memoryLimitInFlight(count: number) {
    this.state[LIMIT] = count;
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
    const end = this.startOf(now) + work;
    if (this.isSaturated) this.replaceFirstFree(end);
    this.insert(end, request);
    this.state[END] = end;
    if (end > this.state[LATEST_END]!) this.state[LATEST_END] = end;
    return this.count > this.state[LIMIT]! ? Admission.outOfMemory : Admission.accepted;
  }

  admitProbe(now: VirtualTime, work: Duration): Admission {
    return this.admit(now, work, PROBE);
  }

  settle(now: VirtualTime): void {
    while (this.count > 0 && this.state[HEAP]! <= now) {
      const at = this.state[HEAP]!;
      const request = this.state[HEAP + 1]!;
      this.removeFirst();
      if (request !== PROBE) this.sink.served(request, at);
    }
    if (this.count < this.concurrency) this.isSaturated = false;
  }

  inFlight(now: VirtualTime): number {
    this.settle(now);
    return this.count;
  }

  idleAt(now: VirtualTime): VirtualTime {
    return Math.max(now, this.state[LATEST_END]!);
  }

  die(now: VirtualTime, cause: CauseId): void {
    this.settle(now);
    this.isListening = false;
    const count = this.count;
    this.count = 0;
    this.isSaturated = false;
    this.state[LATEST_END] = now;
    for (let index = 0; index < count; index++) {
      const request = this.state[HEAP + index * 2 + 1]!;
      if (request !== PROBE) this.sink.reset(request, now, cause);
    }
  }

  private startOf(now: VirtualTime): VirtualTime {
    if (this.count < this.concurrency) return now;
    if (this.concurrency === 1) return this.state[LATEST_END]!;
    if (!this.isSaturated) this.saturate();
    return this.freeAt[0]!;
  }

  /** Each worker has one of the requests in flight, in the order of a heap. */
  private saturate(): void {
    if (this.freeAt.length === 0) this.freeAt = new Float64Array(this.concurrency);
    for (let worker = 0; worker < this.concurrency; worker++) this.freeAt[worker] = this.state[HEAP + worker * 2]!;
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

  private insert(end: VirtualTime, request: number): void {
    if (HEAP + this.count * 2 === this.state.length) this.grow();
    const state = this.state;
    let at = this.count++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (state[HEAP + parent * 2]! <= end) break;
      state[HEAP + at * 2] = state[HEAP + parent * 2]!;
      state[HEAP + at * 2 + 1] = state[HEAP + parent * 2 + 1]!;
      at = parent;
    }
    state[HEAP + at * 2] = end;
    state[HEAP + at * 2 + 1] = request;
  }

  private removeFirst(): void {
    const state = this.state;
    const size = --this.count;
    const end = state[HEAP + size * 2]!;
    const request = state[HEAP + size * 2 + 1]!;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= size) break;
      if (child + 1 < size && state[HEAP + child * 2 + 2]! < state[HEAP + child * 2]!) child++;
      if (end <= state[HEAP + child * 2]!) break;
      state[HEAP + at * 2] = state[HEAP + child * 2]!;
      state[HEAP + at * 2 + 1] = state[HEAP + child * 2 + 1]!;
      at = child;
    }
    state[HEAP + at * 2] = end;
    state[HEAP + at * 2 + 1] = request;
  }

  private grow(): void {
    const state = new Float64Array(HEAP + (this.state.length - HEAP) * 2);
    state.set(this.state);
    this.state = state;
  }
}

const PROBE = -1;
const END = 0;
const LATEST_END = 1;
const LIMIT = 2;
const HEAP = 3;
const EMPTY = new Float64Array(0);
