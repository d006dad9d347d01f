/**
 * Filters and scores over all nodes: where would this Pod go now? Kept apart from the scheduler's queue
 * and latencies, so that a settled start places 100,000 Pods with the same decisions. A node's verdict
 * on all Pods of the same needs (pod-needs.ts) is kept until something on the node changes; what depends
 * on other nodes' Pods is counted as they come and go (pod-classes.ts). Hot for settled starts.
 *
 * Differs: nodes are scanned in order
 * Differs: zones of the beginning
 */
import { childKey, streamKey, uniform, type StreamKey } from "../../kernel/random.ts";
import type { LabelledPod, Labels } from "../api-server/client.ts";
import type { PodId } from "../api-server/pod-record.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import type { Taint } from "../objects/meta.ts";
import type { NodeRecord, NodeTemplate } from "../objects/node.ts";
import { allocatableOf } from "../objects/pod-request.ts";
import type { PodSpec } from "../objects/pod.ts";
import type { Service } from "../objects/service.ts";
import { ServiceIndex } from "../objects/service-index.ts";
import { toleratesAny } from "../objects/toleration.ts";
import type { Workloads } from "../objects/workloads.ts";
import { newestVersions, type Versions } from "../versions.ts";
import {
  concernsLater,
  isConcernedBy,
  isOutspoken,
  newVerdicts,
  viewOf,
  type HardSpread,
  type SoftSpread,
  type TermCount,
  type Verdicts,
  type View,
} from "./class-view.ts";
import { NodeImages, type ImageFacts, type ImageScores } from "./node-images.ts";
import { PodClasses, type PodClass, type Traits } from "./pod-classes.ts";
import { needsOf, type PodNeeds } from "./pod-needs.ts";
import {
  Rejection,
  UNSCHEDULABLE_TAINT,
  ZONE_KEY,
  admitsByTaints,
  balancedScore,
  deviationScore,
  differenceScore,
  dislikedTaints,
  fewestPods,
  isWithinSkew,
  leastAllocatedScore,
  misfits,
  normalizedByGreatest,
  normalizedByRange,
  rejectionTexts,
  scoreWeights,
  spreadScore,
  spreadShare,
  spreadWeight,
  taintScores,
  type ScoreWeights,
} from "./plugins/index.ts";
import { Topologies } from "./topologies.ts";

/** Counts by node kept over all views, before those are dropped that nobody asked for longest. */
const MAX_COUNTS = 8_000_000;
/** Verdicts kept over all kinds of needs, before all are dropped. */
const MAX_VERDICTS = 8_000_000;
const REJECTED = -1;

/** One node's answer to one Pod; by 0: it fits. */
export interface NodeVerdict {
  /** Bits of Rejection. */
  readonly by: number;
  /** Nothing that other Pods do will help. */
  readonly isHopeless: boolean;
  readonly reasons: readonly string[];
}

const fits: NodeVerdict = { by: 0, isHopeless: false, reasons: [] };

/** A Pod that waits for a node on which others made room for it. */
export interface Nomination {
  readonly pod: PodId;
  readonly podClass: PodClass;
  readonly node: number;
}

export interface PlaceOptions {
  /** The Pod itself, whose own nomination doesn't count against it. */
  readonly pod?: PodId;
  /** The only node to look at (index); -1: all. */
  readonly only?: number;
  readonly traits?: Traits;
}

export class Placement {
  /** Where the last search for a node ended: the next one begins there. */
  private start = 0;
  readonly facts: Versions;
  private readonly written: readonly NodeTemplate[];
  /** The same with the labels of now. */
  private readonly nodes: NodeTemplate[];
  private readonly workloads: Workloads;
  private readonly services: readonly Service[];
  private readonly serviceIndex: ServiceIndex;
  private readonly seed: number;
  private readonly weights: ScoreWeights;
  /** Feasible nodes at which a search ends. */
  private readonly need: number;
  /** Node indexes, zone by zone in turn. */
  private readonly order: Int32Array;
  /** The same as nodes: by position. */
  private readonly ordered: NodeTemplate[];
  private readonly taints: (readonly Taint[])[];
  private readonly isUnschedulable: Uint8Array;
  private readonly isAbsent: Uint8Array;
  private absent: number;
  private readonly cpu: Float64Array;
  private readonly memory: Float64Array;
  private readonly nonZeroCpu: Float64Array;
  private readonly nonZeroMemory: Float64Array;
  private readonly pods: Int32Array;
  /** By node: other resources in use, and host ports (`TCP/80`); undefined: none. */
  private readonly other: (Map<string, number> | undefined)[] = [];
  private readonly ports: (Map<string, number> | undefined)[] = [];
  /** Counts changes, by position in `order` as a scan goes, like the views. */
  private readonly version: Uint32Array;
  private readonly positions: Int32Array;
  /** Positions of the best nodes of the last search. */
  private readonly tied: Int32Array;
  /** Of the search under way, by zone and number of Pods on the node: the best score, and a chain of the nodes that have it. */
  private pairWidth = 4;
  private bestOfPair: Int16Array = new Int16Array(0);
  private headOfPair: Int32Array = new Int32Array(0);
  private pairScores: Int32Array = new Int32Array(0);
  private readonly nextInPair: Int32Array;
  /** Taints PreferNoSchedule over all nodes. */
  private avoided: number;
  private readonly classes: PodClasses;
  private readonly topologies: Topologies;
  private readonly images: NodeImages;
  /** The one that was asked for last is the last; `latest` is it. */
  private readonly views = new Map<PodClass, View>();
  private latest: View | null = null;
  /** By kind of needs (pod-needs.ts). */
  private readonly verdicts = new Map<string, Verdicts>();
  /** By template; undefined: nobody asked yet. */
  private readonly needs: (PodNeeds | undefined)[] = [];
  private readonly outspoken: PodClass[] = [];
  private readonly nominations = new Map<PodId, Nomination>();
  private readonly tieKeys = new Map<number, StreamKey>();

  /** `percentage` of the nodes that a search must find feasible; 0: adaptive. `services`: those that the run knows of. */
  constructor(
    nodes: readonly NodeTemplate[],
    definitions: Definitions,
    workloads: Workloads,
    seed: number,
    percentage: number = 0,
    versions: Versions = newestVersions,
    services: readonly Service[] = [],
  ) {
    this.written = nodes;
    this.nodes = [...nodes];
    this.facts = versions;
    this.weights = scoreWeights(versions);
    this.need = feasibleNodesToFind(nodes.length, percentage);
    this.workloads = workloads;
    this.services = services;
    this.serviceIndex = new ServiceIndex(services.map((service, index) => ({ service, index })));
    this.seed = seed;
    this.order = interleavedByZone(nodes);
    this.ordered = Array.from(this.order, (node) => nodes[node]!);
    this.taints = nodes.map(({ taints }) => taints);
    this.isUnschedulable = new Uint8Array(nodes.length);
    this.isAbsent = Uint8Array.from(nodes, ({ isAbsent }) => (isAbsent === true ? 1 : 0));
    this.absent = this.isAbsent.reduce((sum, one) => sum + one, 0);
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
    this.topologies = new Topologies(this.ordered.map(({ labels }) => labels));
    this.images = new NodeImages(nodes.length, versions.imageScoreCountsInit);
    this.nextInPair = new Int32Array(nodes.length);
    this.makePairs();
    this.classes = new PodClasses(definitions, workloads, (podClass) => this.classAppeared(podClass));
  }

  /** The node for Pod `ordinal` of a workload, or -1; the node isn't charged yet. Ties are drawn by the Pod's name and the attempt. */
  place(
    workload: number,
    ordinal: number,
    template: TemplateId,
    attempt: number,
    { pod = -1, only = -1, traits = null }: PlaceOptions = {},
  ): number {
    const view = this.viewOf(this.classes.classOf(workload, template, traits));
    if (only >= 0) return this.fits(only, view.podClass, pod) ? only : -1;
    const hidden = this.hideNominated(view, pod);
    const best = this.search(view);
    for (const at of hidden) view.versions[at] = 0;
    if (best === 0) return -1;
    return this.order[this.tied[best === 1 ? 0 : Math.floor(this.draw(workload, ordinal, attempt) * best)]!]!;
  }

  classOf(workload: number, template: TemplateId, traits: Traits = null): PodClass {
    return this.classes.classOf(workload, template, traits);
  }

  /** All that the Pod has; its class may know less. */
  labelsOf(pod: LabelledPod): Labels {
    return this.classes.labelsOf(pod);
  }

  /** Whether this node, as it is now, passes all filters. */
  admits(node: number, workload: number, template: TemplateId, traits: Traits = null): boolean {
    return this.fits(node, this.classes.classOf(workload, template, traits), -1);
  }

  /** The same, with Pods of at least its priority that are to come to the node taken for there. */
  fits(node: number, podClass: PodClass, pod: PodId): boolean {
    return this.verdict(node, podClass, pod).by === 0;
  }

  verdict(node: number, podClass: PodClass, pod: PodId): NodeVerdict {
    const view = this.viewOf(podClass);
    const others = this.nominatedOn(node, view, pod);
    for (const other of others) this.charge(node, other, 1);
    const verdict = this.judgeAll(view, this.positions[node]!);
    for (const other of others) this.charge(node, other, -1);
    return others.length === 0 || verdict.by !== 0 ? verdict : this.judgeAll(view, this.positions[node]!);
  }

  /** What spread and affinity alone say of a node. */
  relationsVerdict(node: number, podClass: PodClass): NodeVerdict {
    const view = this.viewOf(podClass);
    return this.relations(view, this.positions[node]!, view.hard.map(leastOf));
  }

  /** Charges the node with a Pod of this template. */
  add(node: number, workload: number, template: TemplateId, traits: Traits = null): void {
    this.charge(node, this.classes.classOf(workload, template, traits), 1);
  }

  /** `isLeaving`: `leave` was called for the Pod before. */
  remove(node: number, workload: number, template: TemplateId, isLeaving: boolean = false, traits: Traits = null): void {
    this.chargeClass(node, this.classes.classOf(workload, template, traits), -1, isLeaving);
  }

  /** The Pod is being deleted: it still takes room, but doesn't count for spread. */
  leave(node: number, workload: number, template: TemplateId, traits: Traits = null): void {
    const podClass = this.classes.classOf(workload, template, traits);
    const at = this.positions[node]!;
    this.classes.add(podClass, at, -1, false);
    this.classes.add(podClass, at, 1, true);
  }

  /** For trying what would be without a Pod. */
  chargeClass(node: number, podClass: PodClass, sign: 1 | -1, isLeaving: boolean): void {
    this.charge(node, podClass, sign, isLeaving);
  }

  /** Whether they are others. Left out: those it began with. Selectors, affinity and spread ask for labels: whatever was worked out from the former ones is worked out again. */
  relabelNode(node: number, labels: Readonly<Record<string, string>> = this.written[node]!.labels): boolean {
    const before = this.nodes[node]!;
    if (before.labels === labels) return false;
    const at = this.positions[node]!;
    this.nodes[node] = this.ordered[at] = { ...before, labels };
    this.topologies.relabel(at, labels);
    this.makePairs();
    this.version[at]!++;
    this.forget();
    return true;
  }

  updateNode(node: number, taints: readonly Taint[], unschedulable: boolean, isAbsent: boolean = false): void {
    if (isAbsent !== (this.isAbsent[node] === 1)) {
      this.isAbsent[node] = isAbsent ? 1 : 0;
      this.absent += isAbsent ? 1 : -1;
      for (const view of this.views.values()) this.dropView(view);
    }
    const before = this.taints[node]!;
    this.avoided += countAvoided(taints) - countAvoided(before);
    this.taints[node] = taints;
    this.isUnschedulable[node] = unschedulable ? 1 : 0;
    this.version[this.positions[node]!]!++;
    if (before === taints) return;
    const byTaints = [...this.views.values()].filter(({ podClass }) => honorsTaints(podClass));
    for (const view of byTaints) this.dropView(view);
  }

  /** Before anything is placed. */
  knowImages(facts: ReadonlyMap<string, ImageFacts>): void {
    this.images.know(facts);
  }

  /** All that the node's status lists. */
  putImages(node: number, images: readonly string[]): void {
    this.images.put(this.positions[node]!, images);
  }

  /** Whether filters may see the node otherwise than it is known here. */
  isOther({ index, taints, unschedulable, labels = this.written[index]!.labels, isAbsent }: NodeRecord): boolean {
    const isSame = this.taints[index] === taints && this.nodes[index]!.labels === labels;
    return !isSame || (this.isUnschedulable[index] === 1) !== unschedulable || (this.isAbsent[index] === 1) !== (isAbsent === true);
  }

  nominate(nomination: Nomination): void {
    this.nominations.set(nomination.pod, nomination);
  }

  denominate(pod: PodId): void {
    this.nominations.delete(pod);
  }

  /** Nominations of a node in the order in which they were made. */
  nominatedTo(node: number): readonly Nomination[] {
    return [...this.nominations.values()].filter((nomination) => nomination.node === node);
  }

  /** Drops what was worked out about templates and nodes: it is worked out again when asked. */
  forget(): void {
    this.views.clear();
    this.latest = null;
    this.verdicts.clear();
    this.classes.dropTallies();
  }

  /** Every node's; `traits` may bind the Pod to one. */
  nodeVerdicts(podClass: PodClass, pod: PodId, traits: Traits = null): readonly NodeVerdict[] {
    const named = this.namedNodes(podClass, traits);
    return this.nodes.map((_, node) => (named?.has(node) === false ? this.unnamed(node, podClass) : this.verdict(node, podClass, pod)));
  }

  /** The nodes to which affinity binds the Pod by their names; null: it doesn't. Source: plugins/nodeaffinity PreFilter. */
  namedNodes({ spec: { affinity } }: PodClass, traits: Traits = null): ReadonlySet<number> | null {
    const target = traits?.targetNode ?? -1;
    if (target >= 0) return new Set([target]);
    if (!this.facts.namedNodesOnly) return null;
    const terms = (affinity?.nodeRequired ?? []).map(({ matchFields }) => matchFields.filter(({ operator }) => operator === "In"));
    if (terms.length === 0 || terms.some((fields) => fields.length === 0)) return null;
    const isNamed = (name: string): boolean => terms.some((fields) => fields.every(({ values }) => values.includes(name)));
    return new Set(this.nodes.flatMap(({ name }, node) => (isNamed(name) ? [node] : [])));
  }

  /** What is said of a node that isn't among the named ones. */
  private unnamed(node: number, podClass: PodClass): NodeVerdict {
    const { namedNodesOnly, unnamedNodesRejected, unnamedNodesTellPlugin } = this.facts;
    const at = this.positions[node]!;
    const view = this.viewOf(podClass);
    const by = Rejection.nodeSelector;
    if (this.isAbsent[node] === 1 || (!namedNodesOnly && this.staticRejection(view, at) !== 0)) return this.judgeAll(view, at);
    if (!namedNodesOnly) return { by, isHopeless: true, reasons: [this.affinityText] };
    if (!unnamedNodesRejected) return { by: 0, isHopeless: false, reasons: [] };
    return { by, isHopeless: true, reasons: [unnamedNodesTellPlugin ? rejectionTexts.unnamed : rejectionTexts.filteredOut] };
  }

  /** As the filter of selector and affinity says it. */
  get affinityText(): string {
    return this.facts.affinityTextWithSelector ? rejectionTexts.nodeSelector : rejectionTexts.nodeAffinity;
  }

  /** Bits of Rejection over all nodes. */
  rejections(podClass: PodClass, pod: PodId, traits: Traits = null): number {
    return this.nodeVerdicts(podClass, pod, traits).reduce((bits, { by }) => bits | by, 0);
  }

  /** `0/3 nodes are available: 2 Insufficient cpu, 1 node(s) were unschedulable.` */
  explain(workload: number, template: TemplateId, pod: PodId = -1, traits: Traits = null): string {
    const podClass = this.classes.classOf(workload, template, traits);
    return this.message(this.nodeVerdicts(podClass, pod, traits).flatMap(({ reasons }) => reasons));
  }

  /** Reasons of all nodes, counted. Source: framework/types.go FitError.Error. */
  message(reasons: readonly string[]): string {
    const counts = new Map<string, number>();
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const counted = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
    return `0/${this.nodes.length - this.absent} nodes are available: ${counted.join(", ")}.`;
  }

  /** There is no such node now. */
  lacks(node: number): boolean {
    return this.isAbsent[node] === 1;
  }

  get nodeCount(): number {
    return this.nodes.length;
  }

  nodeName(node: number): string {
    return this.nodes[node]?.name ?? "";
  }

  /** Whether Pods of `other` matter to spread and affinity of Pods of `podClass`. */
  concerns(podClass: PodClass, other: PodClass): boolean {
    return isConcernedBy(podClass, other);
  }

  // ── search ──

  private search(view: View): number {
    const { hard, affinity, preference, spreading, isSpreadByDefault } = view;
    if (this.avoided > 0 || hard.length > 0 || affinity !== null || preference !== null) return this.searchAll(view);
    const images = this.imageScores(view);
    if (spreading === null) return images === null ? this.searchBest(view) : this.searchAll(view);
    return isSpreadByDefault && spreading.isComplete === null ? this.searchSpread(view, images) : this.searchAll(view);
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

  /**
   * The same, with the default constraints over hosts and zones. What they make of a node depends on its zone and
   * on how many Pods it has, so the scan keeps the best nodes of each such pair, and the pairs are compared after it.
   */
  private searchSpread(view: View, images: ImageScores | null): number {
    const { soft } = view.spreading!;
    const from = this.start;
    let found = this.scanPairs(view, soft, images);
    while (found < 0) {
      this.pairWidth *= 2;
      this.makePairs();
      found = this.scanPairs(view, soft, images);
    }
    if (found === 0) return 0;
    const ties = this.bestPairs(soft, found);
    if (images !== null) this.putInScanOrder(ties, from);
    return ties;
  }

  /** As the search with every score leaves them. */
  private putInScanOrder(ties: number, from: number): void {
    const { tied } = this;
    const count = this.version.length;
    for (let index = 0; index < ties; index++) if (tied[index]! < from) tied[index]! += count;
    tied.subarray(0, ties).sort();
    for (let index = 0; index < ties; index++) if (tied[index]! >= count) tied[index]! -= count;
  }

  private makePairs(): void {
    const pairs = (this.topologies.of(ZONE_KEY).size + 1) * this.pairWidth;
    this.bestOfPair = new Int16Array(pairs);
    this.headOfPair = new Int32Array(pairs);
    this.pairScores = new Int32Array(pairs);
  }

  /** How many nodes are feasible; -1: one of them has more Pods than there are pairs for. Moves `start` only if it succeeds. */
  private scanPairs(view: View, [hosts, zones]: readonly SoftSpread[], images: ImageScores | null): number {
    const { version, need, pairWidth, bestOfPair, headOfPair, nextInPair } = this;
    const having = images === null ? null : images.having;
    const imageScores = images === null ? null : images.scores;
    const { scores, versions } = view;
    const perHost = hosts!.tally.counts;
    const { domains } = zones!.topology;
    const count = version.length;
    bestOfPair.fill(REJECTED);
    let found = 0;
    let scanned = 0;
    let at = this.start;
    while (scanned < count && found < need) {
      if (versions[at] !== version[at]) this.judge(view, at);
      let score = scores[at]!;
      if (score !== REJECTED) {
        found++;
        if (having !== null) score += imageScores![having[at]!]!;
        const here = perHost[at]!;
        if (here >= pairWidth) return -1;
        // Nodes without a zone come first.
        const pair = (domains[at]! + 1) * pairWidth + here;
        const best = bestOfPair[pair]!;
        if (score >= best) {
          nextInPair[at] = score > best ? -1 : headOfPair[pair]!;
          headOfPair[pair] = at;
          bestOfPair[pair] = score;
        }
      }
      scanned++;
      if (++at === count) at = 0;
    }
    this.start = at;
    return found;
  }

  private bestPairs([hosts, zones]: readonly SoftSpread[], found: number): number {
    const { pairWidth, bestOfPair, headOfPair, nextInPair, pairScores, tied } = this;
    const zoneWeight = spreadWeight(this.zonesInUse());
    const hostWeight = spreadWeight(found);
    const isRounded = this.facts.spreadScoresRounded;
    let least = Infinity;
    let most = 0;
    for (let pair = 0; pair < bestOfPair.length; pair++) {
      if (bestOfPair[pair] === REJECTED) continue;
      const here = pair % pairWidth;
      const zone = (pair - here) / pairWidth - 1;
      const share = zone < 0 ? 0 : spreadShare(zones!.tally.counts[zone]!, zones!.maxSkew, zoneWeight);
      const sum = share + spreadShare(here, hosts!.maxSkew, hostWeight);
      const raw = isRounded ? Math.round(sum) : Math.trunc(sum);
      pairScores[pair] = raw;
      if (raw < least) least = raw;
      if (raw > most) most = raw;
    }
    const weight = this.weights.spread;
    let highest = REJECTED;
    let ties = 0;
    for (let pair = 0; pair < bestOfPair.length; pair++) {
      if (bestOfPair[pair] === REJECTED) continue;
      const total = bestOfPair[pair]! + weight * spreadScore(pairScores[pair]!, least, most);
      if (total > highest) {
        highest = total;
        ties = 0;
      }
      if (total === highest) for (let at = headOfPair[pair]!; at >= 0; at = nextInPair[at]!) tied[ties++] = at;
    }
    return ties;
  }

  /** Zones with a feasible node; having none counts as one. */
  private zonesInUse(): number {
    const { pairWidth, bestOfPair } = this;
    let zones = 0;
    for (let first = 0; first < bestOfPair.length; first += pairWidth) {
      let pair = first;
      while (pair < first + pairWidth && bestOfPair[pair] === REJECTED) pair++;
      if (pair < first + pairWidth) zones++;
    }
    return zones;
  }

  /** The search with every filter and score. */
  private searchAll(view: View): number {
    const candidates: number[] = [];
    const count = this.version.length;
    const { need } = this;
    const least = view.hard.map(leastOf);
    let scanned = 0;
    for (; scanned < count && candidates.length < need; scanned++) {
      const at = (this.start + scanned) % count;
      if (view.versions[at] !== this.version[at]) this.judge(view, at);
      if (view.scores[at] !== REJECTED && this.relations(view, at, least).by === 0) candidates.push(at);
    }
    this.start = (this.start + scanned) % count;
    if (candidates.length === 0) return 0;
    const totals = candidates.length === 1 ? [0] : this.totals(view, candidates);
    const highest = totals.reduce((most, total) => (total > most ? total : most), -Infinity);
    let ties = 0;
    candidates.forEach((at, index) => {
      if (totals[index] === highest) this.tied[ties++] = at;
    });
    return ties;
  }

  private totals(view: View, candidates: readonly number[]): number[] {
    const totals = candidates.map((at) => view.scores[at]!);
    const { taints, nodeAffinity, spread, podAffinity } = this.weights;
    const add = (weight: number, scores: readonly number[]): void => scores.forEach((score, index) => (totals[index]! += weight * score));
    if (this.avoided > 0) {
      const { tolerations } = view.podClass.spec;
      add(taints, taintScores(candidates.map((at) => dislikedTaints(this.taints[this.order[at]!]!, tolerations))));
    }
    const { preference, affinity } = view;
    if (preference !== null) add(nodeAffinity, normalizedByGreatest(candidates.map((at) => preference[at]!)));
    const images = this.imageScores(view);
    if (images !== null)
      add(
        1,
        candidates.map((at) => images.scores[images.having[at]!]!),
      );
    if (view.spreading !== null) add(spread, softSpreadScores(view, candidates, this.facts));
    if (affinity !== null && affinity.preferred.length > 0)
      add(podAffinity, normalizedByRange(candidates.map((at) => affinity.preferred.reduce((sum, term) => sum + termCountAt(term, at), 0))));
    return totals;
  }

  private imageScores({ podClass }: View): ImageScores | null {
    return this.images.scoresOf(podClass, this.nodes.length - this.absent);
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

  /** Nodes that pass as they are, but not with the Pods that are to come there: rejected for this search. */
  private hideNominated(view: View, pod: PodId): readonly number[] {
    if (this.nominations.size === 0) return [];
    const hidden: number[] = [];
    for (const { node } of this.nominations.values()) {
      const at = this.positions[node]!;
      if (hidden.includes(at) || this.fits(node, view.podClass, pod)) continue;
      view.versions[at] = this.version[at]!;
      view.scores[at] = REJECTED;
      hidden.push(at);
    }
    return hidden;
  }

  private nominatedOn(node: number, { podClass }: View, pod: PodId): readonly PodClass[] {
    if (this.nominations.size === 0) return [];
    return this.nominatedTo(node)
      .filter((other) => other.pod !== pod && other.podClass.spec.priority >= podClass.spec.priority)
      .map((other) => other.podClass);
  }

  // ── one node ──

  private judge(view: View, at: number): void {
    view.versions[at] = this.version[at]!;
    view.scores[at] = this.isFeasible(view, at) ? this.score(view, this.order[at]!) : REJECTED;
  }

  private isFeasible(view: View, at: number): boolean {
    const { request, otherNames, ports } = view;
    const node = this.order[at]!;
    const template = this.nodes[node]!;
    if (this.pods[node]! + 1 > template.pods) return false;
    if (request.cpu > 0 && request.cpu > template.cpu - this.cpu[node]!) return false;
    if (request.memory > 0 && request.memory > template.memory - this.memory[node]!) return false;
    if (this.staticRejection(view, at) !== 0) return false;
    if (ports.length > 0 && this.hasPortTaken(node, ports)) return false;
    return otherNames.every((name) => request.other[name]! <= this.freeOther(node, name));
  }

  private staticRejection({ podClass: { spec }, selected }: View, at: number): number {
    const node = this.order[at]!;
    if (this.isAbsent[node] === 1) return Rejection.nodeName;
    if (this.isUnschedulable[node] === 1 && !toleratesAny(spec.tolerations, UNSCHEDULABLE_TAINT)) return Rejection.unschedulable;
    if (spec.nodeName !== "" && spec.nodeName !== this.nodes[node]!.name) return Rejection.nodeName;
    if (!admitsByTaints(this.taints[node]!, spec.tolerations)) return Rejection.taints;
    return selected === null || selected[at] === 1 ? 0 : Rejection.nodeSelector;
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

  /** All filters, with their words. */
  private judgeAll(view: View, at: number): NodeVerdict {
    const { spec } = view.podClass;
    const node = this.order[at]!;
    const by = this.staticRejection(view, at);
    switch (by) {
      case Rejection.unschedulable:
        return { by, isHopeless: true, reasons: [rejectionTexts.unschedulable] };
      case Rejection.nodeName:
        return { by, isHopeless: true, reasons: this.isAbsent[node] === 1 ? [] : [rejectionTexts.nodeName] };
      case Rejection.taints:
        return { by, isHopeless: true, reasons: [taintText(this.taints[node]!, spec.tolerations, this.facts)] };
      case Rejection.nodeSelector:
        return { by, isHopeless: true, reasons: [this.affinityText] };
      default:
        if (view.ports.length > 0 && this.hasPortTaken(node, view.ports))
          return { by: Rejection.ports, isHopeless: false, reasons: [rejectionTexts.ports] };
        return this.resources(view, node) ?? this.relations(view, at, view.hard.map(leastOf));
    }
  }

  private resources({ request, otherNames }: View, node: number): NodeVerdict | null {
    const template = this.nodes[node]!;
    const reasons = misfits(request, {
      cpu: template.cpu - this.cpu[node]!,
      memory: template.memory - this.memory[node]!,
      other: Object.fromEntries(otherNames.map((name) => [name, this.freeOther(node, name)])),
      pods: template.pods - this.pods[node]!,
    });
    if (reasons.length === 0) return null;
    const isTooSmall =
      request.cpu > template.cpu ||
      request.memory > template.memory ||
      otherNames.some((name) => request.other[name]! > allocatableOf(template, name));
    return { by: Rejection.resources, isHopeless: this.facts.tooSmallIsHopeless && isTooSmall, reasons };
  }

  /** What depends on Pods of other nodes, too. */
  private relations({ hard, affinity }: View, at: number, least: readonly number[]): NodeVerdict {
    for (let index = 0; index < hard.length; index++) {
      const { topology, tally, own, maxSkew } = hard[index]!;
      const domain = topology.domains[at]!;
      if (domain < 0) return { by: Rejection.spread, isHopeless: true, reasons: [rejectionTexts.spreadKey] };
      if (!isWithinSkew(tally.counts[domain]!, own, least[index]!, maxSkew))
        return { by: Rejection.spread, isHopeless: false, reasons: [rejectionTexts.spread] };
    }
    if (affinity === null) return fits;
    const rejected = (text: string, isHopeless: boolean): NodeVerdict => {
      const reasons = this.facts.affinityTextTwice ? [rejectionTexts.eitherAffinity, text] : [text];
      return { by: Rejection.affinity, isHopeless, reasons };
    };
    const { required, matchesItself, anti, threats } = affinity;
    const hasKeys = required.every(({ topology }) => topology.domains[at]! >= 0);
    const isJoined = required.every((term) => termCountAt(term, at) > 0);
    const isFirst = (): boolean => matchesItself && required.every(({ tally }) => tally.counts.every((count) => count === 0));
    if (!hasKeys || (!isJoined && !isFirst())) return rejected(rejectionTexts.affinity, true);
    if (anti.some((term) => termCountAt(term, at) > 0)) return rejected(rejectionTexts.antiAffinity, false);
    return threats.some((term) => termCountAt(term, at) > 0) ? rejected(rejectionTexts.existingAntiAffinity, false) : fits;
  }

  private hasPortTaken(node: number, ports: readonly string[]): boolean {
    const taken = this.ports[node];
    return taken !== undefined && ports.some((port) => taken.has(port));
  }

  private freeOther(node: number, name: string): number {
    return allocatableOf(this.nodes[node]!, name) - (this.other[node]?.get(name) ?? 0);
  }

  // ── keeping count ──

  private charge(node: number, podClass: PodClass, sign: 1 | -1, isLeaving: boolean = false): void {
    const { request, nonZero, otherNames, ports } = this.needsOf(podClass);
    const at = this.positions[node]!;
    this.cpu[node]! += sign * request.cpu;
    this.memory[node]! += sign * request.memory;
    this.nonZeroCpu[node]! += sign * nonZero.cpu;
    this.nonZeroMemory[node]! += sign * nonZero.memory;
    this.pods[node]! += sign;
    for (const name of otherNames) addTo((this.other[node] ??= new Map()), name, sign * request.other[name]!);
    for (const port of ports) addTo((this.ports[node] ??= new Map()), port, sign);
    this.version[at]!++;
    this.classes.add(podClass, at, sign, isLeaving);
  }

  private needsOf({ template, spec }: PodClass): PodNeeds {
    return (this.needs[template] ??= needsOf(spec));
  }

  private viewOf(podClass: PodClass): View {
    if (this.latest?.podClass === podClass) return this.latest;
    let view = this.views.get(podClass);
    if (view === undefined) view = this.makeView(podClass);
    else this.views.delete(podClass);
    this.views.set(podClass, view);
    this.latest = view;
    return view;
  }

  private makeView(podClass: PodClass): View {
    const { classes, topologies, services, serviceIndex, facts, outspoken } = this;
    for (const oldest of this.views.values()) {
      if ((this.views.size + 1) * this.nodes.length <= MAX_COUNTS) break;
      this.dropView(oldest);
    }
    const needs = this.needsOf(podClass);
    return viewOf(podClass, needs, this.verdictsOf(needs, podClass.spec), {
      classes,
      topologies,
      nodes: this.ordered,
      services,
      serviceIndex,
      facts,
      outspoken,
      isThere: this.absent === 0 ? null : (at) => this.isAbsent[this.order[at]!] === 0,
      toleratesTaintsOf: (at, { spec }) => admitsByTaints(this.taints[this.order[at]!]!, spec.tolerations),
    });
  }

  /** Classes that no node can tell apart share them. */
  private verdictsOf({ key }: PodNeeds, spec: PodSpec): Verdicts {
    const known = this.verdicts.get(key);
    if (known !== undefined) return known;
    if ((this.verdicts.size + 1) * this.nodes.length > MAX_VERDICTS) this.forget();
    const made = newVerdicts(spec, this.ordered);
    this.verdicts.set(key, made);
    return made;
  }

  private classAppeared(podClass: PodClass): void {
    if (!isOutspoken(podClass)) return;
    this.outspoken.push(podClass);
    const concerned = [...this.views.values()].filter((view) => concernsLater(podClass, view.podClass));
    for (const view of concerned) this.dropView(view);
  }

  private dropView(view: View): void {
    this.views.delete(view.podClass);
    if (this.latest === view) this.latest = null;
    this.classes.drop(view.tallies);
  }
}

/** Soft constraints over these nodes, 0..100. Nodes without one of the keys get nothing. */
function softSpreadScores({ spreading }: View, candidates: readonly number[], { spreadScoresRounded }: Versions): number[] {
  const { soft, isComplete } = spreading!;
  const counted = candidates.filter((at) => isComplete === null || isComplete[at] === 1);
  const weights = soft.map(({ isPerNode, topology }) =>
    spreadWeight(isPerNode ? counted.length : new Set(counted.map((at) => topology.domains[at])).size),
  );
  const raw = candidates.map((at) => {
    const sum = soft.reduce((total, { isPerNode, topology, tally, maxSkew }, index) => {
      // Every kubelet labels its node with the host's name.
      const domain = isPerNode ? at : topology.domains[at]!;
      return domain < 0 ? total : total + spreadShare(tally.counts[domain]!, maxSkew, weights[index]!);
    }, 0);
    return spreadScoresRounded ? Math.round(sum) : Math.trunc(sum);
  });
  const isCounted = (index: number): boolean => isComplete === null || isComplete[candidates[index]!] === 1;
  const own = raw.filter((_, index) => isCounted(index));
  const least = Math.min(...own);
  const most = Math.max(0, ...own);
  return raw.map((score, index) => (isCounted(index) ? spreadScore(score, least, most) : 0));
}

function leastOf({ domains, tally, minDomains }: HardSpread): number {
  return fewestPods(
    domains.map((domain) => tally.counts[domain]!),
    domains.length,
    minDomains,
  );
}

function termCountAt({ topology, tally }: TermCount, at: number): number {
  const domain = topology.domains[at]!;
  return domain < 0 ? 0 : tally.counts[domain]!;
}

function honorsTaints({ spec }: PodClass): boolean {
  return (spec.topologySpreadConstraints ?? []).some((constraint) => constraint.honorsTaints);
}

function addTo(counts: Map<string, number>, name: string, change: number): void {
  const sum = (counts.get(name) ?? 0) + change;
  if (sum === 0) counts.delete(name);
  else counts.set(name, sum);
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
