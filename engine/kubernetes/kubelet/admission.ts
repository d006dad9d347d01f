/**
 * Whether this node takes a Pod that is bound to it (kubelet.go HandlePodAdditions, lifecycle/predicate.go): the
 * kubelet asks again what the scheduler asked before, since others may have been quicker. Who is refused is Failed.
 * Differs: the kubelet's view of its node. Labels and taints are those of the beginning.
 * Source: pkg/kubelet/lifecycle, pkg/kubelet/eviction/eviction_manager.go Admit, pkg/kubelet/nodeshutdown.
 */
import type { Taint } from "../objects/meta.ts";
import type { PodSpec } from "../objects/pod.ts";
import { podRequest, type ResourceTotals } from "../objects/pod-request.ts";
import { MEMORY_PRESSURE_TAINT, toleratesAny } from "../objects/toleration.ts";
import type { NodeContext } from "./node-context.ts";
import { isCriticalPod } from "./oom-score.ts";
import { isTerminalPhase } from "./pod-status.ts";
import { qosClassOf } from "./qos.ts";
import { PodFlag } from "./tables.ts";

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

const memoryPressure: Taint = { key: MEMORY_PRESSURE_TAINT, value: "", effect: "NoSchedule" };

export class PodAdmission {
  private readonly node: NodeContext;
  private readonly requests = new Map<number, ResourceTotals>();

  constructor(node: NodeContext) {
    this.node = node;
  }

  /** `others`: the rows that were there before. Null: the Pod is taken. Handlers in upstream's order. */
  refusalOf(row: number, others: readonly number[]): Refusal | null {
    const { node } = this;
    const { spec } = node.table.plan(row).template;
    const isStatic = node.isStatic(row);
    if (node.isShuttingDown) return { reason: "NodeShutdown", message: "Pod was rejected as the node is shutting down." };
    const pressure = node.eviction.refusal(qosClassOf(spec), isCriticalPod(spec, isStatic), toleratesAny(spec.tolerations, memoryPressure));
    if (pressure !== null) return { reason: "Evicted", message: pressure };
    return this.misfit(row, spec, others, isStatic);
  }

  private misfit(row: number, spec: PodSpec, others: readonly number[], isStatic: boolean): Refusal | null {
    const { table, template, version } = this.node;
    const active = others.filter((other) => this.isActive(other));
    const used = active.map((other) => this.requestOf(other));
    const request = this.requestOf(row);
    const sum = (of: (totals: ResourceTotals) => number): number => used.reduce((total, entry) => total + of(entry), 0);
    const short = (resource: string, asked: number, taken: number, capacity: number): Refusal | null =>
      asked === 0 || asked + taken <= capacity
        ? null
        : {
            reason: `OutOf${resource}`,
            message: `Node didn't have enough resource: ${resource}, requested: ${asked}, used: ${taken}, capacity: ${capacity}`,
          };
    const predicate = (name: string, why: string): Refusal => ({
      reason: name,
      message: version.predicateTellsWhy ? `Predicate ${name} failed: ${why}` : `Predicate ${name} failed`,
    });
    const resources =
      short("pods", 1, active.length, template.pods) ??
      short(
        "cpu",
        request.cpu,
        sum((totals) => totals.cpu),
        template.cpu,
      ) ??
      short(
        "memory",
        request.memory,
        sum((totals) => totals.memory),
        template.memory,
      );
    // A static Pod stays whatever else runs: critical Pods make room for themselves.
    if (resources !== null) return isStatic ? null : resources;
    const { nodeSelector, nodeName } = table.plan(row).template.spec;
    const isElsewhere = Object.entries(nodeSelector).some(([key, value]) => template.labels[key] !== value);
    if (isElsewhere) return predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
    if (nodeName !== "" && nodeName !== template.name) return predicate("NodeName", "node(s) didn't match the requested node name");
    const isRepelled = template.taints.some((taint) => taint.effect === "NoExecute" && !toleratesAny(spec.tolerations, taint));
    if (isRepelled && !isStatic) return predicate("TaintToleration", "node(s) had untolerated taint(s)");
    return null;
  }

  /** filterOutInactivePods */
  private isActive(row: number): boolean {
    const { table } = this.node;
    return !table.has(row, PodFlag.finished) && !isTerminalPhase(table.statuses[row]!.phase);
  }

  private requestOf(row: number): ResourceTotals {
    const { id, template } = this.node.table.plan(row);
    let request = this.requests.get(id);
    if (request === undefined) {
      request = podRequest(template.spec);
      this.requests.set(id, request);
    }
    return request;
  }
}
