/**
 * Where Pods wait for a node. Source: pkg/scheduler/backend/queue.
 *
 *   add ─▶ active ──pop──▶ (being tried) ──failed──▶ unschedulable ──woken, or after 5 min──▶ back-off ─▶ active
 *                                                         └── woken after its back-off has passed ─▶ active
 *
 * An idle scheduler takes Pods out of back-off early (1.33+, SchedulerPopFromBackoffQ), but not those whose
 * attempt ended in an error. Pods with gates stand aside until their last gate is gone. With releases
 * before 1.25 any update of a waiting Pod, that of its own condition included, makes it active at once.
 */
import type { CauseId } from "../../kernel/causes.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import { newestVersions, type Versions } from "../versions.ts";

export interface QueuedPod {
  /** The newest version seen. */
  pod: PodRecord;
  readonly priority: number;
  readonly cause: CauseId;
  /** When it was added last, and a running number for ties. */
  timestamp: VirtualTime;
  order: number;
  /** Failed attempts. */
  attempts: number;
  backsOffUntil: VirtualTime;
  rejectedBy: number;
  /** Version of the Pod about which FailedScheduling was recorded last; -1: none. */
  recordedVersion: number;
  /** The last attempt failed for no lack of a node. */
  isErrored: boolean;
  /** Room is being made for it: nothing wakes it meanwhile. */
  isHeld: boolean;
  place: "active" | "backoff" | "unschedulable" | "gated" | "trying" | "gone";
}

export interface QueueSettings {
  readonly schedulerBackoffInitial: number;
  readonly schedulerBackoffMax: number;
  readonly schedulerBackoffFlush: number;
  readonly unschedulableMaxStay: number;
}

export class SchedulingQueue {
  private readonly settings: QueueSettings;
  private readonly pods = new Map<PodId, QueuedPod>();
  private readonly active = new Heap(
    (a: QueuedPod, b: QueuedPod) => b.priority - a.priority || a.timestamp - b.timestamp || a.order - b.order,
  );
  private readonly backoff = new Heap((a: QueuedPod, b: QueuedPod) => a.backsOffUntil - b.backsOffUntil || a.order - b.order);
  private readonly errorBackoff = new Heap((a: QueuedPod, b: QueuedPod) => a.backsOffUntil - b.backsOffUntil || a.order - b.order);
  private readonly unschedulable = new Set<QueuedPod>();
  private readonly facts: Versions;
  private orders = 0;

  constructor(settings: QueueSettings, facts: Versions = newestVersions) {
    this.settings = settings;
    this.facts = facts;
  }

  get(pod: PodId): QueuedPod | undefined {
    return this.pods.get(pod);
  }

  /** Somebody may be tried now, or waits for the end of a back-off. */
  get hasNext(): boolean {
    return (
      this.active.peek(isActive) !== undefined ||
      this.backoff.peek(isBackingOff) !== undefined ||
      this.errorBackoff.peek(isBackingOff) !== undefined
    );
  }

  /** When the next back-off ends that nobody cuts short; Infinity: none. */
  get nextBackOffEnd(): VirtualTime {
    const plain = this.facts.popsBackOffWhenIdle ? undefined : this.backoff.peek(isBackingOff);
    const ends = [plain, this.errorBackoff.peek(isBackingOff)].map((entry) =>
      entry === undefined ? Infinity : this.flushAfter(entry.backsOffUntil),
    );
    return Math.min(...ends);
  }

  get hasUnschedulable(): boolean {
    return this.unschedulable.size > 0;
  }

  add(pod: PodRecord, priority: number, cause: CauseId, now: VirtualTime, isGated: boolean = false): void {
    const entry: QueuedPod = {
      pod,
      priority,
      cause,
      timestamp: now,
      order: 0,
      attempts: 0,
      backsOffUntil: 0,
      rejectedBy: 0,
      recordedVersion: -1,
      isErrored: false,
      isHeld: false,
      place: isGated ? "gated" : "active",
    };
    this.pods.set(pod.id, entry);
    if (!isGated) this.activate(entry, now);
  }

  /** A new version of a Pod that waits. `isPromising`: what changed may make it schedulable. */
  update(pod: PodRecord, isGated: boolean, isPromising: boolean, now: VirtualTime): void {
    const entry = this.pods.get(pod.id);
    if (entry === undefined) return;
    entry.pod = pod;
    switch (entry.place) {
      case "gated":
        if (!isGated) this.activate(entry, now);
        return;
      case "unschedulable":
        if (this.facts.ownUpdatesRetry) this.hurry(entry, now);
        else if (isPromising && !entry.isHeld) this.release(entry, now);
        return;
      case "backoff":
        if (this.facts.ownUpdatesRetry) this.hurry(entry, now);
        return;
      default:
    }
  }

  /** Bound or gone. */
  delete(pod: PodId): void {
    const entry = this.pods.get(pod);
    if (entry === undefined) return;
    this.unschedulable.delete(entry);
    entry.place = "gone";
    this.pods.delete(pod);
  }

  pop(now: VirtualTime): QueuedPod | undefined {
    this.flushBackOff(this.backoff, now);
    this.flushBackOff(this.errorBackoff, now);
    const entry = this.active.peek(isActive) ?? (this.facts.popsBackOffWhenIdle ? this.backoff.peek(isBackingOff) : undefined);
    if (entry === undefined) return undefined;
    (entry.place === "active" ? this.active : this.backoff).pop();
    entry.place = "trying";
    return entry;
  }

  /** Back-offs end on a grid. */
  private flushBackOff(heap: Heap<QueuedPod>, now: VirtualTime): void {
    for (
      let head = heap.peek(isBackingOff);
      head !== undefined && this.flushAfter(head.backsOffUntil) <= now;
      head = heap.peek(isBackingOff)
    ) {
      heap.pop();
      this.activate(head, head.backsOffUntil);
    }
  }

  private flushAfter(end: VirtualTime): VirtualTime {
    const { schedulerBackoffFlush } = this.settings;
    return schedulerBackoffFlush > 0 ? Math.ceil(end / schedulerBackoffFlush) * schedulerBackoffFlush : end;
  }

  /** Tried in vain. */
  park(entry: QueuedPod, rejectedBy: number, now: VirtualTime): void {
    if (entry.place !== "trying") return;
    entry.attempts++;
    entry.timestamp = now;
    entry.rejectedBy = rejectedBy;
    entry.isErrored = false;
    entry.backsOffUntil = this.backOffEnd(entry, now);
    entry.place = "unschedulable";
    this.unschedulable.add(entry);
  }

  /** Something changed that these care about. */
  wake(cares: (entry: QueuedPod) => boolean, now: VirtualTime): void {
    for (const entry of this.unschedulable) if (!entry.isHeld && cares(entry)) this.release(entry, now);
  }

  /** Those that have waited longest are tried anyway. */
  flush(now: VirtualTime): void {
    const { unschedulableMaxStay } = this.settings;
    for (const entry of this.unschedulable) if (!entry.isHeld && now - entry.timestamp > unschedulableMaxStay) this.release(entry, now);
  }

  /** A failure that is nobody's lack of room (a lost write): back-off, no event needed. */
  retry(entry: QueuedPod, now: VirtualTime): void {
    if (entry.place !== "trying") return;
    entry.attempts++;
    entry.isErrored = true;
    entry.backsOffUntil = this.backOffEnd(entry, now);
    this.release(entry, now);
  }

  private hurry(entry: QueuedPod, now: VirtualTime): void {
    this.unschedulable.delete(entry);
    this.activate(entry, now);
  }

  private release(entry: QueuedPod, now: VirtualTime): void {
    this.unschedulable.delete(entry);
    if (entry.backsOffUntil <= now) {
      this.activate(entry, now);
      return;
    }
    entry.place = "backoff";
    entry.order = this.orders++;
    (entry.isErrored ? this.errorBackoff : this.backoff).push(entry);
  }

  private activate(entry: QueuedPod, timestamp: VirtualTime): void {
    entry.place = "active";
    entry.timestamp = timestamp;
    entry.order = this.orders++;
    this.active.push(entry);
  }

  /** min(1 s · 2ⁿ⁻¹, 10 s); where the queue may be popped early, cut down to the grid. */
  private backOffEnd({ attempts }: QueuedPod, now: VirtualTime): VirtualTime {
    const { schedulerBackoffInitial, schedulerBackoffMax, schedulerBackoffFlush } = this.settings;
    let delay = schedulerBackoffInitial;
    for (let times = 1; times < attempts && delay < schedulerBackoffMax; times++) delay *= 2;
    const end = now + Math.min(delay, schedulerBackoffMax);
    return schedulerBackoffFlush > 0 && this.facts.popsBackOffWhenIdle
      ? Math.floor(end / schedulerBackoffFlush) * schedulerBackoffFlush
      : end;
  }
}

function isActive(entry: QueuedPod): boolean {
  return entry.place === "active";
}

function isBackingOff(entry: QueuedPod): boolean {
  return entry.place === "backoff";
}

/** A binary heap whose members may stop to belong there: they are dropped when they reach the top. */
class Heap<Item> {
  private readonly items: Item[] = [];
  private readonly compare: (a: Item, b: Item) => number;

  constructor(compare: (a: Item, b: Item) => number) {
    this.compare = compare;
  }

  push(item: Item): void {
    const { items } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.compare(items[at]!, items[parent]!) >= 0) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  peek(belongs: (item: Item) => boolean): Item | undefined {
    while (this.items.length > 0 && !belongs(this.items[0]!)) this.pop();
    return this.items[0];
  }

  pop(): void {
    const { items } = this;
    const last = items.pop();
    if (last === undefined || items.length === 0) return;
    items[0] = last;
    for (let at = 0; ;) {
      let child = 2 * at + 1;
      if (child >= items.length) return;
      if (child + 1 < items.length && this.compare(items[child + 1]!, items[child]!) < 0) child++;
      if (this.compare(items[child]!, items[at]!) >= 0) return;
      this.swap(at, child);
      at = child;
    }
  }

  private swap(a: number, b: number): void {
    const item = this.items[a]!;
    this.items[a] = this.items[b]!;
    this.items[b] = item;
  }
}
