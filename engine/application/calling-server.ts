/**
 * The server of a container whose requests call other Services. Nobody knows beforehand when such a request ends, so
 * this one hands out its workers event by event; what a worker computes itself is timed by the server inside, which
 * knows CPU limits, pauses and faults (server.ts). A worker stays with its request while that waits for its calls
 * (a thread per request), or serves others meanwhile (`freesWorkers`).
 *
 *                  worker free          own work done           all calls answered, or done without
 *   admitted ──▶ queued ──▶ served by a worker ──▶ waits for calls ──▶ answered
 *                                                       └── a call failed ──▶ server error: dependency failed
 *
 * Own work comes first: calls begin when it is done.
 */
import { assert } from "../kernel/assert.ts";
import { NO_CAUSE, type CauseId } from "../kernel/causes.ts";
import { NEVER, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { ApplicationBehaviour } from "./application.ts";
import type { CallMaker, CallRun, CallSpec } from "./calls.ts";
import { Admission, VirtualServer, type ContainerServer, type CpuReading, type RequestSink } from "./server.ts";
import type { ServerMemory } from "./server-memory.ts";

/** What hears of a health check's end; `failure`: why it failed, none: it is fine. */
export type HealthAnswered = (now: VirtualTime, failure: CauseId) => void;

/** Why a request has not been answered yet. */
export type Delay = "queue" | "work" | "calls";

/** A server whose requests end at instants that nobody knows when they are admitted. */
export interface OpenEndedServer extends ContainerServer {
  readonly isOpenEnded: true;
  /** Told once when nothing is in flight any more; null: nobody waits for that. */
  whenIdle: ((now: VirtualTime) => void) | null;
  /** What a request that isn't answered yet has spent most of its time with. */
  delayOf(now: VirtualTime, request: number): Delay;
  /** Row of the Service whose calls keep a request, or half of the workers, waiting; none: no calls do. */
  waitsFor(now: VirtualTime, request: number | null): CauseId;
  /** What makes its own work slow, or has done so until its queue is empty; none: nothing. */
  readonly hindrance: CauseId;
  /** Row of any Service that is waited for; none: nobody waits. */
  waitsForAny(now: VirtualTime): CauseId;
  /** A health endpoint works and asks others; `usesWorker` false: on a port and workers of its own. */
  checkHealth(now: VirtualTime, work: Duration, calls: readonly CallSpec[], usesWorker: boolean, answered: HealthAnswered): Admission;
}

interface Item {
  /** -1: a health check. */
  readonly request: number;
  readonly work: Duration;
  readonly calls: readonly CallSpec[];
  readonly answered: HealthAnswered | null;
  readonly usesWorker: boolean;
  readonly admittedAt: VirtualTime;
  /** NEVER: not yet. */
  startedAt: VirtualTime;
  workedAt: VirtualTime;
  run: CallRun | null;
  /** What made one of its calls fail or come late last. */
  blame: CauseId;
}

const none: readonly CallSpec[] = [];

export class CallingServer implements OpenEndedServer, RequestSink {
  readonly behaviour: ApplicationBehaviour;
  readonly isOpenEnded = true;
  isListening = false;
  overload: CauseId = NO_CAUSE;
  memoryLimitInFlight: number = Infinity;
  reading: CpuReading | null = null;
  private readonly inner: VirtualServer;
  private readonly sink: RequestSink;
  private readonly caller: CallMaker;
  private readonly pod: number;
  private readonly callsFor: (load: number) => readonly CallSpec[];
  private readonly freesWorkers: boolean;
  /** In flight, by number, in order of admission. */
  private readonly items = new Map<number, Item>();
  private readonly queue: number[] = [];
  private readonly numberOf = new Map<number, number>();
  private numbers = 0;
  /** Workers that are taken. */
  private busy = 0;
  /** In flight and waiting for calls. */
  private waiting = 0;
  /** Numbers whose own work is done, to be looked at as soon as the server inside is at rest. */
  private worked: { readonly number: number; readonly at: VirtualTime }[] = [];
  private isDraining = false;
  /** What made a call fail or come late last, until one goes well and no queue is left of it; and when. */
  private dependencyBlame: CauseId = NO_CAUSE;
  private blamedAt: VirtualTime = -1;
  /** What made own work slow, until no queue is left of it. */
  private heldUp: CauseId = NO_CAUSE;

  /** `callsFor`: what a request of a load calls. */
  constructor(
    behaviour: ApplicationBehaviour,
    sink: RequestSink,
    caller: CallMaker,
    callsFor: (load: number) => readonly CallSpec[],
    pod: number,
    memory?: ServerMemory,
  ) {
    this.behaviour = behaviour;
    this.sink = sink;
    this.caller = caller;
    this.pod = pod;
    this.callsFor = callsFor;
    this.freesWorkers = behaviour.freesWorkers === true;
    this.inner = new VirtualServer(behaviour, this, memory);
  }

  // ── requests ──

  admit(now: VirtualTime, work: Duration, request: number, load: number): Admission {
    return this.take(now, request, work, this.callsFor(load), null, true);
  }

  /** A probe of a health endpoint that asks nobody. Its end is told to nobody, so who needs it asks `checkHealth`. */
  admitProbe(now: VirtualTime, work: Duration): Admission {
    return this.take(now, HEALTH, work, none, ignore, true);
  }

  checkHealth(now: VirtualTime, work: Duration, calls: readonly CallSpec[], usesWorker: boolean, answered: HealthAnswered): Admission {
    return this.take(now, HEALTH, work, calls, answered, usesWorker);
  }

  settle(now: VirtualTime): void {
    this.inner.settle(now);
    this.goOn(now);
  }

  inFlight(now: VirtualTime): number {
    this.settle(now);
    return this.items.size;
  }

  nextEnd(now: VirtualTime): VirtualTime {
    this.settle(now);
    return this.inner.nextEnd(now);
  }

  /** While calls are waited for nobody knows; told by `whenIdle`. */
  idleAt(now: VirtualTime): VirtualTime {
    this.settle(now);
    return this.items.size === 0 ? now : NEVER;
  }

  whenIdle: ((now: VirtualTime) => void) | null = null;

  get end(): VirtualTime {
    return NEVER;
  }

  delayOf(now: VirtualTime, request: number): Delay {
    const item = this.items.get(this.numberOf.get(request) ?? -1);
    if (item === undefined || item.startedAt === NEVER) return "queue";
    const queued = item.startedAt - item.admittedAt;
    const worked = Math.min(now, item.workedAt) - item.startedAt;
    const called = item.workedAt === NEVER ? 0 : now - item.workedAt;
    if (queued > worked && queued > called) return "queue";
    return called >= worked && item.workedAt !== NEVER ? "calls" : "work";
  }

  waitsFor(now: VirtualTime, request: number | null): CauseId {
    if (request !== null) {
      const item = this.items.get(this.numberOf.get(request) ?? -1);
      return item?.run?.waitsFor(now) || item?.blame || this.dependencyBlame;
    }
    if (this.waiting === 0 || this.waiting * 2 < this.behaviour.concurrency) return NO_CAUSE;
    return this.waitsForAny(now);
  }

  waitsForAny(now: VirtualTime): CauseId {
    if (this.dependencyBlame !== NO_CAUSE) return this.dependencyBlame;
    for (const { run } of this.items.values()) if (run !== null) return run.waitsFor(now);
    return NO_CAUSE;
  }

  die(now: VirtualTime, cause: CauseId): void {
    this.settle(now);
    if (this.isListening) this.sink.closed?.(this, now);
    this.isListening = false;
    this.whenIdle = null;
    // Whoever is told may still ask why a request took so long.
    for (const { request, run } of this.items.values()) {
      if (request !== HEALTH) this.sink.reset(request, now, cause);
      if (run !== null) this.caller.abandon(now, run, cause);
    }
    this.items.clear();
    this.numberOf.clear();
    this.queue.length = 0;
    this.busy = 0;
    this.waiting = 0;
    this.overload = NO_CAUSE;
    this.dependencyBlame = NO_CAUSE;
    this.heldUp = NO_CAUSE;
    this.inner.die(now, cause);
    this.worked = [];
    this.sink.moved?.(this, now);
  }

  // ── the server inside ──

  /** The server inside listens on: what was taken in before is still served. */
  listen(now: VirtualTime): void {
    this.isListening = true;
    this.inner.listen(now);
  }

  stopListening(now: VirtualTime): void {
    if (this.isListening) this.sink.closed?.(this, now);
    this.isListening = false;
  }

  cpuTime(now: VirtualTime): number {
    this.settle(now);
    return this.inner.cpuTime(now);
  }

  cpuWanted(now: VirtualTime): number {
    this.settle(now);
    return this.inner.cpuWanted(now);
  }

  /** What its requests wait for ends at instants that nobody knows. */
  get cpuAtMost(): number {
    return -1;
  }

  get isPaced(): boolean {
    return this.inner.isPaced;
  }

  setSpeed(now: VirtualTime, speed: number, blame: CauseId): void {
    this.settle(now);
    this.inner.setSpeed(now, speed, blame);
    this.noteHindrance();
  }

  limitCpu(now: VirtualTime, cores: number): void {
    this.inner.limitCpu(now, cores);
  }

  shareCpu(now: VirtualTime, cores: number, blame: CauseId): void {
    this.settle(now);
    this.inner.shareCpu(now, cores, blame);
    this.noteHindrance();
  }

  setWaiting(now: VirtualTime, factor: number, blame: CauseId): void {
    this.settle(now);
    this.inner.setWaiting(now, factor, blame);
    this.noteHindrance();
  }

  setFailing(now: VirtualTime, share: number, blame: CauseId): void {
    this.settle(now);
    this.inner.setFailing(now, share, blame);
  }

  begin(now: VirtualTime): void {
    this.inner.begin(now);
  }

  get failing(): number {
    return this.inner.failing;
  }

  get failBlame(): CauseId {
    return this.inner.failBlame;
  }

  get isLimited(): boolean {
    return this.inner.isLimited;
  }

  get isThrottled(): boolean {
    return this.inner.isThrottled;
  }

  get blame(): CauseId {
    return this.hindrance || this.dependencyBlame;
  }

  get hindrance(): CauseId {
    return this.inner.blame || this.heldUp;
  }

  get slowdown(): number {
    return this.inner.slowdown;
  }

  get limitBlame(): CauseId {
    return this.inner.limitBlame;
  }

  set limitBlame(cause: CauseId) {
    this.inner.limitBlame = cause;
  }

  /** Own work is done. The server inside is at work on its list just now. */
  served(number: number, at: VirtualTime): void {
    this.worked.push({ number, at });
  }

  reset(): void {}

  moved(_server: ContainerServer, now: VirtualTime): void {
    this.sink.moved?.(this, now);
  }

  delayed(number: number, cause: CauseId): void {
    const request = this.items.get(number)?.request ?? HEALTH;
    if (request !== HEALTH) this.sink.delayed?.(request, cause);
  }

  paced(): void {
    this.sink.paced?.(this);
  }

  // ── workers ──

  private take(
    now: VirtualTime,
    request: number,
    work: Duration,
    calls: readonly CallSpec[],
    answered: HealthAnswered | null,
    usesWorker: boolean,
  ): Admission {
    if (!this.isListening) return Admission.notListening;
    this.settle(now);
    const { concurrency, queue } = this.behaviour;
    if (usesWorker && this.busy + this.queue.length >= concurrency + queue)
      return this.inner.isStopped ? Admission.silent : Admission.queueFull;
    const number = this.numbers++;
    const item: Item = {
      request,
      work,
      calls,
      answered,
      usesWorker,
      admittedAt: now,
      startedAt: NEVER,
      workedAt: NEVER,
      run: null,
      blame: NO_CAUSE,
    };
    this.items.set(number, item);
    if (request !== HEALTH) this.numberOf.set(request, number);
    if (!usesWorker) this.ask(now, number, item);
    else if (this.busy < concurrency) this.serve(now, number, item);
    else this.queue.push(number);
    this.sink.moved?.(this, now);
    return this.items.size > this.memoryLimitInFlight ? Admission.outOfMemory : Admission.accepted;
  }

  private serve(now: VirtualTime, number: number, item: Item): void {
    this.busy++;
    item.startedAt = now;
    const admission = this.inner.admit(now, item.work, number);
    assert(admission === Admission.accepted, `a free worker refused: ${admission}`);
  }

  /** Looks after everything whose own work is done, and after who follows. */
  private goOn(now: VirtualTime): void {
    if (this.isDraining) return;
    this.isDraining = true;
    while (this.worked.length > 0) {
      const done = this.worked;
      this.worked = [];
      for (const { number } of done) {
        const item = this.items.get(number);
        if (item === undefined) continue;
        if (this.freesWorkers) this.busy--;
        this.ask(now, number, item);
      }
      this.fill(now);
    }
    this.isDraining = false;
    if (this.queue.length > 0 || this.busy >= this.behaviour.concurrency) return;
    this.overload = NO_CAUSE;
    this.heldUp = NO_CAUSE;
  }

  private fill(now: VirtualTime): void {
    while (this.busy < this.behaviour.concurrency && this.queue.length > 0) {
      const number = this.queue.shift()!;
      this.serve(now, number, this.items.get(number)!);
    }
  }

  /** Own work is done: now its calls. */
  private ask(now: VirtualTime, number: number, item: Item): void {
    if (item.startedAt === NEVER) item.startedAt = now;
    item.workedAt = now;
    item.run =
      item.calls.length === 0
        ? null
        : this.caller.begin(
            now,
            item.calls,
            this.pod,
            (at, failure) => this.ended(at, number, failure),
            (at, cause) => {
              item.blame = cause;
              this.noteBlame(at, cause);
            },
          );
    if (item.run === null) this.finish(now, number, item, NO_CAUSE);
    else this.waiting++;
  }

  /** All calls of a request have ended: an event of its own. */
  private ended(now: VirtualTime, number: number, failure: CauseId): void {
    this.settle(now);
    const item = this.items.get(number);
    if (item === undefined) return;
    this.waiting--;
    this.finish(now, number, item, failure);
    this.fill(now);
    this.goOn(now);
    // Calls that began since then went well, and nobody waits any more for those that didn't.
    if (this.queue.length === 0 && this.busy < this.behaviour.concurrency && item.workedAt > this.blamedAt) this.dependencyBlame = NO_CAUSE;
    this.sink.moved?.(this, now);
  }

  private finish(now: VirtualTime, number: number, item: Item, failure: CauseId): void {
    const { answered, request, usesWorker } = item;
    if (usesWorker && !this.freesWorkers) this.busy--;
    if (failure !== NO_CAUSE) this.noteBlame(now, failure);
    if (answered !== null) answered(now, failure);
    else if (failure === NO_CAUSE) this.sink.served(request, now);
    else this.sink.failed?.(request, now, failure);
    this.items.delete(number);
    if (request !== HEALTH) this.numberOf.delete(request);
    if (this.items.size > 0 || this.whenIdle === null) return;
    const told = this.whenIdle;
    this.whenIdle = null;
    told(now);
  }

  /** Whoever waits for a worker is held up with those that are served. */
  private noteHindrance(): void {
    const { blame } = this.inner;
    if (blame === NO_CAUSE || blame === this.heldUp) return;
    this.heldUp = blame;
    for (const number of this.queue) this.delayed(number, blame);
  }

  private noteBlame(now: VirtualTime, cause: CauseId): void {
    this.dependencyBlame = cause;
    this.blamedAt = now;
  }
}

export function isOpenEnded(server: ContainerServer): server is OpenEndedServer {
  return server.isOpenEnded === true;
}

const HEALTH = -1;

function ignore(): void {}
