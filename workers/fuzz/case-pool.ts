/**
 * Cases on threads. A case that ends its thread, eats all memory or never ends is an outcome like any other: its chunk
 * is repeated one by one, which shows the guilty one, and the campaign goes on with the thread's successor.
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
    const answer = await this.chunk(cases);
    if (!("bucket" in answer)) return answer;
    return cases.length === 1 ? [{ failure: answer, coverage: [], value: null, events: 0 }] : this.oneByOne(cases);
  }

  /** The thread draws them; `drawnHere`: the same cases, should it not come back. Never rejects. */
  async checkDrawn(task: DrawTask, drawnHere: () => readonly CheckTask[]): Promise<readonly CaseOutcome[]> {
    const answer = await this.chunk(task);
    return "bucket" in answer ? this.oneByOne(drawnHere()) : answer;
  }

  /** On a thread that has done nothing before. */
  async checkAfresh(task: CheckTask): Promise<CaseOutcome> {
    const fresh = new CasePool({ ...this.options, threads: 1 });
    try {
      return (await fresh.check([task]))[0]!;
    } finally {
      await fresh.close();
    }
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  private async oneByOne(cases: readonly CheckTask[]): Promise<readonly CaseOutcome[]> {
    const outcomes: CaseOutcome[] = [];
    for (const each of cases) outcomes.push(...(await this.check([each])));
    return outcomes;
  }

  private async chunk(cases: ChunkTask["cases"]): Promise<readonly CaseOutcome[] | Failure> {
    const chunkMs = this.options.chunkMsMax ?? CHUNK_MS_MAX;
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), chunkMs);
    try {
      return await this.pool.run({ cases, options: this.options.check }, controller.signal);
    } catch (error) {
      return controller.signal.aborted
        ? { kind: "endless", bucket: "endless run", message: `no end within ${chunkMs / 1000} s` }
        : deathOf(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function deathOf(error: unknown): Failure {
  const { message, code } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error), code: "" };
  if (code === "ERR_WORKER_OUT_OF_MEMORY") return { kind: "memory", bucket: "out of memory", message };
  return { ...errorFailure(message), kind: "died", bucket: `thread died: ${message.replace(/\d+/g, "#").slice(0, 200)}` };
}
