/**
 * Partial results of shards → one result. Pure. Everything is integer addition or a list sorted by a stable
 * key, so merging is associative and commutative and the bytes don't depend on the number of shards.
 */
import { assert } from "../engine/kernel/assert.ts";
import { violationsKept } from "../engine/invariants/invariant.ts";
import type { CauseId, CauseRow } from "../engine/kernel/causes.ts";
import { sortedEvents } from "../engine/kubernetes/events/event-book.ts";
import { addSkipped, withSkipped } from "../engine/kubernetes/kubelet/skipped-probes.ts";
import type { HistogramSnapshot, RecorderSnapshot } from "../engine/metrics/recorder.ts";
import type { ControlResult, EffectCount, LossCount, RestartRecord, ShardResult, Violation } from "../engine/result.ts";

/** Results of any set of shards, disjoint from every other set that it is merged with. */
export type PartialResult = Omit<ShardResult, "shard">;

/** All shards of a run, with the rows of causes that something refers to. */
export function mergeShards(results: readonly ShardResult[]): PartialResult {
  assert(results.length > 0, "a run has at least one shard");
  const { skipped, ...merged } = results.map(normalised).reduce(merge);
  const metrics =
    skipped === undefined ? merged.metrics : { ...merged.metrics, histograms: withSkipped(merged.metrics.histograms, skipped) };
  const violations = firstViolations(merged.violations);
  return { ...merged, metrics, violations, causes: referencedCauses({ ...merged, violations }) };
}

export function merge(a: PartialResult, b: PartialResult): PartialResult {
  assert(a.control === null || b.control === null, "the control plane lives on one shard");
  return {
    metrics: mergeMetrics(a.metrics, b.metrics),
    causes: sortedBy([...a.causes, ...b.causes], (x, y) => x.id - y.id),
    losses: mergeLosses(a.losses, b.losses),
    restarts: sortedBy([...a.restarts, ...b.restarts], compareRestarts),
    effects: mergeEffects(a.effects, b.effects),
    violations: sortedBy([...a.violations, ...b.violations], compareViolations),
    fingerprints: sortedBy([...a.fingerprints, ...b.fingerprints], (x, y) => x[0] - y[0]),
    events: a.events + b.events,
    control: a.control ?? b.control,
    ...mergeSkipped(a.skipped, b.skipped),
    ...mergeEventObjects(a.eventObjects, b.eventObjects),
  };
}

function mergeSkipped(a: PartialResult["skipped"], b: PartialResult["skipped"]): Pick<PartialResult, "skipped"> {
  return a === undefined && b === undefined ? {} : { skipped: addSkipped(a ?? [], b ?? []) };
}

function mergeEventObjects(a: PartialResult["eventObjects"], b: PartialResult["eventObjects"]): Pick<PartialResult, "eventObjects"> {
  return a === undefined && b === undefined ? {} : { eventObjects: sortedEvents([...(a ?? []), ...(b ?? [])]) };
}

/** One shard's result in the order that merging gives, so that one shard and several read alike. */
export function normalised(result: PartialResult): PartialResult {
  return {
    metrics: mergeMetrics(result.metrics, { counters: {}, histograms: {}, timeSeries: {}, bucketWidth: result.metrics.bucketWidth }),
    causes: sortedBy(result.causes, (x, y) => x.id - y.id),
    losses: mergeLosses(result.losses, []),
    restarts: sortedBy(result.restarts, compareRestarts),
    effects: mergeEffects(result.effects, []),
    violations: sortedBy(result.violations, compareViolations),
    fingerprints: sortedBy(result.fingerprints, (x, y) => x[0] - y[0]),
    events: result.events,
    control: result.control,
    ...mergeSkipped(result.skipped, undefined),
    ...mergeEventObjects(result.eventObjects, undefined),
  };
}

export function mergeMetrics(a: RecorderSnapshot, b: RecorderSnapshot): RecorderSnapshot {
  assert(a.bucketWidth === b.bucketWidth, "shards of one run share their time buckets");
  return {
    counters: mergeRecords(a.counters, b.counters, (x, y) => x + y),
    histograms: mergeRecords(a.histograms, b.histograms, mergeHistograms),
    timeSeries: mergeRecords(a.timeSeries, b.timeSeries, addSeries),
    bucketWidth: a.bucketWidth,
  };
}

/**
 * The rows that a loss, restart, violation, rollout, shortage, fault or action refers to, with their ancestors on any shard. A
 * shard can't know what others refer to, so each brings all its rows and this is where the rest is dropped.
 */
export function referencedCauses(result: PartialResult): readonly CauseRow[] {
  const rows = new Map<CauseId, CauseRow>(result.causes.map((row) => [row.id, row]));
  const { control, losses, restarts, effects, violations } = result;
  const kept = new Set<CauseId>();
  for (const { cause } of [
    ...losses,
    ...restarts,
    ...effects,
    ...violations,
    ...(control?.rollouts ?? []),
    ...(control?.availability.shortages ?? []),
    ...(control?.faults ?? []),
    ...(control?.actions ?? []),
  ]) {
    for (let row = rows.get(cause); row !== undefined && !kept.has(row.id); row = rows.get(row.parent)) kept.add(row.id);
  }
  return result.causes.filter((row) => kept.has(row.id));
}

function mergeHistograms(a: HistogramSnapshot, b: HistogramSnapshot): HistogramSnapshot {
  const buckets = new Map<number, number>(a.buckets);
  for (const [bucket, count] of b.buckets) buckets.set(bucket, (buckets.get(bucket) ?? 0) + count);
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    buckets: sortedBy([...buckets], (x, y) => x[0] - y[0]),
  };
}

function addSeries(a: readonly number[], b: readonly number[]): readonly number[] {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
  return longer.map((value, index) => value + (shorter[index] ?? 0));
}

/** One entry per (load, outcome, state, cause). */
function mergeLosses(a: readonly LossCount[], b: readonly LossCount[]): readonly LossCount[] {
  const byKey = new Map<string, LossCount>();
  for (const loss of [...a, ...b]) {
    const key = `${loss.load}/${loss.outcome}/${loss.state}/${loss.cause}`;
    const known = byKey.get(key);
    byKey.set(
      key,
      known === undefined
        ? loss
        : {
            ...known,
            count: known.count + loss.count,
            first: Math.min(known.first, loss.first),
            last: Math.max(known.last, loss.last),
          },
    );
  }
  return sortedBy(
    [...byKey.values()],
    (x, y) => x.load - y.load || x.outcome - y.outcome || compareTexts(x.state, y.state) || x.cause - y.cause,
  );
}

/** One entry per (cause, kind). */
function mergeEffects(a: readonly EffectCount[], b: readonly EffectCount[]): readonly EffectCount[] {
  const byKey = new Map<string, EffectCount>();
  for (const effect of [...a, ...b]) {
    const key = `${effect.cause}/${effect.kind}`;
    byKey.set(key, { ...effect, count: effect.count + (byKey.get(key)?.count ?? 0) });
  }
  return sortedBy([...byKey.values()], (x, y) => x.cause - y.cause || x.kind - y.kind);
}

function mergeRecords<Value>(
  a: Readonly<Record<string, Value>>,
  b: Readonly<Record<string, Value>>,
  add: (x: Value, y: Value) => Value,
): Record<string, Value> {
  const merged: Record<string, Value> = {};
  for (const name of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
    const [x, y] = [a[name], b[name]];
    if (x !== undefined && y !== undefined) merged[name] = add(x, y);
    else merged[name] = (x ?? y) as Value;
  }
  return merged;
}

function compareRestarts(a: RestartRecord, b: RestartRecord): number {
  return a.time - b.time || a.pod - b.pod || a.container - b.container || a.cause - b.cause;
}

function compareViolations(a: Violation, b: Violation): number {
  return a.time - b.time || compareTexts(a.invariant, b.invariant) || compareTexts(a.message, b.message) || a.cause - b.cause;
}

/** As many of each invariant as one shard would keep. */
function firstViolations(sorted: readonly Violation[]): readonly Violation[] {
  const counts = new Map<string, number>();
  return sorted.filter(({ invariant }) => {
    const count = (counts.get(invariant) ?? 0) + 1;
    counts.set(invariant, count);
    return count <= violationsKept;
  });
}

/** By UTF-16 codes: the same everywhere. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sortedBy<Value>(values: readonly Value[], compare: (a: Value, b: Value) => number): Value[] {
  return values.toSorted(compare);
}

/** The control plane's part of a run that has one. */
export function controlOf(result: PartialResult): ControlResult {
  assert(result.control !== null, "shard 0 has no control plane");
  return result.control;
}
