import fc from "fast-check";
import { expect, it } from "vitest";
import { RecordSorter } from "./record-sort.ts";
import { Records } from "./records.ts";

const key = fc.tuple(
  fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 ** 52 })),
  fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 0xffffffff })),
  fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 0xffffffff })),
);

it("sorts any records by time, then by their first and second word, and only those in the range", () => {
  const sorter = new RecordSorter();
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300 }), fc.integer({ min: 0, max: 3 }), (keys, margin) => {
      const { times, words } = new Records(keys.length);
      keys.forEach(([time, first, second], at) => {
        times[at * 3] = time;
        words.set([first, second, time, at], at * 6 + 2);
      });
      const from = Math.min(margin, keys.length);
      const to = Math.max(from, keys.length - margin);
      const expected = [
        ...keys.slice(0, from),
        ...keys.slice(from, to).toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]),
        ...keys.slice(to),
      ];
      sorter.sort(times, words, from, to);
      const found = keys.map((_, at) => [times[at * 3]!, words[at * 6 + 2]!, words[at * 6 + 3]!]);
      expect(found).toEqual(expected);
      found.forEach(([time], at) => expect(words[at * 6 + 4]).toBe(time! % 4294967296));
    }),
    { numRuns: 300 },
  );
});
