/**
 * Where would this Pod go now? What the scheduler and a settled start ask of the nodes, kept apart from the scheduler's
 * queue and latencies, so that a settled start places 100,000 Pods with the same decisions.
 *
 *   placement ── what is known of classes of Pods (class-view.ts), nominations
 *       ├── node-book.ts      the nodes and what is taken of them
 *       ├── node-filters.ts   may it go there, and why not
 *       └── node-search.ts    which of those is best
 *
 * What depends on other nodes' Pods is counted as they come and go (pod-classes.ts).
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
import type { PodSpec } from "../objects/pod.ts";
import type { Service } from "../objects/service.ts";
import { ServiceIndex } from "../objects/service-index.ts";
import type { Workloads } from "../objects/workloads.ts";
import { newestVersions, type Versions } from "../versions.ts";
import { concernsLater, isConcernedBy, isOutspoken, leastOf, newVerdicts, viewOf, type Verdicts, type View } from "./class-view.ts";
import { NodeBook } from "./node-book.ts";
import { NodeFilters, type NodeVerdict } from "./node-filters.ts";
import { NodeImages, type ImageFacts } from "./node-images.ts";
import { NodeSearch } from "./node-search.ts";
import { PodClasses, type PodClass, type Traits } from "./pod-classes.ts";
import { needsOf, type PodNeeds } from "./pod-needs.ts";
import { admitsByTaints } from "./plugins/index.ts";
import { Topologies } from "./topologies.ts";

/** Counts by node kept over all views, before those are dropped that nobody asked for longest. */
const MAX_COUNTS = 8_000_000;
/** Verdicts kept over all kinds of needs, before all are dropped. */
const MAX_VERDICTS = 8_000_000;

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
  readonly facts: Versions;
  private readonly workloads: Workloads;
  private readonly services: readonly Service[];
  private readonly serviceIndex: ServiceIndex;
  private readonly seed: number;
  private readonly book: NodeBook;
  private readonly filters: NodeFilters;
  private readonly nodeSearch: NodeSearch;
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
    this.facts = versions;
    this.workloads = workloads;
    this.services = services;
    this.serviceIndex = new ServiceIndex(services.map((service, index) => ({ service, index })));
    this.seed = seed;
    this.book = new NodeBook(nodes);
    this.topologies = new Topologies(this.book.ordered.map(({ labels }) => labels));
    this.images = new NodeImages(nodes.length, versions.imageScoreCountsInit);
    this.filters = new NodeFilters(this.book, versions);
    const { book, filters, images, topologies } = this;
    this.nodeSearch = new NodeSearch({ book, facts: versions, filters, images, percentage, topologies });
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
    const best = this.nodeSearch.search(view);
    for (const at of hidden) view.versions[at] = 0;
    if (best === 0) return -1;
    return this.book.order[this.nodeSearch.tied[best === 1 ? 0 : Math.floor(this.draw(workload, ordinal, attempt) * best)]!]!;
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
    const verdict = this.filters.verdict(view, this.book.positions[node]!);
    for (const other of others) this.charge(node, other, -1);
    return others.length === 0 || verdict.by !== 0 ? verdict : this.filters.verdict(view, this.book.positions[node]!);
  }

  /** What spread and affinity alone say of a node. */
  relationsVerdict(node: number, podClass: PodClass): NodeVerdict {
    const view = this.viewOf(podClass);
    return this.filters.relations(view, this.book.positions[node]!, view.hard.map(leastOf));
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
    const at = this.book.positions[node]!;
    this.classes.add(podClass, at, -1, false);
    this.classes.add(podClass, at, 1, true);
  }

  /** For trying what would be without a Pod. */
  chargeClass(node: number, podClass: PodClass, sign: 1 | -1, isLeaving: boolean): void {
    this.charge(node, podClass, sign, isLeaving);
  }

  /** Whether they are others. Left out: those it began with. Selectors, affinity and spread ask for labels: whatever was worked out from the former ones is worked out again. */
  relabelNode(node: number, labels?: Readonly<Record<string, string>>): boolean {
    const at = this.book.positions[node]!;
    if (!this.book.relabel(node, labels)) return false;
    this.topologies.relabel(at, this.book.ordered[at]!.labels);
    this.nodeSearch.makePairs();
    this.forget();
    return true;
  }

  updateNode(node: number, taints: readonly Taint[], unschedulable: boolean, isAbsent: boolean = false): void {
    if (isAbsent !== this.lacks(node)) {
      this.book.setAbsent(node, isAbsent);
      for (const view of this.views.values()) this.dropView(view);
    }
    const before = this.book.taints[node]!;
    this.book.setTaints(node, taints, unschedulable);
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
    this.images.put(this.book.positions[node]!, images);
  }

  /** Whether filters may see the node otherwise than it is known here. */
  isOther(record: NodeRecord): boolean {
    return this.book.isOther(record);
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
    return this.book.nodes.map((_, node) =>
      named?.has(node) === false
        ? this.filters.unnamed(this.viewOf(podClass), this.book.positions[node]!)
        : this.verdict(node, podClass, pod),
    );
  }

  /** The nodes to which affinity binds the Pod by their names; null: it doesn't. Source: plugins/nodeaffinity PreFilter. */
  namedNodes({ spec: { affinity } }: PodClass, traits: Traits = null): ReadonlySet<number> | null {
    const target = traits?.targetNode ?? -1;
    if (target >= 0) return new Set([target]);
    if (!this.facts.namedNodesOnly) return null;
    const terms = (affinity?.nodeRequired ?? []).map(({ matchFields }) => matchFields.filter(({ operator }) => operator === "In"));
    if (terms.length === 0 || terms.some((fields) => fields.length === 0)) return null;
    const isNamed = (name: string): boolean => terms.some((fields) => fields.every(({ values }) => values.includes(name)));
    return new Set(this.book.nodes.flatMap(({ name }, node) => (isNamed(name) ? [node] : [])));
  }

  /** As the filter of selector and affinity says it. */
  get affinityText(): string {
    return this.filters.affinityText;
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
    return `0/${this.book.present} nodes are available: ${counted.join(", ")}.`;
  }

  /** There is no such node now. */
  lacks(node: number): boolean {
    return this.book.isAbsent[node] === 1;
  }

  get nodeCount(): number {
    return this.book.nodes.length;
  }

  nodeName(node: number): string {
    return this.book.nodes[node]?.name ?? "";
  }

  /** Whether Pods of `other` matter to spread and affinity of Pods of `podClass`. */
  concerns(podClass: PodClass, other: PodClass): boolean {
    return isConcernedBy(podClass, other);
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
      const at = this.book.positions[node]!;
      if (hidden.includes(at) || this.fits(node, view.podClass, pod)) continue;
      this.nodeSearch.reject(view, at);
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

  private charge(node: number, podClass: PodClass, sign: 1 | -1, isLeaving: boolean = false): void {
    this.book.charge(node, this.needsOf(podClass), sign);
    this.classes.add(podClass, this.book.positions[node]!, sign, isLeaving);
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
    const { book, classes, topologies, services, serviceIndex, facts, outspoken } = this;
    for (const oldest of this.views.values()) {
      if ((this.views.size + 1) * this.book.nodes.length <= MAX_COUNTS) break;
      this.dropView(oldest);
    }
    const needs = this.needsOf(podClass);
    return viewOf(podClass, needs, this.verdictsOf(needs, podClass.spec), {
      classes,
      topologies,
      nodes: book.ordered,
      services,
      serviceIndex,
      facts,
      outspoken,
      isThere: book.absent === 0 ? null : (at) => book.isAbsent[book.order[at]!] === 0,
      toleratesTaintsOf: (at, { spec }) => admitsByTaints(book.taints[book.order[at]!]!, spec.tolerations),
    });
  }

  /** Classes that no node can tell apart share them. */
  private verdictsOf({ key }: PodNeeds, spec: PodSpec): Verdicts {
    const known = this.verdicts.get(key);
    if (known !== undefined) return known;
    if ((this.verdicts.size + 1) * this.book.nodes.length > MAX_VERDICTS) this.forget();
    const made = newVerdicts(spec, this.book.ordered);
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

function honorsTaints({ spec }: PodClass): boolean {
  return (spec.topologySpreadConstraints ?? []).some((constraint) => constraint.honorsTaints);
}
