/**
 * Sorts event records by their keys (time, class and origin, number). Records are spread over as many
 * pigeonholes as there are records, by the first part of the key in which they differ, and what is left
 * to do in a hole is done by insertion, or by the same again when the hole is crowded. Each round divides
 * the range of the key by the number of records, so even the worst keys need few rounds.
 * Hot: bench/event-queue.bench.ts.
 */
import { Records } from "./records.ts";

const INSERTION_MAX = 24;

/** Index of a word within a record; -1 is its time. */
type KeyPart = -1 | 2 | 3;

export class RecordSorter {
  private scratch = new Records(64);
  /** Ends of the holes; a deeper round uses what lies behind those of the one above. */
  private ends = new Uint32Array(256);

  /** Sorts the records [from, to) of the two views of a buffer. */
  sort(times: Float64Array, words: Uint32Array, from: number, to: number): void {
    if (to - from <= INSERTION_MAX) insertionSort(times, words, from, to);
    else this.spread(times, words, from, to, 0);
  }

  private spread(times: Float64Array, words: Uint32Array, from: number, to: number, base: number): void {
    const count = to - from;
    const part = partThatDiffers(times, words, from, to);
    if (part === null) return;
    this.reserve(count, base + count);
    const scratchTimes = this.scratch.times;
    const scratchWords = this.scratch.words;
    let least = Infinity;
    let most = -Infinity;
    for (let at = from; at < to; at++) {
      const key = part < 0 ? times[at * 3]! : words[at * 6 + part]!;
      if (key < least) least = key;
      if (key > most) most = key;
    }
    const scale = count / (most - least + 1);
    const ends = this.ends;
    ends.fill(0, base, base + count);
    for (let at = from; at < to; at++) {
      const key = part < 0 ? times[at * 3]! : words[at * 6 + part]!;
      ends[base + holeOf(key - least, scale, count)]!++;
    }
    let sum = 0;
    for (let hole = base; hole < base + count; hole++) {
      sum += ends[hole]!;
      ends[hole] = sum;
    }
    for (let at = to - 1; at >= from; at--) {
      const key = part < 0 ? times[at * 3]! : words[at * 6 + part]!;
      const target = --ends[base + holeOf(key - least, scale, count)]!;
      scratchTimes[target * 3] = times[at * 3]!;
      scratchWords[target * 6 + 2] = words[at * 6 + 2]!;
      scratchWords[target * 6 + 3] = words[at * 6 + 3]!;
      scratchWords[target * 6 + 4] = words[at * 6 + 4]!;
      scratchWords[target * 6 + 5] = words[at * 6 + 5]!;
    }
    words.set(scratchWords.subarray(0, count * 6), from * 6);
    this.sortHoles(times, words, from, count, base);
  }

  /** After the scatter an entry is where its hole begins. */
  private sortHoles(times: Float64Array, words: Uint32Array, from: number, count: number, base: number): void {
    for (let hole = 0; hole < count; hole++) {
      const start = this.ends[base + hole]!;
      const end = hole + 1 < count ? this.ends[base + hole + 1]! : count;
      if (end - start <= 1) continue;
      if (end - start <= INSERTION_MAX) insertionSort(times, words, from + start, from + end);
      else this.spread(times, words, from + start, from + end, base + count);
    }
  }

  private reserve(records: number, ends: number): void {
    if (records > this.scratch.capacity) this.scratch = new Records(Math.max(records, this.scratch.capacity * 2));
    if (ends > this.ends.length) {
      const grown = new Uint32Array(Math.max(ends, this.ends.length * 2));
      grown.set(this.ends);
      this.ends = grown;
    }
  }
}

function holeOf(offset: number, scale: number, count: number): number {
  const hole = (offset * scale) | 0;
  return hole < count ? hole : count - 1;
}

function partThatDiffers(times: Float64Array, words: Uint32Array, from: number, to: number): KeyPart | null {
  const time = times[from * 3]!;
  for (let at = from + 1; at < to; at++) if (times[at * 3]! !== time) return -1;
  for (const part of [2, 3] as const) {
    const word = words[from * 6 + part]!;
    for (let at = from + 1; at < to; at++) if (words[at * 6 + part]! !== word) return part;
  }
  return null;
}

export function insertionSort(times: Float64Array, words: Uint32Array, from: number, to: number): void {
  for (let next = from + 1; next < to; next++) {
    const time = times[next * 3]!;
    const before = times[next * 3 - 3]!;
    if (time > before) continue;
    const first = words[next * 6 + 2]!;
    const second = words[next * 6 + 3]!;
    if (time === before && !isTieBefore(words, first, second, next - 1)) continue;
    const third = words[next * 6 + 4]!;
    const fourth = words[next * 6 + 5]!;
    let at = next;
    do {
      times[at * 3] = times[at * 3 - 3]!;
      words[at * 6 + 2] = words[at * 6 - 4]!;
      words[at * 6 + 3] = words[at * 6 - 3]!;
      words[at * 6 + 4] = words[at * 6 - 2]!;
      words[at * 6 + 5] = words[at * 6 - 1]!;
      at--;
    } while (at > from && (time < times[at * 3 - 3]! || (time === times[at * 3 - 3]! && isTieBefore(words, first, second, at - 1))));
    times[at * 3] = time;
    words[at * 6 + 2] = first;
    words[at * 6 + 3] = second;
    words[at * 6 + 4] = third;
    words[at * 6 + 5] = fourth;
  }
}

function isTieBefore(words: Uint32Array, classAndOrigin: number, number: number, at: number): boolean {
  const other = words[at * 6 + 2]!;
  return classAndOrigin !== other ? classAndOrigin < other : number < words[at * 6 + 3]!;
}
