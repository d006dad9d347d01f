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
  expect([other.length, other.entry(1), other.validFrom(1)]).toEqual([2, "b", 9]);
});
