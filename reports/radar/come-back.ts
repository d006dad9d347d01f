/**
 * Does the system come back once its trigger is gone? Windows after the last fault's end are held against those before
 * the first fault: requests answered, replicas missing, restarts. It is back from the window on after which all are as
 * before; it stays down if the end of the span, `within`, comes first: a failure that feeds itself, or a slow one.
 */
import type { RunResult } from "../../engine/result.ts";
import { formatCount, formatInstant, formatShare, plural } from "../figures.ts";
import { levels, timeSeries } from "../series.ts";

export interface ComeBackOptions {
  /** µs; at least a bucket of the time series. */
  readonly window: number;
  /** µs after the trigger's end; null: until the end of the run. */
  readonly within: number | null;
}

export type ComeBackState =
  | "back"
  | "stays down"
  /** Not well before the trigger either: it doesn't carry this load. */
  | "down before"
  /** Its faults waited for something that didn't come. */
  | "not triggered"
  /** The run leaves no window before the trigger, or none after it. */
  | "too short";

export interface ComeBack {
  readonly state: ComeBackState;
  /** µs; both -1: no trigger. */
  readonly from: number;
  readonly until: number;
  /** µs from the trigger's end; null: never. */
  readonly recovery: number | null;
  /** Requests answered of those that were due, before the trigger and at the end. */
  readonly before: number;
  readonly after: number;
  /** What isn't as before, in words; "" if all is. */
  readonly why: string;
}

/** Shares less than this below the level before are noise, as is the root of the number of requests. */
const TOLERANCE = 0.05;
/** With less answered before the trigger than this, there is nothing to come back to. */
const HEALTHY = 0.9;

interface Reading {
  /** Of each load. */
  readonly answered: readonly number[];
  readonly due: readonly number[];
  /** Mean over the window. */
  readonly missing: number;
  readonly desired: number;
  readonly restarts: number;
}

export function comeBackOf(result: RunResult, options: ComeBackOptions): ComeBack {
  const { faults } = result.control;
  const nothing = { from: -1, until: -1, recovery: null, before: 1, after: 1, why: "" };
  if (faults.length === 0) return { ...nothing, state: "not triggered", recovery: 0 };
  const from = Math.min(...faults.map((fault) => fault.from));
  const until = Math.max(...faults.map((fault) => fault.until));
  const windows = windowsOf(result, options, from, until);
  if (windows.before.length === 0 || windows.after.length === 0) return { ...nothing, from, until, state: "too short" };
  const series = seriesOf(result);
  const readings = windows.before.map((window) => series.read(window, null));
  const buckets = windows.before.reduce((sum, window) => sum + window[1] - window[0], 0);
  const usual = usualOf(readings, buckets);
  const after = windows.after.map((window) => series.read(window, usual.rates));
  const troubles = after.map((reading) => troubleOf(reading, usual));
  const lastBad = troubles.findLastIndex((trouble) => trouble !== "");
  const recovery =
    lastBad + 1 < windows.after.length ? Math.max(0, lastBad < 0 ? 0 : windows.after[lastBad + 1]![0] * series.width - until) : null;
  const levelsOf = { from, until, before: usual.share, after: answeredShare(after.at(-1)!) };
  if (usual.share < HEALTHY)
    return { ...levelsOf, state: "down before", recovery: null, why: `${formatShare(usual.share)} answered before the trigger` };
  const isBack = recovery !== null && (options.within === null || recovery <= options.within);
  if (isBack) return { ...levelsOf, state: "back", recovery, why: "" };
  return {
    ...levelsOf,
    state: "stays down",
    recovery,
    why: recovery === null ? troubles.at(-1)! : `back only after ${formatInstant(recovery)}`,
  };
}

/** First bucket and the one behind the last. */
type Window = readonly [from: number, until: number];

function windowsOf(
  result: RunResult,
  { window }: ComeBackOptions,
  from: number,
  until: number,
): { readonly before: readonly Window[]; readonly after: readonly Window[] } {
  const width = result.metrics.bucketWidth;
  const length = Math.max(1, Math.ceil(window / width));
  return {
    before: cut(Math.ceil(result.warmup / width), Math.floor(from / width), length),
    after: cut(Math.ceil(until / width), Math.floor(result.end / width), length),
  };
}

/** The last ones are whole: what is left over stands at the beginning and belongs to none. */
function cut(from: number, until: number, length: number): readonly Window[] {
  const count = Math.max(0, Math.floor((until - from) / length));
  const start = until - count * length;
  return Array.from({ length: count }, (_, index): Window => [start + index * length, start + (index + 1) * length]);
}

interface Series {
  readonly width: number;
  /** `usual`: answers per bucket and load before the trigger, which users who wait for their answers owe; null: not known yet. */
  read(window: Window, usual: readonly number[] | null): Reading;
}

function seriesOf(result: RunResult): Series {
  const loads = result.names.loads;
  const ofLoads = (metric: string): readonly (readonly number[])[] =>
    loads.map(({ name }) => added(timeSeries(result, metric, { load: name }).map(({ value }) => value)));
  const [sent, answered] = [ofLoads("sent"), ofLoads("answered")];
  const gauge = (metric: string): readonly number[] => added(timeSeries(result, metric).map(({ value }) => levels(value)));
  const [available, desired] = [gauge("available"), gauge("desired")];
  const restarts = added(timeSeries(result, "restarts_series").map(({ value }) => value));
  return {
    width: result.metrics.bucketWidth,
    read([from, until], usual) {
      const sum = (values: readonly number[]): number => values.slice(from, until).reduce((total, value) => total + value, 0);
      const length = until - from;
      const due = loads.map(({ executor }, load) => {
        const usualHere = (usual?.[load] ?? 0) * length;
        return executor === "constant-vus" ? Math.max(sum(sent[load]!), usualHere) : sum(sent[load]!);
      });
      return {
        answered: answered.map(sum),
        due,
        missing: Math.max(0, sum(desired) - sum(available)) / length,
        desired: sum(desired) / length,
        restarts: sum(restarts),
      };
    },
  };
}

function added(all: readonly (readonly number[])[]): readonly number[] {
  const [first, ...others] = all;
  if (first === undefined) return [];
  return first.map((value, bucket) => others.reduce((sum, other) => sum + (other[bucket] ?? 0), value));
}

interface Usual {
  readonly share: number;
  /** Of each load. */
  readonly shares: readonly number[];
  /** Answers per bucket of each load. */
  readonly rates: readonly number[];
  /** The worst windows. */
  readonly missing: number;
  readonly restarts: number;
}

function usualOf(readings: readonly Reading[], buckets: number): Usual {
  const loads = readings[0]!.due.length;
  const sums = Array.from({ length: loads }, (_, load) => ({
    answered: readings.reduce((sum, reading) => sum + reading.answered[load]!, 0),
    due: readings.reduce((sum, reading) => sum + reading.due[load]!, 0),
  }));
  const shares = sums.map(({ answered, due }) => (due === 0 ? 1 : Math.min(1, answered / due)));
  return {
    share: shares.length === 0 ? 1 : Math.min(...shares),
    shares,
    rates: sums.map(({ answered }) => answered / buckets),
    missing: Math.max(...readings.map(({ missing }) => missing)),
    restarts: Math.max(...readings.map(({ restarts }) => restarts)),
  };
}

function troubleOf(reading: Reading, usual: Usual): string {
  const troubles: string[] = [];
  const failing = reading.due.findIndex((due, load) => {
    const wanted = due * usual.shares[load]!;
    return wanted - reading.answered[load]! > TOLERANCE * wanted + Math.sqrt(wanted);
  });
  if (failing >= 0) troubles.push(`${formatShare(answeredShare(reading))} of the requests answered`);
  if (reading.missing > usual.missing + TOLERANCE * reading.desired)
    troubles.push(`${formatCount(Math.round(reading.missing * 10) / 10)} of ${formatCount(reading.desired)} replicas missing`);
  if (reading.restarts > usual.restarts + TOLERANCE * reading.desired) troubles.push(plural(reading.restarts, "restart"));
  return troubles.join(", ");
}

/** Of the worst load. */
function answeredShare({ answered, due }: Reading): number {
  return Math.min(1, ...due.map((each, load) => (each === 0 ? 1 : answered[load]! / each)));
}
