/**
 * The node lifecycle controller: silent nodes turn Unknown, their Pods not ready, and taints follow.
 *
 *   lease silent for the grace period ──(pass, every 5 s)──▶ Ready=Unknown ─▶ Pods' Ready=False, one write each
 *        │                                                      ├─▶ taint NoSchedule, at once on the node's update
 *        │                                                      └─▶ queue of the zone ──(0.1/s, looked at every 100 ms)──▶ taint NoExecute
 *   lease renewed, Ready=True again ──(node's update: NoSchedule; next pass: NoExecute)──▶ taints removed
 *
 * Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go.
 */
import { streamKey, uniform } from "../../kernel/random.ts";
import { MILLISECOND, type VirtualTime } from "../../kernel/time.ts";
import { TokenBucket, isReady, type ApiRequest, type CacheListener, type Client, type InformerCache } from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import type { Taint } from "../objects/meta.ts";
import { NodePressure, NodeReady, type NodeRecord, type NodeTemplate } from "../objects/node.ts";
import {
  DISK_PRESSURE_TAINT,
  MEMORY_PRESSURE_TAINT,
  NOT_READY_TAINT,
  PID_PRESSURE_TAINT,
  UNREACHABLE_TAINT,
} from "../objects/toleration.ts";
import { ControllerRunner, runDetached } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";
import { areAllDown, countsForZone, evictionRate, zoneState, type ZoneState } from "./zone-disruption.ts";

/** Source: scheduler.UpdateWorkerSize and nodeUpdateWorkerSize. */
const WORKERS = 8;
/** How long a pass over the nodes takes (model choice). */
const PASS_COST = MILLISECOND;
const EVENT_SOURCE = { component: "node-controller", host: "" } as const;
const UNSCHEDULABLE_TAINT = "node.kubernetes.io/unschedulable";
/** Conditions that keep new Pods away while they are True. */
const pressureTaints: readonly (readonly [number, string])[] = [
  [NodePressure.MemoryPressure, MEMORY_PRESSURE_TAINT],
  [NodePressure.DiskPressure, DISK_PRESSURE_TAINT],
  [NodePressure.PIDPressure, PID_PRESSURE_TAINT],
];

interface Zone {
  readonly nodes: number[];
  /** Those by which its state is judged. */
  readonly counted: number[];
  state: ZoneState;
  /** Nodes that wait for their NoExecute taint, in order, each with the cause that put it there. */
  readonly queue: Map<number, number>;
  /** Null: nobody is tainted at all. */
  limit: TokenBucket | null;
  rate: number;
}

export class NodeLifecycleController implements Controller, CacheListener {
  readonly name = "node-lifecycle";
  /** Keeps NoSchedule taints in step with nodes' conditions. */
  readonly runner: ControllerRunner;
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly zones: Zone[] = [];
  private readonly zoneOf: readonly Zone[];
  private readonly templates: readonly NodeTemplate[];
  /** When each node's lease was last seen renewed, on this controller's clock and grid. */
  private readonly seenAt: Float64Array;
  private readonly seenRenewal: Float64Array;
  /** A node's own report came in since the last pass: as good as a lease. */
  private readonly hasReported: Uint8Array;
  /** Until when a node that turned Unknown isn't queued for its NoExecute taint. */
  private readonly taintFrom: Float64Array;
  /** Nodes that the last pass knew. */
  private readonly known: Uint8Array;
  /** It can't see leases: silence says nothing. */
  private isBlind = false;
  private isPassArmed = false;
  private passes = 0;
  private areAllZonesDown = false;

  constructor(client: Client, cache: InformerCache, templates: readonly NodeTemplate[]) {
    this.client = client;
    this.cache = cache;
    this.templates = templates;
    this.runner = new ControllerRunner(this, client, WORKERS, Infinity);
    this.seenAt = new Float64Array(templates.length);
    this.seenRenewal = new Float64Array(templates.length);
    this.hasReported = new Uint8Array(templates.length);
    this.taintFrom = new Float64Array(templates.length);
    this.known = Uint8Array.from(templates, ({ isAbsent }) => (isAbsent === true ? 0 : 1));
    const byName = new Map<string, Zone>();
    this.zoneOf = templates.map((template, index) => {
      let zone = byName.get(template.zone);
      if (zone === undefined) {
        zone = {
          nodes: [],
          counted: [],
          state: "Initial",
          queue: new Map(),
          limit: this.bucket(client.host.settings.nodeEvictionRate),
          rate: client.host.settings.nodeEvictionRate,
        };
        byName.set(template.zone, zone);
        this.zones.push(zone);
      }
      zone.nodes.push(index);
      if (countsForZone(template.labels)) zone.counted.push(index);
      return zone;
    });
  }

  get isQuiet(): boolean {
    return this.runner.isQuiet && this.passes === 0 && !this.isPassArmed;
  }

  /** Begins the monitor's grid, at a phase of its own. */
  start(): void {
    const { host } = this.client;
    const key = streamKey(host.seed, "node monitor", "phase");
    const first = Math.max(
      1,
      Math.round(uniform(key.hi, key.lo, 0) * host.settings.nodeMonitorPeriodPhase * host.settings.nodeMonitorPeriod),
    );
    host.agenda.at(host.now + first, () => this.monitor());
  }

  nodeChanged(before: NodeRecord, after: NodeRecord): void {
    if (after.isAbsent === true) {
      this.zoneOf[after.index]?.queue.delete(after.index);
      return;
    }
    if (before.isAbsent === true) {
      this.hasReported[after.index] = 1;
      this.runner.queue.add(after.index);
    }
    if (before.ready !== after.ready && after.ready !== NodeReady.Unknown) this.hasReported[after.index] = 1;
    const isOther = before.ready !== after.ready || before.unschedulable !== after.unschedulable || before.pressure !== after.pressure;
    if (isOther) this.runner.queue.add(after.index);
  }

  /** A Pod newly bound to a node that isn't Ready is marked as well. Source: processPod. */
  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    if (after === undefined || after.node < 0 || !isReady(after) || (before !== undefined && before.node === after.node)) return;
    const node = this.cache.nodes[after.node];
    if (node === undefined || node.isAbsent === true || node.ready === NodeReady.True) return;
    this.client.call({ kind: "markPodNotReady", pod: after.id }, () => {});
  }

  /** A controller that couldn't reach the API server ends with its lease, and its successor takes every node for fresh. */
  watchChanged(isBroken: boolean): void {
    this.isBlind = isBroken;
    if (!isBroken) this.seenAt.fill(this.client.now);
  }

  /** The NoSchedule pass of one node. */
  *sync(index: number): Sync {
    const node = this.cache.nodes[index];
    if (node === undefined || node.isAbsent === true) return "done";
    const wanted: Taint[] = [];
    if (node.ready === NodeReady.False) wanted.push({ key: NOT_READY_TAINT, value: "", effect: "NoSchedule" });
    if (node.ready === NodeReady.Unknown) wanted.push({ key: UNREACHABLE_TAINT, value: "", effect: "NoSchedule" });
    if (node.unschedulable) wanted.push({ key: UNSCHEDULABLE_TAINT, value: "", effect: "NoSchedule" });
    // A node that turned Unknown has Unknown pressure, too.
    const pressure = node.ready === NodeReady.Unknown ? 0 : (node.pressure ?? 0);
    for (const [bit, key] of pressureTaints) if ((pressure & bit) !== 0) wanted.push({ key, value: "", effect: "NoSchedule" });
    const managed = [NOT_READY_TAINT, UNREACHABLE_TAINT, UNSCHEDULABLE_TAINT, ...pressureTaints.map(([, key]) => key)];
    const remove = node.taints.filter(
      ({ key, effect }) => effect === "NoSchedule" && managed.includes(key) && !wanted.some((taint) => taint.key === key),
    );
    const add = wanted.filter(({ key }) => !hasTaint(node, key, "NoSchedule"));
    if (add.length === 0 && remove.length === 0) return "done";
    const response = yield* call({ kind: "patchNodeTaints", node: index, add, remove });
    return response.status === "ok" ? "done" : "retry";
  }

  /**
   * One pass over all nodes; the next one comes a period after this one's end. So passes never lie a whole number of periods
   * apart to the microsecond, and a node is silent for longer than a grace of n periods in the n-th pass after its last sign.
   */
  private monitor(): void {
    const { host } = this.client;
    const { now } = host;
    host.agenda.at(now + host.settings.nodeMonitorPeriod + PASS_COST, () => this.monitor());
    if (this.isBlind) return;
    const ready = new Uint8Array(this.zoneOf.length);
    for (let node = 0; node < this.zoneOf.length; node++) {
      host.causes.current = 0;
      const isThere = this.cache.nodes[node]?.isAbsent !== true;
      if (isThere !== (this.known[node] === 1)) this.meet(node, isThere);
      if (isThere) ready[node] = this.check(node, now) === NodeReady.True ? 1 : 0;
    }
    host.causes.current = 0;
    this.judgeZones(ready, now);
  }

  /** Source: classifyNodes. */
  private meet(node: number, isThere: boolean): void {
    this.known[node] = isThere ? 1 : 0;
    if (isThere) this.record(node, "RegisteredNode", "Registered Node NAME in Controller");
    else this.record(node, "RemovingNode", "Removing Node NAME from Controller");
  }

  private record(node: number, reason: string, text: string): void {
    const name = this.templates[node]?.name ?? "";
    const message = `Node ${name} event: ${text.replace("NAME", name)}`;
    this.client.recordEvent(`node/${node}`);
    this.client.events?.record(this.client.now, EVENT_SOURCE, { kind: "Node", namespace: "", name }, "Normal", reason, message);
  }

  /** The condition as it is after this pass. */
  private check(index: number, now: VirtualTime): NodeReady {
    const renewal = this.cache.leases[index] ?? 0;
    if (renewal !== this.seenRenewal[index] || this.hasReported[index] === 1) {
      this.seenRenewal[index] = renewal;
      this.hasReported[index] = 0;
      this.seenAt[index] = now;
    }
    const node = this.cache.nodes[index];
    if (node === undefined) return NodeReady.True;
    const isSilent = now > (this.seenAt[index] ?? 0) + this.client.host.settings.nodeMonitorGrace;
    if (isSilent && node.ready !== NodeReady.Unknown) {
      this.turnUnknown(index, node.ready === NodeReady.True);
      return NodeReady.Unknown;
    }
    if (node.ready === NodeReady.True) this.clear(index, node);
    else this.enqueueForTaint(index, node);
    return node.ready;
  }

  private turnUnknown(index: number, wasReady: boolean): void {
    this.detached(this.markUnknown(index, wasReady));
  }

  /** The node's condition first, then each of its Pods; the taint is queued as soon as the condition is written. */
  private *markUnknown(index: number, wasReady: boolean): Sync<void> {
    const response = yield* call({ kind: "patchNodeReady", node: index, ready: NodeReady.Unknown });
    if (response.status !== "ok") return;
    this.queueAfterUnknown(index);
    if (!wasReady) return;
    this.client.recordEvent(`node/${index}`);
    this.recordNotReady(index);
    for (const pod of this.cache.podsOn(index).filter(isReady)) {
      yield* call({ kind: "markPodNotReady", pod: pod.id });
      this.client.recordEvent(`pod/${pod.id}`);
      this.client.events?.recordPod(this.client.now, EVENT_SOURCE, pod, "", "Warning", "NodeNotReady", "Node is not ready");
    }
  }

  private recordNotReady(index: number): void {
    const name = this.templates[index]?.name ?? "";
    const message = `Node ${name} status is now: NodeNotReady`;
    this.client.events?.record(this.client.now, EVENT_SOURCE, { kind: "Node", namespace: "", name }, "Normal", "NodeNotReady", message);
  }

  private queueAfterUnknown(index: number): void {
    const { host } = this.client;
    const { noExecuteQueueDelay } = host.settings;
    const cause = host.causes.current;
    this.taintFrom[index] = host.now + noExecuteQueueDelay;
    if (noExecuteQueueDelay > 0)
      host.agenda.at(host.now + noExecuteQueueDelay, () => {
        const node = this.cache.nodes[index];
        host.causes.current = cause;
        if (node !== undefined && node.isAbsent !== true && node.ready !== NodeReady.True) this.enqueueForTaint(index, node);
      });
    else {
      this.zoneOf[index]?.queue.set(index, cause);
      this.armTaintPass();
    }
  }

  private enqueueForTaint(index: number, node: NodeRecord): void {
    if (this.client.now < (this.taintFrom[index] ?? 0)) return;
    const zone = this.zoneOf[index];
    const key = taintKey(node.ready);
    if (zone === undefined || zone.limit === null || hasTaint(node, key, "NoExecute")) return;
    const other = key === UNREACHABLE_TAINT ? NOT_READY_TAINT : UNREACHABLE_TAINT;
    // One taint becomes the other at once: the node has waited its turn already.
    if (hasTaint(node, other, "NoExecute"))
      this.swapTaints(index, [{ key, value: "", effect: "NoExecute" }], [{ key: other, value: "", effect: "NoExecute" }]);
    else if (!zone.queue.has(index)) {
      zone.queue.set(index, this.client.host.causes.current);
      this.armTaintPass();
    }
  }

  private clear(index: number, node: NodeRecord): void {
    const queue = this.zoneOf[index]?.queue;
    if (queue !== undefined && queue.size > 0) queue.delete(index);
    if (node.taints.length === 0) return;
    const remove = node.taints.filter(
      ({ key, effect }) => effect === "NoExecute" && (key === NOT_READY_TAINT || key === UNREACHABLE_TAINT),
    );
    if (remove.length > 0) this.swapTaints(index, [], remove);
  }

  private swapTaints(node: number, add: readonly Taint[], remove: readonly Taint[]): void {
    this.detached(patchTaints({ kind: "patchNodeTaints", node, add, remove }));
  }

  // ── NoExecute pass ──

  /** The pass runs every 100 ms; it is only carried out while somebody waits. */
  private armTaintPass(): void {
    if (this.isPassArmed) return;
    this.isPassArmed = true;
    const { host } = this.client;
    const period = Math.max(1, host.settings.taintPass);
    host.agenda.at((Math.floor(host.now / period) + 1) * period, () => this.taintPass());
  }

  private taintPass(): void {
    this.isPassArmed = false;
    const { now, causes } = this.client.host;
    for (const zone of this.zones) {
      for (const [index, cause] of zone.queue) {
        if (zone.limit === null || !zone.limit.tryTake(now)) break;
        zone.queue.delete(index);
        const node = this.cache.nodes[index];
        if (node === undefined || node.isAbsent === true || node.ready === NodeReady.True) continue;
        causes.current = cause;
        const key = taintKey(node.ready);
        const other = key === UNREACHABLE_TAINT ? NOT_READY_TAINT : UNREACHABLE_TAINT;
        this.swapTaints(
          index,
          [{ key, value: "", effect: "NoExecute" }],
          hasTaint(node, other, "NoExecute") ? [{ key: other, value: "", effect: "NoExecute" }] : [],
        );
      }
    }
    if (this.zones.some((zone) => zone.queue.size > 0 && zone.limit !== null)) this.armTaintPass();
  }

  // ── zones ──

  private judgeZones(ready: Uint8Array, now: VirtualTime): void {
    const { settings } = this.client.host;
    const states = this.zones.map(({ counted }) => {
      let present = 0;
      let readyNodes = 0;
      for (const node of counted) {
        if (this.known[node] !== 1) continue;
        present++;
        readyNodes += ready[node] ?? 0;
      }
      return present === 0 ? null : zoneState(readyNodes, present - readyNodes, settings.unhealthyZone);
    });
    const wereAllDown = this.areAllZonesDown;
    this.areAllZonesDown = areAllDown(states);
    if (this.areAllZonesDown && !wereAllDown) this.stopEverywhere();
    // All the silence was the control plane's own trouble: nobody is late yet.
    if (!this.areAllZonesDown && wereAllDown) this.seenAt.fill(now);
    this.zones.forEach((zone, index) => {
      const state = states[index] ?? "Normal";
      if (!this.areAllZonesDown && (wereAllDown || zone.state !== state))
        this.limitZone(zone, evictionRate(state, zone.nodes.filter((node) => this.known[node] === 1).length, settings));
      zone.state = state;
    });
  }

  /** Every node is silent: more likely the fault is here. */
  private stopEverywhere(): void {
    for (const zone of this.zones) {
      zone.limit = null;
      zone.rate = 0;
    }
    this.cache.nodes.forEach((node) => {
      const remove = node.taints.filter(
        ({ key, effect }) => effect === "NoExecute" && (key === NOT_READY_TAINT || key === UNREACHABLE_TAINT),
      );
      if (remove.length > 0) this.swapTaints(node.index, [], remove);
    });
  }

  private limitZone(zone: Zone, rate: number): void {
    if (zone.rate === rate) return;
    zone.rate = rate;
    zone.limit = rate > 0 ? this.bucket(rate) : null;
    if (zone.limit !== null && zone.queue.size > 0) this.armTaintPass();
  }

  private bucket(rate: number): TokenBucket | null {
    return rate > 0 ? new TokenBucket(rate, 1) : null;
  }

  private detached(sync: Sync<void>): void {
    this.passes++;
    runDetached(this.client, sync, () => {
      this.passes--;
    });
  }
}

function* patchTaints(request: ApiRequest): Sync<void> {
  yield* call(request);
}

function taintKey(ready: NodeReady): string {
  return ready === NodeReady.False ? NOT_READY_TAINT : UNREACHABLE_TAINT;
}

function hasTaint(node: NodeRecord, key: string, effect: Taint["effect"]): boolean {
  return node.taints.some((taint) => taint.key === key && taint.effect === effect);
}
