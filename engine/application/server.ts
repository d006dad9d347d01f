/**
 * The server in one container instance: workers, queue and in-flight list. Probes and requests meet here.
 * FIFO with c workers gives start and end of a request at its arrival, so a request is one event; a
 * change (the process dies) rewrites the in-flight list. Owned by the node's LP. Hot: bench/traffic.bench.ts.
 */
import { NO_CAUSE, type CauseId } from "../kernel/causes.ts";
import { NEVER, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { ApplicationBehaviour } from "./application.ts";
import { ServerMemory, SMALLEST_BLOCK } from "./server-memory.ts";
import { QUOTA_PERIOD, ServerPace } from "./server-pace.ts";

/** Told by the server how requests in flight end; implemented by traffic/request.ts. */
export interface RequestSink {
  /** Served to its end. `request` is the word given to `admit`. */
  served(request: number, at: VirtualTime): void;
  /** The process died under it. */
  reset(request: number, at: VirtualTime, cause: CauseId): void;
  /** It could not be served: what it needed of another Service failed (calling-server.ts). */
  failed?(request: number, at: VirtualTime, cause: CauseId): void;
  /** What is in flight ends at other instants than before. */
  moved?(server: ContainerServer, now: VirtualTime): void;
  /** Open connections end: the process is dead, or takes no more requests. */
  closed?(server: ContainerServer, now: VirtualTime): void;
  /** The server works at another pace now: nobody knows any more when this request ends. `cause`: why it is slower; none: it isn't. */
  delayed?(request: number, cause: CauseId): void;
  /** From now on (`isPaced`), or no longer, ends aren't known when requests are admitted: look again (`settle`) before you count. */
  paced?(server: ContainerServer): void;
}

/**
 * Out of memory: taken in, but with it the memory limit is crossed; the caller has the container killed. Silent: the
 * queue is full of what nobody works on (the process is stopped), so nobody says so either.
 */
export const Admission = { accepted: 0, notListening: 1, queueFull: 2, outOfMemory: 3, silent: 4 } as const;
export type Admission = (typeof Admission)[keyof typeof Admission];

/**
 * Requests that are known to come to a server (traffic/arrival-plan.ts): they are let in when somebody looks at it, before
 * the look. What could treat them otherwise tells the feed first.
 */
export interface ServerFeed {
  /** Lets in what has come by `now`. */
  catchUp(now: VirtualTime): void;
  /** Lets in what came before `now`, which may be over. */
  catchUpBefore(now: VirtualTime): void;
  /** Most of them at the server at once, beside what it holds. */
  readonly planned: number;
  /** The server took in something else, or its limit changes: lets in what has come, and sees whether a worker is free for what is to come. */
  reconsider(): void;
  /** Lets in what has come; what is still to come isn't this server's any more. The feed ends. */
  interrupt(now: VirtualTime): void;
}

/**
 * What a node knows of a server's CPU time (kubernetes/kubelet/virtual-cpu.ts). A server that nobody touches is mostly not
 * looked at; whoever touches it then makes up for the node's last look first.
 */
export interface CpuReading {
  /** Of all servers of the node: its last look. */
  readonly looks: { readonly at: VirtualTime };
  /** The look after which the server was touched last. */
  touchedAfter: VirtualTime;
  at: VirtualTime;
  /** CPU µs used until then. */
  used: number;
  /** Cores, on average since the look before. */
  rate: number;
}

export interface ContainerServer {
  readonly behaviour: ApplicationBehaviour;
  /** Requests end at instants that nobody knows beforehand, as they wait for others (calling-server.ts); absent: no. */
  readonly isOpenEnded?: boolean;
  /** The process answers from now on. */
  listen(now: VirtualTime): void;
  /** New connections are refused from now on; what is in flight goes on (draining). */
  stopListening(now: VirtualTime): void;
  readonly isListening: boolean;
  /** Row of whoever noted that requests are lost for its queue; none again once a worker has been free. */
  overload: CauseId;
  /** Takes a request of a load that needs `work` µs of a worker; `end` below is its completion when accepted. */
  admit(now: VirtualTime, work: Duration, request: number, load: number): Admission;
  /** Completion of what `admit` or `admitProbe` accepted last. */
  readonly end: VirtualTime;
  /** A probe takes its turn like a request but is nobody's loss; its completion is in `end`. */
  admitProbe(now: VirtualTime, work: Duration): Admission;
  /** Reports everything that ended by `now` to the sink. */
  settle(now: VirtualTime): void;
  /** Requests being served or queued at `now`. */
  inFlight(now: VirtualTime): number;
  /** When the first one in flight ends, as far as known; NEVER: nothing is in flight, or nobody works on it. */
  nextEnd(now: VirtualTime): VirtualTime;
  /** When the last one in flight ends (`now` if there is none). */
  idleAt(now: VirtualTime): VirtualTime;
  /** Most in flight that the memory limit allows (Infinity: no limit); the runtime recomputes it as base memory grows. */
  memoryLimitInFlight: number;
  /** The process is dead: everything in flight is reset. */
  die(now: VirtualTime, cause: CauseId): void;
  /** CPU µs that requests and probes have used of this process so far. */
  cpuTime(now: VirtualTime): number;
  /** Cores that requests and probes could use at once: those being served, as far as no limit holds them up. */
  cpuWanted(now: VirtualTime): number;
  /** Null: its node never looked at it. */
  reading: CpuReading | null;
  /**
   * Cores that it can have used on average since its node's last look, or want now, at most; below 0: that can't be told
   * without looking at it. Nothing that a look could report is in flight where it can be told.
   */
  readonly cpuAtMost: number;
  /** Where ends aren't known beforehand (server-pace.ts), `end` is what is to be expected. */
  readonly isPaced: boolean;
  /** Work goes on at this speed from now on: 1 as given, 0 not at all. `blame`: what makes it slower. */
  setSpeed(now: VirtualTime, speed: number, blame: CauseId): void;
  /** Cores that the container's limit allows it; Infinity: no limit. */
  limitCpu(now: VirtualTime, cores: number): void;
  /** Cores that the node has for it from now on; Infinity: as many as it wants. */
  shareCpu(now: VirtualTime, cores: number, blame: CauseId): void;
  /** Each request takes `factor` times as long from now on, waiting for something else: no CPU time. */
  setWaiting(now: VirtualTime, factor: number, blame: CauseId): void;
  /** A share of the requests ends as server errors from now on. */
  setFailing(now: VirtualTime, share: number, blame: CauseId): void;
  /** What a new process does by itself: cold at first, then by its age. Asked before the first request. */
  begin(now: VirtualTime): void;
  /** Share of the requests that end as server errors, and why. */
  readonly failing: number;
  readonly failBlame: CauseId;
  /** It has a CPU limit that could hold it up; whether it does now, to what is being served. */
  readonly isLimited: boolean;
  readonly isThrottled: boolean;
  /** What makes it slow from outside, until its queue is empty again; none: nothing. */
  readonly blame: CauseId;
  /** Row of its CPU limit, of whoever noted it; none: nobody did. */
  limitBlame: CauseId;
  /** How many times as long as given a request takes for what slows the process or its service down; Infinity: nothing moves. */
  readonly slowdown: number;
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
 *
 * Where something holds the workers up (server-pace.ts), ends stand in progress instead of instants; everything else
 * stays as it is. A server that nothing holds up has no pace and pays nothing for it.
 */
export class VirtualServer implements ContainerServer {
  readonly behaviour: ApplicationBehaviour;
  isListening = false;
  overload: CauseId = NO_CAUSE;
  /** Null: nobody knows what comes. */
  feed: ServerFeed | null = null;
  reading: CpuReading | null = null;
  private readonly sink: RequestSink;
  private readonly memory: ServerMemory;
  private readonly concurrency: number;
  private readonly capacity: number;
  private inFlightMax = UNLIMITED;
  private count = 0;
  /**
   * What is in flight, a block of the shard's memory: END, LATEST_END and WORK, then from HEAP on a heap by
   * completion, (end, request) side by side, a probe's request being -1. NO_BLOCK: nothing came yet.
   */
  private block = NO_BLOCK;
  private blockSize = 0;
  private isSaturated = false;
  /** Heap of the instants at which workers become free; kept only while all of them are busy. */
  private freeAt: Float64Array = EMPTY;
  /** Null: instants and progress are the same. */
  private pace: ServerPace | null = null;

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

  /** On the prototype: a look at it is as cheap as at any method. */
  get isOpenEnded(): boolean {
    return false;
  }

  get memoryLimitInFlight(): number {
    return this.inFlightMax === UNLIMITED ? Infinity : this.inFlightMax;
  }

  set memoryLimitInFlight(count: number) {
    // What has come by now came under the limit that was.
    this.feed?.reconsider();
    this.inFlightMax = count < UNLIMITED ? count : UNLIMITED;
    this.feed?.reconsider();
  }

  /** So many requests are served at once, each from the instant at which it comes; 0: that can't be told beforehand. */
  get atOnce(): number {
    if (!this.isListening || this.pace !== null) return 0;
    return this.concurrency < this.inFlightMax ? this.concurrency : this.inFlightMax;
  }

  get workers(): number {
    return this.concurrency;
  }

  /** So many requests are taken in, of which each ends when the workers get to it and nothing else comes; 0: that can't be told. */
  get mostHeld(): number {
    if (!this.isListening || this.pace !== null) return 0;
    return this.capacity < this.inFlightMax ? this.capacity : this.inFlightMax;
  }

  /** Writes when each in flight ends, ascending. Returns how many there are. */
  copyEnds(into: Float64Array): number {
    for (let index = 0; index < this.count; index++) {
      const end = this.memory.cells[this.block + HEAP + index * 2]!;
      let place = index;
      for (; place > 0 && into[place - 1]! > end; place--) into[place] = into[place - 1]!;
      into[place] = end;
    }
    return this.count;
  }

  /** What is in flight as of the last look. */
  get held(): number {
    return this.count;
  }

  /** When the last of it ends; 0: there is none. */
  get heldUntil(): VirtualTime {
    return this.count === 0 ? 0 : this.memory.cells[this.block + LATEST_END]!;
  }

  /** µs of a worker went into requests that came and ended between two looks. */
  addWork(work: Duration): void {
    if (this.block === NO_BLOCK) this.grow();
    this.memory.cells[this.block + WORK]! += work;
  }

  listen(_now: VirtualTime): void {
    this.isListening = true;
  }

  stopListening(now: VirtualTime): void {
    this.feed?.interrupt(now);
    if (this.isListening) this.sink.closed?.(this, now);
    this.isListening = false;
  }

  admit(now: VirtualTime, work: Duration, request: number): Admission {
    if (!this.isListening) return Admission.notListening;
    this.settle(now);
    if (this.count >= this.capacity) return this.pace?.speed === 0 ? Admission.silent : Admission.queueFull;
    if (HEAP + 1 + this.count * 2 >= this.blockSize) this.grow();
    if (this.pace !== null) return this.admitPaced(this.pace, work, request);
    const end = this.startOf(now) + work;
    if (this.isSaturated) this.replaceFirstFree(end);
    const cells = this.memory.cells;
    cells[this.block + WORK]! += work;
    cells[this.block + END] = end;
    if (this.count === 0 || end > cells[this.block + LATEST_END]!) cells[this.block + LATEST_END] = end;
    this.insert(cells, end, request);
    this.feed?.reconsider();
    return this.count > this.inFlightMax ? Admission.outOfMemory : Admission.accepted;
  }

  admitProbe(now: VirtualTime, work: Duration): Admission {
    return this.admit(now, work, PROBE);
  }

  settle(now: VirtualTime): void {
    this.touch();
    if (this.feed !== null) this.feed.catchUp(now);
    if (this.pace !== null) return this.settlePaced(now, this.pace);
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

  nextEnd(now: VirtualTime): VirtualTime {
    this.settle(now);
    if (this.count === 0) return NEVER;
    const first = this.memory.cells[this.block + HEAP]!;
    return this.pace === null ? first : this.pace.forecast(first, this.busy);
  }

  idleAt(now: VirtualTime): VirtualTime {
    this.feed?.reconsider();
    if (this.count === 0) return now;
    const latest = this.memory.cells[this.block + LATEST_END]!;
    return Math.max(now, this.pace === null ? latest : this.pace.forecast(latest, this.busy));
  }

  cpuTime(now: VirtualTime): number {
    this.settle(now);
    const { block, pace } = this;
    if (block === NO_BLOCK) return 0;
    const work = this.memory.cells[block + WORK]!;
    if (pace === null) return (work - this.unfinished(now)) * this.share;
    // What a factor on the waiting does to work under way is only told once it can't fall any more.
    pace.told = Math.max(pace.told, (work - this.unfinished(pace.progress) / pace.waiting) * this.share);
    return pace.told;
  }

  cpuWanted(now: VirtualTime): number {
    this.settle(now);
    return this.busy * this.share * Math.min(1, this.pace?.speed ?? 1);
  }

  get cpuAtMost(): number {
    const { feed, reading } = this;
    if (reading === null || reading.touchedAfter >= reading.looks.at || this.count > 0 || this.pace !== null) return -1;
    return feed === null ? 0 : Math.min(feed.planned, this.concurrency) * this.share;
  }

  /** Something is about to change what it holds. */
  touch(): void {
    const { reading } = this;
    if (reading !== null && reading.touchedAfter < reading.looks.at) this.makeUpFor(reading);
  }

  get isPaced(): boolean {
    return this.pace !== null;
  }

  /** Nothing moves: the process is stopped, or in a pause. */
  get isStopped(): boolean {
    return this.pace?.speed === 0;
  }

  get isLimited(): boolean {
    return this.pace !== null && this.pace.quota !== Infinity;
  }

  get isThrottled(): boolean {
    return this.pace !== null && this.pace.quota !== Infinity && this.pace.isShort(this.busy);
  }

  setSpeed(now: VirtualTime, speed: number, blame: CauseId): void {
    if ((this.pace?.speed ?? 1) === speed) return;
    this.settle(now);
    const pace = this.paceFrom(now);
    const isSlower = speed < pace.speed;
    pace.speed = speed;
    pace.speedBlame = speed < 1 ? blame : NO_CAUSE;
    if (speed < 1) pace.blame = blame;
    this.repaced(isSlower ? blame : NO_CAUSE);
    this.sink.moved?.(this, now);
  }

  setWaiting(now: VirtualTime, factor: number, blame: CauseId): void {
    if ((this.pace?.waiting ?? 1) === factor) return;
    this.settle(now);
    const pace = this.paceFrom(now);
    pace.waiting = factor;
    pace.waitingBlame = factor > 1 ? blame : NO_CAUSE;
    // Of a process that stands still, the service isn't what makes it late.
    if (factor > 1 && pace.speed > 0) pace.blame = blame;
    this.repaced(NO_CAUSE);
  }

  setFailing(now: VirtualTime, share: number, blame: CauseId): void {
    if ((this.pace?.failing ?? 0) === share) return;
    this.settle(now);
    const pace = this.paceFrom(now);
    pace.failing = share;
    pace.failBlame = blame;
    this.repaced(NO_CAUSE);
  }

  get failing(): number {
    return this.pace?.failing ?? 0;
  }

  get failBlame(): CauseId {
    return this.pace?.failBlame ?? NO_CAUSE;
  }

  get blame(): CauseId {
    return this.pace?.blame ?? NO_CAUSE;
  }

  get limitBlame(): CauseId {
    return this.pace?.limitBlame ?? NO_CAUSE;
  }

  get slowdown(): number {
    return this.pace === null ? 1 : this.pace.waiting / this.pace.speed;
  }

  set limitBlame(cause: CauseId) {
    if (this.pace !== null) this.pace.limitBlame = cause;
  }

  begin(now: VirtualTime): void {
    const { warmUp, phases } = this.behaviour;
    if (warmUp === undefined && phases === undefined) return;
    const pace = this.paceFrom(now);
    if (warmUp !== undefined) {
      pace.coldRequests = warmUp.requests;
      pace.coldUntil = now + warmUp.for;
      pace.coldFactor = warmUp.factor;
    }
    if (phases !== undefined) pace.phases = phases.map(({ from, factor }) => ({ from: now + from, factor }));
  }

  limitCpu(now: VirtualTime, cores: number): void {
    if (this.share === 0 || this.concurrency * this.share <= cores) return;
    this.settle(now);
    this.paceFrom(now).quota = cores * QUOTA_PERIOD;
  }

  shareCpu(now: VirtualTime, cores: number, blame: CauseId): void {
    if (this.pace === null && cores === Infinity) return;
    this.settle(now);
    const pace = this.paceFrom(now);
    if (pace.cores === cores) return;
    const isLess = cores < pace.cores;
    pace.cores = cores;
    pace.coresBlame = cores === Infinity ? NO_CAUSE : blame;
    // What waits because of a fault is in nobody's way for want of CPU: the fault stays to blame until the queue is empty.
    if (pace.blame === NO_CAUSE) pace.blame = pace.coresBlame;
    this.repaced(isLess ? pace.blame : NO_CAUSE);
    this.sink.moved?.(this, now);
  }

  die(now: VirtualTime, cause: CauseId): void {
    this.settle(now);
    this.feed?.interrupt(now);
    if (this.isListening) this.sink.closed?.(this, now);
    this.isListening = false;
    this.overload = NO_CAUSE;
    const { block, blockSize, count } = this;
    this.count = 0;
    this.isSaturated = false;
    for (let index = 0; index < count; index++) {
      const request = this.memory.cells[block + HEAP + index * 2 + 1]!;
      if (request !== PROBE) this.sink.reset(request, now, cause);
    }
    if (this.pace !== null) this.unpace();
    if (block === NO_BLOCK) return;
    this.memory.release(block, blockSize);
    this.block = NO_BLOCK;
    this.blockSize = 0;
  }

  private get share(): number {
    return this.behaviour.cpu?.share ?? 1;
  }

  /** Workers that serve something. */
  private get busy(): number {
    return this.count < this.concurrency ? this.count : this.concurrency;
  }

  private admitPaced(pace: ServerPace, work: Duration, request: number): Admission {
    const own = Math.max(1, Math.round(work * pace.takeFactor(request === PROBE)));
    this.memory.cells[this.block + WORK]! += own;
    const end = this.startOf(pace.progress) + Math.max(1, Math.round(own * pace.waiting));
    if (this.isSaturated) this.replaceFirstFree(end);
    const cells = this.memory.cells;
    if (this.count === 0 || end > cells[this.block + LATEST_END]!) cells[this.block + LATEST_END] = end;
    this.insert(cells, end, request);
    cells[this.block + END] = pace.forecast(end, this.busy);
    return this.count > this.inFlightMax ? Admission.outOfMemory : Admission.accepted;
  }

  private settlePaced(now: VirtualTime, pace: ServerPace): void {
    while (this.count > 0) {
      const cells = this.memory.cells;
      const first = this.block + HEAP;
      if (!pace.advance(now, this.busy, cells[first]!)) break;
      const request = cells[first + 1]!;
      this.removeFirst(cells);
      if (request !== PROBE) this.sink.served(request, pace.instant);
    }
    if (this.count === 0) pace.rest(now);
    if (this.count === 0 && pace.isFree) this.unpace();
    if (this.count >= this.concurrency) return;
    this.isSaturated = false;
    this.overload = NO_CAUSE;
    // What waits in the queue after a slow time waits because of it.
    pace.blame = pace.presentBlame;
  }

  /** Instants become progress: they are equal at `now`. */
  private paceFrom(now: VirtualTime): ServerPace {
    if (this.pace !== null) return this.pace;
    this.touch();
    this.feed?.interrupt(now);
    this.pace = new ServerPace(this.share, now);
    this.sink.paced?.(this);
    return this.pace;
  }

  /** Tells what is in flight that the pace is another; without any, progress becomes instants again. */
  private repaced(blame: CauseId): void {
    const { pace } = this;
    for (let index = 0; index < this.count; index++) {
      const request = this.memory.cells[this.block + HEAP + index * 2 + 1]!;
      if (request !== PROBE) this.sink.delayed?.(request, blame);
    }
    if (pace?.isFree === true && this.count === 0) this.unpace();
  }

  private unpace(): void {
    this.pace = null;
    this.sink.paced?.(this);
  }

  /** The node's last look, had it looked at this server, before what came at that very instant. */
  private makeUpFor(reading: CpuReading): void {
    const { at } = reading.looks;
    reading.touchedAfter = at;
    if (reading.at >= at) return;
    const { feed } = this;
    feed?.catchUpBefore(at);
    this.feed = null;
    reading.at = at;
    reading.used = this.cpuTime(at);
    this.feed = feed;
  }

  /** µs of a worker that what is in flight still needs. */
  private unfinished(progress: number): number {
    const { cells } = this.memory;
    if (this.count === 0) return 0;
    let sum = 0;
    if (this.count <= this.concurrency)
      for (let index = 0; index < this.count; index++) sum += cells[this.block + HEAP + index * 2]! - progress;
    else if (this.concurrency === 1) sum = cells[this.block + LATEST_END]! - progress;
    else for (let worker = 0; worker < this.concurrency; worker++) sum += this.freeAt[worker]! - progress;
    return sum;
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
    if (block === NO_BLOCK) memory.cells[this.block + WORK] = 0;
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
/** µs of a worker that were admitted so far. */
const WORK = 2;
const HEAP = 3;
const EMPTY = new Float64Array(0);
