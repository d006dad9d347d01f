/**
 * Cases on threads. A case that ends its thread, eats all memory or never ends is an outcome like any other: its chunk
 * is repeated one by one, which shows the guilty one, and the campaign goes on with the thread's successor. What has no end is
 * told by the events of a run (the same on each machine) or by `CHUNK_MS_MAX`, never by the end of the campaign's time.
 */
import type { CaseOutcome } from "../../scenarios/fuzz/campaign.ts";
import { errorFailure, type Failure } from "../../scenarios/fuzz/verdict.ts";
import { TaskPool, workerFileBeside } from "../pool.ts";
import type { CheckOptions, CheckTask } from "./check-case.ts";
import type { ChunkTask, DrawTask } from "./fuzz.worker.ts";

export interface CasePoolOptions {
  readonly threads: number;
  readonly check: CheckOptions;
  /** Wall time of a chunk; longer, and its thread is ended. */
  readonly chunkMsMax?: number;
  /** Of each thread's JavaScript heap. */
  readonly heapMiB?: number;
  /** The thread's entry: tests plant what goes wrong. */
  readonly workerFile?: string;
}

/** A case of ordinary size takes milliseconds; the largest scenarios take minutes. */
const CHUNK_MS_MAX = 300_000;
const HEAP_MIB = 2048;
/** Whoever waits as long as it takes. */
const never: AbortSignal = new AbortController().signal;

export class CasePool {
  readonly threads: number;
  private readonly options: CasePoolOptions;
  private readonly pool: TaskPool<ChunkTask, readonly CaseOutcome[]>;

  constructor(options: CasePoolOptions) {
    const { threads, heapMiB = HEAP_MIB, workerFile = workerFileBeside(import.meta.url, "fuzz.worker") } = options;
    this.threads = threads;
    this.options = options;
    this.pool = new TaskPool({ threads, heapMiB, workerFile });
  }

  /** In the order of the cases. Never rejects. */
  async check(cases: readonly CheckTask[]): Promise<readonly CaseOutcome[]> {
    return (await this.checkUntil(never, cases))!;
  }

  /** Null: `over` came before their end, and ended their threads. That says nothing about them. Never rejects. */
  async checkUntil(over: AbortSignal, cases: readonly CheckTask[]): Promise<readonly CaseOutcome[] | null> {
    const answer = await this.chunk(over, cases);
    if (answer === null || !("bucket" in answer)) return answer;
    return cases.length === 1 ? [{ failure: answer, coverage: [], value: null, events: 0 }] : this.oneByOne(over, cases);
  }

  /** The thread draws them; `drawnHere`: the same cases, should it not come back. As `checkUntil`. */
  async checkDrawn(over: AbortSignal, task: DrawTask, drawnHere: () => readonly CheckTask[]): Promise<readonly CaseOutcome[] | null> {
    const answer = await this.chunk(over, task);
    return answer !== null && "bucket" in answer ? this.oneByOne(over, drawnHere()) : answer;
  }

  /** On a thread that has done nothing before. Null: as `checkUntil`. */
  async checkAfresh(task: CheckTask, over: AbortSignal = never): Promise<CaseOutcome | null> {
    const fresh = new CasePool({ ...this.options, threads: 1 });
    try {
      return (await fresh.checkUntil(over, [task]))?.[0] ?? null;
    } finally {
      await fresh.close();
    }
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  private async oneByOne(over: AbortSignal, cases: readonly CheckTask[]): Promise<readonly CaseOutcome[] | null> {
    const outcomes: CaseOutcome[] = [];
    for (const each of cases) {
      const answer = await this.checkUntil(over, [each]);
      if (answer === null) return null;
      outcomes.push(...answer);
    }
    return outcomes;
  }

  private async chunk(over: AbortSignal, cases: ChunkTask["cases"]): Promise<readonly CaseOutcome[] | Failure | null> {
    const chunkMs = this.options.chunkMsMax ?? CHUNK_MS_MAX;
    const controller = new AbortController();
    const end = (): void => controller.abort();
    const timer = setTimeout(end, chunkMs);
    over.addEventListener("abort", end);
    try {
      if (over.aborted) return null;
      return await this.pool.run({ cases, options: this.options.check }, controller.signal);
    } catch (error) {
      if (over.aborted) return null;
      return controller.signal.aborted
        ? { kind: "endless", bucket: "endless run", message: `no end within ${chunkMs / 1000} s` }
        : deathOf(error);
    } finally {
      clearTimeout(timer);
      over.removeEventListener("abort", end);
    }
  }
}

function deathOf(error: unknown): Failure {
  const { message, code } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error), code: "" };
  if (code === "ERR_WORKER_OUT_OF_MEMORY") return { kind: "memory", bucket: "out of memory", message };
  return { ...errorFailure(message), kind: "died", bucket: `thread died: ${message.replace(/\d+/g, "#").slice(0, 200)}` };
}
