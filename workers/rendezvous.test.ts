/** Where shards meet: what one offers all see, and a broken barrier holds nobody. */
import { describe, expect, it } from "vitest";
import { Rendezvous, rendezvousMemory } from "./rendezvous.ts";

function meeting(shards: number): Rendezvous[] {
  const memory = rendezvousMemory(shards);
  return Array.from({ length: shards }, () => new Rendezvous(memory, shards, shards, false));
}

describe("a rendezvous", () => {
  it("shows every shard the next events of all, turn by turn", () => {
    const all = meeting(3);
    [30, 10, 20].forEach((next, shard) => all[shard]!.offer(shard, 0, next, false));
    [31, Infinity, 29].forEach((next, shard) => all[shard]!.offer(shard, 1, next, shard === 2));
    for (const one of all) {
      expect([nexts(one, 0), nexts(one, 1)]).toEqual([
        [30, 10, 20],
        [31, Infinity, 29],
      ]);
      expect([one.isMore(0), one.isMore(1)]).toEqual([false, true]);
    }
  });

  it("lets all agree on a stop that came between two offers", () => {
    const [first, second] = meeting(2);
    first!.offer(0, 0, 1, false);
    second!.stop();
    second!.offer(1, 0, 1, false);
    expect([first!.isStop(0), second!.isStop(0)]).toEqual([true, true]);
    expect(first!.isStop(1)).toBe(false);
  });

  it("opens for the last to arrive, again and again", () => {
    const [alone] = meeting(1);
    expect([alone!.arrive(), alone!.arrive(), alone!.arrive()]).toEqual([true, true, true]);
  });

  it("remembers the first to fail and lets nobody wait any more", () => {
    const [first, second] = meeting(2);
    second!.fail(1);
    first!.fail(0);
    expect(first!.failed).toBe(1);
    expect([first!.arrive(), second!.arrive(), second!.arrive()]).toEqual([false, false, false]);
  });

  it("waits for threads, however many shards each has, and knows on which they work", () => {
    const alone = new Rendezvous(rendezvousMemory(5), 5, 1, false);
    expect(alone.arrive()).toBe(true);
    alone.enter(0, 3);
    expect(alone.atWork(0)).toBe(3);
  });

  it("carries a shard's signs to the display", () => {
    const [first, second] = meeting(2);
    first!.show(0, { now: 5, events: 6, pods: 7, lost: 8 });
    first!.showNow(0, 9);
    expect(second!.sign(0)).toEqual({ now: 9, events: 6, pods: 7, lost: 8 });
    expect(second!.sign(1)).toEqual({ now: 0, events: 0, pods: 0, lost: 0 });
  });
});

function nexts(one: Rendezvous, turn: number): number[] {
  const all = new Float64Array(3);
  one.readNexts(turn, all);
  return [...all];
}
