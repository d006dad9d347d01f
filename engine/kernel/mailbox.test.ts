import { expect, it } from "vitest";
import { Bulletin } from "./bulletin.ts";
import { CauseTable, NO_CAUSE } from "./causes.ts";
import { Mailbox } from "./mailbox.ts";
import { Simulator } from "./simulator.ts";

it("delivers bodies in the order of their events, each with the cause it was sent under, and reuses slots", () => {
  const causes = new CauseTable();
  const simulator = new Simulator({ lpCount: 2, shard: 0, shardOf: new Uint8Array(2), outbox: null });
  const mailbox = new Mailbox<string>(simulator, causes);
  const seen: [number, string, number][] = [];
  let slotMax = 0;
  for (const id of [0, 1]) {
    simulator.add({
      id,
      onMessage: (now, _origin, slot) => {
        slotMax = Math.max(slotMax, slot);
        const body = mailbox.take(slot);
        seen.push([now, body, causes.current]);
        if (now < 50) mailbox.post(1 - id, now + 7, `${body}'`);
      },
      onTimer: () => {},
    });
  }
  const fault = causes.note(0, 1, 0, 0, NO_CAUSE);
  mailbox.postFrom(0, 1, 9, "late");
  causes.current = NO_CAUSE;
  mailbox.postFrom(0, 1, 3, "early");
  simulator.runUntil(20);
  expect(seen).toEqual([
    [3, "early", NO_CAUSE],
    [9, "late", fault],
    [10, "early'", NO_CAUSE],
    [16, "late'", fault],
    [17, "early''", NO_CAUSE],
  ]);
  simulator.runUntil(100);
  expect(slotMax).toBe(1);
});

it("bulletins carry each entry to the other shards once, and receive theirs silently", () => {
  const one = new Bulletin<string>();
  const other = new Bulletin<string>();
  one.onAppend = (entry, validFrom) => other.receive(entry, validFrom);
  other.onAppend = () => expect.unreachable();
  one.append("a", 5);
  one.append("b", 9);
  for (const bulletin of [one, other]) {
    expect([bulletin.length, bulletin.entry(1), bulletin.validFrom(1)]).toEqual([2, "b", 9]);
  }
});

it("a bulletin of a run with one shard has nobody to tell", () => {
  const bulletin = new Bulletin<string>();
  bulletin.append("a", 5);
  expect([bulletin.length, bulletin.entry(0)]).toEqual([1, "a"]);
});

it("slots are given from zero on, and what was freed last first", () => {
  const simulator = new Simulator({ lpCount: 1, shard: 0, shardOf: new Uint8Array(1), outbox: null });
  const mailbox = new Mailbox<string>(simulator, new CauseTable());
  expect(["a", "b", "c"].map((body) => mailbox.put(body, NO_CAUSE))).toEqual([0, 1, 2]);
  expect([mailbox.take(2), mailbox.take(0)]).toEqual(["c", "a"]);
  expect(["d", "e", "f"].map((body) => mailbox.put(body, NO_CAUSE))).toEqual([0, 2, 3]);
});
