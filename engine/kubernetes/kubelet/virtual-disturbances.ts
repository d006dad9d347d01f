/**
 * What holds up the processes of one node from outside or by their own nature: faults of the scenario (hang, slow
 * service, starvation, failures, slow probes, memory), garbage collection, a spike of memory. Each lasts from an
 * instant to an instant; what holds at once is combined here and told to the server, the start-up and the memory.
 *
 *   of the process: hang, pause, spike, a missing child     end with it
 *   of the Pod: the rest                                    are met by its next process too
 */
import type { Memory } from "../../application/memory-profile.ts";
import { applicationDetail, ApplicationTrait, CauseKind } from "../../cause-kinds.ts";
import type { DisturbanceEffect, DisturbContainer } from "../../application/disturbance.ts";
import { exchangeDelay, NO_TROUBLE, TROUBLE_DRAWS, type Trouble } from "../../application/packet-trouble.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { sample } from "../../kernel/distribution.ts";
import { uniform } from "../../kernel/random.ts";
import { NEVER, SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import { exponential } from "../../kernel/ziggurat.ts";
import { probeRoleNames, type ProbeRole } from "./ports.ts";
import { ContainerTimer } from "./timers.ts";
import type { VirtualContext } from "./virtual-context.ts";
import { LISTENS, SPECIAL, Special } from "./virtual-table.ts";

interface Disturbance {
  readonly effect: DisturbanceEffect | "pause" | "childMissing";
  /** Factor, share, µs, bytes or exit code, as the effect wants. */
  readonly amount: number;
  readonly rate: number;
  /** Null: all probes. */
  readonly probe: ProbeRole | null;
  readonly from: VirtualTime;
  readonly until: VirtualTime;
  /** Row of the fault; none: the application's own doing. */
  readonly fault: CauseId;
  /** Row that says that it took effect; none: not yet. */
  cause: CauseId;
}

interface Hold {
  list: Disturbance[];
  /** Speed as told to the server last. */
  speed: number;
  /** Share of the CPU that its start-up wants and gets, and whose doing it is that it isn't all. */
  startUpShare: number;
  startUpBlame: CauseId;
  /** When its start-up would have ended undisturbed; -1: nothing has disturbed it. */
  startUpDue: VirtualTime;
  /** µs of start-up left while nothing moves; -1: none stands still. */
  startUpLeft: Duration;
  /** Bytes that leaks which are over left behind. */
  leaked: number;
  pauses: number;
  crashes: number;
  /** Row of its garbage collection; none: not noted yet. */
  gcCause: CauseId;
  /** Whose next crash is on its way. */
  crashing: Disturbance[];
  nextPause: VirtualTime;
}

/** What the disturbances ask of the process's other parts. */
export interface DisturbedParts {
  exit(row: number, container: number, at: VirtualTime, code: number, cause: CauseId): void;
  /** What the process holds changes with `change`. */
  changeMemory(now: VirtualTime, row: number, container: number, change: () => void): void;
  /** Probes under way: what is left of each becomes what `stretched` says. */
  delayProbes(now: VirtualTime, row: number, container: number, cause: CauseId, stretched: (left: Duration) => Duration): void;
}

const kinds: Readonly<Record<DisturbanceEffect, CauseKind>> = {
  hang: CauseKind.processHung,
  slow: CauseKind.processSlowed,
  starve: CauseKind.processStarved,
  fail: CauseKind.requestsFailing,
  slowProbes: CauseKind.probesSlowed,
  leak: CauseKind.memoryTaken,
  spike: CauseKind.memoryTaken,
  crash: CauseKind.processCrashed,
  delayPackets: CauseKind.packetsDelayed,
  losePackets: CauseKind.packetsLost,
};
const ofProcess: ReadonlySet<string> = new Set(["hang", "pause", "spike", "childMissing"]);

export class VirtualDisturbances {
  parts: DisturbedParts | null = null;
  private readonly model: VirtualContext;
  private readonly holds = new Map<number, Hold>();

  constructor(model: VirtualContext) {
    this.model = model;
  }

  /** A fault's lever is pulled; the current cause is the fault. */
  begin(now: VirtualTime, row: number, container: number, { effect, amount, rate, probe, until }: DisturbContainer): void {
    const fault = this.model.kubelet.node.causes.current;
    const role = probe === "all" ? null : (probeRoleNames.indexOf(probe) as ProbeRole);
    const isAlive = this.model.isAlive(row, container);
    if (!isAlive && ofProcess.has(effect)) return;
    const disturbance: Disturbance = { effect, amount, rate, probe: role, from: now, until, fault, cause: NO_CAUSE };
    if (effect === "crash" && rate === 0) {
      if (isAlive) this.parts!.exit(row, container, now + 1, amount, this.note(now, row, container, disturbance));
      return;
    }
    this.holdOf(row, container).list.push(disturbance);
    if (isOfNetwork(disturbance)) {
      this.model.kubelet.node.isNetworkTroubled = true;
      this.model.kubelet.node.onOutOfReach?.(now);
    }
    if (isAlive) this.look(now, row, container);
  }

  /** A process began: what lasts meets it too. */
  processBegan(now: VirtualTime, row: number, container: number): void {
    const { gc, memory } = this.model.modelsOf(row)[container]!.behaviour;
    const startedAt = this.model.startedAt(row, container);
    if (memory.spike !== undefined) {
      const from = startedAt + memory.spike.at;
      const until = from + memory.spike.for;
      const { size } = memory.spike;
      const spike = { effect: "spike" as const, amount: size, rate: 0, probe: null, from, until, fault: NO_CAUSE, cause: NO_CAUSE };
      this.holdOf(row, container).list.push(spike);
    }
    if (gc !== undefined) {
      const hold = this.holdOf(row, container);
      const key = this.model.key(row, "gc", container);
      const every = Math.max(1, sample(gc.every, key.hi, key.lo, hold.pauses));
      hold.nextPause = now + Math.max(1, Math.round(every * uniform(key.hi ^ PHASE, key.lo, hold.pauses++)));
    }
    if (this.hold(row, container) !== undefined) this.look(now, row, container);
  }

  processEnded(row: number, container: number): void {
    const hold = this.hold(row, container);
    if (hold === undefined) return;
    hold.list = hold.list.filter(({ effect }) => !ofProcess.has(effect));
    hold.speed = 1;
    hold.startUpShare = 1;
    this.forgetStartUp(hold);
    hold.leaked = 0;
    hold.gcCause = NO_CAUSE;
    hold.crashing = [];
    hold.nextPause = NEVER;
    this.model.kubelet.cancelPortTimer(row, this.kindOf(row, container));
  }

  forget(row: number): void {
    if (this.holds.size === 0) return;
    const count = this.model.table.plan(row).containers.length;
    for (let container = 0; container < count; container++) this.holds.delete(this.model.slot(row, this.kindOf(row, container)));
  }

  /** Something begins or ends. */
  onTimer(now: VirtualTime, row: number, container: number): void {
    const hold = this.hold(row, container);
    if (hold === undefined || !this.model.isAlive(row, container)) return;
    if (hold.nextPause <= now) this.pause(now, row, container, hold);
    this.look(now, row, container);
  }

  /** Its start-up gets `share` of the CPU that it wants. */
  shareStartUp(now: VirtualTime, row: number, container: number, share: number, cause: CauseId): void {
    if (share === 1 && this.hold(row, container) === undefined) return;
    const hold = this.holdOf(row, container);
    if (share < 1) hold.startUpBlame = cause;
    const before = hold.startUpShare;
    if (share === before) return;
    hold.startUpShare = share;
    this.changeStartUp(now, row, container, hold, hold.speed * before, hold.speed * share);
  }

  /** What keeps the process from having started up by now; none: it wouldn't have, undisturbed. */
  startUpBlame(now: VirtualTime, row: number, container: number): CauseId {
    const hold = this.hold(row, container);
    return hold === undefined || hold.startUpDue === -1 || now < hold.startUpDue ? NO_CAUSE : hold.startUpBlame;
  }

  /** It listens: what made that late is over. */
  startUpEnded(row: number, container: number): void {
    const hold = this.hold(row, container);
    if (hold !== undefined) this.forgetStartUp(hold);
  }

  private forgetStartUp(hold: Hold): void {
    hold.startUpBlame = NO_CAUSE;
    hold.startUpDue = -1;
    hold.startUpLeft = -1;
  }

  /** The child that did the work is gone for good: requests fail from now on, health endpoints don't. */
  childKilled(now: VirtualTime, row: number, container: number, cause: CauseId): void {
    const missing = { effect: "childMissing" as const, amount: 1, rate: 0, probe: null, from: now, until: NEVER, fault: cause, cause };
    this.holdOf(row, container).list.push(missing);
    this.look(now, row, container);
  }

  missesChild(row: number, container: number): boolean {
    return this.hold(row, container)?.list.some(({ effect }) => effect === "childMissing") ?? false;
  }

  /** How fast it works now: 1 as given, 0 not at all. */
  speedOf(row: number, container: number): number {
    return this.hold(row, container)?.speed ?? 1;
  }

  /** It does nothing at all, not even for a signal. */
  isHung(now: VirtualTime, row: number, container: number): boolean {
    return this.hold(row, container)?.list.some((each) => each.effect === "hang" && isOn(each, now)) ?? false;
  }

  /** How fast a command in the container works: it starves with the rest, but doesn't hang or pause with the main process. */
  commandSpeed(now: VirtualTime, row: number, container: number): number {
    return starvation((this.hold(row, container)?.list ?? []).filter((each) => isOn(each, now)));
  }

  /** µs that the answer to a probe comes later, and why. `attempt`: of a probe over the network; -1: a command. */
  probeDelay(now: VirtualTime, row: number, container: number, role: ProbeRole, attempt: number): Trouble {
    let { delay, cause } = attempt === -1 ? NO_TROUBLE : this.probeTrouble(now, row, container, role, attempt);
    for (const each of this.hold(row, container)?.list ?? [])
      if (isOn(each, now) && each.effect === "slowProbes" && (each.probe === null || each.probe === role)) {
        delay += each.amount;
        cause = each.cause;
      }
    return { delay, cause };
  }

  /** What an exchange with the container meets on its way. Draws come from (hi, lo), `index` on. */
  exchangeTrouble(now: VirtualTime, row: number, container: number, opens: boolean, hi: number, lo: number, index: number): Trouble {
    const on = (this.hold(row, container)?.list ?? []).filter((each) => isOfNetwork(each) && isOn(each, now));
    if (on.length === 0) return NO_TROUBLE;
    let delay = 0;
    let jitter = 0;
    let passing = 1;
    for (const each of on)
      if (each.effect === "losePackets") passing *= 1 - each.amount;
      else {
        delay += each.amount;
        jitter += each.rate;
      }
    const late = exchangeDelay({ delay, jitter, loss: 1 - passing }, opens, hi, lo, index);
    const blamed = on.find(({ effect }) => effect === "losePackets" && late > 2 * (delay + jitter)) ?? on[0]!;
    // A Pod's network is there without any process, which is when nothing else notes what a fault does to it.
    if (late > 0 && blamed.cause === NO_CAUSE) blamed.cause = this.note(now, row, container, blamed);
    return { delay: late, cause: blamed.cause };
  }

  private probeTrouble(now: VirtualTime, row: number, container: number, role: ProbeRole, attempt: number): Trouble {
    const { hi, lo } = this.model.key(row, "packets of probes", container * 3 + role);
    const { delay, cause } = this.exchangeTrouble(now, row, container, true, hi, lo, attempt * TROUBLE_DRAWS);
    return { delay: Math.min(delay, LATEST), cause };
  }

  /** What slows it down now; none: nothing. */
  blameOf(now: VirtualTime, row: number, container: number): CauseId {
    const holds = (this.hold(row, container)?.list ?? []).filter((each) => isOn(each, now) && slows(each));
    return (holds.find(({ effect }) => effect === "hang") ?? holds.at(-1))?.cause ?? NO_CAUSE;
  }

  /** Memory with what faults and spikes add to it; grows from `growthStart` on. */
  memoryOf(now: VirtualTime, row: number, container: number, memory: Memory, growthStart: VirtualTime): Memory {
    const hold = this.hold(row, container);
    if (hold === undefined) return memory;
    let base = memory.base + hold.leaked;
    let growth = memory.growth;
    for (const each of hold.list) {
      if (!isOn(each, now)) continue;
      if (each.effect === "spike") base += each.amount;
      if (each.effect !== "leak") continue;
      growth += each.amount;
      base -= (each.amount * Math.max(0, each.from - growthStart)) / SECOND;
    }
    return { ...memory, base, growth };
  }

  /** Something does or did add to its memory. */
  takesMemory(row: number, container: number): boolean {
    const hold = this.hold(row, container);
    return hold !== undefined && (hold.leaked > 0 || hold.list.some(({ effect }) => effect === "leak" || effect === "spike"));
  }

  /** The fault that takes memory from it now; none: nobody does. */
  memoryBlame(now: VirtualTime, row: number, container: number): CauseId {
    const taking = ({ effect }: Disturbance): boolean => effect === "leak" || effect === "spike";
    return this.hold(row, container)?.list.find((each) => taking(each) && isOn(each, now) && each.cause !== NO_CAUSE)?.cause ?? NO_CAUSE;
  }

  /** Combines what holds now and tells those whom it concerns; then waits for the next change. */
  private look(now: VirtualTime, row: number, container: number): void {
    const hold = this.hold(row, container)!;
    const server = this.model.serverAt(row, container);
    const on = hold.list.filter((each) => isOn(each, now));
    for (const each of on)
      if (each.cause === NO_CAUSE && this.concerns(row, container, each)) each.cause = this.note(now, row, container, each);
    this.parts!.changeMemory(now, row, container, () => this.drop(now, row, container, hold));
    hold.gcCause = on.find(({ effect }) => effect === "pause")?.cause ?? hold.gcCause;
    const blame = this.blameOf(now, row, container);
    this.changeSpeed(now, row, container, hold, speedOf(on, now), blame);
    const last = (effect: string): CauseId => on.findLast((each) => each.effect === effect)?.cause ?? NO_CAUSE;
    server?.setWaiting(now, product(on, "slow"), last("slow"));
    let passing = 1;
    for (const each of on) if (each.effect === "fail" || each.effect === "childMissing") passing *= 1 - each.amount;
    const missing = last("childMissing");
    server?.setFailing(now, 1 - passing, missing === NO_CAUSE ? last("fail") : missing);
    this.mark(row, container, hold.speed !== 1 || on.some((each) => each.effect === "slowProbes" || isOfNetwork(each)));
    for (const each of on) if (each.effect === "crash") this.crash(now, row, container, hold, each);
    const next = Math.min(hold.nextPause, ...hold.list.map((each) => (each.from > now ? each.from : each.until)));
    if (next < NEVER) this.model.kubelet.armPortTimer(row, this.kindOf(row, container), Math.max(now + 1, next));
  }

  /** What is over goes; what it leaked stays as long as the process. */
  private drop(now: VirtualTime, row: number, container: number, hold: Hold): void {
    for (const each of hold.list)
      if (each.until <= now && each.effect === "leak" && each.cause !== NO_CAUSE)
        hold.leaked += (each.amount * (each.until - Math.max(each.from, this.model.startedAt(row, container)))) / SECOND;
    hold.list = hold.list.filter(({ until }) => until > now);
  }

  private changeSpeed(now: VirtualTime, row: number, container: number, hold: Hold, speed: number, blame: CauseId): void {
    const before = hold.speed;
    if (speed === before) return;
    hold.speed = speed;
    this.model.serverAt(row, container)?.setSpeed(now, speed, blame);
    if (speed < before) hold.startUpBlame = blame;
    this.changeStartUp(now, row, container, hold, before * hold.startUpShare, speed * hold.startUpShare);
    if (speed >= before) return;
    const stops = hold.list.filter((each) => isOn(each, now) && (each.effect === "hang" || each.effect === "pause"));
    const end = stops.reduce((latest, { until }) => Math.max(latest, until), now);
    this.parts!.delayProbes(now, row, container, blame, (left) => (speed === 0 ? end - now + left : (left * before) / speed));
  }

  private changeStartUp(now: VirtualTime, row: number, container: number, hold: Hold, before: number, speed: number): void {
    const { table } = this.model;
    const at = (table.cellAt(row, container) + LISTENS) >> 1;
    const listensAt = table.times[at]!;
    const isUnderWay = listensAt > now && listensAt !== NEVER;
    const left = hold.startUpLeft !== -1 ? hold.startUpLeft : isUnderWay ? (listensAt - now) * before : -1;
    if (left === -1) return;
    if (hold.startUpDue === -1) hold.startUpDue = listensAt;
    const kind = this.model.kind(row, container, ContainerTimer.listen);
    if (speed === 0) {
      hold.startUpLeft = left;
      table.times[at] = NEVER;
      this.model.kubelet.cancelPortTimer(row, kind);
      return;
    }
    hold.startUpLeft = -1;
    table.times[at] = now + Math.max(1, Math.ceil(left / speed));
    this.model.kubelet.armPortTimer(row, kind, table.times[at]!);
  }

  private pause(now: VirtualTime, row: number, container: number, hold: Hold): void {
    const { gc } = this.model.modelsOf(row)[container]!.behaviour;
    if (gc === undefined) return;
    const key = this.model.key(row, "gc", container);
    const index = hold.pauses++;
    const length = Math.max(1, Math.round(sample(gc.pause, key.hi ^ PAUSE, key.lo, index)));
    const until = now + length;
    hold.list.push({ effect: "pause", amount: 0, rate: 0, probe: null, from: now, until, fault: NO_CAUSE, cause: hold.gcCause });
    hold.nextPause = until + Math.max(1, Math.round(sample(gc.every, key.hi, key.lo, index)));
  }

  private crash(now: VirtualTime, row: number, container: number, hold: Hold, disturbance: Disturbance): void {
    if (hold.crashing.includes(disturbance)) return;
    hold.crashing.push(disturbance);
    const { amount, rate, until, cause } = disturbance;
    const key = this.model.key(row, "crash fault", container);
    const at = now + Math.max(1, Math.round((exponential(key.hi, key.lo, hold.crashes++) / rate) * SECOND));
    if (at < until) this.parts!.exit(row, container, at, amount, cause);
  }

  /** Whether it makes a difference here: a service that nobody asks can't be slow. */
  private concerns(row: number, container: number, disturbance: Disturbance): boolean {
    const { effect } = disturbance;
    if (isOfNetwork(disturbance))
      return (
        this.model.serverAt(row, container) !== undefined ||
        this.model.table.plan(row).probes.some((probe) => probe.container === container && probe.probe.handler.type !== "exec")
      );
    if (effect === "slow" || effect === "fail") return this.model.serverAt(row, container) !== undefined;
    if (effect === "slowProbes") return this.model.table.plan(row).probes.some((probe) => probe.container === container);
    return true;
  }

  private note(now: VirtualTime, row: number, container: number, { effect, fault }: Disturbance): CauseId {
    const { kubelet } = this.model;
    const { causes, lp } = kubelet.node;
    const { current } = causes;
    const pod = kubelet.recordOf(row).id;
    if (effect === "childMissing") return fault;
    const isOwn = fault === NO_CAUSE;
    const kind = isOwn || effect === "pause" ? CauseKind.application : kinds[effect];
    if (isOwn && effect !== "pause") return NO_CAUSE;
    const cause = causes.note(lp, kind, pod, now, fault, isOwn ? applicationDetail(ApplicationTrait.gc) : container);
    causes.current = current;
    return cause;
  }

  private mark(row: number, container: number, isDisturbed: boolean): void {
    const { table } = this.model;
    const at = table.cellAt(row, container) + SPECIAL;
    table.words[at] = (table.words[at]! & ~Special.disturbed) | (isDisturbed ? Special.disturbed : 0);
    this.model.probesChanged(row);
  }

  private hold(row: number, container: number): Hold | undefined {
    if (this.holds.size === 0) return undefined;
    return this.holds.get(this.model.slot(row, this.kindOf(row, container)));
  }

  private holdOf(row: number, container: number): Hold {
    const known = this.hold(row, container);
    if (known !== undefined) return known;
    const added: Hold = {
      list: [],
      speed: 1,
      startUpShare: 1,
      startUpBlame: NO_CAUSE,
      startUpDue: -1,
      startUpLeft: -1,
      leaked: 0,
      pauses: 0,
      crashes: 0,
      gcCause: NO_CAUSE,
      crashing: [],
      nextPause: NEVER,
    };
    this.holds.set(this.model.slot(row, this.kindOf(row, container)), added);
    return added;
  }

  private kindOf(row: number, container: number): number {
    return this.model.kind(row, container, ContainerTimer.pace);
  }
}

/** µs; later than any probe's timeout. */
const LATEST = 1e12;
/** Sets apart the draws of one pause. */
const PHASE = 0x51ed27;
const PAUSE = 0x2c1b3c;

function isOn({ from, until }: Disturbance, now: VirtualTime): boolean {
  return from <= now && now < until;
}

function isOfNetwork({ effect }: Disturbance): boolean {
  return effect === "delayPackets" || effect === "losePackets";
}

function slows({ effect }: Disturbance): boolean {
  return effect === "hang" || effect === "pause" || effect === "starve";
}

function speedOf(list: readonly Disturbance[], now: VirtualTime): number {
  if (list.some((each) => (each.effect === "hang" || each.effect === "pause") && isOn(each, now))) return 0;
  return starvation(list.filter((each) => isOn(each, now)));
}

function starvation(on: readonly Disturbance[]): number {
  return 1 / product(on, "starve");
}

function product(list: readonly Disturbance[], effect: string): number {
  let factor = 1;
  for (const each of list) if (each.effect === effect) factor *= each.amount;
  return factor;
}
