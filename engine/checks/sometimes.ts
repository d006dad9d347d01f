/**
 * What a scenario wants to be reached at least once, held against what the control plane recorded: the first instant at
 * which all that an entry speaks of goes on at once. A run that never gets there proves nothing. Pure.
 */
import type { ControlResult, RunResult, SometimesResult } from "../result.ts";
import type { ScenarioSpec, SometimesSpec } from "../scenario-spec.ts";
import type { VirtualTime } from "../kernel/time.ts";

/** From this instant on, up to but without the next one. */
interface Span {
  readonly from: VirtualTime;
  readonly until: VirtualTime;
}

/** `workloads`: labels by number. */
export function sometimesReached(
  { sometimes = [] }: ScenarioSpec,
  { control, effects, end }: Pick<RunResult, "control" | "effects" | "end">,
  workloads: readonly string[],
): readonly SometimesResult[] {
  const effective = new Set(effects.map(({ cause }) => cause));
  return sometimes.map((wanted) => {
    const sides = sidesOf(wanted, { ...control, faults: control.faults.filter(({ cause }) => effective.has(cause)) }, workloads, end);
    const at = sides.length === 0 ? 0 : (firstMeeting(sides) ?? null);
    return { name: wanted.name, at, ...(wanted.threshold === undefined ? {} : { threshold: wanted.threshold }) };
  });
}

/** One list of spans for each thing that an entry speaks of. */
function sidesOf(
  { rollout, unavailable, faults = [] }: SometimesSpec,
  { rollouts, availability, faults: recorded }: ControlResult,
  workloads: readonly string[],
  end: VirtualTime,
): readonly (readonly Span[])[] {
  const isOf = (wanted: string, workload: number): boolean => wanted === "any" || workloads[workload] === wanted;
  const open = ({ from, until }: Span): Span => ({ from, until: until === -1 ? end : until });
  return [
    ...(rollout === undefined ? [] : [rollouts.filter(({ workload }) => isOf(rollout, workload)).map(open)]),
    ...(unavailable === undefined ? [] : [availability.shortages.filter(({ workload }) => isOf(unavailable, workload)).map(open)]),
    ...faults.map((fault) =>
      // What is over at once counts for the instant at which it came.
      recorded
        .filter(({ name, type }) => type === fault || baseName(name) === fault)
        .map(({ from, until }) => ({ from, until: Math.max(until, from + 1) })),
    ),
  ];
}

/** Later times of a fault that comes again are named name#2, name#3, … */
function baseName(name: string): string {
  return name.replace(/#\d+$/, "");
}

/** Spans of all sides overlap from here on; undefined: they never do. */
function firstMeeting(sides: readonly (readonly Span[])[]): VirtualTime | undefined {
  const [first = [], ...rest] = sides;
  const met = rest.reduce<readonly Span[]>((spans, side) => spans.flatMap((span) => side.flatMap((other) => overlap(span, other))), first);
  return met.length === 0 ? undefined : met.reduce((least, { from }) => Math.min(least, from), Infinity);
}

function overlap(a: Span, b: Span): readonly Span[] {
  const [from, until] = [Math.max(a.from, b.from), Math.min(a.until, b.until)];
  return from < until ? [{ from, until }] : [];
}
