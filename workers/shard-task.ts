/** What a shard's thread is given and what it gives back: plain data. */
import type { Duration, VirtualTime } from "../engine/kernel/time.ts";
import type { LpFingerprint } from "../engine/kernel/fingerprint.ts";
import type { LpId } from "../engine/kernel/event.ts";
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

export interface ShardTask {
  readonly model: Model;
  readonly shard: number;
  readonly shards: number;
  readonly shardOf: Uint8Array;
  readonly lookahead: Duration;
  readonly end: VirtualTime;
  /** Whether each shard has a core of its own. */
  readonly spin: boolean;
  readonly watch: Watch | null;
  readonly rendezvous: SharedArrayBuffer;
  readonly exchange: SharedArrayBuffer;
}

export type ShardOutcome =
  | FinishedShard
  | { readonly type: "failed"; readonly message: string; readonly stack: string }
  /** Another shard failed. */
  | { readonly type: "stopped" };

export interface FinishedShard {
  readonly type: "finished";
  /** What the model's `finish` returned. */
  readonly result: unknown;
  readonly end: VirtualTime;
  readonly isPartial: boolean;
  readonly events: number;
  readonly windows: number;
  /** Empty unless they were asked for. */
  readonly fingerprints: readonly LpFingerprint[];
  readonly traced: readonly TracedEvent[];
  /** Wall time from the first window to the last, without building; and how much of it was spent waiting. */
  readonly wallMs: number;
  readonly waitedMs: number;
}
