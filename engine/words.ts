/**
 * Flat 32-bit words: how bodies of messages travel between shards. A writer grows and is reused; a reader
 * walks over any array of words, also over memory that threads share. Hot: bench/shards.bench.ts.
 */

const asFloat = new Float64Array(1);
const asWords = new Int32Array(asFloat.buffer);

export class WordWriter {
  words: Int32Array;
  length = 0;

  constructor(capacity = 64) {
    this.words = new Int32Array(capacity);
  }

  /** An integer in -2³¹ … 2³² - 1; above 2³¹ it must be read by `unsigned`. */
  int(value: number): void {
    if ((value | 0) !== value && value >>> 0 !== value) throw tooLarge(value);
    if (this.length === this.words.length) this.grow(1);
    this.words[this.length++] = value;
  }

  /** Any number, bit by bit: instants, causes, rates, Infinity. */
  number(value: number): void {
    if (this.length + 2 > this.words.length) this.grow(2);
    asFloat[0] = value;
    this.words[this.length++] = asWords[0]!;
    this.words[this.length++] = asWords[1]!;
  }

  flag(value: boolean): void {
    this.int(value ? 1 : 0);
  }

  /** Length, then two UTF-16 codes a word. */
  text(value: string): void {
    this.int(value.length);
    for (let index = 0; index < value.length; index += 2) {
      const second = index + 1 < value.length ? value.charCodeAt(index + 1) : 0;
      this.int((value.charCodeAt(index) | (second << 16)) >>> 0);
    }
  }

  /** Length, then one word each. */
  ints(values: readonly number[]): void {
    this.int(values.length);
    for (let index = 0; index < values.length; index++) this.int(values[index]!);
  }

  /** A copy of words that were written elsewhere. */
  append(words: Int32Array): void {
    if (this.length + words.length > this.words.length) this.grow(words.length);
    this.words.set(words, this.length);
    this.length += words.length;
  }

  /** Room for so many more words, for those who write into `words` themselves and move `length`. */
  reserve(words: number): void {
    if (this.length + words > this.words.length) this.grow(words);
  }

  clear(): void {
    this.length = 0;
  }

  private grow(by: number): void {
    let capacity = Math.max(this.words.length * 2, 16);
    while (capacity < this.length + by) capacity *= 2;
    const words = new Int32Array(capacity);
    words.set(this.words.subarray(0, this.length));
    this.words = words;
  }
}

export class WordReader {
  private words: Int32Array = new Int32Array(0);
  position = 0;
  /** Where the words to read end. */
  end = 0;

  /** Starts over at other words. */
  over(words: Int32Array, start = 0, end: number = words.length): this {
    this.words = words;
    this.position = start;
    this.end = end;
    return this;
  }

  int(): number {
    if (this.position >= this.end) throw pastTheEnd();
    return this.words[this.position++]!;
  }

  unsigned(): number {
    return this.int() >>> 0;
  }

  number(): number {
    if (this.position + 1 >= this.end) throw pastTheEnd();
    asWords[0] = this.words[this.position++]!;
    asWords[1] = this.words[this.position++]!;
    return asFloat[0]!;
  }

  flag(): boolean {
    return this.int() !== 0;
  }

  text(): string {
    const length = this.int();
    let text = "";
    for (let index = 0; index < length; index += 2) {
      const word = this.int();
      text += String.fromCharCode(word & 0xffff);
      if (index + 1 < length) text += String.fromCharCode(word >>> 16);
    }
    return text;
  }

  ints(): number[] {
    const values = new Array<number>(this.int());
    for (let index = 0; index < values.length; index++) values[index] = this.int();
    return values;
  }
}

function tooLarge(value: number): Error {
  return new Error(`podstorm bug: ${value} doesn't fit into one word`);
}

function pastTheEnd(): Error {
  return new Error("podstorm bug: read past the last word");
}
