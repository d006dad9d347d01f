/**
 * Threads for shards: piscina starts and owns them, and each gets one task for a whole run (crew.ts). Windows are
 * never tasks or messages (they meet in shared memory, rendezvous.ts). The only file that imports piscina.
 */
import { Piscina } from "piscina";
import type { CrewOutcome, CrewTask } from "./crew-task.ts";

export interface PoolOptions {
  readonly threads: number;
  /** Limit of the JavaScript heap of each thread in MiB; the engine's own when not given. */
  readonly heapMiB?: number;
}

export class ShardPool {
  readonly threads: number;
  private readonly piscina: Piscina<CrewTask, CrewOutcome>;

  constructor({ threads, heapMiB }: PoolOptions) {
    this.threads = threads;
    this.piscina = new Piscina<CrewTask, CrewOutcome>({
      filename: shardWorkerFile(),
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
      // Its own waiting in shared memory is for many small tasks; ours last for a run.
      atomics: "disabled",
      recordTiming: false,
      ...(heapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMiB } }),
    });
    // A thread that dies is reported by the task it had; without a task there is nobody to tell.
    this.piscina.on("error", () => {});
  }

  /** Rejects when the thread dies. The tasks of a run wait for each other, so all must find a thread: one run at a time. */
  run(task: CrewTask): Promise<CrewOutcome> {
    return this.piscina.run(task);
  }

  /** Ends all threads, also those in the middle of a task, and waits until they are gone. */
  async close(): Promise<void> {
    await this.piscina.destroy();
  }
}

export interface TaskPoolOptions extends PoolOptions {
  /** The thread's entry: its URL. */
  readonly workerFile: string;
}

/** Threads for many tasks that don't know of each other. One that dies is replaced; only its own task is lost. */
export class TaskPool<Task, Answer> {
  readonly threads: number;
  private readonly piscina: Piscina<Task, Answer>;

  constructor({ threads, heapMiB, workerFile }: TaskPoolOptions) {
    this.threads = threads;
    this.piscina = new Piscina<Task, Answer>({
      filename: workerFile,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
      atomics: "disabled",
      recordTiming: false,
      ...(heapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMiB } }),
    });
    this.piscina.on("error", () => {});
  }

  /** Rejects when the thread dies, and when the signal ends it. */
  run(task: Task, signal: AbortSignal): Promise<Answer> {
    return this.piscina.run(task, { signal });
  }

  async close(): Promise<void> {
    await this.piscina.destroy();
  }
}

function shardWorkerFile(): string {
  return workerFileBeside(import.meta.url, "shard.worker");
}

/** The source in development, the built file in the package: whatever the file itself is that has it beside it. */
export function workerFileBeside(url: string, name: string): string {
  return new URL(`./${name}${url.slice(url.lastIndexOf("."))}`, url).href;
}
