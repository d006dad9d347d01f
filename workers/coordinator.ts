/**
 * Runs a model on shards. Threads are as many as shards, but never more than cores: a thread takes several
 * shards in turns then. One thread is the calling one, which works in slices, so that the event loop, and
 * with it Ctrl-C, lives. All of them take the same steps (stepper.ts), so the results are the same.
 */
import { availableParallelism } from "node:os";
import { assert } from "../engine/kernel/assert.ts";
import type { LpFingerprint } from "../engine/kernel/fingerprint.ts";
import type { VirtualTime } from "../engine/kernel/time.ts";
import { abortTask } from "./abort-watch.ts";
import { exchangeMemory } from "./exchange.ts";
import { modelFacts, type Model, type ModelFacts } from "./model.ts";
import type { ShardPool } from "./pool.ts";
import { Rendezvous, rendezvousMemory } from "./rendezvous.ts";
import { ShardError } from "./shard-error.ts";
import type { Stepper } from "./stepper.ts";
import type { CrewOutcome, CrewTask, FinishedShard, TracedEvent, Watch } from "./crew-task.ts";
import { Crew } from "./crew.ts";

/** The calling thread lets its event loop in after so much wall time. */
const SLICE_MS = 40;
const PROGRESS_MS = 100;
/** µs: windows that thresholds end (abort-watch.ts) are short however long the span; its sums with instants must stay exact. */
const LONGEST_SPAN = 1e12;
/** On one thread a further turn costs nothing, while memory for one window costs more than a small run. */
const REGION_WORDS_HERE = 2048;
/** After a failure, shards in the middle of a window get so long to come to its end; then their threads are ended. */
const LAST_WINDOW_MS = 1000;

export interface Progress {
  readonly virtualTime: VirtualTime;
  readonly events: number;
  readonly pods: number;
  readonly lost: number;
}

export interface RunModelOptions {
  readonly shards: number;
  /** Ends the run at the end of its present window; what was measured until then is returned as partial. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Threads to use instead of starting some; they stay open. */
  readonly pool?: ShardPool;
  /** 0: the calling thread. As many as shards and cores allow, unless given. */
  readonly threads?: number;
  readonly heapMiB?: number;
  /** Tests: tiny regions make one window need several turns. */
  readonly regionWords?: number;
  readonly watch?: Watch;
}

export interface ModelRun {
  /** One per shard, as the model's `finish` returned it. */
  readonly results: readonly unknown[];
  readonly end: VirtualTime;
  readonly isPartial: boolean;
  /** Index among the thresholds that end the run (abort-watch.ts); -1: none did. */
  readonly brokenThreshold: number;
  readonly events: number;
  readonly windows: number;
  /** What `watch` asked for. */
  readonly fingerprints: readonly LpFingerprint[];
  readonly traced: readonly TracedEvent[];
  /** Wall time of the windows: threads and models were built before. */
  readonly wallSeconds: number;
  /** Share of that time each shard spent waiting for the others. */
  readonly waitingShares: readonly number[];
}

export async function runModel(model: Model, options: RunModelOptions): Promise<ModelRun> {
  const { shards } = options;
  const threads = options.threads ?? usualThreads(shards);
  const facts = modelFacts(model, shards);
  const tasks = crewTasks(model, facts, threads, options);
  const rendezvous = new Rendezvous(tasks[0]!.rendezvous, shards, Math.max(1, threads), false);
  const stop = (): void => rendezvous.stop();
  if (options.signal?.aborted === true) stop();
  options.signal?.addEventListener("abort", stop);
  const show = options.onProgress;
  const timer = show === undefined ? null : setInterval(() => show(progressOf(rendezvous, shards)), PROGRESS_MS);
  try {
    return summary(threads > 0 ? await runThreads(tasks, rendezvous, facts, options) : await runHere(tasks[0]!, rendezvous, facts));
  } finally {
    if (timer !== null) clearInterval(timer);
    options.signal?.removeEventListener("abort", stop);
  }
}

/** A second thread only where it has a core of its own. */
function usualThreads(shards: number): number {
  const threads = Math.min(shards, availableParallelism());
  return threads > 1 ? threads : 0;
}

function crewTasks(model: Model, facts: ModelFacts, threads: number, { shards, regionWords, watch }: RunModelOptions): CrewTask[] {
  const crews = Math.max(1, threads);
  assert(crews <= shards, `${crews} threads for ${shards} shards`);
  const shared = {
    model,
    threads: crews,
    shards,
    shardOf: facts.shardOf,
    lookahead: facts.lookahead,
    end: facts.end,
    spin: availableParallelism() >= crews,
    watch: watch ?? null,
    abort: abortTask(facts.thresholds, facts.conditions, facts.warmup, shards),
    rendezvous: rendezvousMemory(shards),
    exchange: exchangeMemory(shards, regionWords ?? (threads === 0 ? REGION_WORDS_HERE : undefined)),
  };
  const all = Array.from({ length: shards }, (_, shard) => shard);
  return Array.from({ length: crews }, (_, thread) => ({ ...shared, thread, own: all.filter((shard) => shard % crews === thread) }));
}

async function runHere(task: CrewTask, rendezvous: Rendezvous, facts: ModelFacts): Promise<FinishedShard[]> {
  const crew = new Crew(task, rendezvous);
  try {
    await crew.build();
    const from = performance.now();
    while (runSlices(crew)) {
      crew.show();
      await new Promise(setImmediate);
    }
    return crew.finished(performance.now() - from, 0);
  } catch (error) {
    throw shardError(crew.shard, crew.now, facts.seed, error);
  }
}

/** Runs for about SLICE_MS; false when the run is over. */
function runSlices(crew: Crew): boolean {
  const from = performance.now();
  let before = from;
  for (;;) {
    crew.offer();
    if (!crew.accept()) continue;
    if (!crew.advance()) return false;
    const now = performance.now();
    if (crew.steppers.length === 1) adaptSpan(crew.steppers[0]!, now - before);
    if (now - from >= SLICE_MS) return true;
    before = now;
  }
}

/** How far a single shard runs before its driver looks up doesn't change what happens on the way. */
function adaptSpan(stepper: Stepper, ms: number): void {
  if (ms < SLICE_MS / 8) stepper.span = Math.min(LONGEST_SPAN, stepper.span * 2);
  else if (ms > SLICE_MS / 2) stepper.span = Math.max(1, Math.floor(stepper.span / 2));
}

async function runThreads(
  tasks: readonly CrewTask[],
  rendezvous: Rendezvous,
  facts: ModelFacts,
  options: RunModelOptions,
): Promise<FinishedShard[]> {
  const pool = options.pool ?? (await openPool(tasks.length, options.heapMiB));
  assert(pool.threads >= tasks.length, `${tasks.length} crews wait for each other on ${pool.threads} threads`);
  let timer: NodeJS.Timeout | null = null;
  const endThreadsSoon = (): void => {
    timer ??= setTimeout(() => void pool.close(), LAST_WINDOW_MS);
  };
  try {
    const ends = await Promise.all(tasks.map((task) => endOf(pool, task, rendezvous, endThreadsSoon)));
    const { failed } = rendezvous;
    if (failed === -1) return ends.flatMap((end) => (end.type === "finished" ? end.shards : [])).sort((a, b) => a.shard - b.shard);
    throw failureOf(failed, ends[failed % tasks.length]!, rendezvous.sign(failed).now, facts.seed);
  } finally {
    if (timer !== null) clearTimeout(timer);
    if (options.pool === undefined) await pool.close();
  }
}

/** Loaded on need: most runs have no threads, and start sooner without the library. */
async function openPool(threads: number, heapMiB: number | undefined): Promise<ShardPool> {
  const { ShardPool: Pool } = await import("./pool.ts");
  return new Pool({ threads, ...(heapMiB === undefined ? {} : { heapMiB }) });
}

function failureOf(shard: number, end: CrewEnd, at: VirtualTime, seed: number): ShardError {
  if (end.type === "died") return shardError(shard, at, seed, end.error);
  const error = new Error(end.type === "failed" ? end.message : "it stopped without a word");
  if (end.type === "failed") error.stack = end.stack;
  return shardError(shard, at, seed, error);
}

type CrewEnd = CrewOutcome | { readonly type: "died"; readonly error: unknown };

/** How a shard's thread ended; one that died takes the others with it. */
async function endOf(pool: ShardPool, task: CrewTask, rendezvous: Rendezvous, onFailure: () => void): Promise<CrewEnd> {
  try {
    const end = await pool.run(task);
    if (end.type === "failed") onFailure();
    return end;
  } catch (error) {
    rendezvous.fail(rendezvous.atWork(task.thread));
    onFailure();
    return { type: "died", error };
  }
}

function shardError(shard: number, at: VirtualTime, seed: number, error: unknown): ShardError {
  return error instanceof ShardError
    ? error
    : new ShardError(shard, at, seed, error instanceof Error ? error.message : String(error), error);
}

function summary(shards: readonly FinishedShard[]): ModelRun {
  const first = shards[0]!;
  const wallMs = Math.max(...shards.map((shard) => shard.wallMs));
  return {
    results: shards.map((shard) => shard.result),
    end: first.end,
    isPartial: first.isPartial,
    brokenThreshold: first.brokenThreshold,
    events: shards.reduce((sum, shard) => sum + shard.events, 0),
    windows: first.windows,
    fingerprints: shards.flatMap((shard) => shard.fingerprints),
    traced: shards.flatMap((shard) => shard.traced),
    wallSeconds: wallMs / 1000,
    waitingShares: shards.map((shard) => (wallMs > 0 ? shard.waitedMs / wallMs : 0)),
  };
}

function progressOf(rendezvous: Rendezvous, shards: number): Progress {
  let progress: Progress = { virtualTime: Infinity, events: 0, pods: 0, lost: 0 };
  for (let shard = 0; shard < shards; shard++) {
    const sign = rendezvous.sign(shard);
    progress = {
      virtualTime: Math.min(progress.virtualTime, sign.now),
      events: progress.events + sign.events,
      pods: progress.pods + sign.pods,
      lost: progress.lost + sign.lost,
    };
  }
  return progress;
}
