/** Mailboxes in shared memory: everything arrives, once, in the order of sending, in as many turns as it takes. */
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Simulator } from "../engine/kernel/simulator.ts";
import type { ShardHost } from "../engine/shard-host.ts";
import { Exchange, exchangeMemory } from "./exchange.ts";

interface Received {
  readonly events: unknown[][];
  readonly broadcasts: number[][];
}

/** A host whose payload is a length: the body is so many words. */
function host(shard: number, shards: number): ShardHost & Received {
  const events: unknown[][] = [];
  const broadcasts: number[][] = [];
  const simulator = new Simulator({
    lpCount: shards,
    shard,
    shardOf: Uint8Array.from({ length: shards }, (_, index) => index),
    outbox: null,
  });
  simulator.receiveRemote = (...event): void => void events.push(event);
  return {
    simulator,
    events,
    broadcasts,
    encode: (payload, writer) => writer.ints(Array.from({ length: payload }, (_, index) => index)),
    decode: (reader) => reader.ints().length,
    receiveBroadcast: (reader) => void broadcasts.push(reader.ints()),
    progress: () => ({ pods: 0, lost: 0 }),
    finish: () => null,
  };
}

function exchanges(shards: number, regionWords: number): { exchange: Exchange; host: ShardHost & Received }[] {
  const memory = exchangeMemory(shards, regionWords);
  return Array.from({ length: shards }, (_, shard) => {
    const exchange = new Exchange(memory, shard, shards);
    const own = host(shard, shards);
    exchange.bind(own);
    return { exchange, host: own };
  });
}

/** One window's exchange; returns how many turns it took. */
function swap(all: { exchange: Exchange }[], bound: number): number {
  for (let turns = 1; ; turns++) {
    const turn = turns & 1;
    const isMore = all.map(({ exchange }) => exchange.copyOut(turn)).includes(true);
    for (const { exchange } of all) {
      if (isMore) exchange.keep(turn);
      else exchange.deliver(turn, bound);
    }
    if (!isMore) return turns;
  }
}

const message = fc.record({
  from: fc.nat(2),
  to: fc.nat(2),
  time: fc.integer({ min: 10, max: 2 ** 50 }),
  key: fc.nat(0xffffffff),
  number: fc.nat(0xffffffff),
  words: fc.nat(40),
});

describe("the exchange", () => {
  test.prop([fc.array(fc.array(message, { maxLength: 30 }), { minLength: 1, maxLength: 4 }), fc.constantFrom(2, 3, 8, 64, 4096)])(
    "carries every message to its shard, in order, whatever the size of a region",
    (windows, regionWords) => {
      const all = exchanges(3, regionWords);
      for (const window of windows) {
        const sent = window.filter(({ from, to }) => from !== to);
        for (const { from, to, time, key, number, words } of sent) all[from]!.exchange.append(to, time, key, number, to, words);
        expect(all.map(({ exchange }) => exchange.earliest)).toEqual(
          [0, 1, 2].map((shard) => Math.min(...sent.filter(({ from }) => from === shard).map(({ time }) => time))),
        );
        swap(all, 10);
        for (const [shard, { host: receiver }] of all.entries()) {
          const expected = [0, 1, 2].flatMap((from) => sent.filter((one) => one.from === from && one.to === shard));
          expect(receiver.events.splice(0)).toEqual(expected.map(({ time, key, number, words }) => [time, key, number, shard, words]));
        }
      }
    },
  );

  it("takes one turn when everything fits, and as many as needed when not", () => {
    const roomy = exchanges(2, 1024);
    roomy[0]!.exchange.append(1, 10, 1, 1, 1, 100);
    expect(swap(roomy, 0)).toBe(1);
    const tiny = exchanges(2, 11);
    tiny[0]!.exchange.append(1, 10, 1, 1, 1, 100);
    expect(swap(tiny, 0)).toBe(11);
    expect(tiny[1]!.host.events).toEqual([[10, 1, 1, 1, 100]]);
  });

  it("carries a broadcast to every other shard, between the messages", () => {
    const all = exchanges(3, 16);
    all[1]!.exchange.append(0, 10, 1, 0, 0, 3);
    all[1]!.exchange.broadcast((writer) => writer.ints([7, 8]));
    all[1]!.exchange.broadcast((writer) => writer.ints([9]));
    expect(all[1]!.exchange.earliest).toBe(10);
    swap(all, 0);
    expect(all.map(({ host: receiver }) => receiver.broadcasts)).toEqual([[[7, 8], [9]], [], [[7, 8], [9]]]);
    expect(all[0]!.host.events).toHaveLength(1);
  });

  it("sends what was appended before there was a host", () => {
    const memory = exchangeMemory(2, 64);
    const early = new Exchange(memory, 0, 2);
    early.append(1, 10, 1, 0, 1, 2);
    const late = exchangesOver(memory);
    early.bind(host(0, 2));
    expect(early.earliest).toBe(10);
    swap([{ exchange: early }, late], 0);
    expect(late.host.events).toEqual([[10, 1, 0, 1, 2]]);
  });

  it("rejects a message into a window that is over: the lookahead was too long", () => {
    const all = exchanges(2, 64);
    all[0]!.exchange.append(1, 999, 1, 0, 1, 0);
    expect(() => swap(all, 1000)).toThrow(
      "a message for LP 1 at 999µs crossed shards after the window up to 1ms: the lookahead is too long",
    );
  });

  it("rejects a body that is read otherwise than it was written", () => {
    const all = exchanges(2, 64);
    all[1]!.host.decode = (): number => 0;
    all[0]!.exchange.append(1, 10, 1, 0, 1, 5);
    expect(() => swap(all, 0)).toThrow("a record of 12 words was read as 6");
  });

  it("keeps its memory constant up to 64 shards", () => {
    for (const shards of [2, 8, 64]) expect(exchangeMemory(shards).byteLength).toBeLessThanOrEqual(64 * 1024 * 1024);
  });
});

function exchangesOver(memory: SharedArrayBuffer): { exchange: Exchange; host: ShardHost & Received } {
  const exchange = new Exchange(memory, 1, 2);
  const own = host(1, 2);
  exchange.bind(own);
  return { exchange, host: own };
}
