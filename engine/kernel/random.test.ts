import { describe, expect, it } from "vitest";
import { Stream, childKey, streamKey, subWord, uniform, word, type StreamKey } from "./random.ts";

/** Standard deviations by which counts differ from equal ones. */
function excess(counts: Float64Array): number {
  let total = 0;
  for (const count of counts) total += count;
  const expected = total / counts.length;
  let chiSquare = 0;
  for (const count of counts) chiSquare += (count - expected) ** 2 / expected;
  return (chiSquare - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
}

const key = streamKey(7, "test", "stream");

describe("a word of a stream", () => {
  it("has pinned values", () => {
    expect([word(0, 0, 0), word(0, 0, 1), word(1, 2, 3), subWord(1, 2, 3, 1)]).toEqual([0, 1111054354, 4179933763, 4055617641]);
    expect(streamKey(42, "probe", "default/Pod/web/0")).toEqual({ hi: 513408893, lo: 199604501 });
  });

  it("depends on every bit of key and index: each flips each output bit half of the time", () => {
    const trials = 4000;
    let worst = 0;
    for (let input = 0; input < 96; input++) {
      const flips = new Float64Array(32);
      for (let trial = 0; trial < trials; trial++) {
        const argument = [word(1, 2, trial), word(3, 4, trial), trial];
        const before = word(argument[0]!, argument[1]!, argument[2]!);
        argument[input >> 5]! ^= 1 << (input & 31);
        const change = before ^ word(argument[0]!, argument[1]!, argument[2]!);
        for (let output = 0; output < 32; output++) flips[output]! += (change >>> output) & 1;
      }
      for (const count of flips) worst = Math.max(worst, Math.abs(count / trials - 0.5));
    }
    // 3,072 pairs, deviation 0.0079: 5.5 of them.
    expect(worst).toBeLessThan(0.0435);
  });

  it.each([0, 8, 16, 24])("is uniform in the byte at bit %d", (shift) => {
    const counts = new Float64Array(256);
    for (let index = 0; index < 200_000; index++) counts[(word(key.hi, key.lo, index) >>> shift) & 255]!++;
    expect(Math.abs(excess(counts))).toBeLessThan(4.5);
  });
});

describe("neighbours are independent", () => {
  const neighbours: readonly (readonly [string, (index: number, step: number) => number])[] = [
    ["indexes of one stream", (index, step) => word(key.hi, key.lo, index + step)],
    ["parts of one draw", (index, step) => (step === 0 ? word(key.hi, key.lo, index) : subWord(key.hi, key.lo, index, step))],
    ["children of one key", (index, step) => wordOf(childKey(key, index + step))],
    ["the same draw of streams with neighbouring names", (index, step) => wordOf(streamKey(1, "probe", `default/Pod/web/${index + step}`))],
    ["the same draw under neighbouring seeds", (index, step) => wordOf(streamKey(index + step, "probe", "a"))],
    ["keys that differ in their low word", (index, step) => word(key.hi, index + step, 5)],
  ];
  it.each(neighbours)("%s", (_name, draw) => {
    for (const step of [1, 2, 3, 16]) {
      for (const shift of [0, 28]) {
        const pairs = new Float64Array(256);
        for (let index = 0; index < 40_000; index++)
          pairs[((draw(index, 0) >>> shift) & 15) * 16 + ((draw(index, step) >>> shift) & 15)]!++;
        expect(Math.abs(excess(pairs))).toBeLessThan(5);
      }
    }
  });
});

function wordOf(stream: StreamKey): number {
  return word(stream.hi, stream.lo, 0);
}

describe("keys", () => {
  it("do not collide for 200,000 similar names, purposes and seeds", () => {
    const seen = new Set<string>();
    for (let index = 0; index < 50_000; index++) {
      for (const found of [
        streamKey(1, "probe", `default/Pod/web/${index}`),
        streamKey(1, "pro", `bedefault/Pod/web/${index}`),
        streamKey(index + 2, "probe", "default/Pod/web/0"),
        streamKey(1 + (index + 1) * 4294967296, "probe", "default/Pod/web/0"),
      ]) {
        seen.add(`${found.hi},${found.lo}`);
      }
    }
    expect(seen.size).toBe(200_000);
  });
});

describe("a uniform number", () => {
  it("has the upper bits of two words of its own", () => {
    for (let index = 0; index < 100; index++) {
      const upper = word(key.hi, key.lo, 2 * index) >>> 5;
      const lower = word(key.hi, key.lo, 2 * index + 1) >>> 6;
      expect(uniform(key.hi, key.lo, index)).toBe(upper / 2 ** 27 + lower / 2 ** 53);
    }
  });
});

describe("a stream that counts its draws", () => {
  it("draws the uniforms of its key in order", () => {
    const stream = new Stream(key);
    expect([stream.next(), stream.next()]).toEqual([uniform(key.hi, key.lo, 0), uniform(key.hi, key.lo, 1)]);
  });

  it("draws every integer below a bound", () => {
    const stream = new Stream(key);
    const seen = new Set<number>();
    for (let draw = 0; draw < 500; draw++) seen.add(stream.nextBelow(7));
    expect([...seen].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
