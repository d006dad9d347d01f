/**
 * The node's heartbeat (component-helpers lease/controller.go) and its conditions (kubelet_node_status.go). The
 * lease is renewed every Jitter(leaseRenew), counted from the end of the renewal before. The node's status is
 * computed every `nodeStatusUpdate` and written only when it changed: the loop is armed only then.
 */
import type { CauseId } from "../../kernel/causes.ts";
import { streamKey, uniform, type StreamKey } from "../../kernel/random.ts";
import type { Duration, VirtualTime } from "../../kernel/time.ts";
import type { Taint } from "../objects/meta.ts";
import { NodePressure, NodeReady } from "../objects/node.ts";
import { UNREACHABLE_TAINT } from "../objects/toleration.ts";
import type { NodeContext } from "./node-context.ts";
import { NodeTimer } from "./timers.ts";

/** Reasons of the Events about a condition: turned True, turned False. */
const pressureEvents: readonly (readonly [number, string, string])[] = [
  [NodePressure.MemoryPressure, "NodeHasInsufficientMemory", "NodeHasSufficientMemory"],
  [NodePressure.DiskPressure, "NodeHasDiskPressure", "NodeHasNoDiskPressure"],
  [NodePressure.PIDPressure, "NodeHasInsufficientPID", "NodeHasSufficientPID"],
];

export class NodeStatus {
  private readonly node: NodeContext;
  private readonly key: StreamKey;
  private readonly statusKey: StreamKey;
  private renewals = 0;
  private reports = 0;
  private pressure = 0;
  private ready: NodeReady = NodeReady.True;
  private cause: CauseId = 0;
  /** What was last told of the Node being cordoned. */
  private wasUnschedulable = false;
  /** The API may show something else than was told last. */
  private isUntold = false;
  /** Since the API was told of them last. */
  private haveImagesChanged = false;
  /** The API was seen to show its conditions as Unknown. */
  private isNews = false;

  constructor(node: NodeContext) {
    this.node = node;
    this.key = streamKey(node.seed, "lease", node.name);
    this.statusKey = streamKey(node.seed, "node status", node.name);
  }

  /** A kubelet that has been up for long: its next renewal is somewhere within the period. */
  start(now: VirtualTime): void {
    this.node.armNode(NodeTimer.lease, now + 1 + Math.floor(this.period * this.draw()));
  }

  /** A kubelet that starts now registers and reports at once; `isNews`: its conditions had been Unknown or False. */
  restart(now: VirtualTime, isNews: boolean): void {
    this.node.recordNode(now, "Normal", "Starting", "Starting kubelet.");
    this.ready = NodeReady.True;
    this.pressure = this.node.eviction.pressure;
    this.wasUnschedulable = false;
    this.tellSchedulable(now);
    if (isNews) {
      for (const [, , ended] of pressureEvents) this.tell(now, ended);
      this.tell(now, "NodeReady");
    }
    const { node, write, send } = this.node;
    send({ kind: "registerNode", node, ready: this.ready, pressure: this.pressure }, now + Math.ceil(write.next() / 2));
    this.renew(now);
  }

  /** After a standstill: a round of the status loop that fell due meanwhile comes now, else the next one does. `taints`: those that the API shows. */
  resume(now: VirtualTime, standstill: Duration, taints: readonly Taint[]): void {
    this.isUntold = true;
    this.isNews = showsUnknown(taints);
    this.cause = this.node.causes.current;
    if (standstill >= this.node.settings.nodeStatusUpdate) this.reportNow(now, this.cause);
    else this.changed(now, this.cause);
  }

  /** An image was pulled: the next look at the node's status lists it. */
  imagesChanged(now: VirtualTime): void {
    this.haveImagesChanged = true;
    this.changed(now, this.node.causes.current);
  }

  /** Its writes had failed: the next round of the status loop sees what the API shows. */
  reconnected(now: VirtualTime): void {
    this.isUntold = true;
    this.haveImagesChanged = true;
    this.changed(now, this.node.causes.current);
  }

  renew(now: VirtualTime): void {
    const { node, write, send, settings } = this.node;
    const latency = write.next();
    send({ kind: "renewLease", node }, now + Math.ceil(latency / 2));
    const jitter = Math.round(this.period * settings.leaseRenewJitter * this.draw());
    this.node.armNode(NodeTimer.lease, now + latency + this.period + jitter);
  }

  /** A condition of the kubelet's changed: its next look at the node's status reports it. */
  changed(now: VirtualTime, cause: CauseId): void {
    this.cause = cause;
    const { nodeStatusUpdate, nodeStatusUpdatePhase } = this.node.settings;
    const key = this.statusKey;
    const wait = nodeStatusUpdate * (1 - nodeStatusUpdatePhase * uniform(key.hi, key.lo, this.reports++));
    if (!this.node.isNodeArmed(NodeTimer.nodeStatus)) this.node.armNode(NodeTimer.nodeStatus, now + Math.max(1, Math.round(wait)));
  }

  /** Somebody cordoned, tainted or labelled the Node; labels null: they are those of its template. */
  nodeChanged(now: VirtualTime, isUnschedulable: boolean, taints: readonly Taint[], labels: Readonly<Record<string, string>> | null): void {
    const { node } = this;
    node.taints = taints;
    node.labels = labels ?? node.template.labels;
    const isNews = node.isUnschedulable !== isUnschedulable;
    node.isUnschedulable = isUnschedulable;
    if (isNews && !node.isStopped) this.changed(now, node.causes.current);
  }

  /** syncNodeStatus */
  report(now: VirtualTime): void {
    const { eviction, causes } = this.node;
    const changed = this.pressure ^ eviction.pressure;
    for (const [bit, began, ended] of pressureEvents)
      if ((changed & bit) !== 0) this.tell(now, (eviction.pressure & bit) !== 0 ? began : ended);
    const ready = this.node.isShuttingDown ? NodeReady.False : NodeReady.True;
    this.tellSchedulable(now);
    if (ready !== this.ready) this.tell(now, ready === NodeReady.True ? "NodeReady" : "NodeNotReady");
    // setters.go compares with what the API shows.
    if (this.isUntold && (this.isNews || showsUnknown(this.node.taints))) {
      for (const [, , ended] of pressureEvents) this.tell(now, ended);
      this.tell(now, "NodeReady");
    }
    this.isNews = false;
    if (changed === 0 && ready === this.ready && !this.isUntold && !this.haveImagesChanged) return;
    this.isUntold = false;
    this.pressure = eviction.pressure;
    this.ready = ready;
    causes.current = this.cause;
    this.write(now);
  }

  /** A shutdown is told at once. */
  reportNow(now: VirtualTime, cause: CauseId): void {
    this.cause = cause;
    this.node.cancelNodeTimer(NodeTimer.nodeStatus);
    this.report(now);
  }

  /** recordNodeSchedulableEvent */
  private tellSchedulable(now: VirtualTime): void {
    const { isUnschedulable } = this.node;
    if (isUnschedulable === this.wasUnschedulable) return;
    this.wasUnschedulable = isUnschedulable;
    this.tell(now, isUnschedulable ? "NodeNotSchedulable" : "NodeSchedulable");
  }

  private write(now: VirtualTime): void {
    const { node, write, send } = this.node;
    const images = this.haveImagesChanged ? this.node.images.list : null;
    this.haveImagesChanged = false;
    send({ kind: "patchNodeStatus", node, ready: this.ready, pressure: this.pressure, images }, now + Math.ceil(write.next() / 2));
  }

  /** recordNodeStatusEvent */
  private tell(now: VirtualTime, reason: string): void {
    this.node.recordNode(now, "Normal", reason, `Node ${this.node.name} status is now: ${reason}`);
  }

  private draw(): number {
    return uniform(this.key.hi, this.key.lo, this.renewals++);
  }

  private get period(): number {
    return Math.max(1, this.node.settings.leaseRenew);
  }
}

/** Who made the conditions Unknown has tainted the Node for it. */
export function showsUnknown(taints: readonly Taint[]): boolean {
  return taints.some(({ key }) => key === UNREACHABLE_TAINT);
}
