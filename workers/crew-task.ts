/** What a thread is given and what it gives back: plain data. */
import type { Duration, VirtualTime } from "../engine/kernel/time.ts";
import type { LpFingerprint } from "../engine/kernel/fingerprint.ts";
import type { LpId } from "../engine/kernel/event.ts";
import type { AbortTask } from "./abort-watch.ts";
import type { Model } from "./model.ts";

/** What is looked at besides the result: where two runs of one model part (determinism.ts). */
export interface Watch {
  /** Hashes of every LP, block by block. */
  readonly fingerprints: boolean;
  /** All events of one block of one LP. */
  readonly block: WatchedBlock | null;
}

export interface WatchedBlock {
  readonly lp: LpId;
  readonly block: number;
}

/** One dispatched event: its key, and its number within its LP from 0. */
export interface TracedEvent {
  readonly time: VirtualTime;
  readonly classAndOrigin: number;
  readonly number: number;
  readonly position: number;
}

export interface CrewTask {
  readonly model: Model;
  /** Its number among the threads of the run, and the shards that it drives. */
  readonly thread: number;
  readonly own: readonly number[];
  readonly threads: number;
  readonly shards: number;
  readonly shardOf: Uint8Array;
  readonly lookahead: Duration;
  readonly end: VirtualTime;
  /** Whether each thread has a core of its own. */
  readonly spin: boolean;
  readonly watch: Watch | null;
  /** Null: no threshold ends the run. */
  readonly abort: AbortTask | null;
  readonly rendezvous: SharedArrayBuffer;
  readonly exchange: SharedArrayBuffer;
}

export type CrewOutcome =
  /** In the order of `own`. */
  | { readonly type: "finished"; readonly shards: readonly FinishedShard[] }
  | { readonly type: "failed"; readonly message: string; readonly stack: string }
  /** A shard of another thread failed. */
  | { readonly type: "stopped" };

export interface FinishedShard {
  readonly shard: number;
  /** What the model's `finish` returned. */
  readonly result: unknown;
  readonly end: VirtualTime;
  readonly isPartial: boolean;
  /** Index among the thresholds that end the run; -1: none did. */
  readonly brokenThreshold: number;
  readonly events: number;
  readonly windows: number;
  /** Empty unless they were asked for. */
  readonly fingerprints: readonly LpFingerprint[];
  readonly traced: readonly TracedEvent[];
  /** Wall time from the first window to the last, without building; and how much of it its thread spent waiting. */
  readonly wallMs: number;
  readonly waitedMs: number;
}
