/**
 * Pods that filters and scores can't tell apart, and how many of them are where. Whatever counts Pods by
 * selector (topology spread, affinity) counts classes instead, and is kept up to date as Pods come and go: its
 * cost doesn't grow with their number. Positions are those of placement.ts, not indexes of nodes.
 */
import { namesPods, PodLabels, type GivenLabels, type LabelledPod } from "../api-server/client.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import { selectorMatches } from "../objects/label-selector.ts";
import { isGivenKey, selectsOnePod } from "../objects/given-labels.ts";
import type { LabelSelector } from "../objects/meta.ts";
import type { PodSpec } from "../objects/pod.ts";
import { OWN_TEMPLATE_HASH, TEMPLATE_HASH } from "../objects/scheduling.ts";
import type { Workloads } from "../objects/workloads.ts";

type Labels = Readonly<Record<string, string>>;

export interface PodClass {
  readonly workload: number;
  readonly template: TemplateId;
  /** Of all or of none of the class's Pods; null also if no selector of the run asks for such labels. */
  readonly given: GivenLabels | null;
  /** Of one Pod alone, by its index; -1: of all. */
  readonly index: number;
  readonly namespace: string;
  /** With those that its controller adds. */
  readonly labels: Labels;
  readonly spec: PodSpec;
  /** Selector of the controller; null: it has none that the scheduler knows. */
  readonly ownerSelector: LabelSelector | null;
  /** The position of each Pod, in no order: of those that stay, and of those that are being deleted. */
  readonly staying: number[];
  readonly leaving: number[];
  /** That count Pods of this class. */
  readonly tallies: Tally[];
}

/** Which classes a tally counts. `namespaces` null: all. `own` narrows the search for them: a label that each has. */
export interface ClassSelector {
  readonly namespaces: readonly string[] | null;
  readonly own: readonly [key: string, value: string] | null;
  matches(podClass: PodClass): boolean;
}

/** A running sum over the Pods of some classes, by domain of a topology. */
export interface Tally {
  readonly selector: ClassSelector;
  /** Classes that it counts. */
  readonly counted: PodClass[];
  /** By domain. */
  readonly counts: Int32Array;
  /** Domain of each position, -1: not counted there; null: each position is one. */
  readonly domains: Int32Array | null;
  readonly countsLeaving: boolean;
  /** Of each Pod of a class. */
  weightOf(podClass: PodClass): number;
}

/** Of its Pod: which labels it was given. */
export type Traits = LabelledPod["traits"];
type Asked = "nothing" | "revisions" | "pods";

const one = (): number => 1;

export class PodClasses {
  /** By workload. */
  private readonly lists: (PodClass[] | undefined)[] = [];
  private readonly all: PodClass[] = [];
  private readonly byLabel = new Map<string, PodClass[]>();
  /** Of tallies that name a label and namespaces; the others are asked about every new class. */
  private readonly tallies = new Map<string, Tally[]>();
  private readonly broadTallies: Tally[] = [];
  private readonly definitions: Definitions;
  private readonly workloads: Workloads;
  private readonly labels: PodLabels;
  /** What the selectors of the run's templates name; null: nobody asked yet. */
  private asked: Asked | null = null;
  /** Called for each new class. */
  private readonly appeared: (podClass: PodClass) => void;

  constructor(definitions: Definitions, workloads: Workloads, appeared: (podClass: PodClass) => void) {
    this.definitions = definitions;
    this.workloads = workloads;
    this.labels = new PodLabels(definitions, workloads);
    this.appeared = appeared;
  }

  classOf(workload: number, template: TemplateId, traits: Traits = null): PodClass {
    const list = (this.lists[workload] ??= []);
    const given = traits === null || traits === undefined ? null : this.givenOf(traits);
    const index = given !== null && this.asked === "pods" && namesPods({ traits }) ? traits!.index : -1;
    for (const known of list) if (known.template === template && known.given === given && known.index === index) return known;
    const made = this.make({ workload, template, traits: given === null ? null : traits }, given, index);
    list.push(made);
    this.all.push(made);
    for (const [key, value] of Object.entries(made.labels)) pushTo(this.byLabel, labelKey(made.namespace, key, value), made);
    for (const tally of this.talliesOf(made)) if (tally.selector.matches(made)) this.count(tally, made);
    this.appeared(made);
    return made;
  }

  labelsOf(pod: LabelledPod): Labels {
    return this.labels.of(pod);
  }

  /** Every class there has been so far. */
  get list(): readonly PodClass[] {
    return this.all;
  }

  /** Begins to count; the count stands as of now. */
  tally(
    selector: ClassSelector,
    size: number,
    domains: Int32Array | null,
    countsLeaving: boolean,
    weightOf: (podClass: PodClass) => number = one,
  ): Tally {
    const tally: Tally = { selector, counted: [], counts: new Int32Array(size), domains, countsLeaving, weightOf };
    const { namespaces, own } = selector;
    if (namespaces === null || own === null) this.broadTallies.push(tally);
    else for (const namespace of namespaces) pushTo(this.tallies, labelKey(namespace, own[0], own[1]), tally);
    for (const podClass of this.candidates(selector)) {
      if (!selector.matches(podClass)) continue;
      podClass.tallies.push(tally);
      tally.counted.push(podClass);
      const weight = weightOf(podClass);
      for (const at of podClass.staying) countAt(tally, at, weight);
      if (countsLeaving) for (const at of podClass.leaving) countAt(tally, at, weight);
    }
    return tally;
  }

  /** A tally of one class alone. */
  tallyOf(podClass: PodClass, size: number, domains: Int32Array, weight: number): Tally {
    const selector = { namespaces: [], own: null, matches: (other: PodClass): boolean => other === podClass };
    const counts = new Int32Array(size);
    const tally: Tally = { selector, counted: [podClass], counts, domains, countsLeaving: true, weightOf: () => weight };
    podClass.tallies.push(tally);
    for (const at of podClass.staying) countAt(tally, at, weight);
    for (const at of podClass.leaving) countAt(tally, at, weight);
    return tally;
  }

  drop(tallies: readonly Tally[]): void {
    const dropped = new Set(tallies);
    for (const { counted, selector } of tallies) {
      for (const podClass of counted) filterInPlace(podClass.tallies, dropped);
      const { namespaces, own } = selector;
      if (namespaces === null || own === null) filterInPlace(this.broadTallies, dropped);
      else for (const namespace of namespaces) this.dropFrom(labelKey(namespace, own[0], own[1]), dropped);
    }
  }

  private dropFrom(key: string, dropped: ReadonlySet<Tally>): void {
    const list = this.tallies.get(key);
    if (list === undefined) return;
    filterInPlace(list, dropped);
    if (list.length === 0) this.tallies.delete(key);
  }

  private count(tally: Tally, podClass: PodClass): void {
    podClass.tallies.push(tally);
    tally.counted.push(podClass);
  }

  /** Classes that may match. */
  private candidates({ namespaces, own }: ClassSelector): readonly PodClass[] {
    if (namespaces === null || own === null) return this.all;
    return namespaces.flatMap((namespace) => this.byLabel.get(labelKey(namespace, own[0], own[1])) ?? []);
  }

  private *talliesOf({ namespace, labels }: PodClass): Iterable<Tally> {
    yield* this.broadTallies;
    for (const [key, value] of Object.entries(labels)) yield* this.tallies.get(labelKey(namespace, key, value)) ?? [];
  }

  dropTallies(): void {
    this.tallies.clear();
    this.broadTallies.length = 0;
    for (const podClass of this.all) podClass.tallies.length = 0;
  }

  add(podClass: PodClass, at: number, change: 1 | -1, isLeaving: boolean): void {
    const where = isLeaving ? podClass.leaving : podClass.staying;
    if (change === 1) where.push(at);
    else removeOne(where, at);
    for (const tally of podClass.tallies) if (!isLeaving || tally.countsLeaving) countAt(tally, at, change * tally.weightOf(podClass));
  }

  private givenOf(traits: NonNullable<Traits>): GivenLabels | null {
    this.asked ??= whatIsAsked(this.definitions);
    return this.asked === "nothing" ? null : traits.given;
  }

  private make(pod: LabelledPod, given: GivenLabels | null, index: number): PodClass {
    const { workload, template } = pod;
    const written = this.definitions.template(template);
    // Tests of single decisions have templates alone.
    const { kind, namespace, selector = null } = workload < this.workloads.size ? this.workloads.workload(workload) : noWorkload;
    const labels = index === -1 ? this.labels.shared(pod) : this.labels.of(pod);
    const hash = kind === "Deployment" ? labels[TEMPLATE_HASH] : undefined;
    const ownerSelector = selector === null || hash === undefined ? selector : withLabel(selector, TEMPLATE_HASH, hash);
    return {
      workload,
      template,
      given,
      index,
      namespace,
      labels,
      spec: written.spec,
      ownerSelector,
      staying: [],
      leaving: [],
      tallies: [],
    };
  }
}

/**
 * Whether spread or affinity of any template names labels that controllers give, and such that only one Pod has: classes
 * are no finer than that. The number of classes would else grow with each Job.
 */
function whatIsAsked(definitions: Definitions): Asked {
  let asked: Asked = "nothing";
  for (let template = 0; template < definitions.size; template++) {
    for (const selector of selectorsOf(definitions.template(template).spec)) {
      if (selectsOnePod(selector)) return "pods";
      const keys = [...Object.keys(selector.matchLabels), ...selector.matchExpressions.map(({ key }) => key)];
      if (keys.some(isGivenKey)) asked = "revisions";
    }
  }
  return asked;
}

function selectorsOf({ affinity, topologySpreadConstraints = [] }: PodSpec): LabelSelector[] {
  const terms =
    affinity === null || affinity === undefined
      ? []
      : [
          ...affinity.podRequired,
          ...affinity.antiRequired,
          ...[...affinity.podPreferred, ...affinity.antiPreferred].map(({ term }) => term),
        ];
  return [...terms, ...topologySpreadConstraints].flatMap(({ labelSelector }) => (labelSelector === null ? [] : [labelSelector]));
}

const noWorkload = { kind: "Pod", namespace: "default", selector: null } as const;

function withLabel(selector: LabelSelector, key: string, value: string): LabelSelector {
  return { ...selector, matchLabels: { ...selector.matchLabels, [key]: value } };
}

/** The last takes its place. */
function removeOne(list: number[], item: number): void {
  const index = list.indexOf(item);
  const last = list.pop();
  if (last !== undefined && index < list.length) list[index] = last;
}

function countAt(tally: Tally, at: number, change: number): void {
  const domain = tally.domains === null ? at : tally.domains[at]!;
  if (domain >= 0) tally.counts[domain]! += change;
}

/** Pods of one or more namespaces by label; null selects nothing. `self`: the Pod that asks. */
export function selectClasses(selector: LabelSelector | null, namespaces: readonly string[] | null, self: PodClass): ClassSelector {
  if (selector === null) return { namespaces: [], own: ["", ""], matches: () => false };
  const resolved = resolveOwn(selector, self.labels);
  return {
    namespaces,
    own: narrowest(resolved),
    matches: ({ namespace, labels }) => (namespaces === null || namespaces.includes(namespace)) && selectorMatches(resolved, labels),
  };
}

function resolveOwn(selector: LabelSelector, labels: Labels): LabelSelector {
  if (!selector.matchExpressions.some(({ values }) => values.includes(OWN_TEMPLATE_HASH))) return selector;
  return {
    ...selector,
    matchExpressions: selector.matchExpressions
      .filter(({ key, values }) => !values.includes(OWN_TEMPLATE_HASH) || Object.hasOwn(labels, key))
      .map((requirement) => ({
        ...requirement,
        values: requirement.values.map((value) => (value === OWN_TEMPLATE_HASH ? (labels[requirement.key] ?? "") : value)),
      })),
  };
}

/** The hash of a template tells most; any other label will do. */
function narrowest({ matchLabels }: LabelSelector): readonly [string, string] | null {
  const hash = matchLabels[TEMPLATE_HASH];
  if (hash !== undefined) return [TEMPLATE_HASH, hash];
  return Object.entries(matchLabels)[0] ?? null;
}

function filterInPlace(list: Tally[], dropped: ReadonlySet<Tally>): void {
  let kept = 0;
  for (const tally of list) if (!dropped.has(tally)) list[kept++] = tally;
  list.length = kept;
}

function labelKey(namespace: string, key: string, value: string): string {
  return `${namespace}\u0000${key}\u0000${value}`;
}

function pushTo<Item>(map: Map<string, Item[]>, key: string, item: Item): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}
