/**
 * Whether this node takes a Pod that is bound to it (kubelet.go HandlePodAdditions, lifecycle/predicate.go): the
 * kubelet asks again what the scheduler asked before, since others may have been quicker. Who is refused is Failed.
 * Source: pkg/kubelet/lifecycle, pkg/kubelet/eviction/eviction_manager.go Admit, pkg/kubelet/nodeshutdown.
 */
import type { Taint } from "../objects/meta.ts";
import { admitsByAffinity } from "../objects/node-selection.ts";
import type { PodSpec } from "../objects/pod.ts";
import { EPHEMERAL_STORAGE, allocatableOf, podRequest, type ResourceTotals } from "../objects/pod-request.ts";
import { MEMORY_PRESSURE_TAINT, toleratesAny } from "../objects/toleration.ts";
import { podsToPreempt, type PreemptionCandidate } from "./critical-pods.ts";
import type { NodeContext } from "./node-context.ts";
import { isCriticalPod } from "./oom-score.ts";
import { isTerminalPhase } from "./pod-status.ts";
import { qosClassOf } from "./qos.ts";
import { PodFlag } from "./tables.ts";

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** Asked for, taken by others and there in all. */
type Shortage = readonly [resource: string, asked: number, taken: number, capacity: number];

const nothingShort: readonly Shortage[] = [];
const memoryPressure: Taint = { key: MEMORY_PRESSURE_TAINT, value: "", effect: "NoSchedule" };

export class PodAdmission {
  private readonly node: NodeContext;
  /** By plan. */
  private readonly requests: (ResourceTotals | undefined)[] = [];
  /** Of the first `count` of these rows, ended Pods included: more than what is taken. */
  private readonly most = { rows: [] as readonly number[], count: 0, cpu: 0, memory: 0, storage: 0 };

  constructor(node: NodeContext) {
    this.node = node;
  }

  /** `others`: the rows that were there before, and maybe this one. Null: the Pod is taken; rows: once these have ended. Handlers in upstream's order. */
  refusalOf(row: number, others: readonly number[]): Refusal | readonly number[] | null {
    const { node } = this;
    const { spec } = node.table.plan(row).template;
    const isStatic = node.isStatic(row);
    if (node.isShuttingDown) return { reason: "NodeShutdown", message: "Pod was rejected as the node is shutting down." };
    const pressure = node.eviction.refusal(qosClassOf(spec), isCriticalPod(spec, isStatic), toleratesAny(spec.tolerations, memoryPressure));
    if (pressure !== null) return { reason: "Evicted", message: pressure };
    return this.misfit(row, spec, others, isStatic);
  }

  private misfit(row: number, spec: PodSpec, others: readonly number[], isStatic: boolean): Refusal | readonly number[] | null {
    const { template, version } = this.node;
    const short = this.shortages(row, others);
    const predicate = (name: string, why: string): Refusal => ({
      reason: name,
      message: version.predicateTellsWhy ? `Predicate ${name} failed: ${why}` : `Predicate ${name} failed`,
    });
    const isCritical = isCriticalPod(spec, isStatic);
    if (short.length > 0 && !isCritical) return outOf(...short[0]!);
    const { nodeSelector, nodeName, affinity } = spec;
    const here = { name: template.name, labels: this.node.labels };
    if (!admitsByAffinity({ nodeSelector, terms: affinity?.nodeRequired ?? null }, here))
      return predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
    if (nodeName !== "" && nodeName !== template.name) return predicate("NodeName", "node(s) didn't match the requested node name");
    const isRepelled = this.node.taints.some((taint) => taint.effect === "NoExecute" && !toleratesAny(spec.tolerations, taint));
    if (version.untoleratedIsRefused && isRepelled && !isStatic) return predicate("TaintToleration", "node(s) had untolerated taint(s)");
    if (short.length === 0) return null;
    const active = others.filter((other) => other !== row && this.isActive(other));
    return this.makeRoom(row, active, short);
  }

  /** What there is too little of. Asked for each Pod about all Pods of its node: while nothing can be short, nobody counts. */
  private shortages(row: number, others: readonly number[]): readonly Shortage[] {
    if (this.certainlyFits(row, others)) return nothingShort;
    const { template } = this.node;
    let [pods, cpu, memory, storage] = [0, 0, 0, 0];
    for (const other of others) {
      if (other === row || !this.isActive(other)) continue;
      const totals = this.requestOf(other);
      pods++;
      cpu += totals.cpu;
      memory += totals.memory;
      storage += storageOf(totals);
    }
    const request = this.requestOf(row);
    const short: Shortage[] = [];
    const ask = (resource: string, asked: number, taken: number, capacity: number): void => {
      if (asked !== 0 && asked + taken > capacity) short.push([resource, asked, taken, capacity]);
    };
    ask("pods", 1, pods, template.pods);
    ask("cpu", request.cpu, cpu, template.cpu);
    ask("memory", request.memory, memory, template.memory);
    ask(EPHEMERAL_STORAGE, storageOf(request), storage, allocatableOf(template, EPHEMERAL_STORAGE));
    return short;
  }

  /** By sums that only grow while no Pod of the node is forgotten (which makes a new list): not more than what is new is added. */
  private certainlyFits(row: number, others: readonly number[]): boolean {
    const { most, node } = this;
    const count = others.at(-1) === row ? others.length - 1 : others.length;
    if (most.rows !== others || most.count > count) Object.assign(most, { rows: others, count: 0, cpu: 0, memory: 0, storage: 0 });
    for (; most.count < count; most.count++) {
      const totals = this.requestOf(others[most.count]!);
      most.cpu += totals.cpu;
      most.memory += totals.memory;
      most.storage += storageOf(totals);
    }
    const { template } = node;
    const request = this.requestOf(row);
    return (
      count < template.pods &&
      most.cpu + request.cpu <= template.cpu &&
      most.memory + request.memory <= template.memory &&
      most.storage + storageOf(request) <= allocatableOf(template, EPHEMERAL_STORAGE)
    );
  }

  /** CriticalPodAdmissionHandler: what else speaks against the Pod has been asked before. */
  private makeRoom(row: number, active: readonly number[], short: readonly Shortage[]): Refusal | readonly number[] {
    const requirements = short.map(([resource, wanted, taken, capacity]) => ({ resource, quantity: wanted + taken - capacity }));
    const victims = podsToPreempt(
      this.candidate(row),
      active.map((other) => this.candidate(other)),
      requirements,
    );
    if (typeof victims !== "string") return victims.map((victim) => victim.row);
    const error = `preemption: error finding a set of pods to preempt: ${victims}`;
    return {
      reason: "UnexpectedAdmissionError",
      message: `Unexpected error while attempting to recover from admission failure: ${error}`,
    };
  }

  private candidate(row: number): PreemptionCandidate & { readonly row: number } {
    const { spec } = this.node.table.plan(row).template;
    const request = this.requestOf(row);
    return {
      row,
      isCritical: isCriticalPod(spec, this.node.isStatic(row)),
      priority: spec.priority,
      qosClass: qosClassOf(spec),
      requests: { pods: 1, cpu: request.cpu, memory: request.memory, [EPHEMERAL_STORAGE]: storageOf(request) },
    };
  }

  /** filterOutInactivePods */
  private isActive(row: number): boolean {
    const { table } = this.node;
    return !table.has(row, PodFlag.finished) && !isTerminalPhase(table.statuses[row]!.phase);
  }

  private requestOf(row: number): ResourceTotals {
    const { id, template } = this.node.table.plan(row);
    return (this.requests[id] ??= podRequest(template.spec));
  }
}

function storageOf({ other }: ResourceTotals): number {
  return other[EPHEMERAL_STORAGE] ?? 0;
}

function outOf(...[resource, asked, taken, capacity]: Shortage): Refusal {
  return {
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${asked}, used: ${taken}, capacity: ${capacity}`,
  };
}
