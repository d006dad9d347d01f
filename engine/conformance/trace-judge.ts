/**
 * Compares a recorded trace with the model's runs of its case: each recorded fact must be one that the model
 * shows, in an order that it shows, at an instant inside the spread of its runs (widened by the tolerance of
 * its class), and in the end everything must be as it is in some run. Pods of one owner differ by chance alone,
 * so each is held against all of them.
 */
import {
  ALL_EVENTS,
  factsOf,
  namesFieldPaths,
  namespacesOf,
  unknownFields,
  type EventCount,
  type Fact,
  type TraceFacts,
} from "./trace-facts.ts";
import {
  ALL_REPLICAS,
  EVENT_ORDER_MS,
  eventRule,
  exceptionsOf,
  gapTolerance,
  isTimed,
  SLOW_START_MS,
  SPAM_BURST,
  timedReasons,
  tolerance,
  type TraceException,
} from "./trace-rules.ts";
import type { Trace, TraceEntry } from "./trace.ts";

export interface Mismatch {
  readonly object: string;
  readonly aspect: string;
  readonly found: string;
  readonly expected: string;
  /** Of what was recorded; null: it wasn't. */
  readonly atMs: number | null;
}

export interface Deviation {
  /** Outside the model's own spread, before tolerance. */
  readonly byMs: number;
  readonly what: string;
}

export interface TraceVerdict {
  readonly compared: number;
  readonly matched: number;
  readonly worst: Deviation | null;
  readonly mismatches: readonly Mismatch[];
  /** Why parts of this trace aren't judged. */
  readonly notJudged: readonly string[];
  /** Fields of the recording that no rule knows: they could say something else. */
  readonly unknown: readonly string[];
}

/** Lines of one group of objects over all runs: each is one object's line of one aspect. */
interface Lines {
  readonly all: (readonly Fact[])[];
  /** Instants of each fact, in each line. */
  readonly at: Map<string, (number | undefined)[]>;
}

/** A value that lasts this long in every run can't have been missed by a watching client. */
const SURELY_SEEN_MS = 2_500;

export function judgeTrace(trace: Trace, runs: readonly (readonly TraceEntry[])[]): TraceVerdict {
  const judge = new Judge(trace, runs);
  return judge.verdict();
}

class Judge {
  private readonly trace: Trace;
  private readonly recorded: TraceFacts;
  private readonly samples: readonly TraceFacts[];
  private readonly rules: readonly TraceException[];
  private readonly lines = new Map<string, Lines>();
  /** Objects of each group, over all runs. */
  private readonly members = new Map<string, number>();
  private readonly mismatches: Mismatch[] = [];
  /** By Pod, up to when a busy cluster was late; null: this one wasn't busy. */
  private readonly firstStarts: ReadonlyMap<string, number> | null;
  private compared = 0;
  private failed = 0;
  private worst: Deviation | null = null;

  constructor(trace: Trace, runs: readonly (readonly TraceEntry[])[]) {
    this.trace = trace;
    this.rules = exceptionsOf(trace.name);
    const namespaces = namespacesOf(trace);
    const hasFieldPaths = namesFieldPaths(trace.observed);
    this.recorded = factsOf(trace.observed, namespaces, hasFieldPaths);
    this.samples = runs.map((entries) => factsOf(entries, namespaces, hasFieldPaths));
    this.firstStarts = this.rules.some(({ slowStart }) => slowStart === true) ? firstStartsOf(this.recorded) : null;
    for (const { facts } of this.samples) this.addSample(facts);
  }

  verdict(): TraceVerdict {
    const lines = linesOf(this.recorded.facts);
    for (const line of lines.values()) this.judgeLine(line);
    this.judgeAbsent(lines);
    this.judgeObjects();
    this.judgeEvents();
    this.judgeAbsentEvents();
    this.judgeEventSums();
    for (const line of lines.values()) {
      if (line[0]!.aspect === ALL_EVENTS) this.judgeEventLine(line);
      if (line[0]!.aspect === ALL_REPLICAS) this.judgeBound(line);
    }
    if (this.compared === 0) {
      this.compared = this.failed = 1;
      this.mismatches.push({
        object: "the recording",
        aspect: "entries",
        found: "nothing that could be compared",
        expected: "something",
        atMs: null,
      });
    }
    return {
      compared: this.compared,
      matched: this.compared - this.failed,
      worst: this.worst,
      mismatches: [...this.mismatches].sort((a, b) => (a.atMs ?? Infinity) - (b.atMs ?? Infinity)),
      notJudged: [...new Set(this.rules.map(({ because }) => because))],
      unknown: unknownFields(this.trace.observed),
    };
  }

  private addSample(facts: readonly Fact[]): void {
    for (const line of linesOf(facts).values()) this.addLine(line);
    const groups = new Map(facts.map(({ object, group }) => [object, group]));
    for (const group of groups.values()) this.members.set(group, (this.members.get(group) ?? 0) + 1);
  }

  private addLine(line: readonly Fact[]): void {
    const key = groupKey(line[0]!);
    let lines = this.lines.get(key);
    if (lines === undefined) {
      lines = { all: [], at: new Map() };
      this.lines.set(key, lines);
    }
    const index = lines.all.push(line) - 1;
    for (const fact of line) {
      const name = nameOf(fact);
      const instants = lines.at.get(name) ?? [];
      lines.at.set(name, instants);
      instants[index] = fact.atMs;
    }
  }

  private judgeLine(whole: readonly Fact[]): void {
    const line = whole.filter((fact) => !this.isExcluded(fact) && isTimed(fact));
    const lines = this.lines.get(groupKey(whole[0]!));
    line.forEach((fact, index) => {
      this.compared++;
      const problem = lines === undefined ? "nothing of it in the model" : this.problemOf(fact, line[index - 1], index, lines);
      if (problem === null) return;
      this.failed++;
      this.mismatch(fact, problem);
    });
    const last = whole.findLast((fact) => !this.isExcluded(fact) && fact.class !== "event" && fact.class !== "apiTime");
    if (last === undefined || lines === undefined || last.atMs + LATE_MS > this.trace.lengthMs) return;
    const finals = new Set(lines.all.map((candidate) => candidate.at(-1)!.value));
    if (finals.has(last.value)) return;
    this.compared++;
    this.failed++;
    this.mismatch(last, `at the end ${[...finals].slice(0, 4).join(" or ")}`);
  }

  /** Null: the model shows it as well. */
  private problemOf(fact: Fact, before: Fact | undefined, index: number, lines: Lines): string | null {
    const instants = lines.at.get(nameOf(fact));
    if (instants === undefined) return isStepBetween(fact, lines) ? null : "never in the model";
    const allowed = this.isUntimed(fact) ? null : tolerance(fact);
    const gap = before === undefined ? null : this.gapProblem(fact, before, instants, lines, allowed);
    if (gap !== null || allowed === null) return gap;
    const spread = spreadOf(instants);
    const outside = this.mayComeEarly(fact) ? Math.max(0, fact.atMs - spread.most) : distance(fact.atMs, spread);
    this.note(outside, fact);
    // Deviations of a line's steps add up as those of independent draws do.
    return outside <= allowed * Math.sqrt(index + 1) + this.slack() ? null : `at ${seconds(spread)}`;
  }

  private gapProblem(
    fact: Fact,
    before: Fact,
    instants: readonly (number | undefined)[],
    lines: Lines,
    ofInstant: number | null,
  ): string | null {
    const earlier = lines.at.get(nameOf(before));
    if (earlier === undefined) return null;
    const isTimeless = ofInstant === null || this.isUntimed(before) || this.isBeforeStart(before) || this.isBeforeStart(fact);
    const gaps = gapsOf(earlier, instants);
    if (gaps.length === 0) return null;
    const spread = spreadOf(gaps);
    const found = fact.atMs - before.atMs;
    if (gaps.every((gap) => gap < 0) && fact.class !== "apiTime") return `before "${before.value}"`;
    const allowed = isTimeless ? Infinity : Math.max(gapTolerance(fact.class) ?? 0, gapTolerance(before.class) ?? 0);
    const outside = this.mayComeEarly(fact)
      ? found - spread.most
      : this.mayComeEarly(before)
        ? spread.least - found
        : distance(found, spread);
    return outside <= allowed ? null : `${seconds(spread)} after "${before.value}", not ${(found / 1000).toFixed(2)} s`;
  }

  /** What the model shows in every run, for so long that nobody could miss it, and nobody recorded. */
  private judgeAbsent(recorded: ReadonlyMap<string, readonly Fact[]>): void {
    const known = new Map<string, Set<string>>();
    for (const line of recorded.values()) {
      const key = groupKey(line[0]!);
      const names = known.get(key) ?? new Set<string>();
      known.set(key, names);
      for (const fact of line) names.add(nameOf(fact));
    }
    for (const [key, { all, at }] of this.lines) {
      for (const [name, instants] of at) {
        const isEverywhere = !instants.includes(undefined) && instants.length === this.members.get(all[0]![0]!.group);
        if (known.get(key)?.has(name) === true || !isEverywhere) continue;
        const fact = all[0]!.find((candidate) => nameOf(candidate) === name)!;
        const isLong = all.every((line) => lasts(line, name, this.trace.lengthMs) >= SURELY_SEEN_MS);
        if (!isLong || fact.class === "workload" || fact.class === "event" || fact.class === "apiTime" || this.isExcluded(fact)) continue;
        if (!this.isWatched(fact)) continue;
        this.fail(fact.group, fact.aspect, "nothing", `"${fact.value}" at ${seconds(spreadOf(instants))}`);
      }
    }
  }

  /** Recordings hold Nodes only where they matter. */
  private isWatched({ group }: Fact): boolean {
    return !group.startsWith("Node ") || this.recorded.facts.some((fact) => fact.group === group);
  }

  /** As many Pods of an owner, slices of a Service, … as in some run: nothing of the recording was lost, or came from elsewhere. */
  private judgeObjects(): void {
    const recorded = objectsOf(this.recorded);
    const counts = this.samples.map((sample) => objectsOf(sample));
    for (const group of new Set([...recorded.keys(), ...counts.flatMap((sample) => [...sample.keys()])])) {
      const { least, most } = rangeOf(counts.map((sample) => sample.get(group) ?? 0));
      const found = recorded.get(group) ?? 0;
      this.compared++;
      if (found >= least && found <= most) continue;
      this.compared--;
      this.fail(group, "objects", String(found), least === most ? String(least) : `${least} to ${most}`);
    }
  }

  private judgeEvents(): void {
    const totals = new Map<string, number>();
    for (const { object, source, count } of this.recorded.events)
      totals.set(`${object}\n${source}`, (totals.get(`${object}\n${source}`) ?? 0) + count);
    for (const event of this.recorded.events) {
      const rule = eventRule(event);
      if (rule === "none" || rule === "sum" || this.rules.some((exception) => exception.event?.(event) === true)) continue;
      this.compared++;
      const counts = this.countsOf(event);
      const isSpam = (totals.get(`${event.object}\n${event.source}`) ?? 0) >= SPAM_BURST;
      const isSeen = counts.length > 0;
      // How often one of several texts is used depends on the path: not at all in some runs means any number up to the most.
      const { least, most } = rangeOf(counts.length < (this.members.get(event.group) ?? 0) ? [0, ...counts] : counts);
      if (isSeen && (rule === "existence" || isSpam || (event.count >= least && event.count <= most))) continue;
      this.failed++;
      const expected = isSeen ? `count ${least === most ? String(least) : `${least} to ${most}`}` : "never in the model";
      this.mismatches.push({
        object: event.object,
        aspect: `Event ${event.reason}`,
        found: `${event.type} "${event.message}" count ${event.count}`,
        expected,
        atMs: null,
      });
    }
  }

  /** Events that the model records about each of these objects in every run, and nobody saw. */
  private judgeAbsentEvents(): void {
    const delays = this.eventDelays();
    const seen = new Set(this.recorded.events.map((event) => `${event.object}\n${eventKey(event)}`));
    for (const [object, { group, from, until }] of lifetimesOf(this.recorded, this.trace.lengthMs)) {
      for (const { event, delays: all } of delays.get(group) ?? []) {
        if (seen.has(`${object}\n${eventKey(event)}`) || all.length < this.members.get(group)!) continue;
        if (this.rules.some((exception) => exception.event?.({ ...event, object }) === true)) continue;
        const { most } = spreadOf(all);
        // What comes only just before the end may as well come after it.
        if (from + most + LATE_MS > until) continue;
        this.fail(object, `Event ${event.reason}`, "nothing", `"${event.message}" in every run`);
      }
    }
  }

  /** By group: what is said of its objects, and when, from each object's beginning on. */
  private eventDelays(): Map<string, readonly { readonly event: EventCount; readonly delays: readonly number[] }[]> {
    const found = new Map<string, Map<string, { event: EventCount; delays: number[] }>>();
    for (const sample of this.samples) {
      const firsts = firstEventsOf(sample);
      const lifetimes = lifetimesOf(sample, this.trace.lengthMs);
      for (const event of sample.events) {
        if (eventRule(event) === "none" || eventRule(event) === "sum") continue;
        const at = firsts.get(`${event.object}\nEvent ${event.reason}\n${event.message}`);
        const from = lifetimes.get(event.object)?.from;
        if (at === undefined || from === undefined) continue;
        const ofGroup = found.get(event.group) ?? new Map<string, { event: EventCount; delays: number[] }>();
        found.set(event.group, ofGroup);
        const entry = ofGroup.get(eventKey(event)) ?? { event, delays: [] };
        ofGroup.set(eventKey(event), entry);
        entry.delays.push(at - from);
      }
    }
    return new Map([...found].map(([group, ofGroup]) => [group, [...ofGroup.values()]]));
  }

  /** Sums over all texts of a reason. */
  private judgeEventSums(): void {
    const ofGroups = new Map<string, ReadonlyMap<string, number>[]>();
    for (const { group, sums } of this.samples.flatMap((sample) => exactSums(sample))) {
      const all = ofGroups.get(group) ?? [];
      ofGroups.set(group, all);
      all.push(sums);
    }
    for (const { object, group, sums } of exactSums(this.recorded)) {
      const all = ofGroups.get(group) ?? [];
      for (const key of new Set([sums, ...all].flatMap((one) => [...one.keys()]))) {
        const reason = key.slice(key.indexOf("\n") + 1);
        if (all.length === 0 || this.rules.some((exception) => exception.event?.(anyEvent(object, group, reason)) === true)) continue;
        const found = sums.get(key) ?? 0;
        const { least, most } = rangeOf(all.map((one) => one.get(key) ?? 0));
        this.compared++;
        if (found >= least && found <= most) continue;
        if (reason === "ScalingReplicaSet" && found === this.stepsOf(object)) continue;
        this.compared--;
        this.fail(object, `Events ${reason}`, `${found} in all`, least === most ? String(least) : `${least} to ${most}`);
      }
    }
  }

  private stepsOf(deployment: string): number {
    return this.recorded.facts.filter(({ object, aspect }) => object === deployment && aspect === ALL_REPLICAS).length;
  }

  /** Together, the ReplicaSets of a Deployment never ask for more than in some run. */
  private judgeBound(line: readonly Fact[]): void {
    const lines = this.lines.get(groupKey(line[0]!));
    if (lines === undefined) return;
    const { most } = rangeOf(lines.all.flatMap((one) => one.map(({ value }) => Number(value))));
    for (const fact of line) {
      this.compared++;
      if (Number(fact.value) <= most) continue;
      this.failed++;
      this.mismatch(fact, `at most ${most}`);
    }
  }

  /** Instants of the first Events of a Pod, and their order. */
  private judgeEventLine(recorded: readonly Fact[]): void {
    const lines = this.lines.get(groupKey(recorded[0]!));
    if (lines === undefined) return;
    const line = recorded.toSorted((a, b) => a.atMs - b.atMs);
    line.forEach((fact, index) => {
      const instants = lines.at.get(nameOf(fact));
      if (instants === undefined || this.isExcluded(fact)) return;
      this.compared++;
      const problem = this.eventInstantProblem(fact, instants) ?? this.eventOrderProblem(fact, line.slice(0, index), instants, lines);
      if (problem === null) return;
      this.failed++;
      this.mismatch(fact, problem);
    });
  }

  private eventInstantProblem(fact: Fact, instants: readonly (number | undefined)[]): string | null {
    const reason = fact.value.slice(0, fact.value.indexOf(":"));
    if (!timedReasons.has(reason) || !fact.value.endsWith(" #1") || this.isUntimed(fact)) return null;
    const spread = spreadOf(instants);
    const outside = distance(fact.atMs, spread);
    this.note(outside, fact);
    return outside <= tolerance(fact)! + this.slack() ? null : `at ${seconds(spread)}`;
  }

  private eventOrderProblem(fact: Fact, before: readonly Fact[], instants: readonly (number | undefined)[], lines: Lines): string | null {
    const wrong = before.find((earlier) => {
      if (fact.atMs - earlier.atMs <= EVENT_ORDER_MS) return false;
      const gaps = gapsOf(lines.at.get(nameOf(earlier)) ?? [], instants);
      return gaps.length >= FEWEST_DRAWS && gaps.every((gap) => gap < -EVENT_ORDER_MS);
    });
    return wrong === undefined ? null : `before "${wrong.value}"`;
  }

  private slack(): number {
    return this.firstStarts === null ? 0 : SLOW_START_MS;
  }

  private isBeforeStart({ object, atMs }: Fact): boolean {
    return atMs <= (this.firstStarts?.get(object) ?? this.firstStarts?.get("") ?? -Infinity);
  }

  private fail(object: string, aspect: string, found: string, expected: string): void {
    this.compared++;
    this.failed++;
    this.mismatches.push({ object, aspect, found, expected, atMs: null });
  }

  private countsOf({ group, type, reason, source, message }: EventCount): number[] {
    const counts: number[] = [];
    const key = eventKey({ type, reason, source, message });
    for (const { events } of this.samples) {
      for (const event of events) {
        if (event.group === group && eventKey(event) === key) counts.push(event.count);
      }
    }
    return counts;
  }

  private isExcluded(fact: Fact): boolean {
    return this.rules.some((exception) => exception.fact?.(fact) === true);
  }

  private mayComeEarly(fact: Fact): boolean {
    return this.rules.some((exception) => exception.mayComeEarly?.(fact) === true);
  }

  private isUntimed(fact: Fact): boolean {
    return this.rules.some((exception) => exception.untimed?.(fact) === true);
  }

  private note(byMs: number, { object, aspect, value }: Fact): void {
    if (byMs > (this.worst?.byMs ?? 0)) this.worst = { byMs, what: `${object}, ${aspect}: ${value}` };
  }

  private mismatch({ object, aspect, value, atMs }: Fact, expected: string): void {
    this.mismatches.push({ object, aspect, found: `"${value}"`, expected, atMs });
  }
}

/** Facts of each object's aspects, in order of time. */
function linesOf(facts: readonly Fact[]): Map<string, Fact[]> {
  const lines = new Map<string, Fact[]>();
  for (const fact of facts) {
    const key = `${fact.object}\n${fact.aspect}`;
    const line = lines.get(key);
    if (line === undefined) lines.set(key, [fact]);
    else line.push(fact);
  }
  return lines;
}

/** When a container of each Pod was first seen running; "": of any. */
function firstStartsOf({ facts }: TraceFacts): ReadonlyMap<string, number> {
  const starts = new Map<string, number>();
  for (const { object, aspect, value, atMs } of facts) {
    if (!aspect.includes("container") || !value.startsWith("running")) continue;
    for (const key of [object, ""]) if (!starts.has(key)) starts.set(key, atMs);
  }
  return starts;
}

function groupKey({ group, aspect }: Fact): string {
  return `${group}\n${aspect}`;
}

function nameOf({ value, restarts, occurrence }: Fact): string {
  return `${value}\n${restarts}\n${occurrence}`;
}

/** Kinds of which a recording holds every object of its case. */
const watchedKinds: ReadonlySet<string> = new Set([
  "Pod",
  "ReplicaSet",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "EndpointSlice",
  "Endpoints",
]);

/** Number of objects in each group. */
function objectsOf({ facts }: TraceFacts): Map<string, number> {
  const groups = new Map<string, string>();
  for (const { object, group, class: kind } of facts)
    if (kind !== "event" && !object.includes(": ") && watchedKinds.has(object.slice(0, object.indexOf(" ")))) groups.set(object, group);
  const counts = new Map<string, number>();
  for (const group of groups.values()) counts.set(group, (counts.get(group) ?? 0) + 1);
  return counts;
}

interface Lifetime {
  readonly group: string;
  readonly from: number;
  until: number;
}

function lifetimesOf({ facts }: TraceFacts, endMs: number): Map<string, Lifetime> {
  const lifetimes = new Map<string, Lifetime>();
  for (const { object, group, class: kind, value, atMs } of facts) {
    if (kind === "apiTime") continue;
    const known = lifetimes.get(object);
    if (known === undefined) lifetimes.set(object, { group, from: atMs, until: endMs });
    else if (kind === "removed" && value === "removed") known.until = atMs;
  }
  return lifetimes;
}

function firstEventsOf({ facts }: TraceFacts): Map<string, number> {
  const firsts = new Map<string, number>();
  for (const { object, aspect, value, class: kind, atMs } of facts) {
    const key = `${object}\n${aspect}\n${value}`;
    if (kind === "event" && !firsts.has(key)) firsts.set(key, atMs);
  }
  return firsts;
}

interface ObjectSums {
  readonly object: string;
  readonly group: string;
  /** `SOURCE\nREASON` → count. */
  readonly sums: ReadonlyMap<string, number>;
}

/** Of each object, also of those without Events. */
function exactSums({ facts, events }: TraceFacts): ObjectSums[] {
  const found = new Map(facts.map(({ object, group }) => [object, { object, group, sums: new Map<string, number>() }]));
  for (const event of events) {
    const sums = found.get(event.object)?.sums;
    if (sums === undefined || !isCounted(event)) continue;
    const key = `${event.source}\n${event.reason}`;
    sums.set(key, (sums.get(key) ?? 0) + event.early);
  }
  return [...found.values()];
}

function isCounted(event: EventCount): boolean {
  const rule = eventRule(event);
  return rule === "count" || rule === "sum";
}

function anyEvent(object: string, group: string, reason: string): EventCount {
  return { object, group, type: "", reason, source: "", message: "", count: 0, early: 0 };
}

function eventKey({ source, type, reason, message }: Pick<EventCount, "source" | "type" | "reason" | "message">): string {
  return `${source}\n${type}\n${reason}\n${message}`;
}

/** What comes this close to the end of a recording may be missing from it. */
const LATE_MS = 500;

/** How many replicas a rollout asks for at a time follows from when Pods became ready: any number between the model's is one. */
function isStepBetween({ aspect, value }: Fact, { all }: Lines): boolean {
  if (aspect !== "spec.replicas") return false;
  const { least, most } = rangeOf(all.flatMap((line) => line.map((fact) => Number(fact.value))));
  return Number(value) >= least && Number(value) <= most;
}

/** From each line's first instant to its second one. */
function gapsOf(from: readonly (number | undefined)[], to: readonly (number | undefined)[]): number[] {
  return to.flatMap((at, index) => {
    const before = from[index];
    return at === undefined || before === undefined ? [] : [at - before];
  });
}

function rangeOf(values: readonly number[]): Spread {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return { least, most };
}

function lasts(line: readonly Fact[], name: string, endMs: number): number {
  const index = line.findIndex((fact) => nameOf(fact) === name);
  const fact = line[index];
  return fact === undefined ? 0 : (line[index + 1]?.atMs ?? endMs) - fact.atMs;
}

interface Spread {
  readonly least: number;
  readonly most: number;
}

function spreadOf(values: readonly (number | undefined)[]): Spread {
  let least = Infinity;
  let most = -Infinity;
  let count = 0;
  for (const value of values) {
    if (value === undefined) continue;
    count++;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (count < FEWEST_DRAWS) return { least: -Infinity, most: Infinity };
  const unseen = (most - least) * Math.max(UNSEEN_SHARE, 4 / (count + 1));
  return { least: least - unseen, most: most + unseen };
}

/** What so few runs show (a state that is mostly over before anyone looks) has no spread to speak of: its order counts. */
const FEWEST_DRAWS = 15;
/** 50 draws lack the ends of what they are drawn from: beyond a tenth of their range lies one in 200 of a sum of a few delays. */
const UNSEEN_SHARE = 0.1;

function distance(value: number, { least, most }: Spread): number {
  return Math.max(0, least - value, value - most);
}

function seconds({ least, most }: Spread): string {
  const from = (least / 1000).toFixed(2);
  const until = (most / 1000).toFixed(2);
  return from === until ? `${from} s` : `${from} to ${until} s`;
}
