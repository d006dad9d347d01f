/**
 * The cluster autoscaler over groups of equal nodes: nodes come for Pods that found none, and go when what they
 * run fits elsewhere. It looks at everything every `caScan`; without a group it doesn't exist.
 *
 *   Pods without a node ──(don't fit on what is there or on its way)──▶ as many new nodes as they fill ──scaleUpDelay──▶ registered
 *   node below the threshold, its Pods movable and with room elsewhere ──unneededTime──▶ tainted ─▶ evicted ─▶ machine off, Node deleted
 *                                    └── no longer so: it is needed again           └──(a Pod stays)──▶ taint taken off
 *
 * Source: kubernetes/autoscaler cluster-autoscaler/core (static_autoscaler.go, scaleup, scaledown).
 * Differs: simulation of the node autoscaler
 */
import { CauseKind } from "../../../cause-kinds.ts";
import { NO_CAUSE, type CauseId } from "../../../kernel/causes.ts";
import { streamKey, uniform } from "../../../kernel/random.ts";
import { MINUTE, SECOND, type VirtualTime } from "../../../kernel/time.ts";
import {
  isActive,
  isTerminal,
  PodLabels,
  type ApiRequest,
  type ApiResponse,
  type Client,
  type InformerCache,
} from "../../api-server/client.ts";
import type { PodRecord } from "../../api-server/pod-record.ts";
import type { EventType } from "../../events/event-recorder.ts";
import type { Definitions } from "../../objects/definitions.ts";
import { selectorMatches } from "../../objects/label-selector.ts";
import type { NodeGroup } from "../../objects/node-group.ts";
import { NodeReady, type NodeRecord, type NodeTemplate } from "../../objects/node.ts";
import { podRequest } from "../../objects/pod-request.ts";
import type { PodTemplate } from "../../objects/pod.ts";
import { isStaticPod } from "../../objects/static-pods.ts";
import type { Workloads } from "../../objects/workloads.ts";
import { call } from "../controller.ts";
import { evictPod } from "../pod-eviction.ts";
import { emptyRoom, estimateNodes, haveRoom, obstacle, occupy, placeIn, utilization, type Room } from "./room.ts";

const EVENT_SOURCE = { component: "cluster-autoscaler", host: "" } as const;
const TO_BE_DELETED = "ToBeDeletedByClusterAutoscaler";
const SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict";
/** Source: --max-pod-eviction-time and its retry. */
const EVICTION_TIME = 2 * MINUTE;
const EVICTION_RETRY = 10 * SECOND;
/** Source: --max-graceful-termination-sec. */
const GRACE_TIME = 10 * MINUTE;
/** How often it looks whether a drained node's Pods have ended. */
const DRAIN_POLL = 5 * SECOND;

/** Switches a node's machine at an instant: the cloud's side. */
export type MachineSwitch = (node: number, isOn: boolean, at: VirtualTime) => void;

/** Requests of one step, or a wait in µs. */
type Steps<Result> = Generator<readonly ApiRequest[] | number, Result, readonly ApiResponse[]>;

interface Group {
  readonly spec: NodeGroup;
  /** Indexes, in the order in which they are used. */
  readonly nodes: readonly number[];
  readonly template: NodeTemplate;
  /** Ordered and not registered yet. */
  readonly coming: Set<number>;
  grownAt: VirtualTime;
}

export interface ClusterAutoscalerOptions {
  readonly client: Client;
  readonly cache: InformerCache;
  readonly definitions: Definitions;
  readonly workloads: Workloads;
  readonly nodes: readonly NodeTemplate[];
  readonly machine: MachineSwitch;
}

export class ClusterAutoscaler {
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly labels: PodLabels;
  private readonly options: ClusterAutoscalerOptions;
  private readonly groups: readonly Group[];
  /** Since when nodes could go. */
  private readonly unneeded = new Map<number, VirtualTime>();
  /** Node that is being drained; -1: none. */
  private draining = -1;

  constructor(options: ClusterAutoscalerOptions) {
    this.client = options.client;
    this.cache = options.cache;
    this.options = options;
    this.groups = groupsOf(options.nodes);
    this.labels = new PodLabels(options.definitions, options.workloads);
  }

  get isQuiet(): boolean {
    return this.client.isQuiet && this.draining === -1;
  }

  start(): void {
    if (this.groups.length === 0) return;
    const { host } = this.client;
    const key = streamKey(host.seed, "phase", "cluster-autoscaler");
    host.agenda.at(host.now + 1 + Math.floor(uniform(key.hi, key.lo, 0) * host.settings.caScanPhase * host.settings.caScan), () =>
      this.scan(),
    );
  }

  private scan(): void {
    const { host } = this.client;
    host.agenda.at(host.now + Math.max(1, host.settings.caScan), () => this.scan());
    for (const { coming } of this.groups) for (const node of coming) if (this.isThere(node)) coming.delete(node);
    host.causes.current = 0;
    const isGrowing = this.scaleUp(host.now);
    // As upstream: no look for nodes to take away in a pass that added some.
    if (!isGrowing) this.scaleDown(host.now);
  }

  // ── up ──

  private scaleUp(now: VirtualTime): boolean {
    const rooms = [...this.rooms(), ...this.groups.flatMap(({ coming, template }) => [...coming].map(() => emptyRoom(template)))];
    const pending = this.cache.pods
      .filter((pod) => pod !== undefined)
      .filter((pod) => pod.node < 0 && isActive(pod) && pod.status.unscheduled?.reason === "Unschedulable")
      .map((pod) => ({ pod, spec: this.templateOf(pod).spec }))
      .filter(({ spec }) => placeIn(rooms, spec) === undefined);
    let left = pending;
    let isGrowing = false;
    for (const group of this.groups) {
      if (left.length === 0) break;
      const free = group.nodes.filter((node) => !this.isThere(node) && !group.coming.has(node) && node !== this.draining);
      const size = this.sizeOf(group);
      const { nodes, placed } = estimateNodes(left, group.template, Math.min(free.length, group.spec.max - size));
      if (nodes === 0) continue;
      isGrowing = true;
      const [first] = placed;
      this.client.host.causes.current = first?.pod.cause ?? 0;
      this.grow(group, free.slice(0, nodes), size, now);
      const text = `pod triggered scale-up: [{${group.spec.name} ${size}->${size + nodes} (max: ${group.spec.max})}]`;
      for (const { pod } of placed) this.tellPod(pod, "Normal", "TriggeredScaleUp", text);
      const helped = new Set(placed);
      left = left.filter((entry) => !helped.has(entry));
    }
    for (const { pod, spec } of left) this.tellPod(pod, "Normal", "NotTriggerScaleUp", `pod didn't trigger scale-up: ${this.whyNot(spec)}`);
    return isGrowing;
  }

  private grow(group: Group, nodes: readonly number[], size: number, now: VirtualTime): void {
    const { name, max, scaleUpDelay } = group.spec;
    const target = size + nodes.length;
    this.tellStatus("ScaledUpGroup", `Scale-up: setting group ${name} size to ${target} instead of ${size} (max: ${max})`);
    group.grownAt = now;
    for (const node of nodes) {
      group.coming.add(node);
      this.options.machine(node, true, now + Math.max(1, scaleUpDelay, this.client.host.settings.watchLatencyFloor));
    }
    this.tellStatus("ScaledUpGroup", `Scale-up: group ${name} size set to ${target} instead of ${size} (max: ${max})`);
  }

  /** Reasons over the groups, counted. */
  private whyNot(spec: PodTemplate["spec"]): string {
    const counts = new Map<string, number>();
    for (const group of this.groups) {
      const isFull = this.sizeOf(group) >= group.spec.max;
      const reason =
        obstacle(emptyRoom(group.template), spec) ?? (isFull ? "max node group size reached" : "in backoff after failed scale-up");
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    return [...counts].map(([reason, count]) => `${count} ${reason}`).join(", ");
  }

  // ── down ──

  private scaleDown(now: VirtualTime): void {
    const budget = new Map<number, number>();
    const rooms = this.rooms();
    for (const group of this.groups) {
      const removable = this.sizeOf(group) - group.spec.min;
      for (const node of group.nodes) {
        const isUnneeded = removable > 0 && node !== this.draining && this.couldGo(group, node, rooms, budget);
        if (!isUnneeded) this.unneeded.delete(node);
        else if (!this.unneeded.has(node)) this.unneeded.set(node, now);
      }
    }
    if (this.draining !== -1) return;
    for (const group of this.groups) {
      const { unneededTime, scaleDownDelay, min } = group.spec;
      if (now < group.grownAt + scaleDownDelay || this.sizeOf(group) <= min) continue;
      const due = group.nodes.find((node) => now - (this.unneeded.get(node) ?? Infinity) >= unneededTime);
      if (due === undefined) continue;
      this.draining = due;
      this.unneeded.delete(due);
      const { causes, lp } = this.client.host;
      causes.note(lp, CauseKind.nodeUnneeded, due, now, NO_CAUSE);
      this.go(this.remove(due), [], causes.current);
      return;
    }
  }

  /** Whether everything on it could be moved now. */
  private couldGo(group: Group, node: number, rooms: readonly Room[], spent: Map<number, number>): boolean {
    const record = this.cache.nodes[node];
    if (record === undefined || !this.isThere(node) || record.ready !== NodeReady.True) return false;
    const pods = this.cache.podsOn(node).filter((pod) => !isTerminal(pod));
    const requests = pods.map((pod) => podRequest(this.templateOf(pod).spec));
    if (utilization(group.template, requests) >= group.spec.scaleDownUtilization) return false;
    const movable = this.movable(pods);
    if (movable === null || !this.budgetsAllow(movable, spent)) return false;
    const others = rooms.filter(({ template }) => template !== this.options.nodes[node]);
    return haveRoom(
      others,
      movable.map((pod) => this.templateOf(pod).spec),
    );
  }

  /** Pods that have to go elsewhere; null: one of them may not be moved. Those of DaemonSets and mirrors go with the node. */
  private movable(pods: readonly PodRecord[]): readonly PodRecord[] | null {
    const movable: PodRecord[] = [];
    for (const pod of pods) {
      const { annotations } = this.templateOf(pod);
      const safe = annotations[SAFE_TO_EVICT];
      if (isStaticPod(annotations) || (pod.owner >= 0 && this.options.workloads.workload(pod.workload).kind === "DaemonSet")) continue;
      if (safe === "false" || (pod.owner < 0 && safe !== "true")) return null;
      movable.push(pod);
    }
    return movable;
  }

  /** Disruptions that budgets allow, less what other nodes' Pods would take. */
  private budgetsAllow(pods: readonly PodRecord[], spent: Map<number, number>): boolean {
    const own = new Map(spent);
    for (const pod of pods) {
      const { namespace } = this.options.workloads.workload(pod.workload);
      const labels = this.labels.of(pod);
      for (const budget of this.cache.objectsOfKind("PodDisruptionBudget")) {
        const { selector } = budget.spec;
        if (budget.namespace !== namespace || selector === null || !selectorMatches(selector, labels)) continue;
        const used = (own.get(budget.id) ?? 0) + 1;
        if (used > budget.status.disruptionsAllowed) return false;
        own.set(budget.id, used);
      }
    }
    for (const [id, used] of own) spent.set(id, used);
    return true;
  }

  private *remove(node: number): Steps<void> {
    const { client } = this;
    const { name } = this.options.nodes[node]!;
    const movable = this.movable(this.cache.podsOn(node).filter((pod) => !isTerminal(pod))) ?? [];
    const isEmpty = movable.length === 0;
    const taint = { key: TO_BE_DELETED, value: String(Math.floor(client.now / SECOND)), effect: "NoSchedule" } as const;
    this.tellStatus(
      isEmpty ? "ScaleDownEmpty" : "ScaleDown",
      isEmpty
        ? `Scale-down: removing empty node "${name}"`
        : `Scale-down: removing node ${name}, utilization: {}, pods to reschedule: ${this.namesOf(movable)}`,
    );
    yield* call({ kind: "patchNodeTaints", node, add: [taint], remove: [] });
    this.tellNode(node, "Normal", "ScaleDown", "marked the node as toBeDeleted/unschedulable");
    if (!(yield* this.drain(movable))) {
      yield* call({ kind: "patchNodeTaints", node, add: [], remove: [taint] });
      this.tellNode(node, "Warning", "ScaleDownFailed", "failed to drain the node, aborting ScaleDown");
      return;
    }
    this.options.machine(node, false, client.now + Math.max(1, client.host.settings.watchLatencyFloor));
    yield* call({ kind: "deleteNode", node });
    this.tellNode(node, "Normal", "ScaleDown", "node removed by cluster autoscaler");
    this.tellStatus(
      isEmpty ? "ScaleDownEmpty" : "ScaleDown",
      isEmpty ? `Scale-down: empty node ${name} removed` : `Scale-down: node ${name} removed with drain`,
    );
  }

  /** False: some Pod stays. */
  private *drain(pods: readonly PodRecord[]): Steps<boolean> {
    const { client } = this;
    const deadline = client.now + EVICTION_TIME;
    let left = pods;
    for (;;) {
      const refused: PodRecord[] = [];
      for (const pod of left) {
        const { status } = yield* evictPod(client, pod.id);
        if (status !== "ok" && status !== "notFound") refused.push(pod);
        else this.tellPod(pod, "Normal", "ScaleDown", "deleting pod for node scale down");
      }
      left = refused;
      if (left.length === 0) break;
      if (client.now + EVICTION_RETRY > deadline) return false;
      yield EVICTION_RETRY;
    }
    const end = client.now + GRACE_TIME;
    while (pods.some(({ id }) => this.cache.pods[id] !== undefined)) {
      if (client.now >= end) return false;
      yield DRAIN_POLL;
    }
    return true;
  }

  /** All of it stays under the cause of its decision. */
  private go(steps: Steps<void>, answers: readonly ApiResponse[], cause: CauseId): void {
    const { host } = this.client;
    host.causes.current = cause;
    const step = steps.next(answers);
    if (step.done === true) this.draining = -1;
    else if (typeof step.value === "number") host.agenda.at(host.now + step.value, () => this.go(steps, [], cause));
    else this.client.callAll(step.value, (responses) => this.go(steps, responses, cause));
  }

  // ── what it sees ──

  /** Of all nodes that take Pods. */
  private rooms(): Room[] {
    return this.cache.nodes
      .filter((node) => node.index !== this.draining && takesPods(node))
      .map((node) => {
        const room = emptyRoom(this.options.nodes[node.index]!, node.taints);
        for (const pod of this.cache.podsOn(node.index)) if (!isTerminal(pod)) occupy(room, podRequest(this.templateOf(pod).spec));
        return room;
      });
  }

  private isThere(node: number): boolean {
    const record = this.cache.nodes[node];
    return record !== undefined && record.isAbsent !== true;
  }

  /** Nodes that are there or ordered, but not the one on its way out. */
  private sizeOf({ nodes, coming }: Group): number {
    return nodes.filter((node) => node !== this.draining && (this.isThere(node) || coming.has(node))).length;
  }

  private templateOf(pod: PodRecord): PodTemplate {
    return this.options.definitions.template(pod.template);
  }

  private namesOf(pods: readonly PodRecord[]): string {
    const { events } = this.client;
    return pods.map((pod) => events?.podName(pod) ?? "").join(",");
  }

  private tellPod(pod: PodRecord, type: EventType, reason: string, message: string): void {
    this.client.recordEvent(`pod/${pod.id}`);
    this.client.events?.recordPod(this.client.now, EVENT_SOURCE, pod, "", type, reason, message);
  }

  private tellNode(node: number, type: EventType, reason: string, message: string): void {
    this.client.recordEvent(`node/${node}`);
    const object = { kind: "Node", namespace: "", name: this.options.nodes[node]!.name };
    this.client.events?.record(this.client.now, EVENT_SOURCE, object, type, reason, message);
  }

  private tellStatus(reason: string, message: string): void {
    this.client.recordEvent("status");
    const object = { kind: "ConfigMap", namespace: "kube-system", name: "cluster-autoscaler-status" };
    this.client.events?.record(this.client.now, EVENT_SOURCE, object, "Normal", reason, message);
  }
}

function takesPods({ isAbsent, ready, unschedulable }: NodeRecord): boolean {
  return isAbsent !== true && ready === NodeReady.True && !unschedulable;
}

function groupsOf(nodes: readonly NodeTemplate[]): readonly Group[] {
  const byName = new Map<string, { readonly spec: NodeGroup; readonly nodes: number[]; readonly template: NodeTemplate }>();
  nodes.forEach((template, index) => {
    const { group } = template;
    if (group === undefined) return;
    const known = byName.get(group.name);
    if (known === undefined) byName.set(group.name, { spec: group, nodes: [index], template });
    else known.nodes.push(index);
  });
  return [...byName.values()].map((group) => ({ ...group, coming: new Set<number>(), grownAt: -Infinity }));
}
