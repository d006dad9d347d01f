/**
 * Filters and scores over all nodes: where would this Pod go now? Kept apart from the scheduler's queue
 * and latencies, so that a settled start places 100,000 Pods with the same decisions. A node's verdict
 * on a template is kept until something on the node changes. Hot for settled starts.
 *
 * Differs: no default topology spread
 * Differs: nodes are scanned in order
 */
import { childKey, streamKey, uniform, type StreamKey } from "../../kernel/random.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import type { Taint } from "../objects/meta.ts";
import type { NodeTemplate } from "../objects/node.ts";
import type { PodSpec } from "../objects/pod.ts";
import { toleratesAny } from "../objects/toleration.ts";
import type { Workloads } from "../objects/workloads.ts";
import { newestVersions, type Versions } from "../versions.ts";
import {
  Rejection,
  TAINT_WEIGHT,
  UNSCHEDULABLE_TAINT,
  admitsByTaints,
  balancedScore,
  deviationScore,
  differenceScore,
  dislikedTaints,
  leastAllocatedScore,
  misfits,
  nonZeroRequest,
  podRequest,
  rejectionTexts,
  taintScores,
  type ResourceTotals,
} from "./plugins/index.ts";

/** Verdicts kept over all templates, before the oldest half is dropped. */
const MAX_VERDICTS = 8_000_000;
const REJECTED = -1;

/** What is known of one template: its requests, and by position each node's score for it (or REJECTED) as of a version of that node. */
interface View {
  readonly spec: PodSpec;
  readonly request: ResourceTotals;
  readonly nonZero: ResourceTotals;
  readonly isBestEffort: boolean;
  readonly scores: Int16Array;
  readonly versions: Uint32Array;
}

export class Placement {
  /** Where the last search for a node ended: the next one begins there. */
  private start = 0;
  /** Bits of Rejection of the last search that found nothing. */
  rejectedBy = 0;
  private readonly nodes: readonly NodeTemplate[];
  private readonly definitions: Definitions;
  private readonly workloads: Workloads;
  private readonly seed: number;
  private readonly facts: Versions;
  /** Feasible nodes at which a search ends. */
  private readonly need: number;
  /** Node indexes, zone by zone in turn. */
  private readonly order: Int32Array;
  private readonly taints: (readonly Taint[])[];
  private readonly isUnschedulable: Uint8Array;
  private readonly cpu: Float64Array;
  private readonly memory: Float64Array;
  private readonly nonZeroCpu: Float64Array;
  private readonly nonZeroMemory: Float64Array;
  private readonly pods: Int32Array;
  /** Counts changes, by position in `order` as a scan goes, like the views. */
  private readonly version: Uint32Array;
  private readonly positions: Int32Array;
  /** Positions of the best nodes of the last search. */
  private readonly tied: Int32Array;
  /** Taints PreferNoSchedule over all nodes. */
  private avoided: number;
  private readonly views = new Map<TemplateId, View>();
  private readonly tieKeys = new Map<number, StreamKey>();

  /** `percentage` of the nodes that a search must find feasible; 0: adaptive. */
  constructor(
    nodes: readonly NodeTemplate[],
    definitions: Definitions,
    workloads: Workloads,
    seed: number,
    percentage: number = 0,
    versions: Versions = newestVersions,
  ) {
    this.nodes = nodes;
    this.facts = versions;
    this.need = feasibleNodesToFind(nodes.length, percentage);
    this.definitions = definitions;
    this.workloads = workloads;
    this.seed = seed;
    this.order = interleavedByZone(nodes);
    this.taints = nodes.map(({ taints }) => taints);
    this.isUnschedulable = new Uint8Array(nodes.length);
    this.cpu = new Float64Array(nodes.length);
    this.memory = new Float64Array(nodes.length);
    this.nonZeroCpu = new Float64Array(nodes.length);
    this.nonZeroMemory = new Float64Array(nodes.length);
    this.pods = new Int32Array(nodes.length);
    this.version = new Uint32Array(nodes.length).fill(1);
    this.positions = new Int32Array(nodes.length);
    this.order.forEach((node, at) => {
      this.positions[node] = at;
    });
    this.tied = new Int32Array(nodes.length);
    this.avoided = nodes.reduce((sum, { taints }) => sum + countAvoided(taints), 0);
  }

  /** The node for Pod `ordinal` of a workload, or -1; the node isn't charged yet. Ties are drawn by the Pod's name and the attempt. */
  place(workload: number, ordinal: number, template: TemplateId, attempt: number): number {
    const view = this.viewOf(template);
    const best = this.avoided === 0 ? this.searchBest(view) : this.searchAvoiding(view);
    if (best === 0) {
      this.rejectedBy = this.rejections(view);
      return -1;
    }
    return this.order[this.tied[best === 1 ? 0 : Math.floor(this.draw(workload, ordinal, attempt) * best)]!]!;
  }

  /** Whether this node, as it is now, passes all filters. */
  admits(node: number, template: TemplateId): boolean {
    return this.reasonsOf(this.viewOf(template), node).length === 0;
  }

  /** Charges the node with a Pod of this template. */
  add(node: number, template: TemplateId): void {
    this.charge(node, template, 1);
  }

  remove(node: number, template: TemplateId): void {
    this.charge(node, template, -1);
  }

  updateNode(node: number, taints: readonly Taint[], unschedulable: boolean): void {
    this.avoided += countAvoided(taints) - countAvoided(this.taints[node]!);
    this.taints[node] = taints;
    this.isUnschedulable[node] = unschedulable ? 1 : 0;
    this.version[this.positions[node]!]!++;
  }

  /** Drops what was worked out about templates and nodes: it is worked out again when asked. */
  forget(): void {
    this.views.clear();
  }

  /** `0/3 nodes are available: 2 Insufficient cpu, 1 node(s) were unschedulable.` */
  explain(template: TemplateId): string {
    const view = this.viewOf(template);
    const counts = new Map<string, number>();
    for (let node = 0; node < this.nodes.length; node++) {
      for (const reason of this.reasonsOf(view, node)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
    return `0/${this.nodes.length} nodes are available: ${reasons.join(", ")}.`;
  }

  /**
   * What preemption adds to that message since it speaks of itself, or "". Nobody is ever preempted here.
   * Source: framework/preemption/preemption.go.
   */
  preemptionText(template: TemplateId): string {
    if (!this.facts.preemptionText) return "";
    const { spec } = this.viewOf(template);
    const all = this.nodes.length;
    const hopeless = this.nodes.reduce((count, _, node) => count + (this.staticRejection(spec, node) === 0 ? 0 : 1), 0);
    const reasons = [
      ...(all > hopeless ? [`${all - hopeless} No preemption victims found for incoming pod`] : []),
      ...(hopeless > 0 ? [`${hopeless} Preemption is not helpful for scheduling`] : []),
    ].sort();
    return ` preemption: 0/${all} nodes are available: ${reasons.join(", ")}.`;
  }

  nodeName(node: number): string {
    return this.nodes[node]?.name ?? "";
  }

  /** Scans until enough nodes are feasible; leaves the positions of the best in `tied` and returns how many. */
  private searchBest(view: View): number {
    const { version, tied } = this;
    const { scores, versions } = view;
    const count = version.length;
    const { need } = this;
    let found = 0;
    let scanned = 0;
    let highest = REJECTED;
    let ties = 0;
    let at = this.start;
    while (scanned < count && found < need) {
      if (versions[at] !== version[at]) this.judge(view, at);
      const score = scores[at]!;
      if (score !== REJECTED) {
        found++;
        if (score > highest) {
          highest = score;
          ties = 0;
        }
        if (score === highest) tied[ties++] = at;
      }
      scanned++;
      if (++at === count) at = 0;
    }
    this.start = at;
    return ties;
  }

  /** The same while some node has taints that are avoided if possible: their score depends on all candidates. */
  private searchAvoiding(view: View): number {
    const candidates: number[] = [];
    const count = this.version.length;
    const { need } = this;
    let scanned = 0;
    for (; scanned < count && candidates.length < need; scanned++) {
      const at = (this.start + scanned) % count;
      if (view.versions[at] !== this.version[at]) this.judge(view, at);
      if (view.scores[at] !== REJECTED) candidates.push(at);
    }
    this.start = (this.start + scanned) % count;
    const taints = taintScores(candidates.map((at) => dislikedTaints(this.taints[this.order[at]!]!, view.spec.tolerations)));
    const totals = candidates.map((at, index) => view.scores[at]! + TAINT_WEIGHT * taints[index]!);
    const highest = Math.max(...totals);
    let ties = 0;
    candidates.forEach((at, index) => {
      if (totals[index] === highest) this.tied[ties++] = at;
    });
    return ties;
  }

  private draw(workload: number, ordinal: number, attempt: number): number {
    let key = this.tieKeys.get(workload);
    if (key === undefined) {
      key = streamKey(this.seed, "scheduler tie", this.workloads.label(workload));
      this.tieKeys.set(workload, key);
    }
    const own = childKey(key, ordinal);
    return uniform(own.hi, own.lo, attempt);
  }

  private judge(view: View, at: number): void {
    const node = this.order[at]!;
    view.versions[at] = this.version[at]!;
    view.scores[at] = this.isFeasible(view, node) ? this.score(view, node) : REJECTED;
  }

  private isFeasible({ spec, request }: View, node: number): boolean {
    const template = this.nodes[node]!;
    if (this.pods[node]! + 1 > template.pods) return false;
    if (request.cpu > 0 && request.cpu > template.cpu - this.cpu[node]!) return false;
    if (request.memory > 0 && request.memory > template.memory - this.memory[node]!) return false;
    return this.staticRejection(spec, node) === 0 && hasNothingElse(request);
  }

  private staticRejection(spec: PodSpec, node: number): number {
    const template = this.nodes[node]!;
    if (this.isUnschedulable[node] === 1 && !toleratesAny(spec.tolerations, UNSCHEDULABLE_TAINT)) return Rejection.unschedulable;
    if (spec.nodeName !== "" && spec.nodeName !== template.name) return Rejection.nodeName;
    if (!admitsByTaints(this.taints[node]!, spec.tolerations)) return Rejection.taints;
    return matchesSelector(spec.nodeSelector, template.labels) ? 0 : Rejection.nodeSelector;
  }

  private score({ request, nonZero, isBestEffort }: View, node: number): number {
    const { cpu, memory } = this.nodes[node]!;
    const nonZeroCpu = this.nonZeroCpu[node]! + nonZero.cpu;
    const nonZeroMemory = this.nonZeroMemory[node]! + nonZero.memory;
    const least = leastAllocatedScore(nonZeroCpu, nonZeroMemory, cpu, memory);
    const { balanceIsDifference, balanceIsDeviation } = this.facts;
    if (!balanceIsDeviation) return least + differenceScore(nonZeroCpu, nonZeroMemory, cpu, memory);
    const cpuBefore = this.cpu[node]!;
    const memoryBefore = this.memory[node]!;
    if (!balanceIsDifference) return least + deviationScore(cpuBefore + request.cpu, memoryBefore + request.memory, cpu, memory);
    if (isBestEffort) return least;
    return least + balancedScore(cpuBefore, memoryBefore, cpuBefore + request.cpu, memoryBefore + request.memory, cpu, memory);
  }

  private rejections(view: View): number {
    let bits = 0;
    for (let node = 0; node < this.nodes.length; node++) bits |= this.staticRejection(view.spec, node) || Rejection.resources;
    return bits;
  }

  private reasonsOf({ spec, request }: View, node: number): string[] {
    switch (this.staticRejection(spec, node)) {
      case Rejection.unschedulable:
        return [rejectionTexts.unschedulable];
      case Rejection.nodeName:
        return [rejectionTexts.nodeName];
      case Rejection.taints:
        return [taintText(this.taints[node]!, spec.tolerations, this.facts)];
      case Rejection.nodeSelector:
        return [this.facts.affinityTextWithSelector ? rejectionTexts.nodeSelector : "node(s) didn't match Pod's node affinity"];
      default: {
        const template = this.nodes[node]!;
        const free = {
          cpu: template.cpu - this.cpu[node]!,
          memory: template.memory - this.memory[node]!,
          other: {},
          pods: template.pods - this.pods[node]!,
        };
        return misfits(request, free);
      }
    }
  }

  private charge(node: number, template: TemplateId, sign: number): void {
    const { request, nonZero } = this.viewOf(template);
    this.cpu[node]! += sign * request.cpu;
    this.memory[node]! += sign * request.memory;
    this.nonZeroCpu[node]! += sign * nonZero.cpu;
    this.nonZeroMemory[node]! += sign * nonZero.memory;
    this.pods[node]! += sign;
    this.version[this.positions[node]!]!++;
  }

  private viewOf(template: TemplateId): View {
    const known = this.views.get(template);
    if (known !== undefined) return known;
    if ((this.views.size + 1) * this.nodes.length > MAX_VERDICTS) this.views.clear();
    const { spec } = this.definitions.template(template);
    const request = podRequest(spec);
    const view: View = {
      spec,
      request,
      nonZero: nonZeroRequest(spec),
      isBestEffort: request.cpu === 0 && request.memory === 0,
      scores: new Int16Array(this.nodes.length),
      versions: new Uint32Array(this.nodes.length),
    };
    this.views.set(template, view);
    return view;
  }
}

/** Enough nodes to choose from: all below 100, else a share: `percentage`, or (0) one that falls with the size. Source: schedule_one.go numFeasibleNodesToFind. */
export function feasibleNodesToFind(nodes: number, percentage: number = 0): number {
  if (nodes < 100 || percentage >= 100) return nodes;
  const percent = percentage > 0 ? percentage : Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(100, Math.floor((nodes * percent) / 100));
}

/** The first taint that isn't tolerated is named by some releases. Source: plugins/tainttoleration. */
export function taintText(taints: readonly Taint[], tolerations: PodSpec["tolerations"], facts: Versions): string {
  const taint = taints.find((one) => one.effect !== "PreferNoSchedule" && !toleratesAny(tolerations, one));
  const named = taint === undefined ? "" : `{${taint.key}: ${taint.value}}`;
  if (!facts.untoleratedTaintText) return `node(s) had taint ${named}, that the pod didn't tolerate`;
  return facts.untoleratedTaintNamed ? `node(s) had untolerated taint ${named}` : rejectionTexts.taints;
}

function countAvoided(taints: readonly Taint[]): number {
  return taints.filter(({ effect }) => effect === "PreferNoSchedule").length;
}

export function matchesSelector(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Nodes offer CPU, memory and a number of Pods; whatever else a Pod asks for, none has it. */
function hasNothingElse(request: ResourceTotals): boolean {
  return Object.values(request.other).every((amount) => amount === 0);
}

/** One node of each zone in turn, zones in the order of their first node. Source: backend/cache/node_tree.go. */
function interleavedByZone(nodes: readonly NodeTemplate[]): Int32Array {
  const zones = new Map<string, number[]>();
  nodes.forEach(({ zone }, index) => {
    const known = zones.get(zone);
    if (known === undefined) zones.set(zone, [index]);
    else known.push(index);
  });
  const order = new Int32Array(nodes.length);
  const lists = [...zones.values()];
  let at = 0;
  for (let round = 0; at < nodes.length; round++) {
    for (const list of lists) if (round < list.length) order[at++] = list[round]!;
  }
  return order;
}
