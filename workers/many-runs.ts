/** Many runs side by side, each on one thread: a search or a sweep over a scenario's values. Which thread makes which run doesn't show. */
import { availableParallelism } from "node:os";
import type { RunResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { run, runOn } from "./run.ts";

export interface ManyRuns {
  /** As many as threads are made at once; of those that wait, the lowest rank comes first. Null: interrupted. */
  run(spec: ScenarioSpec, rank?: number): Promise<RunResult | null>;
  close(): Promise<void>;
}

export interface ManyRunsOptions {
  readonly workers: number | "auto";
  readonly signal: AbortSignal;
}

export async function openRuns({ workers, signal }: ManyRunsOptions): Promise<ManyRuns> {
  const threads = workers === "auto" ? availableParallelism() : workers;
  const pool = threads === 1 ? null : new (await import("./pool.ts")).ShardPool({ threads });
  const limit = new Turns(threads);
  return {
    async run(spec, rank = 0) {
      await limit.enter(rank);
      try {
        if (signal.aborted) return null;
        const result = pool === null ? (await run(spec, { workers: 1, signal })).result : await runOn(pool, spec, signal);
        return result.isPartial && result.aborted === undefined ? null : result;
      } finally {
        limit.leave();
      }
    },
    close: async () => await pool?.close(),
  };
}

/** Within a rank, first come, first served. */
class Turns {
  private free: number;
  private readonly waiting: { readonly rank: number; readonly begin: () => void }[] = [];

  constructor(places: number) {
    this.free = places;
  }

  async enter(rank: number): Promise<void> {
    if (this.free > 0) this.free--;
    else {
      await new Promise<void>((begin) => {
        const behind = this.waiting.findIndex((other) => other.rank > rank);
        this.waiting.splice(behind < 0 ? this.waiting.length : behind, 0, { rank, begin });
      });
    }
  }

  leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free++;
    else next.begin();
  }
}
