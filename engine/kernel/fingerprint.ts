/**
 * What each logical process received, as a running hash of the keys in their order: the same for any
 * number of shards. The ledger also turns a loop of almost no time into an error. Hot: bench/phold.bench.ts.
 *
 * An LP's row is 16 bytes, so that an event touches one cache line of it:
 *
 *   hash u32, hash u32, events u32, sent u32
 *
 * The simulator itself adds an event to its row (`Simulator.enter`) and counts what an LP sends.
 */
import { formatTime, SECOND, type VirtualTime } from "./time.ts";
import type { LpId } from "./event.ts";

/** Events between two kept hashes of an LP. */
export const BLOCK_EVENTS = 4096;
export const EVENTS_PER_SECOND_MAX = 5_000_000;

/** Sees every event that one LP receives within one block of it. */
export interface Trace {
  readonly lp: LpId;
  /** The block's ordinal: events [block × 4,096, (block + 1) × 4,096) of the LP. */
  readonly block: number;
  note(time: VirtualTime, classAndOrigin: number, number: number, event: number): void;
}

export interface LpFingerprint {
  readonly lp: LpId;
  readonly events: number;
  /** After each full block, and at last after the rest. */
  readonly blocks: readonly string[];
}

export class Ledger {
  private readonly budget: number;
  readonly rows: Uint32Array;
  /** Both words of the hash after each full block. */
  private readonly blocks: (number[] | undefined)[];
  /** Budget: start of the present virtual second and full blocks since, of LPs that reached a block. */
  private readonly windowStart: Float64Array;
  private readonly windowBlocks: Uint32Array;
  private readonly trace: Trace | null;

  constructor(lpCount: number, budget: number, trace: Trace | null) {
    this.budget = budget;
    this.rows = new Uint32Array(lpCount * 4);
    this.blocks = [];
    this.windowStart = new Float64Array(lpCount);
    this.windowBlocks = new Uint32Array(lpCount);
    this.trace = trace;
  }

  /** An event was added to a row that is traced or has reached the end of a block. */
  review(lp: LpId, time: VirtualTime, classAndOrigin: number, number: number): void {
    const events = this.eventsOf(lp);
    const trace = this.trace;
    if (trace !== null && lp === trace.lp && Math.floor((events - 1) / BLOCK_EVENTS) === trace.block) {
      trace.note(time, classAndOrigin, number, events - 1);
    }
    if ((events & (BLOCK_EVENTS - 1)) === 0) this.finishBlock(lp, time);
  }

  eventsOf(lp: LpId): number {
    return this.rows[lp * 4 + 2]!;
  }

  /** The hash of everything an LP received: 16 hexadecimal digits. */
  hashOf(lp: LpId): string {
    return hexOf(this.rows[lp * 4]!, this.rows[lp * 4 + 1]!);
  }

  fingerprintOf(lp: LpId): LpFingerprint {
    const kept = this.blocks[lp] ?? [];
    const blocks: string[] = [];
    for (let at = 0; at < kept.length; at += 2) blocks.push(hexOf(kept[at]!, kept[at + 1]!));
    if ((this.eventsOf(lp) & (BLOCK_EVENTS - 1)) !== 0) blocks.push(this.hashOf(lp));
    return { lp, events: this.eventsOf(lp), blocks };
  }

  private finishBlock(lp: LpId, time: VirtualTime): void {
    const kept = (this.blocks[lp] ??= []);
    kept.push(this.rows[lp * 4]!, this.rows[lp * 4 + 1]!);
    if (time - this.windowStart[lp]! >= SECOND) {
      this.windowStart[lp] = time;
      this.windowBlocks[lp] = 0;
    }
    const events = ++this.windowBlocks[lp]! * BLOCK_EVENTS;
    if (events <= this.budget) return;
    throw new Error(
      `LP ${lp} received ${events} events within one virtual second before ${formatTime(time)} (at most ${this.budget} are allowed): a loop of almost no time`,
    );
  }
}

function hexOf(high: number, low: number): string {
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

/** One hash over all LPs, in order of id; the list may come from any number of shards in any order. */
export function combinedFingerprint(fingerprints: readonly (readonly [LpId, string])[]): string {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (const [lp, hash] of fingerprints.toSorted((one, other) => one[0] - other[0])) {
    const text = `${lp}:${hash};`;
    for (let at = 0; at < text.length; at++) {
      a = Math.imul(a ^ text.charCodeAt(at), 0x01000193);
      b = Math.imul(b ^ (a >>> 15) ^ text.charCodeAt(at), 0x85ebca6b);
    }
  }
  return hexOf(a >>> 0, (b ^ (b >>> 15)) >>> 0);
}

/** The first block in which two runs differ, or null. */
export function firstDifference(
  one: readonly LpFingerprint[],
  other: readonly LpFingerprint[],
): { readonly lp: LpId; readonly block: number } | null {
  const others = new Map(other.map((fingerprint) => [fingerprint.lp, fingerprint]));
  for (const fingerprint of one) {
    const blocks = others.get(fingerprint.lp)?.blocks ?? [];
    const length = Math.max(blocks.length, fingerprint.blocks.length);
    for (let block = 0; block < length; block++) if (blocks[block] !== fingerprint.blocks[block]) return { lp: fingerprint.lp, block };
  }
  return null;
}
