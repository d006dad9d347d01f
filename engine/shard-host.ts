/**
 * One shard's part of a model, as its host sees it: a simulator, and the words in which bodies travel to
 * other shards. A cluster (cluster.ts) and PHOLD (kernel/phold.ts) are models; workers/ runs them.
 */
import type { Trace } from "./kernel/fingerprint.ts";
import type { RemoteOutbox, Simulator } from "./kernel/simulator.ts";
import type { VirtualTime } from "./kernel/time.ts";
import type { ThresholdSpec } from "./scenario-spec.ts";
import type { WordReader, WordWriter } from "./wire.ts";

export interface ShardHost {
  readonly simulator: Simulator;
  /** Writes the body behind a payload (a mailbox slot, which becomes free) that leaves this shard. Called while its sender is dispatched. */
  encode(payload: number, writer: WordWriter): void;
  /** Reads one and returns the local payload. Called between windows. */
  decode(reader: WordReader): number;
  /** A bulletin entry from another shard. Called between windows, in the order of writing. */
  receiveBroadcast(reader: WordReader): void;
  /** For the progress display only: what this shard knows right now. */
  progress(): { readonly pods: number; readonly lost: number };
  /** Writes what it has measured of these thresholds by `now` (threshold.ts); changes nothing. Absent: it measures none. */
  contribute?(now: VirtualTime, thresholds: readonly ThresholdSpec[], into: Float64Array): void;
  /** A condition of the scenario holds; its faults begin from `at` on. Called between windows, on every shard, at the same instant. */
  conditionHolds?(condition: number, at: VirtualTime): void;
  /** Plain data, structured-cloneable: what this shard measured up to `end` (events at `end` itself are not dispatched). */
  finish(end: VirtualTime): unknown;
}

/** Writes one bulletin entry for every other shard. */
export type Broadcast = (write: (writer: WordWriter) => void) => void;

export interface ShardOptions {
  readonly shard: number;
  /** Shard of each LP, by LP id. */
  readonly shardOf: Uint8Array;
  /** Null when there is one shard. */
  readonly outbox: RemoteOutbox | null;
  /** Null when there is one shard. */
  readonly broadcast: Broadcast | null;
  /** For the simulator: sees one block of events of one LP of this shard; null or absent: nobody looks. */
  readonly trace?: Trace | null;
}
