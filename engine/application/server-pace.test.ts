/** Workers that something holds up, against a server that is simulated µs by µs. */
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import type { ApplicationBehaviour } from "./application.ts";
import { Admission, VirtualServer, type RequestSink } from "./server.ts";
import { QUOTA_PERIOD, ServerPace } from "./server-pace.ts";

const MS = 1000;

class Ends implements RequestSink {
  readonly ends: (readonly [request: number, at: number])[] = [];
  readonly delays: string[] = [];
  served(request: number, at: number): void {
    this.ends.push([request, at]);
  }
  reset(): void {}
  delayed(request: number, cause: number): void {
    this.delays.push(`${request} by ${cause}`);
  }
}

function serverWith(concurrency: number, behaviour: Partial<ApplicationBehaviour> = {}): { server: VirtualServer; sink: Ends } {
  const sink = new Ends();
  const server = new VirtualServer({ concurrency, queue: 100, ...behaviour } as ApplicationBehaviour, sink);
  server.listen(0);
  return { server, sink };
}

describe("a CPU limit", () => {
  it("lets a request through that stays within the period's quota", () => {
    const { server, sink } = serverWith(4);
    server.limitCpu(0, 0.5);
    server.admit(10 * MS, 40 * MS, 1);
    expect(server.end).toBe(50 * MS);
    server.settle(60 * MS);
    expect(sink.ends).toEqual([[1, 50 * MS]]);
  });

  it("stops everything once the quota is used up, until the next period", () => {
    const { server, sink } = serverWith(4);
    server.limitCpu(0, 0.5);
    server.admit(0, 80 * MS, 1);
    // 50 ms, then 50 ms throttled, then the other 30 ms.
    expect(server.end).toBe(130 * MS);
    server.settle(200 * MS);
    expect(sink.ends).toEqual([[1, 130 * MS]]);
  });

  it("is used up sooner by more workers at once", () => {
    const { server, sink } = serverWith(4);
    server.limitCpu(0, 1);
    for (let request = 0; request < 4; request++) server.admit(0, 30 * MS, request);
    expect(server.isThrottled).toBe(true);
    // Four workers use 100 ms of CPU up in 25 ms; the other 5 ms each come in the next period.
    server.settle(1000 * MS);
    expect(sink.ends.map(([, at]) => at)).toEqual([105 * MS, 105 * MS, 105 * MS, 105 * MS]);
    expect(server.cpuTime(1000 * MS)).toBeCloseTo(120 * MS, 3);
  });

  it("costs nothing where the workers can't reach it", () => {
    const { server } = serverWith(2, { cpu: { share: 0.2, idle: 0, startUp: 0 } });
    server.limitCpu(0, 0.5);
    expect(server.isPaced).toBe(false);
  });
});

describe("what a process does by itself", () => {
  it("answers its first requests slowly while it is cold", () => {
    const { server, sink } = serverWith(1, { warmUp: { requests: 2, for: 0, factor: 5 } });
    server.begin(0);
    for (let request = 0; request < 4; request++) server.admit(0, 10, request);
    server.settle(1000);
    expect(sink.ends.map(([, at]) => at)).toEqual([50, 100, 110, 120]);
    expect(server.isPaced).toBe(false);
  });

  it("changes with its age", () => {
    const { server, sink } = serverWith(8, { phases: [{ from: 100, factor: 3 }] });
    server.begin(50);
    server.admit(149, 10, 0);
    server.admit(150, 10, 1);
    server.settle(1000);
    expect(sink.ends).toEqual([
      [0, 159],
      [1, 180],
    ]);
  });
});

describe("from outside", () => {
  it("a standstill lets requests wait, takes in no more than the queue, and ends", () => {
    const { server, sink } = serverWith(1, { queue: 1 });
    server.admit(0, 100, 0);
    server.setSpeed(40, 0, 7);
    expect(sink.delays).toEqual(["0 by 7"]);
    expect(server.admit(50, 100, 1)).toBe(Admission.accepted);
    expect(server.end).toBe(Infinity);
    expect(server.admit(60, 100, 2)).toBe(Admission.silent);
    expect(server.idleAt(60)).toBe(Infinity);
    server.setSpeed(1000, 1, 0);
    // Who still waits, waits because of it.
    expect(server.blame).toBe(7);
    server.settle(1200);
    expect(sink.ends).toEqual([
      [0, 1060],
      [1, 1160],
    ]);
    expect(server.blame).toBe(0);
    expect(server.isPaced).toBe(false);
  });

  it("a slow dependency takes no CPU time", () => {
    const { server, sink } = serverWith(2);
    server.setWaiting(0, 10, 3);
    server.admit(0, 100, 0);
    server.settle(5000);
    expect(sink.ends).toEqual([[0, 1000]]);
    expect(server.cpuTime(5000)).toBe(100);
  });

  it("a share of a full node's cores slows all busy workers alike", () => {
    const { server, sink } = serverWith(4);
    server.admit(0, 100, 0);
    server.admit(0, 200, 1);
    server.shareCpu(0, 1, 5);
    server.settle(1000);
    // Two on one core until the first is done, the other alone after that.
    expect(sink.ends).toEqual([
      [0, 200],
      [1, 300],
    ]);
  });
});

/** Progress, µs by µs: a worker at a time in a loop. */
function stepped(
  concurrency: number,
  cores: number,
  arrivals: readonly (readonly [at: number, work: number])[],
): readonly (readonly [number, number])[] {
  const quota = cores * QUOTA_PERIOD;
  const waiting: { request: number; left: number }[] = [];
  const ends: (readonly [number, number])[] = [];
  let spent = 0;
  for (let now = 0; ends.length < arrivals.length; now += STEP) {
    if (now % QUOTA_PERIOD === 0) spent = 0;
    arrivals.forEach(([at, work], request) => {
      if (at === now) waiting.push({ request, left: work });
    });
    const busy = waiting.slice(0, concurrency);
    if (spent >= quota) continue;
    for (const each of busy) each.left -= STEP;
    spent += STEP * busy.length;
    for (const each of busy) if (each.left <= 0) ends.push([each.request, now + STEP]);
    for (const each of busy) if (each.left <= 0) waiting.splice(waiting.indexOf(each), 1);
  }
  return ends;
}
const STEP = 500;

describe("a limited server", () => {
  property.prop([
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 2, max: 30 }),
    fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 60 })), { minLength: 1, maxLength: 25 }),
  ])("agrees with one that is simulated step by step", (concurrency, tenths, gaps) => {
    const { server, sink } = serverWith(concurrency);
    server.limitCpu(0, tenths / 10);
    let at = 0;
    const arrivals = gaps.map(([gap, work]) => [(at += gap * MS), work * MS] as const);
    arrivals.forEach(([now, work], request) => server.admit(now, work, request));
    server.settle(1e9);
    const expected = new Map(stepped(concurrency, tenths / 10, arrivals));
    const total = arrivals.reduce((sum, [, work]) => sum + work, 0);
    expect(server.cpuTime(1e9)).toBeCloseTo(total, 1);
    for (const [request, end] of sink.ends) {
      // A step that crosses the quota uses up to one step of each worker too much: that adds up over the periods.
      const periods = Math.ceil(end / QUOTA_PERIOD) + 1;
      expect(Math.abs(end - expected.get(request)!)).toBeLessThanOrEqual(periods * concurrency * STEP + QUOTA_PERIOD * 0.95);
    }
  });

  property.prop([fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 2, maxLength: 20 }), fc.integer({ min: 1, max: 20 })])(
    "comes to the same however often somebody looks",
    (looks, tenths) => {
      const ends = [true, false].map((isWatched) => {
        const { server, sink } = serverWith(3);
        server.limitCpu(0, tenths / 10);
        for (let request = 0; request < 8; request++) server.admit(0, (request + 1) * 7 * MS, request);
        let now = 0;
        if (isWatched) for (const gap of looks) server.settle((now += gap * MS));
        server.settle(1e9);
        return sink.ends;
      });
      expect(ends[0]).toEqual(ends[1]);
    },
  );
});

describe("a forecast", () => {
  property.prop([fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 400_000 })])(
    "is met when nothing changes",
    (tenths, busy, need) => {
      const pace = new ServerPace(1, 0);
      pace.quota = (tenths / 10) * QUOTA_PERIOD;
      const forecast = pace.forecast(need, busy);
      expect(pace.advance(forecast, busy, need)).toBe(true);
      expect(Math.abs(pace.instant - forecast)).toBeLessThanOrEqual(1);
    },
  );
});

describe("what makes requests late", () => {
  const [HANG, NODE, SLOW] = [7, 8, 9];

  it("is the hang, whatever the node has for the process meanwhile and until its queue is empty again", () => {
    const { server } = serverWith(1);
    server.admit(0, 10 * MS, 1);
    server.setSpeed(1 * MS, 0, HANG);
    server.shareCpu(2 * MS, 0.5, NODE);
    server.setWaiting(3 * MS, 2, SLOW);
    expect(server.blame).toBe(HANG);
    server.setWaiting(4 * MS, 1, 0);
    server.setSpeed(100 * MS, 1, 0);
    expect(server.blame).toBe(HANG);
    server.settle(1000 * MS);
    // Nothing waits any more: what is slow now is slow for want of CPU.
    expect(server.blame).toBe(NODE);
    server.shareCpu(1001 * MS, Infinity, 0);
    server.settle(1002 * MS);
    expect(server.blame).toBe(0);
  });

  it("isn't a want of CPU: a process that stands still wants none", () => {
    const { server } = serverWith(4);
    for (let request = 0; request < 4; request++) server.admit(0, 50 * MS, request);
    expect(server.cpuWanted(1 * MS)).toBe(4);
    server.setSpeed(2 * MS, 0, HANG);
    expect(server.cpuWanted(3 * MS)).toBe(0);
    server.setSpeed(4 * MS, 0.5, HANG);
    expect(server.cpuWanted(5 * MS)).toBe(2);
  });
});
