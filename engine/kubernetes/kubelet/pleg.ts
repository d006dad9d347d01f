/**
 * Pod lifecycle event generator (pkg/kubelet/pleg/generic.go): how the kubelet learns what happened in the
 * runtime. It relists on a grid; between two relists the kubelet's cache is old. The grid is idle: it is
 * armed only while some Pod's runtime has changed unseen, or a Pod worker waits for a newer cache.
 *
 *   runtime changes ─▶ dirty ─relist─▶ seen: cache = runtime; waiting workers wake; each change asks for a sync
 */
import { streamKey, uniform } from "../../kernel/random.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import { type NodeContext, nextOnGrid } from "./node-context.ts";
import type { PodDetail } from "./pod-detail.ts";
import type { Instances } from "./pod-status.ts";
import { NodeTimer, PodTimer } from "./timers.ts";

export class Pleg {
  private readonly node: NodeContext;
  private anchor: VirtualTime;
  /** Rows whose detail is dirty or waiting, in the order in which they asked. */
  private asking: number[] = [];

  constructor(node: NodeContext) {
    this.node = node;
    const key = streamKey(node.seed, "pleg phase", node.name);
    this.anchor = Math.floor(this.period * node.settings.plegRelistPhase * uniform(key.hi, key.lo, 0));
  }

  /** The kubelet process starts: its first relist is now. */
  restart(now: VirtualTime): void {
    this.anchor = now;
    this.asking = [];
  }

  /** After a standstill: the overdue relist is now, and the grid goes on from here. */
  resume(now: VirtualTime): void {
    this.anchor = now;
  }

  /** The instant up to which the cache of a Pod is current. */
  cachedAt(row: number, now: VirtualTime): VirtualTime {
    const last = nextOnGrid(this.anchor, this.period, now) - this.period;
    const own = this.node.table.details.get(row)?.relistedAt ?? -1;
    return Math.max(last, own);
  }

  /** The runtime of this Pod changed. */
  markDirty(now: VirtualTime, row: number, detail: PodDetail): void {
    if (!detail.isDirty && !detail.isWaiting) this.ask(now, row);
    detail.isDirty = true;
  }

  /** The Pod worker waits for a cache newer than its last sync. */
  wait(now: VirtualTime, row: number, detail: PodDetail): void {
    if (!detail.isDirty && !detail.isWaiting) this.ask(now, row);
    detail.isWaiting = true;
  }

  /** Relists one Pod soon, after a sync that did something. */
  requestRelist(now: VirtualTime, row: number): void {
    this.node.arm(row, PodTimer.relist, now + Math.max(1, this.node.settings.plegRelistCost));
  }

  /** The grid ticks. */
  relist(now: VirtualTime): void {
    const { table, causes } = this.node;
    const rows = this.asking;
    this.asking = [];
    for (const row of rows) {
      const detail = table.details.get(row);
      if (detail === undefined) continue;
      causes.current = table.cause(row);
      this.look(now, row, detail);
    }
  }

  relistPod(now: VirtualTime, row: number): void {
    const detail = this.node.table.details.get(row);
    if (detail === undefined) return;
    detail.relistedAt = now;
    this.asking = this.asking.filter((other) => other !== row);
    this.look(now, row, detail);
  }

  forget(row: number): void {
    this.asking = this.asking.filter((other) => other !== row);
  }

  private ask(now: VirtualTime, row: number): void {
    this.asking.push(row);
    this.node.armNode(NodeTimer.relist, nextOnGrid(this.anchor, this.period, now));
  }

  /** The cache is updated first, so a waiting worker runs; each event found then asks for a sync of its own. */
  private look(now: VirtualTime, row: number, detail: PodDetail): void {
    const { worker, termination } = this.node;
    const events = see(detail);
    const wasWaiting = detail.isWaiting;
    detail.isDirty = false;
    detail.isWaiting = false;
    if (detail.termination === "removing") return termination.relisted(now, row, detail, events);
    if (wasWaiting) worker.begin(now, row);
    // While one sync runs further events ask for only one more.
    for (let event = 0; event < Math.min(2, events); event++) worker.requestSync(now, row);
  }

  private get period(): number {
    const { plegRelistPeriod, plegRelistCost } = this.node.settings;
    return Math.max(1, plegRelistPeriod + plegRelistCost);
  }
}

/** Brings the cache up to date and counts the events: a sandbox or a container that started or died. */
function see(detail: PodDetail): number {
  let events = 0;
  if (detail.sandboxSeen !== detail.sandbox) events++;
  detail.sandboxSeen = detail.sandbox;
  for (const container of detail.containers) {
    if (container.seen === container.truth) continue;
    events += changes(container.seen, container.truth);
    container.seen = container.truth;
  }
  return events;
}

function changes(seen: Instances, truth: Instances): number {
  const before = seen.newest;
  const after = truth.newest;
  if (after === null || (before !== null && before.generation === after.generation)) return 1;
  // The instance seen before died as well, unless it had been seen dead.
  return before !== null && before.isRunning ? 2 : 1;
}
