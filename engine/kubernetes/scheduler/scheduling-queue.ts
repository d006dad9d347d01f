/**
 * Where Pods wait for a node. Source: pkg/scheduler/backend/queue.
 *
 *   add ─▶ active ──pop──▶ (being tried) ──failed──▶ unschedulable ──woken, or after 5 min──▶ back-off ─▶ active
 *                                                         └── woken after its back-off has passed ─▶ active
 *
 * An idle scheduler takes Pods out of back-off early (1.33+, SchedulerPopFromBackoffQ).
 */
import type { CauseId } from "../../kernel/causes.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";

export interface QueuedPod {
  readonly pod: PodRecord;
  readonly priority: number;
  readonly cause: CauseId;
  /** When it was added last, and a running number for ties. */
  timestamp: VirtualTime;
  order: number;
  /** Failed attempts. */
  attempts: number;
  backsOffUntil: VirtualTime;
  rejectedBy: number;
  place: "active" | "backoff" | "unschedulable" | "trying" | "gone";
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
  private readonly unschedulable = new Set<QueuedPod>();
  private orders = 0;

  constructor(settings: QueueSettings) {
    this.settings = settings;
  }

  get(pod: PodId): QueuedPod | undefined {
    return this.pods.get(pod);
  }

  /** Somebody may be tried now. */
  get hasNext(): boolean {
    return this.active.peek(isActive) !== undefined || this.backoff.peek(isBackingOff) !== undefined;
  }

  get hasUnschedulable(): boolean {
    return this.unschedulable.size > 0;
  }

  add(pod: PodRecord, priority: number, cause: CauseId, now: VirtualTime): void {
    const entry: QueuedPod = {
      pod,
      priority,
      cause,
      timestamp: now,
      order: 0,
      attempts: 0,
      backsOffUntil: 0,
      rejectedBy: 0,
      place: "active",
    };
    this.pods.set(pod.id, entry);
    this.activate(entry, now);
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
    for (
      let head = this.backoff.peek(isBackingOff);
      head !== undefined && head.backsOffUntil <= now;
      head = this.backoff.peek(isBackingOff)
    ) {
      this.backoff.pop();
      this.activate(head, head.backsOffUntil);
    }
    const entry = this.active.peek(isActive) ?? this.backoff.peek(isBackingOff);
    if (entry === undefined) return undefined;
    (entry.place === "active" ? this.active : this.backoff).pop();
    entry.place = "trying";
    return entry;
  }

  /** Tried in vain. */
  park(entry: QueuedPod, rejectedBy: number, now: VirtualTime): void {
    if (entry.place !== "trying") return;
    entry.attempts++;
    entry.timestamp = now;
    entry.rejectedBy = rejectedBy;
    entry.backsOffUntil = this.backOffEnd(entry, now);
    entry.place = "unschedulable";
    this.unschedulable.add(entry);
  }

  /** Something changed that those rejected by these filters care about. */
  wake(rejections: number, now: VirtualTime): void {
    for (const entry of this.unschedulable) if ((entry.rejectedBy & rejections) !== 0) this.release(entry, now);
  }

  /** Those that have waited longest are tried anyway. */
  flush(now: VirtualTime): void {
    for (const entry of this.unschedulable) if (now - entry.timestamp > this.settings.unschedulableMaxStay) this.release(entry, now);
  }

  /** A failure that is nobody's lack of room (a lost write): back-off, no event needed. */
  retry(entry: QueuedPod, now: VirtualTime): void {
    if (entry.place !== "trying") return;
    entry.attempts++;
    entry.backsOffUntil = this.backOffEnd(entry, now);
    this.release(entry, now);
  }

  private release(entry: QueuedPod, now: VirtualTime): void {
    this.unschedulable.delete(entry);
    if (entry.backsOffUntil <= now) {
      this.activate(entry, now);
      return;
    }
    entry.place = "backoff";
    entry.order = this.orders++;
    this.backoff.push(entry);
  }

  private activate(entry: QueuedPod, timestamp: VirtualTime): void {
    entry.place = "active";
    entry.timestamp = timestamp;
    entry.order = this.orders++;
    this.active.push(entry);
  }

  /** min(1 s · 2ⁿ⁻¹, 10 s), ending on a whole second. */
  private backOffEnd({ attempts }: QueuedPod, now: VirtualTime): VirtualTime {
    const { schedulerBackoffInitial, schedulerBackoffMax, schedulerBackoffFlush } = this.settings;
    let delay = schedulerBackoffInitial;
    for (let times = 1; times < attempts && delay < schedulerBackoffMax; times++) delay *= 2;
    const end = now + Math.min(delay, schedulerBackoffMax);
    return schedulerBackoffFlush > 0 ? Math.floor(end / schedulerBackoffFlush) * schedulerBackoffFlush : end;
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
