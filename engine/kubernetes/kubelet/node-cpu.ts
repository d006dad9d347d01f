/**
 * A node whose containers want more CPU than it has: they share its cores by their requests (cpu.shares), and what
 * one doesn't want the others get. Commands of probes come first: they cost the runtime more than the container.
 *
 *   nobody might want more than there is ─▶ asleep ─a process begins─▶ looks once a second, and ─▶ asleep again
 *                                                                      as a start-up begins or ends
 *
 * Differs: CPU of a full node. Who gets how much is settled once a second, from what each has used since the last look
 * and wants at this one. A node whose containers can't want more than it has is never looked at.
 */
import { CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import type { PodId } from "../api-server/pod-record.ts";
import type { NodeContext } from "./node-context.ts";
import { NodeTimer } from "./timers.ts";

export interface CpuConsumer {
  /** Millicores requested, at least 2. */
  readonly weight: number;
  /** Cores that it has used on average since the last look, or wants now, whichever is more. */
  readonly wanted: number;
}

/** A container whose server is asked for something, or that starts up. */
export interface CpuReader {
  readonly pod: PodId;
  readonly weight: number;
  wanted(now: VirtualTime): number;
  /** Infinity: as many cores as it wants. */
  give(now: VirtualTime, cores: number, cause: CauseId): void;
}

/** Who uses a node's CPU; in cores. */
export interface CpuConsumers {
  /** In the order of admission. */
  readers(): readonly CpuReader[];
  /** Whether they want no more than so many cores together, summed in that order. */
  isEnough(now: VirtualTime, cores: number): boolean;
  takenByProbes(): number;
}

export class NodeCpu {
  private readonly node: NodeContext;
  private readonly consumers: CpuConsumers;
  private isFull = false;
  private cause: CauseId = NO_CAUSE;
  /** Why Pods of the run that may fill the node are here. */
  private readonly arrivals = new Map<PodId, CauseId>();

  constructor(node: NodeContext, consumers: CpuConsumers) {
    this.node = node;
    this.consumers = consumers;
  }

  /** A process began. */
  watch(now: VirtualTime): void {
    const { node } = this;
    if (node.usage.cpuMax > node.template.cpu / 1000 && !node.isNodeArmed(NodeTimer.cpu)) node.armNode(NodeTimer.cpu, now + SECOND);
  }

  /** A process began in a Pod that was created in the run. */
  arrived(pod: PodId): void {
    const { node } = this;
    if (node.usage.cpuMax > node.template.cpu / 1000 && !this.arrivals.has(pod)) this.arrivals.set(pod, node.causes.current);
  }

  forget(pod: PodId): void {
    this.arrivals.delete(pod);
  }

  /** A start-up began or ended: who starts up wants the same all the time, so the shares are known at once. */
  startUpsChanged(now: VirtualTime): void {
    const { node } = this;
    if (this.isFull || node.usage.cpuMax > node.template.cpu / 1000) node.armNode(NodeTimer.cpu, now + 1);
  }

  look(now: VirtualTime): void {
    const { node } = this;
    const all = node.template.cpu / 1000;
    const cores = Math.max(0, all - this.consumers.takenByProbes());
    // Mostly there is enough for all, and nobody has to be told.
    if (!this.isFull && this.consumers.isEnough(now, cores)) return this.lookAgain(now, all);
    const readers = this.consumers.readers();
    const consumers = readers.map((reader) => ({ pod: reader.pod, weight: reader.weight, wanted: reader.wanted(now) }));
    const level = levelOf(consumers, cores);
    const isFull = level !== Infinity;
    if (isFull && !this.isFull)
      this.cause = node.causes.note(node.lp, CauseKind.nodeCpuShort, node.node, now, this.filledBy(consumers, cores));
    if (isFull || this.isFull)
      for (const reader of readers) reader.give(now, isFull ? level * reader.weight : Infinity, isFull ? this.cause : NO_CAUSE);
    this.isFull = isFull;
    this.lookAgain(now, all);
  }

  private lookAgain(now: VirtualTime, all: number): void {
    if (this.isFull || this.node.usage.cpuMax > all) this.node.armNode(NodeTimer.cpu, now + SECOND);
  }

  /** Why the Pod came without which there would have been enough, Pods taken in the order of their admission; none: it was there before the run. */
  private filledBy(consumers: readonly (CpuConsumer & { readonly pod: PodId })[], cores: number): CauseId {
    let wanted = 0;
    const last = consumers.find((consumer) => (wanted += consumer.wanted) > cores);
    return last === undefined ? NO_CAUSE : (this.arrivals.get(last.pod) ?? NO_CAUSE);
  }
}

/**
 * Cores for each millicore of weight when the cores are shared: whoever wants less than that gets what it wants, and
 * the rest is shared by the others. Infinity: there is enough for everybody.
 */
export function levelOf(consumers: readonly CpuConsumer[], cores: number): number {
  if (consumers.reduce((sum, { wanted }) => sum + wanted, 0) <= cores) return Infinity;
  const sorted = [...consumers].sort((a, b) => a.wanted / a.weight - b.wanted / b.weight);
  let left = cores;
  let weights = sorted.reduce((sum, { weight }) => sum + weight, 0);
  for (const { wanted, weight } of sorted) {
    if (wanted > (left * weight) / weights) return left / weights;
    left -= wanted;
    weights -= weight;
  }
  return Infinity;
}
