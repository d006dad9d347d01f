import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { ApplicationBehaviour } from "./application.ts";
import { Admission, VirtualServer, type RequestSink } from "./server.ts";

class Ends implements RequestSink {
  readonly ends: string[] = [];
  served(request: number, at: number): void {
    this.ends.push(`${request} served ${at}`);
  }
  reset(request: number, at: number, cause: number): void {
    this.ends.push(`${request} reset ${at} by ${cause}`);
  }
}

function serverWith(concurrency: number, queue: number): { server: VirtualServer; ends: string[] } {
  const sink = new Ends();
  const server = new VirtualServer({ concurrency, queue } as ApplicationBehaviour, sink);
  server.listen(0);
  return { server, ends: sink.ends };
}

describe("a server on virtual time", () => {
  test("refuses until it listens, and again after it stopped", () => {
    const server = new VirtualServer({ concurrency: 1, queue: 1 } as ApplicationBehaviour, new Ends());
    expect(server.admit(5, 10, 0)).toBe(Admission.notListening);
    server.listen(6);
    expect(server.admit(7, 10, 0)).toBe(Admission.accepted);
    server.stopListening(8);
    expect(server.admit(9, 10, 1)).toBe(Admission.notListening);
  });

  test("lets what is in flight go on after it stopped listening", () => {
    const { server, ends } = serverWith(1, 2);
    server.admit(0, 10, 7);
    server.admit(1, 10, 8);
    server.stopListening(2);
    expect(server.idleAt(2)).toBe(20);
    server.settle(20);
    expect(ends).toEqual(["7 served 10", "8 served 20"]);
    expect(server.idleAt(30)).toBe(30);
  });

  test("serves in order of arrival with its workers and turns away what finds the queue full", () => {
    const { server, ends } = serverWith(2, 1);
    expect(server.admit(0, 100, 0)).toBe(Admission.accepted);
    expect(server.admit(1, 10, 1)).toBe(Admission.accepted);
    expect(server.admit(2, 10, 2)).toBe(Admission.accepted);
    expect(server.end).toBe(21);
    expect(server.admit(3, 10, 3)).toBe(Admission.queueFull);
    expect(server.admit(11, 5, 4)).toBe(Admission.accepted);
    expect(server.end).toBe(26);
    server.settle(1000);
    expect(ends).toEqual(["1 served 11", "2 served 21", "4 served 26", "0 served 100"]);
  });

  test("a probe takes its turn but is nobody's loss", () => {
    const { server, ends } = serverWith(1, 4);
    server.admit(0, 10, 3);
    expect(server.admitProbe(1, 4)).toBe(Admission.accepted);
    expect(server.end).toBe(14);
    expect(server.inFlight(2)).toBe(2);
    server.die(11, 99);
    expect(ends).toEqual(["3 served 10"]);
  });

  test("resets what is in flight when it dies and is empty afterwards", () => {
    const { server, ends } = serverWith(2, 2);
    for (let request = 0; request < 4; request++) server.admit(request, 10, request);
    server.die(10, 5);
    expect(ends[0]).toBe("0 served 10");
    expect(ends.slice(1).sort()).toEqual(["1 reset 10 by 5", "2 reset 10 by 5", "3 reset 10 by 5"]);
    expect(server.isListening).toBe(false);
    server.listen(20);
    server.admit(21, 5, 9);
    expect(server.end).toBe(26);
    expect(server.inFlight(22)).toBe(1);
  });

  test("says when a request crosses the memory limit, and has it in flight all the same", () => {
    const { server, ends } = serverWith(8, 8);
    server.memoryLimitInFlight = 2;
    expect(server.admit(0, 10, 0)).toBe(Admission.accepted);
    expect(server.admit(1, 10, 1)).toBe(Admission.accepted);
    expect(server.admit(2, 10, 2)).toBe(Admission.outOfMemory);
    expect(server.inFlight(3)).toBe(3);
    server.die(3, 7);
    expect(ends.toSorted()).toEqual(["0 reset 3 by 7", "1 reset 3 by 7", "2 reset 3 by 7"]);
    server.listen(4);
    expect(server.admit(5, 10, 3)).toBe(Admission.accepted);
  });

  property.prop([
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 0, max: 6 }),
    fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 60 })), { maxLength: 120 }),
  ])("agrees with a queue that is simulated step by step", (concurrency, queue, arrivals) => {
    const { server, ends } = serverWith(concurrency, queue);
    const expected: { request: number; end: number }[] = [];
    const freeAt = new Array<number>(concurrency).fill(0);
    let now = 0;
    arrivals.forEach(([gap, work], request) => {
      now += gap;
      const inSystem = expected.filter((other) => other.end > now).length;
      const admission = server.admit(now, work, request);
      expect(admission).toBe(inSystem >= concurrency + queue ? Admission.queueFull : Admission.accepted);
      if (admission !== Admission.accepted) return;
      const worker = freeAt.indexOf(Math.min(...freeAt));
      freeAt[worker] = Math.max(now, freeAt[worker]!) + work;
      expect(server.end).toBe(freeAt[worker]);
      expected.push({ request, end: freeAt[worker]! });
      expect(server.inFlight(now)).toBe(expected.filter((other) => other.end > now).length);
      expect(server.idleAt(now)).toBe(Math.max(now, ...freeAt));
    });
    server.settle(Infinity);
    expect(ends.length).toBe(expected.length);
    expect([...ends].sort()).toEqual(expected.map(({ request, end }) => `${request} served ${end}`).sort());
    const instants = ends.map((text) => Number(text.split(" ")[2]));
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
  });
});
