/**
 * What filters and scores know of one class of Pods beyond the node at hand: which nodes its selectors admit, the
 * running sums that spread and affinity ask for. Made once for a class, kept until it is dropped. Source:
 * plugins/{nodeaffinity,podtopologyspread,interpodaffinity}.
 */
import { labelsInclude, selectorMatches } from "../objects/label-selector.ts";
import type { NodeTemplate } from "../objects/node.ts";
import type { PodSpec } from "../objects/pod.ts";
import type { PodTerm, TopologySpreadConstraint } from "../objects/scheduling.ts";
import type { Service } from "../objects/service.ts";
import type { ServiceIndex } from "../objects/service-index.ts";
import type { Versions } from "../versions.ts";
import { selectClasses, type ClassSelector, type PodClass, type PodClasses, type Tally } from "./pod-classes.ts";
import {
  DEFAULT_HOSTNAME_SKEW,
  DEFAULT_ZONE_SKEW,
  HOSTNAME_KEY,
  ZONE_KEY,
  admitsByAffinity,
  affinityPreference,
  fewestPods,
  termNamespaces,
} from "./plugins/index.ts";
import type { PodNeeds } from "./pod-needs.ts";
import type { Topologies, Topology } from "./topologies.ts";

/** A constraint that must hold. */
export interface HardSpread {
  readonly maxSkew: number;
  readonly minDomains: number | null;
  /** 1 if the Pod counts itself. */
  readonly own: 0 | 1;
  readonly topology: Topology;
  readonly tally: Tally;
  /** Domains that some counted node has, ascending. */
  readonly domains: readonly number[];
}

/** A constraint that is scored. */
export interface SoftSpread {
  readonly maxSkew: number;
  /** Every node is a domain of its own. */
  readonly isPerNode: boolean;
  readonly topology: Topology;
  readonly tally: Tally;
}

export interface Spreading {
  readonly soft: readonly SoftSpread[];
  /** Positions whose node has all keys; null: nobody asks. */
  readonly isComplete: Uint8Array | null;
}

/** A term and the Pods it speaks of; `weight` of a preference. */
export interface TermCount {
  readonly topology: Topology;
  readonly tally: Tally;
}

export interface AffinityView {
  readonly required: readonly TermCount[];
  /** The first of a group that wants to be together has nobody to join. */
  readonly matchesItself: boolean;
  readonly anti: readonly TermCount[];
  /** Of Pods that don't want this one near. */
  readonly threats: readonly TermCount[];
  readonly preferred: readonly TermCount[];
}

/** By position: each node's score for Pods of some needs (or REJECTED) as of a version of that node. */
export interface Verdicts {
  readonly scores: Int16Array;
  readonly versions: Uint32Array;
  /** By position: admitted by selector and affinity; null: all are. */
  readonly selected: Uint8Array | null;
}

export function newVerdicts({ nodeSelector, affinity }: PodSpec, nodes: readonly NodeTemplate[]): Verdicts {
  const terms = affinity?.nodeRequired ?? null;
  const isFree = terms === null && Object.keys(nodeSelector).length === 0;
  return {
    scores: new Int16Array(nodes.length),
    versions: new Uint32Array(nodes.length),
    selected: isFree ? null : Uint8Array.from(nodes, (node) => (admitsByAffinity({ nodeSelector, terms }, node) ? 1 : 0)),
  };
}

/** What is known of one class: its needs, what nodes say to them, and where Pods are that matter to it. */
export interface View extends PodNeeds, Verdicts {
  readonly podClass: PodClass;
  /** By position; null: no preference. */
  readonly preference: Int32Array | null;
  readonly hard: readonly HardSpread[];
  readonly spreading: Spreading | null;
  /** Spread by the defaults, over hosts and zones. */
  readonly isSpreadByDefault: boolean;
  readonly affinity: AffinityView | null;
  readonly tallies: readonly Tally[];
}

export interface ViewContext {
  readonly classes: PodClasses;
  readonly topologies: Topologies;
  /** By position. */
  readonly nodes: readonly NodeTemplate[];
  readonly services: readonly Service[];
  /** The same by label. */
  readonly serviceIndex: ServiceIndex;
  readonly facts: Versions;
  /** Classes with terms about other Pods. */
  readonly outspoken: readonly PodClass[];
  /** Null: all nodes are there. */
  readonly isThere: ((at: number) => boolean) | null;
  toleratesTaintsOf(at: number, podClass: PodClass): boolean;
}

export function viewOf(podClass: PodClass, needs: PodNeeds, verdicts: Verdicts, context: ViewContext): View {
  return new ViewMaker(podClass, needs, verdicts, context).make();
}

/** Fewest counted Pods in a domain. */
export function leastOf({ domains, tally, minDomains }: HardSpread): number {
  return fewestPods(
    domains.map((domain) => tally.counts[domain]!),
    domains.length,
    minDomains,
  );
}

export function termCountAt({ topology, tally }: TermCount, at: number): number {
  const domain = topology.domains[at]!;
  return domain < 0 ? 0 : tally.counts[domain]!;
}

/** Whether a term of `speaker` is about `other`. */
export function speaksOf(term: PodTerm, speaker: PodClass, other: PodClass): boolean {
  return selectorOf(term, speaker).matches(other);
}

function selectorOf(term: PodTerm, speaker: PodClass): ClassSelector {
  return selectClasses(term.labelSelector, termNamespaces(term, speaker.namespace), speaker);
}

class ViewMaker {
  private readonly podClass: PodClass;
  private readonly needs: PodNeeds;
  private readonly verdicts: Verdicts;
  private readonly context: ViewContext;
  private readonly selected: Uint8Array | null;
  private readonly tallies: Tally[] = [];

  constructor(podClass: PodClass, needs: PodNeeds, verdicts: Verdicts, context: ViewContext) {
    this.podClass = podClass;
    this.needs = needs;
    this.verdicts = verdicts;
    this.context = context;
    this.selected = verdicts.selected;
  }

  make(): View {
    const { podClass, needs, verdicts, tallies } = this;
    const { spec } = podClass;
    const { nodes } = this.context;
    const constraints = spec.topologySpreadConstraints ?? [];
    const preferred = spec.affinity?.nodePreferred ?? [];
    const spreading = this.spreading(constraints);
    return {
      podClass,
      key: needs.key,
      request: needs.request,
      otherNames: needs.otherNames,
      nonZero: needs.nonZero,
      isBestEffort: needs.isBestEffort,
      ports: needs.ports,
      scores: verdicts.scores,
      versions: verdicts.versions,
      selected: verdicts.selected,
      preference: preferred.length === 0 ? null : Int32Array.from(nodes, (node) => affinityPreference(preferred, node)),
      hard: this.hardSpread(constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule")),
      spreading,
      isSpreadByDefault: spreading !== null && constraints.length === 0,
      affinity: this.affinity(),
      tallies,
    };
  }

  private hardSpread(constraints: readonly TopologySpreadConstraint[]): HardSpread[] {
    return constraints.map((constraint) => {
      const { topologyKey, maxSkew, minDomains, labelSelector } = constraint;
      const selector = selectClasses(labelSelector, [this.podClass.namespace], this.podClass);
      const tally = this.spreadTally(constraint, constraints, selector);
      return {
        maxSkew,
        minDomains,
        own: selector.matches(this.podClass) ? 1 : 0,
        topology: this.context.topologies.of(topologyKey),
        tally,
        domains: [...new Set(tally.domains ?? [])].filter((domain) => domain >= 0).sort((a, b) => a - b),
      };
    });
  }

  private spreading(constraints: readonly TopologySpreadConstraint[]): Spreading | null {
    const { facts, nodes, topologies } = this.context;
    const own = constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "ScheduleAnyway");
    const soft = constraints.length === 0 ? this.defaultSpread() : own.map((constraint) => this.softSpread(constraint, own));
    if (soft.length === 0) return null;
    if (constraints.length === 0 && !facts.defaultSpreadNeedsKeys) return { soft, isComplete: null };
    const keys = constraints.length === 0 ? [HOSTNAME_KEY, ZONE_KEY] : own.map(({ topologyKey }) => topologyKey);
    const isComplete = Uint8Array.from(nodes, (_, at) =>
      keys.every((key) => key === HOSTNAME_KEY || topologies.of(key).domains[at]! >= 0) ? 1 : 0,
    );
    return { soft, isComplete };
  }

  private softSpread(constraint: TopologySpreadConstraint, all: readonly TopologySpreadConstraint[]): SoftSpread {
    const selector = selectClasses(constraint.labelSelector, [this.podClass.namespace], this.podClass);
    const isPerNode = constraint.topologyKey === HOSTNAME_KEY;
    return {
      maxSkew: constraint.maxSkew,
      isPerNode,
      topology: this.context.topologies.of(constraint.topologyKey),
      tally: isPerNode ? this.perNode(selector) : this.spreadTally(constraint, all, selector),
    };
  }

  /**
   * What the controller and the Services of a Pod select, together; nothing: it isn't spread.
   * Differs: Services of the default spread
   */
  private defaultSpread(): SoftSpread[] {
    const { podClass } = this;
    const { topologies, services, serviceIndex } = this.context;
    const candidates = serviceIndex.candidates(podClass.namespace, podClass.labels).map((service) => services[service]!);
    const chosen = candidates.filter(
      ({ spec: { selector } }) => selector !== null && Object.keys(selector).length > 0 && labelsInclude(podClass.labels, selector),
    );
    const matchLabels = { ...Object.assign({}, ...chosen.map(({ spec }) => spec.selector)), ...podClass.ownerSelector?.matchLabels };
    const matchExpressions = podClass.ownerSelector?.matchExpressions ?? [];
    if (Object.keys(matchLabels).length + matchExpressions.length === 0) return [];
    const selector = selectClasses({ matchLabels, matchExpressions }, [podClass.namespace], podClass);
    const zone = topologies.of(ZONE_KEY);
    const zones = this.kept(this.context.classes.tally(selector, zone.size, this.admitted(zone, ZONE_KEY), false));
    return [
      { maxSkew: DEFAULT_HOSTNAME_SKEW, isPerNode: true, topology: topologies.of(HOSTNAME_KEY), tally: this.perNode(selector) },
      { maxSkew: DEFAULT_ZONE_SKEW, isPerNode: false, topology: zone, tally: zones },
    ];
  }

  private admitted(topology: Topology, key: string): Int32Array {
    const { selected } = this;
    return selected === null ? topology.domains : this.context.topologies.restricted(key, (at) => selected[at] === 1);
  }

  private perNode(selector: ClassSelector): Tally {
    return this.kept(this.context.classes.tally(selector, this.context.nodes.length, null, false));
  }

  /** Over the nodes that the Pod could go to, of those that have the keys of all constraints. */
  private spreadTally(constraint: TopologySpreadConstraint, all: readonly TopologySpreadConstraint[], selector: ClassSelector): Tally {
    const { topologies, classes, facts } = this.context;
    const { topologyKey } = constraint;
    const others = all.map((other) => topologies.of(other.topologyKey).domains);
    const honorsAffinity = constraint.honorsAffinity || !facts.spreadInclusionPolicies;
    const honorsTaints = constraint.honorsTaints && facts.spreadInclusionPolicies;
    const domains = topologies.restricted(
      topologyKey,
      (at) =>
        others.every((other) => other[at]! >= 0) &&
        (this.context.isThere === null || this.context.isThere(at)) &&
        (!honorsAffinity || this.selected === null || this.selected[at] === 1) &&
        (!honorsTaints || this.context.toleratesTaintsOf(at, this.podClass)),
    );
    return this.kept(classes.tally(selector, topologies.of(topologyKey).size, domains, false));
  }

  private affinity(): AffinityView | null {
    const { podClass } = this;
    const { outspoken } = this.context;
    const { podRequired = [], podPreferred = [], antiRequired = [], antiPreferred = [] } = podClass.spec.affinity ?? {};
    const threats = outspoken.flatMap((other) => this.about(other, other.spec.affinity?.antiRequired ?? [], () => 1));
    const wishes = outspoken.flatMap((other) => {
      const { affinity } = other.spec;
      if (affinity === undefined) return [];
      // hardPodAffinityWeight.
      const required = this.about(other, affinity.podRequired, () => 1);
      const weighted = (list: typeof affinity.podPreferred, sign: 1 | -1): TermCount[] =>
        list.flatMap(({ term, weight }) => this.about(other, [term], () => sign * weight));
      return [...required, ...weighted(affinity.podPreferred, 1), ...weighted(affinity.antiPreferred, -1)];
    });
    const preferred = [
      ...podPreferred.map(({ term, weight }) => this.termCount(term, selectorOf(term, podClass), weight)),
      ...antiPreferred.map(({ term, weight }) => this.termCount(term, selectorOf(term, podClass), -weight)),
      ...wishes,
    ];
    if (podRequired.length + antiRequired.length + threats.length + preferred.length === 0) return null;
    const selectors = podRequired.map((term) => selectorOf(term, podClass));
    const together: ClassSelector = {
      namespaces: selectors[0]?.namespaces ?? null,
      own: selectors[0]?.own ?? null,
      matches: (other) => selectors.every((selector) => selector.matches(other)),
    };
    return {
      required: podRequired.map((term) => this.termCount(term, together, 1)),
      matchesItself: together.matches(podClass),
      anti: antiRequired.map((term) => this.termCount(term, selectorOf(term, podClass), 1)),
      threats,
      preferred,
    };
  }

  private termCount({ topologyKey }: PodTerm, selector: ClassSelector, weight: number): TermCount {
    const topology = this.context.topologies.of(topologyKey);
    const tally = this.kept(this.context.classes.tally(selector, topology.size, topology.domains, true, () => weight));
    return { topology, tally };
  }

  /** Terms of another class that speak of this one, each counting that class's Pods. */
  private about(other: PodClass, terms: readonly PodTerm[], weightOf: () => number): TermCount[] {
    return terms
      .filter((term) => speaksOf(term, other, this.podClass))
      .map(({ topologyKey }) => {
        const topology = this.context.topologies.of(topologyKey);
        return { topology, tally: this.kept(this.context.classes.tallyOf(other, topology.size, topology.domains, weightOf())) };
      });
  }

  private kept(tally: Tally): Tally {
    this.tallies.push(tally);
    return tally;
  }
}

/** Whether Pods of this class say something about others. */
export function isOutspoken({ spec: { affinity } }: PodClass): boolean {
  if (affinity === undefined) return false;
  const { podRequired, podPreferred, antiRequired, antiPreferred } = affinity;
  return podRequired.length + podPreferred.length + antiRequired.length + antiPreferred.length > 0;
}

/** Terms by which a new class concerns Pods that are placed later. */
export function concernsLater(podClass: PodClass, other: PodClass): boolean {
  const { affinity } = podClass.spec;
  if (affinity === undefined) return false;
  const terms = [
    ...affinity.podRequired,
    ...affinity.antiRequired,
    ...affinity.podPreferred.map(({ term }) => term),
    ...affinity.antiPreferred.map(({ term }) => term),
  ];
  return terms.some((term) => speaksOf(term, podClass, other));
}

/** Whether Pods of `other` coming or going can change what spread and affinity say to this class. */
export function isConcernedBy(podClass: PodClass, other: PodClass): boolean {
  const { topologySpreadConstraints = [], affinity } = podClass.spec;
  const isSpread = topologySpreadConstraints.some(
    ({ labelSelector }) => labelSelector !== null && podClass.namespace === other.namespace && selectorMatches(labelSelector, other.labels),
  );
  const own = [...(affinity?.podRequired ?? []), ...(affinity?.antiRequired ?? [])];
  return (
    isSpread ||
    own.some((term) => speaksOf(term, podClass, other)) ||
    (other.spec.affinity?.antiRequired ?? []).some((term) => speaksOf(term, other, podClass))
  );
}
