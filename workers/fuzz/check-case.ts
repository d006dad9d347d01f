/**
 * One case of a campaign: read, run, judged. Everything that goes wrong with it is an outcome, but for what ends the
 * thread. One shard after the other on this thread; the laws that need more runs are asked for by the campaign.
 */
import { buildShard } from "../../engine/cluster.ts";
import { combinedFingerprint } from "../../engine/kernel/fingerprint.ts";
import { Workspace } from "../../engine/kernel/workspace.ts";
import { SECOND, formatTime, type VirtualTime } from "../../engine/kernel/time.ts";
import type { RunResult, ShardResult } from "../../engine/result.ts";
import type { ScenarioSpec, ThresholdSpec } from "../../engine/scenario-spec.ts";
import { judge } from "../../reports/verdict.ts";
import type { CaseOutcome } from "../../scenarios/fuzz/campaign.ts";
import { comesToRest } from "../../scenarios/fuzz/comes-to-rest.ts";
import { coverageOf } from "../../scenarios/fuzz/coverage.ts";
import { readCase, type FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { firstDifference, podsAtRest, restingTime } from "../../scenarios/fuzz/properties.ts";
import { reachedKeys } from "../../scenarios/fuzz/sometimes-reached.ts";
import { errorFailure, verdictOf, type Failure } from "../../scenarios/fuzz/verdict.ts";
import { formatIssues } from "../../scenarios/issues.ts";
import { AbortWatch, abortTask, abortingThresholds } from "../abort-watch.ts";
import { mergeShards } from "../merge.ts";
import { modelFacts } from "../model.ts";
import { digestOf, runHere } from "../run.ts";
import { runResult } from "../run-result.ts";

/** What a case is held to besides invariants and thresholds. */
export type Law =
  /** Two shards give the bytes of one. */
  | "two shards"
  /** Settled, and rolled out from nothing long ago, are the same: looked at where nothing happens. */
  | "at rest";

/** Plain data. */
export interface CheckTask {
  readonly found: FuzzCase;
  readonly laws: readonly Law[];
  /** Instead of the pool's. */
  readonly eventsMax?: number;
}

export interface CheckOptions {
  readonly isCoverageWanted: boolean;
  /** What is to be as large as possible. */
  readonly maximize: ThresholdSpec | null;
  /** More of them, and the run counts as endless. */
  readonly eventsMax: number;
}

/** Looked at so often whether there are too many events: virtual time. */
const LOOK_EVERY = 5 * SECOND;

export async function checkCase({ found, laws, eventsMax = Infinity }: CheckTask, options: CheckOptions): Promise<CaseOutcome> {
  try {
    const { spec, issues } = readCase(found);
    if (spec === null) return failed(errorFailure(`this case is no valid scenario:\n${formatIssues(issues)}`));
    const { result, shard } = runOnce(spec, Math.min(eventsMax, options.eventsMax));
    const failure =
      verdictOf(result, spec.thresholds) ??
      (await brokenLaw(
        spec,
        result,
        laws.filter((law) => law !== "at rest" || comesToRest(found)),
      ));
    return {
      failure,
      coverage: options.isCoverageWanted ? [...coverageOf([shard]), ...reachedKeys(result)] : [],
      value: options.maximize === null ? null : valueOf(result, options.maximize),
      events: result.events,
    };
  } catch (error) {
    if (error instanceof EndlessRun) return failed({ kind: "endless", bucket: "endless run", message: error.message });
    return failed(errorFailure(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  }
}

function failed(failure: Failure): CaseOutcome {
  return { failure, coverage: [], value: null, events: 0 };
}

/** One a thread: nothing of a run reaches the next one through it. What fails is repeated on a fresh thread before it is shrunk. */
const workspace = new Workspace();

interface OneRun {
  readonly result: RunResult;
  readonly shard: ShardResult;
}

class EndlessRun extends Error {}

function runOnce(spec: ScenarioSpec, eventsMax: number): OneRun {
  const { shardOf } = modelFacts({ type: "cluster", spec }, 1);
  const host = buildShard(spec, { shard: 0, shardOf, outbox: null, broadcast: null, workspace });
  const task = abortTask(spec.thresholds, spec.conditions ?? [], spec.warmup, 1);
  const watch = task === null ? null : new AbortWatch(task, 0, 1);
  let now: VirtualTime = 0;
  let broken = -1;
  while (now < spec.duration && broken === -1) {
    now = Math.min(spec.duration, now + LOOK_EVERY, watch?.next ?? Infinity);
    host.simulator.runUntil(now);
    if (host.simulator.events > eventsMax) throw new EndlessRun(`more than ${eventsMax} events by ${formatTime(now)}`);
    if (watch === null || watch.next !== now || now === spec.duration) continue;
    watch.contribute(host);
    broken = watch.broken(host);
  }
  const shard = host.finish(now);
  const merged = mergeShards([shard]);
  const threshold = broken === -1 ? undefined : abortingThresholds(spec.thresholds)[broken];
  const result = runResult(spec, merged, {
    // Nobody asks for it but the law of two shards.
    specDigest: "",
    fingerprint: combinedFingerprint(merged.fingerprints),
    end: now,
    isPartial: now < spec.duration,
    aborted: threshold === undefined ? null : { threshold: spec.thresholds.indexOf(threshold), at: now },
    mode: "virtual",
  });
  return { result, shard };
}

async function brokenLaw(spec: ScenarioSpec, result: RunResult, laws: readonly Law[]): Promise<Failure | null> {
  for (const law of laws) {
    const failure = law === "two shards" ? await twoShards(spec, result) : atRest(spec, result);
    if (failure !== null) return failure;
  }
  return null;
}

async function twoShards(spec: ScenarioSpec, result: RunResult): Promise<Failure | null> {
  const shards = Math.min(2, spec.nodes.length);
  if (shards === 1) return null;
  const [one, two] = [JSON.stringify({ ...result, specDigest: digestOf(spec) }), JSON.stringify(await runHere(spec, shards))];
  if (one === two) return null;
  const message = `${shards} shards give other bytes than 1: ${firstDifference(one, two)}`;
  return { kind: "determinism", bucket: "law: two shards give the bytes of one", message };
}

function atRest(spec: ScenarioSpec, result: RunResult): Failure | null {
  const settled = spec.start === "settled" ? result : runOnce({ ...spec, start: "settled" }, Infinity).result;
  const empty = runOnce({ ...spec, start: "empty", duration: restingTime, warmup: 0, load: [] }, Infinity).result;
  const [atOnce, afterwards] = [podsAtRest(settled.control), podsAtRest(empty.control)];
  if (atOnce === afterwards) return null;
  const message = `settled: ${atOnce}; rolled out from nothing: ${afterwards}`;
  return { kind: "law", bucket: "law: settled is what was rolled out long ago", message };
}

/** "Never" is worse than any number. */
function valueOf(result: RunResult, wanted: ThresholdSpec): number | null {
  const value = judge(result, [wanted]).thresholds[0]!.value;
  return value === Infinity ? Number.MAX_VALUE : value;
}
