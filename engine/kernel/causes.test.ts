import fc from "fast-check";
import { expect, it } from "vitest";
import { CauseTable, NO_CAUSE, type CauseRow } from "./causes.ts";

it("numbers the rows of each LP by itself, so that ids don't depend on who else is in the shard", () => {
  const together = new CauseTable();
  const apart = new CauseTable();
  const ids = [3, 900, 3, 0, 900].map((lp) => together.note(lp, 1, 0, 0, NO_CAUSE));
  expect([apart.note(900, 1, 0, 0, NO_CAUSE), apart.note(900, 1, 0, 0, NO_CAUSE)]).toEqual([ids[1], ids[4]]);
  expect(new Set(ids).size).toBe(5);
});

it("takes the current cause as the parent and makes the new row current", () => {
  const causes = new CauseTable();
  const fault = causes.note(3, 7, 40, 1_000, NO_CAUSE);
  const exit = causes.note(5, 9, 41, 2_000, undefined, 137);
  expect(causes.current).toBe(exit);
  expect(causes.rows()).toEqual([
    { id: fault, parent: NO_CAUSE, kind: 7, subject: 40, detail: 0, time: 1_000 },
    { id: exit, parent: fault, kind: 9, subject: 41, detail: 137, time: 2_000 },
  ]);
  expect([causes.kindOf(exit), causes.kindOf(fault), causes.kindOf(99)]).toEqual([9, 7, 0]);
});

it("keeps the rows that are referred to and their ancestors, in order of id, and nothing else", () => {
  const step = fc.record({ lp: fc.integer({ min: 0, max: 4 }), parent: fc.nat(), isWanted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const causes = new CauseTable();
      const ids: number[] = [];
      for (const { lp, parent } of steps) ids.push(causes.note(lp, 1, 0, 0, ids.length === 0 ? NO_CAUSE : ids[parent % ids.length]!));
      const wanted = ids.filter((_, index) => steps[index]!.isWanted);
      const found = causes.referenced([...wanted, NO_CAUSE, 12_345]);
      const rows = new Map(causes.rows().map((row) => [row.id, row]));
      expect(found).toEqual([...ancestors(wanted, rows)].toSorted((a, b) => a - b).map((id) => rows.get(id)));
    }),
  );
});

function ancestors(ids: readonly number[], rows: ReadonlyMap<number, CauseRow>): Set<number> {
  const all = new Set<number>();
  for (let id of ids) {
    for (; id !== NO_CAUSE; id = rows.get(id)!.parent) all.add(id);
  }
  return all;
}

it("learns later why a row came about, once, and only of rows without a parent", () => {
  const causes = new CauseTable();
  const fault = causes.note(3, 7, 40, 1_000, NO_CAUSE);
  const other = causes.note(3, 7, 41, 1_000, NO_CAUSE);
  const slow = causes.note(5, 9, 42, 2_000, NO_CAUSE);
  causes.explain(slow, fault);
  causes.explain(slow, other);
  causes.explain(99, fault);
  expect(causes.rows().map(({ id, parent }) => [id, parent])).toEqual([
    [fault, NO_CAUSE],
    [other, NO_CAUSE],
    [slow, fault],
  ]);
});
