/** A sequence of faults that a budget pays for: its share of the budget, its words, and the case in which it happens. */
import { isMapping, valueAt, withChanged } from "../document-path.ts";
import type { FuzzCase, PlainDocument } from "../fuzz-case.ts";
import { durationText, strengthValue, termText, type Term } from "./budget.ts";
import type { Ground } from "./ground.ts";
import { fullStrength, levers, noStrength, type Lever } from "./levers.ts";

/** Of one lever, once. */
export interface Use {
  /** Index into the budget. */
  readonly term: number;
  /** µs */
  readonly at: number;
  /** From which of its targets on, in the ground's order. */
  readonly place: number;
  readonly count: number;
  readonly duration: number | null;
  readonly strength: number | null;
}

/** In the order of time. */
export type Sequence = readonly Use[];

/** The same uses make the same text, in whatever order they were put together. */
export function keyOf(sequence: Sequence): string {
  return inOrder(sequence)
    .map(({ term, at, place, count, duration, strength }) => [term, at, place, count, duration, strength].join(" "))
    .join("|");
}

export function inOrder(sequence: Sequence): Sequence {
  return sequence.toSorted((a, b) => a.at - b.at || a.term - b.term || a.place - b.place);
}

/** 0…1 of the budget by price: 1 is all of it. */
export function shareOf(sequence: Sequence, terms: readonly Term[]): number {
  const whole = terms.reduce((sum, term) => sum + priceOf(term), 0);
  const spent = sequence.reduce((sum, use) => sum + priceOf(terms[use.term]!) * fractionOf(use, terms[use.term]!), 0);
  return spent / whole;
}

/** No term is overdrawn: neither its targets nor what they cost. */
export function isAffordable(sequence: Sequence, terms: readonly Term[]): boolean {
  return terms.every((term, index) => {
    const uses = sequence.filter((use) => use.term === index);
    const spent = uses.reduce((sum, use) => sum + fractionOf(use, term), 0);
    const targets = levers[term.lever].kind === "count" ? uses.reduce((sum, { count }) => sum + count, 0) : 1;
    return spent <= 1 + 1e-9 && targets <= term.count && uses.every(({ duration }) => (duration ?? 0) <= (term.duration ?? Infinity));
  });
}

function priceOf({ lever: name, count, duration, strength }: Term): number {
  const lever = levers[name];
  const seconds = (duration ?? 0) / 1_000_000;
  switch (lever.kind) {
    case "count":
      return lever.price * count;
    case "time":
      return lever.price * seconds;
    case "strength":
      return lever.price * seconds * (strengthOver(strength ?? 0, lever) / strengthOver(fullStrength[lever.unit], lever));
  }
}

function fractionOf({ count, duration, strength }: Use, term: Term): number {
  const lever = levers[term.lever];
  const time = term.duration === null ? 1 : (duration ?? 0) / term.duration;
  const force = lever.kind === "strength" ? strengthOver(strength ?? 0, lever) / strengthOver(term.strength ?? 1, lever) : 1;
  return (count / term.count) * time * force;
}

function strengthOver(strength: number, { unit }: Extract<Lever, { kind: "strength" }>): number {
  return strength - noStrength[unit];
}

/** "1 node + 2.1s of API server": uses of one kind are added up where that says the same. */
export function sequenceText(sequence: Sequence, terms: readonly Term[]): string {
  const added: Term[] = [];
  for (const { term: index, count, duration, strength } of sequence) {
    const { lever } = terms[index]!;
    const { kind } = levers[lever];
    const same = added.findIndex(
      (each) => each.lever === lever && each.strength === strength && (kind !== "count" || each.duration === duration),
    );
    const before = added[same];
    if (before === undefined) added.push({ lever, count, duration, strength });
    else if (kind === "count") added[same] = { ...before, count: before.count + count };
    else added[same] = { ...before, duration: (before.duration ?? 0) + (duration ?? 0) };
  }
  return added.length === 0 ? "nothing" : added.map(termText).join(" + ");
}

/** "at 20s: a node is lost (n1), for 12s" */
export function useText(use: Use, terms: readonly Term[], ground: Ground): string {
  const { lever: name } = terms[use.term]!;
  const { meaning, scope } = levers[name];
  const targets =
    scope === "nodes" || scope === "zones"
      ? namesFrom(scope === "nodes" ? ground.nodes : ground.zones, use)
      : scope === "cluster"
        ? []
        : [ground.workloads[use.place]!.label];
  const whom = targets.length === 0 ? "" : ` (${targets.join(", ")})`;
  return `at ${durationText(use.at)}: ${termText({ ...use, lever: name })}: ${meaning}${whom}`;
}

/** The scenario in which the sequence happens besides all that happens in it. */
export function attacked(base: FuzzCase, sequence: Sequence, terms: readonly Term[], ground: Ground): FuzzCase {
  if (sequence.length === 0) return base;
  const more = named(inOrder(sequence).flatMap((use) => faultsOf(use, terms[use.term]!, ground)));
  const given = valueAt(base, ["scenario", "spec", "faults"]);
  const faults = [...(Array.isArray(given) ? (given as readonly unknown[]) : []), ...more];
  return isMapping(base.scenario["spec"]) ? withChanged(base, ["scenario", "spec", "faults"], () => faults) : base;
}

/** Whom a fault hits is drawn by its name, so that mustn't change with what else happens. */
function named(faults: readonly PlainDocument[]): readonly PlainDocument[] {
  const times = new Map<string, number>();
  return faults.map(({ at, type, ...fields }) => {
    const name = `attack-${String(type)}-${String(at)}`;
    const before = times.get(name) ?? 0;
    times.set(name, before + 1);
    return { at, name: before === 0 ? name : `${name}-${before + 1}`, type, ...fields };
  });
}

function faultsOf(use: Use, { lever: name }: Term, ground: Ground): readonly PlainDocument[] {
  const lever = levers[name];
  const shared = {
    at: durationText(use.at),
    type: lever.fault,
    ...(use.duration === null ? {} : { duration: durationText(use.duration) }),
    ...(lever.kind === "strength" ? { [lever.field]: strengthValue(use.strength ?? 0, lever.unit) } : {}),
    ...lever.fields,
  };
  switch (lever.scope) {
    case "cluster":
      return [shared];
    case "nodes":
      return namesFrom(ground.nodes, use).map((node) => ({ ...shared, selector: { node } }));
    case "zones":
      return namesFrom(ground.zones, use).map((zone) => ({ ...shared, selector: { zone } }));
    case "some pods":
      return [{ ...shared, selector: ground.workloads[use.place]!.selector, mode: "fixed", value: use.count }];
    case "workload":
      return [{ ...shared, selector: ground.workloads[use.place]!.selector }];
  }
}

function namesFrom(names: readonly string[], { place, count }: Use): readonly string[] {
  return Array.from({ length: Math.min(count, names.length) }, (_, offset) => names[(place + offset) % names.length]!);
}
