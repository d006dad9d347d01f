/**
 * Sorts event records by their keys (time, class and origin, number). Records are spread over as many
 * pigeonholes as there are records, by the first part of the key in which they differ, and what is left
 * to do in a hole is done by insertion, or by the same again when the hole is crowded. Each round divides
 * the range of the key by the number of records, so even the worst keys need few rounds.
 * Hot: bench/event-queue.bench.ts.
 */
const INSERTION_MAX = 24;

/** Index of a word within a record; -1 is its time. */
type KeyPart = -1 | 0 | 1;

export class RecordSorter {
  private scratchTimes = new Float64Array(64);
  private scratchWords = new Uint32Array(64 * 4);
  /** Ends of the holes; a deeper round uses what lies behind those of the one above. */
  private ends = new Uint32Array(256);

  /** Sorts [from, to) of a column of times and one of four words each. */
  sort(times: Float64Array, words: Uint32Array, from: number, to: number): void {
    if (to - from <= INSERTION_MAX) insertionSort(times, words, from, to);
    else this.spread(times, words, from, to, 0);
  }

  private spread(times: Float64Array, words: Uint32Array, from: number, to: number, base: number): void {
    const count = to - from;
    const part = partThatDiffers(times, words, from, to);
    if (part === null) return;
    this.reserve(count, base + count);
    const scratchTimes = this.scratchTimes;
    const scratchWords = this.scratchWords;
    let least = Infinity;
    let most = -Infinity;
    for (let at = from; at < to; at++) {
      const key = part < 0 ? times[at]! : words[at * 4 + part]!;
      if (key < least) least = key;
      if (key > most) most = key;
    }
    const scale = count / (most - least + 1);
    const ends = this.ends;
    ends.fill(0, base, base + count);
    for (let at = from; at < to; at++) {
      const key = part < 0 ? times[at]! : words[at * 4 + part]!;
      ends[base + holeOf(key - least, scale, count)]!++;
    }
    let sum = 0;
    for (let hole = base; hole < base + count; hole++) {
      sum += ends[hole]!;
      ends[hole] = sum;
    }
    for (let at = to - 1; at >= from; at--) {
      const key = part < 0 ? times[at]! : words[at * 4 + part]!;
      const target = --ends[base + holeOf(key - least, scale, count)]!;
      scratchTimes[target] = times[at]!;
      scratchWords[target * 4] = words[at * 4]!;
      scratchWords[target * 4 + 1] = words[at * 4 + 1]!;
      scratchWords[target * 4 + 2] = words[at * 4 + 2]!;
      scratchWords[target * 4 + 3] = words[at * 4 + 3]!;
    }
    for (let at = 0; at < count; at++) {
      const target = from + at;
      times[target] = scratchTimes[at]!;
      words[target * 4] = scratchWords[at * 4]!;
      words[target * 4 + 1] = scratchWords[at * 4 + 1]!;
      words[target * 4 + 2] = scratchWords[at * 4 + 2]!;
      words[target * 4 + 3] = scratchWords[at * 4 + 3]!;
    }
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
    if (records > this.scratchTimes.length) {
      const capacity = Math.max(records, this.scratchTimes.length * 2);
      this.scratchTimes = new Float64Array(capacity);
      this.scratchWords = new Uint32Array(capacity * 4);
    }
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
  const time = times[from]!;
  for (let at = from + 1; at < to; at++) if (times[at]! !== time) return -1;
  for (const part of [0, 1] as const) {
    const word = words[from * 4 + part]!;
    for (let at = from + 1; at < to; at++) if (words[at * 4 + part]! !== word) return part;
  }
  return null;
}

export function insertionSort(times: Float64Array, words: Uint32Array, from: number, to: number): void {
  for (let next = from + 1; next < to; next++) {
    const time = times[next]!;
    const before = times[next - 1]!;
    if (time > before) continue;
    const first = words[next * 4]!;
    const second = words[next * 4 + 1]!;
    if (time === before && !isTieBefore(words, first, second, next - 1)) continue;
    const third = words[next * 4 + 2]!;
    const fourth = words[next * 4 + 3]!;
    let at = next;
    do {
      times[at] = times[at - 1]!;
      words[at * 4] = words[at * 4 - 4]!;
      words[at * 4 + 1] = words[at * 4 - 3]!;
      words[at * 4 + 2] = words[at * 4 - 2]!;
      words[at * 4 + 3] = words[at * 4 - 1]!;
      at--;
    } while (at > from && (time < times[at - 1]! || (time === times[at - 1]! && isTieBefore(words, first, second, at - 1))));
    times[at] = time;
    words[at * 4] = first;
    words[at * 4 + 1] = second;
    words[at * 4 + 2] = third;
    words[at * 4 + 3] = fourth;
  }
}

function isTieBefore(words: Uint32Array, classAndOrigin: number, number: number, at: number): boolean {
  const other = words[at * 4]!;
  return classAndOrigin !== other ? classAndOrigin < other : number < words[at * 4 + 1]!;
}
