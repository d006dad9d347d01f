/**
 * Mailboxes between shards in shared memory: one region for each ordered pair of shards and each of two
 * turns, so that a shard writes the next turn while a slower one still reads the last. What doesn't fit
 * into a region goes in further turns of the same window: nothing is lost and the memory is constant.
 *
 *   region: [words used, record, record, …]
 *   record: [words, receiver, time (2), class and origin, number, body…], or [words, BROADCAST, body…]
 *
 * Hot: bench/shards.bench.ts.
 */
import { NEVER, formatTime, type VirtualTime } from "../engine/kernel/time.ts";
import type { RemoteOutbox } from "../engine/kernel/simulator.ts";
import type { LpId } from "../engine/kernel/event.ts";
import type { ShardHost } from "../engine/shard-host.ts";
import { WordReader, WordWriter } from "../engine/words.ts";

/** Words of a record before its body. */
const HEAD_WORDS = 6;
/** Stands where a receiver would: for everyone in the shard. */
const BROADCAST = -1;
/** All regions together, and each: 64 MiB and 2 MiB at most, 4 KiB at least. Untouched pages cost nothing. */
const WORDS_IN_ALL = 16 * 1024 * 1024;
const REGION_WORDS_MAX = 512 * 1024;
const REGION_WORDS_MIN = 1024;

const asFloat = new Float64Array(1);
const asWords = new Int32Array(asFloat.buffer);

export function exchangeMemory(shards: number, regionWords: number = ordinaryRegionWords(shards)): SharedArrayBuffer {
  return new SharedArrayBuffer(regionCount(shards) * regionWords * Int32Array.BYTES_PER_ELEMENT);
}

export class Exchange implements RemoteOutbox {
  /** Least time of what was sent since the last window; the receivers don't know of it yet. */
  earliest: VirtualTime = NEVER;
  private readonly shard: number;
  private readonly shards: number;
  private readonly regionWords: number;
  private readonly memory: Int32Array;
  /** By receiving shard: what waits to be copied out, and how much of it has been. */
  private readonly outgoing: WordWriter[] = [];
  private readonly copied: Int32Array;
  /** By sending shard: words of earlier turns of this window. */
  private readonly incoming: WordWriter[] = [];
  private readonly reader = new WordReader();
  private host: ShardHost | null = null;
  private readonly beforeHost: (() => void)[] = [];

  constructor(memory: SharedArrayBuffer, shard: number, shards: number) {
    this.memory = new Int32Array(memory);
    this.shard = shard;
    this.shards = shards;
    this.regionWords = shards > 1 ? this.memory.length / regionCount(shards) : 0;
    this.copied = new Int32Array(shards);
    for (let other = 0; other < shards; other++) {
      this.outgoing.push(new WordWriter());
      this.incoming.push(new WordWriter());
    }
  }

  /** The host encodes bodies; what was sent while it was being built follows now. */
  bind(host: ShardHost): void {
    this.host = host;
    for (const send of this.beforeHost) send();
    this.beforeHost.length = 0;
  }

  append(shard: number, time: VirtualTime, classAndOrigin: number, number: number, receiver: LpId, payload: number): void {
    const host = this.host;
    if (host === null) {
      this.beforeHost.push(() => this.append(shard, time, classAndOrigin, number, receiver, payload));
      return;
    }
    const writer = this.outgoing[shard]!;
    const start = writer.length;
    writer.reserve(HEAD_WORDS);
    const words = writer.words;
    asFloat[0] = time;
    words[start + 1] = receiver;
    words[start + 2] = asWords[0]!;
    words[start + 3] = asWords[1]!;
    words[start + 4] = classAndOrigin;
    words[start + 5] = number;
    writer.length = start + HEAD_WORDS;
    host.encode(payload, writer);
    writer.words[start] = writer.length - start;
    if (time < this.earliest) this.earliest = time;
  }

  broadcast(write: (writer: WordWriter) => void): void {
    for (let other = 0; other < this.shards; other++) {
      if (other === this.shard) continue;
      const writer = this.outgoing[other]!;
      const start = writer.length;
      writer.int(0);
      writer.int(BROADCAST);
      write(writer);
      writer.words[start] = writer.length - start;
    }
  }

  /** Copies into the regions of a turn what fits; returns whether something is left for a further turn. */
  copyOut(turn: number): boolean {
    let isMore = false;
    for (let other = 0; other < this.shards; other++) {
      if (other === this.shard) continue;
      const writer = this.outgoing[other]!;
      const from = this.copied[other]!;
      const count = Math.min(writer.length - from, this.regionWords - 1);
      const start = this.regionStart(turn, this.shard, other);
      this.memory[start] = count;
      if (count > 0) this.memory.set(writer.words.subarray(from, from + count), start + 1);
      this.copied[other] = from + count;
      if (from + count < writer.length) isMore = true;
      else {
        writer.clear();
        this.copied[other] = 0;
      }
    }
    return isMore;
  }

  /** Keeps what this turn brought: the window's last turn is still to come. */
  keep(turn: number): void {
    for (let other = 0; other < this.shards; other++) {
      if (other === this.shard) continue;
      const start = this.regionStart(turn, other, this.shard);
      this.incoming[other]!.append(this.memory.subarray(start + 1, start + 1 + this.memory[start]!));
    }
  }

  /** After the last turn of a window: hands everything to the host. `bound` is where the window ended. */
  deliver(turn: number, bound: VirtualTime): void {
    this.earliest = NEVER;
    for (let other = 0; other < this.shards; other++) {
      if (other === this.shard) continue;
      const start = this.regionStart(turn, other, this.shard);
      const kept = this.incoming[other]!;
      if (kept.length === 0) {
        this.read(this.memory, start + 1, start + 1 + this.memory[start]!, bound);
        continue;
      }
      kept.append(this.memory.subarray(start + 1, start + 1 + this.memory[start]!));
      this.read(kept.words, 0, kept.length, bound);
      kept.clear();
    }
  }

  private read(words: Int32Array, from: number, to: number, bound: VirtualTime): void {
    const host = this.host!;
    const simulator = host.simulator;
    const reader = this.reader.over(words, from, to);
    for (let start = from; start < to;) {
      const next = start + words[start]!;
      const receiver = words[start + 1]!;
      if (receiver === BROADCAST) {
        reader.position = start + 2;
        host.receiveBroadcast(reader);
      } else {
        asWords[0] = words[start + 2]!;
        asWords[1] = words[start + 3]!;
        const time = asFloat[0]!;
        if (time < bound) throw tooEarly(receiver, time, bound);
        reader.position = start + HEAD_WORDS;
        const payload = host.decode(reader);
        simulator.receiveRemote(time, words[start + 4]! >>> 0, words[start + 5]! >>> 0, receiver, payload);
      }
      if (reader.position !== next) throw misread(next - start, reader.position - start);
      start = next;
    }
  }

  private regionStart(turn: number, from: number, to: number): number {
    return ((turn * this.shards + from) * this.shards + to) * this.regionWords;
  }
}

/** The cells from a shard to itself stay empty: simple addresses for a few untouched pages. */
function regionCount(shards: number): number {
  return 2 * shards * shards;
}

function ordinaryRegionWords(shards: number): number {
  if (shards === 1) return 1;
  return Math.max(REGION_WORDS_MIN, Math.min(REGION_WORDS_MAX, Math.floor(WORDS_IN_ALL / regionCount(shards))));
}

function misread(written: number, read: number): Error {
  return new Error(`podstorm bug: a record of ${written} words was read as ${read}`);
}

function tooEarly(receiver: LpId, time: VirtualTime, bound: VirtualTime): Error {
  return new Error(
    `podstorm bug: a message for LP ${receiver} at ${formatTime(time)} crossed shards after the window up to ${formatTime(bound)}: the lookahead is too long`,
  );
}
