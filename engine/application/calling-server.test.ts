import { describe, expect, test } from "vitest";
import { NO_CAUSE, type CauseId } from "../kernel/causes.ts";
import type { VirtualTime } from "../kernel/time.ts";
import type { ApplicationBehaviour } from "./application.ts";
import { CallingServer } from "./calling-server.ts";
import { wavesOf, type CallMaker, type CallRun, type CallsEnded, type CallSpec } from "./calls.ts";
import { defaultBehaviour } from "./defaults.ts";
import { Admission } from "./server.ts";

const call: CallSpec = {
  namespace: "default",
  service: "db",
  port: null,
  perRequest: 1,
  timeout: 1000,
  retries: { max: 0, backoff: 1 },
  fallback: "fail",
  order: "sequential",
};
const slowRow = 7;

/** Calls wait until the test ends them. */
class Stage implements CallMaker {
  readonly running: CallsEnded[] = [];
  readonly abandoned: CauseId[] = [];
  readonly told: string[] = [];
  readonly server: CallingServer;

  constructor(behaviour: Partial<ApplicationBehaviour>) {
    const sink = {
      served: (request: number, at: VirtualTime): void => this.tell(`${request} served at ${at}`),
      reset: (request: number, at: VirtualTime, cause: CauseId): void => this.tell(`${request} reset at ${at} by ${cause}`),
      failed: (request: number, at: VirtualTime, cause: CauseId): void => this.tell(`${request} failed at ${at} by ${cause}`),
    };
    const calls = behaviour.calls ?? [call];
    this.server = new CallingServer({ ...defaultBehaviour, concurrency: 1, queue: 1, calls, ...behaviour }, sink, this, () => calls, 0);
    this.server.listen(0);
  }

  begin(_now: VirtualTime, calls: readonly CallSpec[], _pod: number, ended: CallsEnded): CallRun | null {
    if (calls.length === 0) return null;
    this.running.push(ended);
    return { waitsFor: () => slowRow };
  }

  abandon(_now: VirtualTime, _run: CallRun, cause: CauseId): void {
    this.abandoned.push(cause);
  }

  private tell(text: string): void {
    this.told.push(text);
  }
}

describe("a server whose requests call", () => {
  test("answers when the calls have ended, and keeps its worker until then", () => {
    const { running, server, told } = new Stage({});
    expect([1, 2, 3].map((request) => server.admit(0, 10, request, 0))).toEqual([
      Admission.accepted,
      Admission.accepted,
      Admission.queueFull,
    ]);
    server.settle(10);
    expect(running).toHaveLength(1);
    server.settle(50);
    running[0]!(60, NO_CAUSE);
    expect(told).toEqual(["1 served at 60"]);
    server.settle(70);
    running[1]!(75, NO_CAUSE);
    expect(told).toEqual(["1 served at 60", "2 served at 75"]);
    expect(server.inFlight(80)).toBe(0);
  });

  test("serves others meanwhile if its workers don't wait", () => {
    const { running, server } = new Stage({ freesWorkers: true });
    for (const request of [1, 2]) server.admit(0, 10, request, 0);
    server.settle(10);
    server.settle(20);
    expect(running).toHaveLength(2);
    expect(server.admit(20, 10, 3, 0)).toBe(Admission.accepted);
  });

  test("fails a request whose call failed, and goes on with the next", () => {
    const { running, server, told } = new Stage({});
    for (const request of [1, 2]) server.admit(0, 10, request, 0);
    server.settle(10);
    running[0]!(30, 99);
    expect(told).toEqual(["1 failed at 30 by 99"]);
    expect([server.blame, server.nextEnd(30)]).toEqual([99, 40]);
  });

  test("says what keeps a request: the queue, its own work, or its calls", () => {
    const { server } = new Stage({});
    for (const request of [1, 2]) server.admit(0, 10, request, 0);
    expect([server.delayOf(5, 1), server.delayOf(5, 2)]).toEqual(["work", "queue"]);
    server.settle(10);
    expect([server.delayOf(100, 1), server.delayOf(100, 2)]).toEqual(["calls", "queue"]);
    expect([server.waitsFor(100, 1), server.waitsFor(100, null)]).toEqual([slowRow, slowRow]);
  });

  test("resets everything when it dies, calls and queue included", () => {
    const { abandoned, running, server, told } = new Stage({});
    for (const request of [1, 2]) server.admit(0, 10, request, 0);
    server.settle(10);
    server.die(20, 5);
    expect(told).toEqual(["1 reset at 20 by 5", "2 reset at 20 by 5"]);
    expect(abandoned).toEqual([5]);
    running[0]!(30, NO_CAUSE);
    expect([told.length, server.inFlight(30), server.admit(30, 10, 3, 0)]).toEqual([2, 0, Admission.notListening]);
  });

  test("that takes no more serves what it has, and says when it is idle", () => {
    const { running, server, told } = new Stage({});
    for (const request of [1, 2]) server.admit(0, 10, request, 0);
    server.stopListening(5);
    const idle: VirtualTime[] = [];
    server.whenIdle = (now): void => void idle.push(now);
    expect(server.idleAt(5)).toBe(Infinity);
    server.settle(10);
    running[0]!(20, NO_CAUSE);
    server.settle(30);
    running[1]!(40, NO_CAUSE);
    expect([told.length, idle, server.idleAt(40)]).toEqual([2, [40], 40]);
  });

  test("uses no CPU while it waits", () => {
    const { running, server } = new Stage({ cpu: { share: 1, idle: 0, startUp: 0 } });
    server.admit(0, 10, 1, 0);
    server.settle(1000);
    expect([server.cpuTime(1000), server.cpuWanted(1000), running.length]).toEqual([10, 0, 1]);
  });

  test("lets a health check take its turn, ask, and hear of it", () => {
    const { running, server } = new Stage({ calls: [] });
    const heard: (readonly [VirtualTime, CauseId])[] = [];
    const check = (usesWorker: boolean): Admission =>
      server.checkHealth(0, 5, [call], usesWorker, (now, failure) => heard.push([now, failure]));
    server.admit(0, 10, 1, 0);
    expect([check(true), check(true), check(false)]).toEqual([Admission.accepted, Admission.queueFull, Admission.accepted]);
    expect(running).toHaveLength(1);
    running[0]!(3, 9);
    server.settle(10);
    server.settle(15);
    running[1]!(20, NO_CAUSE);
    expect(heard).toEqual([
      [3, 9],
      [20, NO_CAUSE],
    ]);
  });
});

test.each<[string, CallSpec["order"][], number[], number[]]>([
  ["one after another", ["sequential", "sequential"], [1, 2], [1, 1, 1]],
  ["together with parallel neighbours", ["parallel", "parallel"], [1, 2], [3]],
  ["apart where one in between waits", ["parallel", "sequential", "parallel"], [2, 1, 2], [2, 1, 2]],
  ["not at all where chance says so", ["parallel", "sequential"], [0, 0], []],
])("calls are made %s", (_, orders, counts, expected) => {
  const calls = orders.map((order) => ({ ...call, order }));
  expect(wavesOf(calls, (one) => counts[calls.indexOf(one)]!).map(({ length }) => length)).toEqual(expected);
});
