/** What a shard's thread is given and what it gives back: plain data. */
import type { Duration, VirtualTime } from "../engine/kernel/time.ts";
import type { Model } from "./model.ts";

export interface ShardTask {
  readonly model: Model;
  readonly shard: number;
  readonly shards: number;
  readonly shardOf: Uint8Array;
  readonly lookahead: Duration;
  readonly end: VirtualTime;
  /** Whether each shard has a core of its own. */
  readonly spin: boolean;
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
  /** Wall time from the first window to the last, without building; and how much of it was spent waiting. */
  readonly wallMs: number;
  readonly waitedMs: number;
}
