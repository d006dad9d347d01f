/**
 * Runs a model on shards: on the calling thread when there is one (in slices, so that the event loop, and
 * with it Ctrl-C, lives), else on one thread each. All of them are the same steps (stepper.ts); a third
 * driver takes shards in turn on one thread, for tests and fuzzing, where starting threads would cost more
 * than the run. Same results whichever drives.
 */
import { availableParallelism } from "node:os";
import { assert } from "../engine/kernel/assert.ts";
import type { LpFingerprint } from "../engine/kernel/fingerprint.ts";
import type { VirtualTime } from "../engine/kernel/time.ts";
import { exchangeMemory } from "./exchange.ts";
import { modelFacts, type Model, type ModelFacts } from "./model.ts";
import type { ShardPool } from "./pool.ts";
import { Rendezvous, rendezvousMemory } from "./rendezvous.ts";
import { ShardError } from "./shard-error.ts";
import type { FinishedShard, ShardOutcome, ShardTask, TracedEvent, Watch } from "./shard-task.ts";
import { buildStepper, type Stepper } from "./stepper.ts";

/** A single shard lets the event loop in after so much wall time. */
const SLICE_MS = 40;
const PROGRESS_MS = 100;
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
  /** Threads even for one shard: benches compare like with like. */
  readonly isThreaded?: boolean;
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
  const facts = modelFacts(model, shards);
  const tasks = shardTasks(model, facts, options);
  const rendezvous = new Rendezvous(tasks[0]!.rendezvous, shards, false);
  const stop = (): void => rendezvous.stop();
  if (options.signal?.aborted === true) stop();
  options.signal?.addEventListener("abort", stop);
  const show = options.onProgress;
  const timer = show === undefined ? null : setInterval(() => show(progressOf(rendezvous, shards)), PROGRESS_MS);
  try {
    const isThreaded = shards > 1 || options.isThreaded === true;
    return summary(isThreaded ? await runThreads(tasks, rendezvous, facts, options) : [await runAlone(tasks[0]!, rendezvous, facts)]);
  } finally {
    if (timer !== null) clearInterval(timer);
    options.signal?.removeEventListener("abort", stop);
  }
}

/** All shards on the calling thread, one after the other in each window. */
export async function runInTurns(model: Model, options: Pick<RunModelOptions, "shards" | "regionWords" | "watch">): Promise<ModelRun> {
  const { shards } = options;
  const facts = modelFacts(model, shards);
  const tasks = shardTasks(model, facts, options);
  const rendezvous = new Rendezvous(tasks[0]!.rendezvous, shards, false);
  const steppers: Stepper[] = [];
  const from = performance.now();
  let stepping = 0;
  try {
    for (stepping = 0; stepping < shards; stepping++) steppers.push(await buildStepper(tasks[stepping]!, rendezvous));
    const each = (step: (stepper: Stepper) => boolean): boolean => {
      let answer = true;
      for (stepping = 0; stepping < shards; stepping++) answer = step(steppers[stepping]!);
      return answer;
    };
    do {
      do each(offer);
      while (!each((stepper) => stepper.accept()));
    } while (each((stepper) => stepper.advance()));
    return summary(steppers.map((stepper) => stepper.finished(performance.now() - from, 0)));
  } catch (error) {
    throw shardError(stepping, steppers[stepping]?.host.simulator.now ?? 0, facts.seed, error);
  }
}

function offer(stepper: Stepper): boolean {
  stepper.offer();
  return true;
}

function shardTasks(model: Model, facts: ModelFacts, options: Pick<RunModelOptions, "shards" | "regionWords" | "watch">): ShardTask[] {
  const { shards, regionWords, watch } = options;
  const shared = {
    model,
    shards,
    shardOf: facts.shardOf,
    lookahead: facts.lookahead,
    end: facts.end,
    spin: availableParallelism() >= shards,
    watch: watch ?? null,
    rendezvous: rendezvousMemory(shards),
    exchange: exchangeMemory(shards, regionWords),
  };
  return Array.from({ length: shards }, (_, shard) => ({ ...shared, shard }));
}

async function runAlone(task: ShardTask, rendezvous: Rendezvous, facts: ModelFacts): Promise<FinishedShard> {
  let stepper: Stepper | null = null;
  try {
    stepper = await buildStepper(task, rendezvous);
    const from = performance.now();
    while (runSlices(stepper)) {
      stepper.show();
      await new Promise(setImmediate);
    }
    return stepper.finished(performance.now() - from, 0);
  } catch (error) {
    throw shardError(0, stepper?.host.simulator.now ?? 0, facts.seed, error);
  }
}

/** Runs for about SLICE_MS; false when the run is over. How far a slice reaches doesn't change what happens in it. */
function runSlices(stepper: Stepper): boolean {
  const from = performance.now();
  let before = from;
  for (;;) {
    stepper.offer();
    stepper.accept();
    if (!stepper.advance()) return false;
    const now = performance.now();
    if (now - before < SLICE_MS / 8) stepper.span *= 2;
    else if (now - before > SLICE_MS / 2) stepper.span = Math.max(1, Math.floor(stepper.span / 2));
    if (now - from >= SLICE_MS) return true;
    before = now;
  }
}

async function runThreads(
  tasks: readonly ShardTask[],
  rendezvous: Rendezvous,
  facts: ModelFacts,
  options: RunModelOptions,
): Promise<FinishedShard[]> {
  const pool = options.pool ?? (await openPool(tasks.length, options.heapMiB));
  assert(pool.threads >= tasks.length, `${tasks.length} shards wait for each other on ${pool.threads} threads`);
  let timer: NodeJS.Timeout | null = null;
  const endThreadsSoon = (): void => {
    timer ??= setTimeout(() => void pool.close(), LAST_WINDOW_MS);
  };
  try {
    const ends = await Promise.all(tasks.map((task) => endOf(pool, task, rendezvous, endThreadsSoon)));
    const { failed } = rendezvous;
    if (failed === -1) return ends as FinishedShard[];
    throw failureOf(failed, ends[failed]!, rendezvous.sign(failed).now, facts.seed);
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

function failureOf(shard: number, end: ShardEnd, at: VirtualTime, seed: number): ShardError {
  if (end.type === "died") return shardError(shard, at, seed, end.error);
  const error = new Error(end.type === "failed" ? end.message : "it stopped without a word");
  if (end.type === "failed") error.stack = end.stack;
  return shardError(shard, at, seed, error);
}

type ShardEnd = ShardOutcome | { readonly type: "died"; readonly error: unknown };

/** How a shard's thread ended; one that died takes the others with it. */
async function endOf(pool: ShardPool, task: ShardTask, rendezvous: Rendezvous, onFailure: () => void): Promise<ShardEnd> {
  try {
    const end = await pool.run(task);
    if (end.type === "failed") onFailure();
    return end;
  } catch (error) {
    rendezvous.fail(task.shard);
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
