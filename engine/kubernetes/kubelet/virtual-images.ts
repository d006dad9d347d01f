/**
 * Images of the virtual runtime: what the node has, how long a pull takes, and which pulls fail. Layers that
 * another pull of the same image fetches already aren't fetched twice.
 */
import { CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { uniform } from "../../kernel/random.ts";
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import { containerAt } from "./pod-plan.ts";
import { ContainerTimer } from "./timers.ts";
import type { VirtualContext } from "./virtual-context.ts";

/** What a fault does to pulls of this node. */
export interface PullFault {
  /** Null: of any image. */
  readonly image: string | null;
  /** Chance that a pull fails. */
  readonly rate: number;
  /** The transfer takes so many times as long. */
  readonly slowdown: number;
  readonly until: VirtualTime;
}

interface ActiveFault extends PullFault {
  readonly cause: CauseId;
}

interface PendingPull {
  /** Null: the image comes. */
  readonly error: string | null;
  readonly size: number;
  readonly cause: CauseId;
}

export class VirtualImages {
  private readonly model: VirtualContext;
  private readonly pending = new Map<number, PendingPull>();
  private faults: ActiveFault[] = [];
  /** Pulls begun on this node, by image. */
  private readonly begun = new Map<string, number>();
  /** When the layers of an image are here, by image, while some pull fetches them. */
  private readonly fetching = new Map<string, VirtualTime>();

  constructor(model: VirtualContext) {
    this.model = model;
  }

  isThere(row: number, container: number): boolean {
    this.model.refreshModels(row);
    return this.model.modelsOf(row)[container]!.behaviour.image.present;
  }

  pull(row: number, container: number): void {
    const { model } = this;
    const { now } = model.simulator;
    // The kubelet asks isThere only about images that it doesn't know yet.
    model.refreshModels(row);
    const { image } = containerAt(model.table.plan(row), container);
    const { size, rate = Infinity, pull } = model.modelsOf(row)[container]!.behaviour.image;
    const count = this.begun.get(image) ?? 0;
    this.begun.set(image, count + 1);
    const kind = model.kind(row, container, ContainerTimer.image);
    const { imagePullLatency, imagePullRate } = model.settings;
    const failing = this.failing(now, row, container, image, count);
    if (failing !== null || (pull !== undefined && count < pull.failures)) {
      const error = failing === null ? pull!.error : `failed to pull and unpack image "${image}": i/o timeout`;
      this.pending.set(model.slot(row, kind), { error, size, cause: failing?.cause ?? NO_CAUSE });
      return model.arm(row, kind, imagePullLatency);
    }
    const slow = this.slowest(now, image);
    const transfer = Math.round((size / Math.max(1, Math.min(rate, imagePullRate))) * SECOND * (slow?.slowdown ?? 1));
    const isHere = model.kubelet.hasImage(image);
    const end = now + imagePullLatency + (isHere ? 0 : transfer);
    const ready = Math.min(end, Math.max(now + imagePullLatency, this.fetching.get(image) ?? Infinity));
    if (!isHere) this.fetching.set(image, ready);
    this.pending.set(model.slot(row, kind), {
      error: null,
      size,
      cause: slow === null ? NO_CAUSE : this.slowed(now, row, container, slow),
    });
    model.arm(row, kind, ready - now);
  }

  /** The pull has ended. */
  done(now: VirtualTime, row: number, container: number): void {
    const { kubelet } = this.model;
    const { image } = containerAt(this.model.table.plan(row), container);
    const slot = this.model.slot(row, this.model.kind(row, container, ContainerTimer.image));
    const { error, size, cause } = this.pending.get(slot)!;
    this.pending.delete(slot);
    const { causes } = kubelet.node;
    if (cause !== NO_CAUSE) causes.current = cause;
    if (error !== null) {
      causes.current = kubelet.node.note(row, CauseKind.imagePullFailed, now, container);
      kubelet.node.blame(now, row);
      return kubelet.input(now, { kind: "imageFailed", row, container, error });
    }
    this.fetching.delete(image);
    kubelet.input(now, { kind: "imageReady", row, container, size });
  }

  isPulling(row: number, container: number): boolean {
    return this.pending.has(this.model.slot(row, this.model.kind(row, container, ContainerTimer.image)));
  }

  disturb(now: VirtualTime, fault: PullFault): void {
    this.faults = this.faults.filter(({ until }) => until > now);
    this.faults.push({ ...fault, cause: this.model.kubelet.node.causes.current });
  }

  forget(row: number, container: number): void {
    this.pending.delete(this.model.slot(row, this.model.kind(row, container, ContainerTimer.image)));
  }

  /** The node stops: pulls under way are gone. */
  loseAll(): void {
    this.pending.clear();
    this.fetching.clear();
  }

  /** The present cause goes on: why a pull is slow isn't why it begins. */
  private slowed(now: VirtualTime, row: number, container: number, { cause }: ActiveFault): CauseId {
    const { node } = this.model.kubelet;
    const { current } = node.causes;
    const noted = node.note(row, CauseKind.imagePullSlow, now, container, cause);
    node.blame(now, row);
    node.causes.current = current;
    return noted;
  }

  /** Of faults that overlap the worst counts. */
  private slowest(now: VirtualTime, image: string): ActiveFault | null {
    let worst: ActiveFault | null = null;
    for (const fault of this.faults)
      if (fault.slowdown > 1 && isMet(fault, now, image) && fault.slowdown > (worst?.slowdown ?? 1)) worst = fault;
    return worst;
  }

  private failing(now: VirtualTime, row: number, container: number, image: string, count: number): ActiveFault | null {
    const met = this.faults.filter((fault) => fault.rate > 0 && isMet(fault, now, image));
    if (met.length === 0) return null;
    const key = this.model.key(row, "image pull", container);
    const drawn = uniform(key.hi, key.lo, count);
    return met.find(({ rate }) => drawn < rate) ?? null;
  }
}

function isMet(fault: PullFault, now: VirtualTime, image: string): boolean {
  return fault.until > now && (fault.image === null || fault.image === image);
}
