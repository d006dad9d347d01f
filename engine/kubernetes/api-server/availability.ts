/**
 * Available replicas over desired ones, exact to the microsecond, as the API server sees them. A replica is
 * available once its Pod has been Ready for minReadySeconds; that instant is known when the Pod turns Ready,
 * so it is kept aside and counted when time has come past it.
 *
 *   available ──┐        ┌──────────   a shortage: some replica is missing
 *   desired ────┴────────┴──────────   replicas above the desired ones make up for nothing
 *               └ from   └ until
 */
import type { CauseId, CauseTable } from "../../kernel/causes.ts";
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import { seriesName } from "../../metrics/catalogue.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import { PodPhase } from "../objects/pod.ts";
import { availableFrom, isActive } from "./pod-facts.ts";
import type { PodId, PodRecord } from "./pod-record.ts";
import type { Store } from "./store.ts";

/** Of one workload or of all; pods × µs after the warm-up, replicas above the desired ones left out. */
export interface AvailabilitySums {
  readonly desiredTime: number;
  readonly availableTime: number;
  /** Available and desired at the moment of the least share, and at the end; both 0: none was ever desired. */
  readonly least: number;
  readonly leastOf: number;
  readonly available: number;
  readonly desired: number;
}

export interface Shortage {
  readonly workload: number;
  readonly from: VirtualTime;
  /** -1: still short at the end. */
  readonly until: VirtualTime;
  /** What took the first replica away, or asked for one more. */
  readonly cause: CauseId;
}

export interface AvailabilityResult {
  /** Shares are those of all workloads together at each moment. */
  readonly total: AvailabilitySums;
  /** Workloads of which something was ever desired, by number. */
  readonly workloads: readonly (AvailabilitySums & { readonly workload: number })[];
  /** In the order in which they began. */
  readonly shortages: readonly Shortage[];
}

/** All Pods that stand for themselves share one series. */
const barePods = "Pods without an owner";

export class Availability {
  private readonly store: Store;
  private readonly recorder: Recorder;
  private readonly causes: CauseTable;
  private readonly total: Level;
  /** By workload; absent: none was ever desired or available. */
  private readonly levels: (Level | undefined)[] = [];
  /** Index in `shortages` of the one that goes on, by workload. */
  private readonly open = new Map<number, number>();
  private readonly shortages: Shortage[] = [];
  /** Ready Pods that aren't available yet: when they will be. */
  private readonly awaited = new Map<PodId, VirtualTime>();
  /** The same by time; an entry that `awaited` doesn't confirm is out of date. */
  private readonly queue: { readonly pod: PodId; readonly workload: number; readonly at: VirtualTime }[] = [];

  constructor(store: Store, recorder: Recorder, causes: CauseTable) {
    this.store = store;
    this.recorder = recorder;
    this.causes = causes;
    this.total = new Level(recorder.warmup);
  }

  /** So many replicas of a Deployment or ReplicaSet are asked for; 0 once it is deleted. */
  desire(workload: number, replicas: number, now: VirtualTime): void {
    const known = this.levels[workload];
    if ((known?.desired ?? 0) === replicas) return;
    this.advance(now);
    this.change(workload, 0, replicas - (known?.desired ?? 0), now);
  }

  podChanged(before: PodRecord | undefined, after: PodRecord | null, now: VirtualTime): void {
    if (before !== undefined && after !== null && before.owner !== after.owner) {
      this.ownerChanged(before, after, now);
      return;
    }
    if (this.isBare((after ?? before)!)) this.barePodChanged(before, after, now);
    this.countChange(before, after, now);
  }

  /** A replica of one workload becomes one of another, or stands for itself. */
  private ownerChanged(before: PodRecord, after: PodRecord, now: VirtualTime): void {
    this.countChange(before, null, now);
    if (this.store.workloads.workload(after.workload).kind === "Pod") this.desire(after.workload, after.owner < 0 ? 1 : 0, now);
    this.countChange(undefined, after, now);
  }

  private isBare({ owner, workload }: PodRecord): boolean {
    return owner < 0 && this.store.workloads.workload(workload).kind === "Pod";
  }

  private countChange(before: PodRecord | undefined, after: PodRecord | null, now: VirtualTime): void {
    const pod = (after ?? before)!;
    const workload = this.store.countedWorkload(pod);
    if (workload < 0) return;
    const was = before === undefined ? Infinity : this.availableAt(before);
    const will = after === null ? Infinity : this.availableAt(after);
    if (was === will) return;
    this.advance(now);
    const wasAvailable = was !== Infinity && !this.awaited.has(pod.id);
    this.awaited.delete(pod.id);
    const isAvailable = will <= now;
    if (!isAvailable && will !== Infinity) this.waitFor(pod.id, workload, will);
    if (wasAvailable !== isAvailable) this.change(workload, isAvailable ? 1 : -1, 0, now);
  }

  /** Its Pods are available sooner or later than they were. `minReadySeconds` is the one before; the store has the new one. */
  minReadyChanged(replicaSet: number, minReadySeconds: number, now: VirtualTime): void {
    this.advance(now);
    for (const pod of this.store.pods) {
      if (pod === undefined || pod.owner !== replicaSet || !isActive(pod)) continue;
      if (availableFrom(pod, minReadySeconds) === Infinity) continue;
      const wasAvailable = !this.awaited.delete(pod.id);
      const will = this.availableAt(pod);
      const workload = this.store.countedWorkload(pod);
      if (will > now) this.waitFor(pod.id, workload, will);
      if (wasAvailable !== will <= now) this.change(workload, wasAvailable ? -1 : 1, 0, now);
    }
  }

  /** Somebody asked for this Pod to be gone: if it stands for itself, none is desired any more. */
  podUnwanted(pod: PodRecord, now: VirtualTime): void {
    if (this.isBare(pod)) this.desire(pod.workload, 0, now);
  }

  result(end: VirtualTime): AvailabilityResult {
    this.advance(end);
    this.total.settle(end);
    const workloads: (AvailabilitySums & { readonly workload: number })[] = [];
    this.levels.forEach((level, workload) => {
      level?.settle(end);
      if (level !== undefined && level.isUsed) workloads.push({ workload, ...level.sums() });
    });
    // What began and ended in one instant never showed.
    const shortages = this.shortages.filter(({ from, until }) => from !== until && from < end);
    return { total: this.total.sums(), workloads, shortages };
  }

  /** One that ended well isn't missing; one that was evicted or lost with its node is. */
  private barePodChanged(before: PodRecord | undefined, after: PodRecord | null, now: VirtualTime): void {
    const pod = after ?? before!;
    if (before === undefined) this.desire(pod.workload, 1, now);
    if (after?.status.phase === PodPhase.Succeeded) this.desire(pod.workload, 0, now);
  }

  /** µs; Infinity: not by itself. */
  private availableAt(pod: PodRecord): VirtualTime {
    if (!isActive(pod)) return Infinity;
    const minReadySeconds = pod.owner < 0 ? 0 : (this.store.replicaSets.get(pod.owner)?.minReadySeconds ?? 0);
    return availableFrom(pod, minReadySeconds) * SECOND;
  }

  private waitFor(pod: PodId, workload: number, at: VirtualTime): void {
    this.awaited.set(pod, at);
    let index = this.queue.length;
    while (index > 0 && this.queue[index - 1]!.at > at) index--;
    this.queue.splice(index, 0, { pod, workload, at });
  }

  /** Counts what became available by itself until now. */
  private advance(now: VirtualTime): void {
    let due = 0;
    for (; due < this.queue.length && this.queue[due]!.at <= now; due++) {
      const { pod, workload, at } = this.queue[due]!;
      if (this.awaited.get(pod) !== at) continue;
      this.awaited.delete(pod);
      this.change(workload, 1, 0, at);
    }
    if (due > 0) this.queue.splice(0, due);
  }

  private change(workload: number, available: number, desired: number, now: VirtualTime): void {
    const level = this.levelOf(workload);
    const before = level.served;
    level.settle(now);
    this.total.settle(now);
    level.available += available;
    level.desired += desired;
    this.total.desired += desired;
    this.total.available += level.served - before;
    if (available !== 0) this.recorder.mark(level.availableSeries, now, available);
    if (desired !== 0) this.recorder.mark(level.desiredSeries, now, desired);
    this.noteShortage(workload, level, now);
  }

  private noteShortage(workload: number, level: Level, now: VirtualTime): void {
    const index = this.open.get(workload);
    if (level.available < level.desired) {
      if (index === undefined)
        this.open.set(workload, this.shortages.push({ workload, from: now, until: -1, cause: this.causes.current }) - 1);
    } else if (index !== undefined) {
      this.shortages[index] = { ...this.shortages[index]!, until: now };
      this.open.delete(workload);
    }
  }

  private levelOf(workload: number): Level {
    const known = this.levels[workload];
    if (known !== undefined) return known;
    const isBare = this.store.workloads.workload(workload).kind === "Pod";
    const label = isBare ? barePods : this.store.workloads.label(workload);
    const level = new Level(this.recorder.warmup);
    level.availableSeries = this.recorder.timeSeries(seriesName("available", label));
    level.desiredSeries = this.recorder.timeSeries(seriesName("desired", label));
    return (this.levels[workload] = level);
  }
}

/** Two counts over time: their areas and the worst moment, from the end of the warm-up on. */
class Level {
  available = 0;
  desired = 0;
  availableSeries = -1;
  desiredSeries = -1;
  private readonly warmup: VirtualTime;
  private since: VirtualTime = 0;
  private desiredTime = 0;
  private availableTime = 0;
  private least = 0;
  private leastOf = 0;

  constructor(warmup: VirtualTime) {
    this.warmup = warmup;
  }

  /** Available ones that are asked for. */
  get served(): number {
    return Math.min(this.available, this.desired);
  }

  get isUsed(): boolean {
    return this.desiredTime > 0 || this.desired > 0;
  }

  /** Counts the time since the last change; a state that lasted no time is none. */
  settle(now: VirtualTime): void {
    const time = now - Math.max(this.since, this.warmup);
    this.since = now;
    if (time <= 0 || this.desired === 0) return;
    this.desiredTime += this.desired * time;
    this.availableTime += this.served * time;
    if (this.leastOf === 0 || this.served * this.leastOf < this.least * this.desired) {
      this.least = this.served;
      this.leastOf = this.desired;
    }
  }

  sums(): AvailabilitySums {
    const { desiredTime, availableTime, least, leastOf, available, desired } = this;
    return { desiredTime, availableTime, least, leastOf, available, desired };
  }
}
