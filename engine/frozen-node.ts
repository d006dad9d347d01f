/**
 * A node whose processes stand still, as a virtual machine that is paused or SIGSTOP sent to all of them: its logical
 * process while it lasts. Clocks go on: what fell due meanwhile is overdue at the end, once for each timer.
 *
 *   running ─freezeNode─▶ frozen: timers and messages are kept ─thawNode of the last fault─▶ running: overdue timers
 *                            └─loseNode─▶ off, as if it had not been frozen       in their order, then messages
 *
 * Differs: frozen requests are served. Requests in flight as the node freezes are answered as if it had not.
 */
import { NO_CAUSE, type CauseId } from "./kernel/causes.ts";
import type { LpId } from "./kernel/event.ts";
import { streamKey, uniform } from "./kernel/random.ts";
import type { LogicalProcess } from "./kernel/logical-process.ts";
import type { VirtualTime } from "./kernel/time.ts";
import { CauseKind } from "./cause-kinds.ts";
import type { Taint } from "./kubernetes/objects/meta.ts";
import { Holders } from "./kubernetes/kubelet/holders.ts";
import type { Kubelet } from "./kubernetes/kubelet/kubelet.ts";
import type { NodeMessage } from "./node-process.ts";
import { FIRST_TRAFFIC_SLOT, type EndpointArrivals } from "./traffic/endpoint-arrivals.ts";

/** The node's process when it runs. */
interface RunningNode extends LogicalProcess {
  deliver(now: VirtualTime, message: NodeMessage): void;
}

export interface FrozenNodeOptions {
  readonly id: LpId;
  readonly kubelet: Kubelet;
  readonly arrivals: EndpointArrivals | null;
  readonly take: (payload: number) => NodeMessage;
  readonly running: RunningNode;
}

export class FrozenNode implements LogicalProcess {
  readonly id: LpId;
  private readonly options: FrozenNodeOptions;
  private readonly holders = new Holders();
  private frozenAt: VirtualTime = 0;
  private thaws = 0;
  /** What fell due, by slot, in the order of first firings: a ticker's channel keeps one tick. */
  private overdue = new Map<number, number>();
  private messages: { readonly message: NodeMessage; readonly cause: CauseId }[] = [];
  /** Why each Pod was in its state before, by row. */
  private causes: [row: number, cause: CauseId][] = [];

  constructor(options: FrozenNodeOptions) {
    this.id = options.id;
    this.options = options;
  }

  /** A node that is off stays off. */
  freeze(now: VirtualTime, fault: number): void {
    const { node, table } = this.options.kubelet;
    if (node.isLost) return;
    const { current } = node.causes;
    if (node.isFrozen) return this.holders.hold(fault, current, NO_CAUSE);
    const frozen = node.causes.note(node.lp, CauseKind.nodeFrozen, node.node, now);
    this.holders.hold(fault, current, frozen);
    node.isFrozen = true;
    node.onOutOfReach?.(now);
    this.frozenAt = now;
    this.causes = node.rows.map((row) => [row, table.cause(row)]);
    for (const row of node.rows) {
      table.setCause(row, frozen);
      node.watch?.standsStill(row);
      node.prober.review(now, row);
    }
    node.simulator.add(this);
  }

  onMessage(now: VirtualTime, _origin: LpId, payload: number): void {
    const { take, arrivals, kubelet } = this.options;
    const message = take(payload);
    switch (message.kind) {
      case "attempt":
        arrivals?.attempt(now, message);
        return;
      case "endpointsChanged":
        arrivals?.notice(now, message.position);
        return;
      case "freezeNode":
        this.freeze(now, message.fault);
        return;
      case "thawNode":
        this.release(now, message.fault);
        return;
      case "loseNode":
        this.end();
        kubelet.fault(now, message);
        this.catchUp(now);
        return;
      default:
        this.messages.push({ message, cause: kubelet.node.causes.current });
    }
  }

  onTimer(now: VirtualTime, slot: number, tag: number): void {
    if (slot >= FIRST_TRAFFIC_SLOT) this.options.arrivals?.onTimer(now, slot, tag);
    else if (!this.overdue.has(slot)) this.overdue.set(slot, tag);
  }

  private release(now: VirtualTime, fault: number): void {
    const { node, table } = this.options.kubelet;
    const blamed = this.holders.release(fault);
    if (blamed?.row === NO_CAUSE) {
      blamed.row = node.causes.note(node.lp, CauseKind.nodeFrozen, node.node, now, blamed.cause);
      for (const row of node.rows) table.setCause(row, blamed.row);
    }
    if (this.holders.first === null) this.thaw(now);
  }

  private thaw(now: VirtualTime): void {
    const { kubelet } = this.options;
    const { node, table } = kubelet;
    const thawed = node.causes.note(node.lp, CauseKind.nodeThawed, node.node, now);
    for (const [row, cause] of this.causes) table.setCause(row, cause);
    const standstill = now - this.frozenAt;
    this.end();
    kubelet.catchUp(now, standstill);
    for (const [slot, tag] of this.overdue) kubelet.overdue(now, slot, tag);
    this.overdue = new Map();
    node.causes.current = thawed;
    if (!node.isStopped) node.heartbeat.resume(now, standstill, this.shownTaints());
    this.catchUp(now);
    // The status manager's overdue pass comes before or after what the watch has to tell.
    const key = streamKey(node.seed, "overdue pass", node.name);
    const isAfter = uniform(key.hi, key.lo, this.thaws++) < 0.5;
    if (isAfter && !node.isStopped && standstill >= node.settings.statusSyncPeriod) node.status.pass(now);
  }

  /** Of the Node as the API has it: nobody told the kubelet yet. */
  private shownTaints(): readonly Taint[] {
    let { taints } = this.options.kubelet.node;
    for (const { message } of this.messages) if (message.kind === "nodeChanged") taints = message.taints;
    return taints;
  }

  private end(): void {
    const { kubelet, running } = this.options;
    kubelet.node.isFrozen = false;
    this.holders.clear();
    this.causes = [];
    kubelet.node.simulator.add(running);
  }

  private catchUp(now: VirtualTime): void {
    const { messages } = this;
    this.messages = [];
    for (const { message, cause } of messages) {
      this.options.kubelet.node.causes.current = cause;
      this.options.running.deliver(now, message);
    }
  }
}
