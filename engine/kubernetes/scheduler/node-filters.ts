/**
 * Filters: may Pods of a class go to a node as it is now? Tersely for the search, which asks every node, and with all
 * words for Events and preemption. Source: pkg/scheduler/framework/plugins.
 */
import type { Taint } from "../objects/meta.ts";
import { allocatableOf } from "../objects/pod-request.ts";
import type { PodSpec } from "../objects/pod.ts";
import { toleratesAny } from "../objects/toleration.ts";
import type { Versions } from "../versions.ts";
import { leastOf, termCountAt, type View } from "./class-view.ts";
import type { NodeBook } from "./node-book.ts";
import { Rejection, UNSCHEDULABLE_TAINT, admitsByTaints, isWithinSkew, misfits, rejectionTexts } from "./plugins/index.ts";

/** One node's answer to one Pod; by 0: it fits. */
export interface NodeVerdict {
  /** Bits of Rejection. */
  readonly by: number;
  /** Nothing that other Pods do will help. */
  readonly isHopeless: boolean;
  readonly reasons: readonly string[];
}

const fits: NodeVerdict = { by: 0, isHopeless: false, reasons: [] };

/** Positions of nodes are those of the book. */
export class NodeFilters {
  private readonly book: NodeBook;
  private readonly facts: Versions;

  constructor(book: NodeBook, facts: Versions) {
    this.book = book;
    this.facts = facts;
  }

  /** All filters but those that depend on Pods of other nodes. */
  isFeasible(view: View, at: number): boolean {
    const { request, otherNames, ports } = view;
    const node = this.book.order[at]!;
    const template = this.book.nodes[node]!;
    if (this.book.pods[node]! + 1 > template.pods) return false;
    if (request.cpu > 0 && request.cpu > template.cpu - this.book.cpu[node]!) return false;
    if (request.memory > 0 && request.memory > template.memory - this.book.memory[node]!) return false;
    if (this.staticRejection(view, at) !== 0) return false;
    if (ports.length > 0 && this.book.hasPortTaken(node, ports)) return false;
    return otherNames.every((name) => request.other[name]! <= this.book.freeOther(node, name));
  }

  staticRejection({ podClass: { spec }, selected }: View, at: number): number {
    const node = this.book.order[at]!;
    if (this.book.isAbsent[node] === 1) return Rejection.nodeName;
    if (this.book.isUnschedulable[node] === 1 && !toleratesAny(spec.tolerations, UNSCHEDULABLE_TAINT)) return Rejection.unschedulable;
    if (spec.nodeName !== "" && spec.nodeName !== this.book.nodes[node]!.name) return Rejection.nodeName;
    if (!admitsByTaints(this.book.taints[node]!, spec.tolerations)) return Rejection.taints;
    return selected === null || selected[at] === 1 ? 0 : Rejection.nodeSelector;
  }

  /** All filters, with their words. */
  verdict(view: View, at: number): NodeVerdict {
    const { spec } = view.podClass;
    const node = this.book.order[at]!;
    const by = this.staticRejection(view, at);
    switch (by) {
      case Rejection.unschedulable:
        return { by, isHopeless: true, reasons: [rejectionTexts.unschedulable] };
      case Rejection.nodeName:
        return { by, isHopeless: true, reasons: this.book.isAbsent[node] === 1 ? [] : [rejectionTexts.nodeName] };
      case Rejection.taints:
        return { by, isHopeless: true, reasons: [taintText(this.book.taints[node]!, spec.tolerations, this.facts)] };
      case Rejection.nodeSelector:
        return { by, isHopeless: true, reasons: [this.affinityText] };
      default:
        if (view.ports.length > 0 && this.book.hasPortTaken(node, view.ports))
          return { by: Rejection.ports, isHopeless: false, reasons: [rejectionTexts.ports] };
        return this.resources(view, node) ?? this.relations(view, at, view.hard.map(leastOf));
    }
  }

  private resources({ request, otherNames }: View, node: number): NodeVerdict | null {
    const template = this.book.nodes[node]!;
    const reasons = misfits(request, {
      cpu: template.cpu - this.book.cpu[node]!,
      memory: template.memory - this.book.memory[node]!,
      other: Object.fromEntries(otherNames.map((name) => [name, this.book.freeOther(node, name)])),
      pods: template.pods - this.book.pods[node]!,
    });
    if (reasons.length === 0) return null;
    const isTooSmall =
      request.cpu > template.cpu ||
      request.memory > template.memory ||
      otherNames.some((name) => request.other[name]! > allocatableOf(template, name));
    return { by: Rejection.resources, isHopeless: this.facts.tooSmallIsHopeless && isTooSmall, reasons };
  }

  /** What depends on Pods of other nodes, too. */
  relations({ hard, affinity }: View, at: number, least: readonly number[]): NodeVerdict {
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

  /** What is said of a node that isn't among the named ones. */
  unnamed(view: View, at: number): NodeVerdict {
    const { namedNodesOnly, unnamedNodesRejected, unnamedNodesTellPlugin } = this.facts;
    const by = Rejection.nodeSelector;
    if (this.book.isAbsent[this.book.order[at]!] === 1 || (!namedNodesOnly && this.staticRejection(view, at) !== 0))
      return this.verdict(view, at);
    if (!namedNodesOnly) return { by, isHopeless: true, reasons: [this.affinityText] };
    if (!unnamedNodesRejected) return { by: 0, isHopeless: false, reasons: [] };
    return { by, isHopeless: true, reasons: [unnamedNodesTellPlugin ? rejectionTexts.unnamed : rejectionTexts.filteredOut] };
  }

  /** As the filter of selector and affinity says it. */
  get affinityText(): string {
    return this.facts.affinityTextWithSelector ? rejectionTexts.nodeSelector : rejectionTexts.nodeAffinity;
  }
}

/** The first taint that isn't tolerated is named by some releases. Source: plugins/tainttoleration. */
export function taintText(taints: readonly Taint[], tolerations: PodSpec["tolerations"], facts: Versions): string {
  const taint = taints.find((one) => one.effect !== "PreferNoSchedule" && !toleratesAny(tolerations, one));
  const named = taint === undefined ? "" : `{${taint.key}: ${taint.value}}`;
  if (!facts.untoleratedTaintText) return `node(s) had taint ${named}, that the pod didn't tolerate`;
  return facts.untoleratedTaintNamed ? `node(s) had untolerated taint ${named}` : rejectionTexts.taints;
}
