/** The live host against a clock that jumps and a simulator that only takes notes, and against the real ones. */
import { describe, expect, it } from "vitest";
import { EventClass, classAndOrigin } from "../../engine/kernel/event.ts";
import { Simulator } from "../../engine/kernel/simulator.ts";
import type { VirtualTime } from "../../engine/kernel/time.ts";
import { Histogram } from "../../engine/metrics/histogram.ts";
import type { KubeletInput } from "../../engine/kubernetes/kubelet/inputs.ts";
import { Inbox } from "./inbox.ts";
import { LiveHost, type LiveEnd } from "./live-host.ts";
import { Outbox } from "./outbox.ts";
import { WallClock, type LiveClock } from "./wall-clock.ts";

/** Jumps to wherever the host wants to sleep, unless something happens on the way. */
class JumpingClock implements LiveClock {
  time: VirtualTime = 0;
  readonly happenings: { readonly at: VirtualTime; readonly happen: () => void }[] = [];

  now(): VirtualTime {
    return this.time;
  }

  async waitUntil(at: VirtualTime): Promise<void> {
    const first = this.happenings[0];
    if (first !== undefined && first.at < at) {
      this.happenings.shift();
      this.time = Math.max(this.time, first.at);
      first.happen();
      return;
    }
    this.time = Math.max(this.time, at);
  }

  wake(): void {
    // The happening that woke it has ended the wait.
  }
}

const input: KubeletInput = { kind: "sandboxReady", row: 0 };

interface Rig {
  readonly clock: JumpingClock;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly simulator: Simulator;
  readonly log: string[];
  run(horizon: VirtualTime, more?: { signal?: AbortSignal; lagLimit?: number }): Promise<LiveEnd>;
}

/** One LP with a timer at 1000 and then every 1000 µs; messages from outside are noted. */
function rig(onTimer: (rig: Rig, now: VirtualTime) => void = () => undefined): Rig {
  const simulator = new Simulator({ lpCount: 1, shard: 0, shardOf: new Uint8Array(2), outbox: null });
  const clock = new JumpingClock();
  const inbox = new Inbox(clock);
  const outbox = new Outbox(clock, new Histogram());
  const log: string[] = [];
  const made: Rig = {
    clock,
    inbox,
    outbox,
    simulator,
    log,
    run: (horizon, more = {}) =>
      new LiveHost({
        simulator,
        clock,
        inbox,
        outbox,
        horizon,
        ...more,
        deliver: (at, number) => simulator.receiveRemote(at, classAndOrigin(EventClass.message, 1), number, 0, number),
      }).run(),
  };
  simulator.add({
    id: 0,
    onMessage: (now, origin, payload) => log.push(`${now} answer ${payload} of ${origin}`),
    onTimer: (now) => {
      log.push(`${now} timer`);
      onTimer(made, now);
    },
  });
  simulator.armPeriodic(simulator.timers.create(0, 0, 0), 1000, 1000);
  return made;
}

describe("the live host", () => {
  it("runs every timer at its scheduled time up to the horizon and not at it", async () => {
    const { run, log } = rig();
    expect((await run(3000)).reason).toBe("horizon");
    expect(log).toEqual(["1000 timer", "2000 timer"]);
  });

  it("keeps the scheduled times when it is late, and records by how much", async () => {
    const { run, log, clock } = rig((made, now) => {
      if (now === 1000) made.outbox.append(now, () => (made.clock.time += 5500));
    });
    const { lag } = await run(9000);
    expect(log).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((step) => `${step}000 timer`));
    expect(lag.max).toBeGreaterThanOrEqual(4500);
    expect(clock.time).toBe(9000);
  });

  it("runs the timers due before an answer's instant, then delivers it", async () => {
    const { run, log, clock, inbox } = rig();
    clock.happenings.push({ at: 1500, happen: () => inbox.append(0, input, () => true) });
    await run(2500);
    expect(log).toEqual(["1000 timer", "1500 answer 1 of 1", "2000 timer"]);
  });

  it("gives answers of one instant instants of their own, in the order of their arrival", async () => {
    const { run, log, clock, inbox } = rig();
    clock.happenings.push({ at: 1500, happen: () => [1, 2, 3].forEach(() => inbox.append(0, input, () => true)) });
    await run(1900);
    expect(log).toEqual(["1000 timer", "1500 answer 1 of 1", "1501 answer 2 of 1", "1502 answer 3 of 1"]);
  });

  it("never delivers an answer into the past", async () => {
    const { run, log, inbox } = rig((made, now) => {
      if (now !== 1000) return;
      made.clock.time = 2500;
      made.outbox.append(now, () => inbox.appendAt(1200, 0, input, () => true));
    });
    const end = await run(4000);
    expect(log.indexOf("1001 answer 1 of 1")).toBe(-1);
    expect(log.filter((line) => line.includes("answer"))).toHaveLength(1);
    expect(log).toEqual([...log].sort());
    expect(end.answers).toBe(1);
  });

  it("drops an answer that nobody wants any more and numbers the others without a gap", async () => {
    const { run, log, clock, inbox } = rig();
    clock.happenings.push({ at: 1500, happen: () => [false, true].forEach((isWanted) => inbox.append(0, input, () => isWanted)) });
    await run(1900);
    expect(log).toEqual(["1000 timer", "1500 answer 1 of 1"]);
  });

  it("delivers a modelled delay at its own instant", async () => {
    const { run, log } = rig((made, now) => {
      if (now === 1000) made.inbox.appendAt(1700, 0, input, () => true);
    });
    await run(2500);
    expect(log).toEqual(["1000 timer", "1700 answer 1 of 1", "2000 timer"]);
  });

  it("carries orders out after the events, in their order", async () => {
    const { run, log } = rig((made, now) => {
      made.outbox.append(now, () => log.push(`${now} order a`));
      made.outbox.append(now, () => log.push(`${now} order b`));
    });
    await run(1500);
    expect(log).toEqual(["1000 timer", "1000 order a", "1000 order b"]);
  });

  it("stops where it is when interrupted", async () => {
    const controller = new AbortController();
    const { run, log, clock } = rig();
    clock.happenings.push({ at: 1500, happen: () => controller.abort() });
    expect(await run(5000, { signal: controller.signal })).toMatchObject({ reason: "interrupted", end: 1500 });
    expect(log).toEqual(["1000 timer"]);
  });

  it("gives up in strict mode when an event is too late", async () => {
    const { run } = rig((made, now) => made.outbox.append(now, () => (made.clock.time += 9000)));
    expect((await run(100_000, { lagLimit: 5000 })).reason).toBe("too late");
  });
});

describe("the wall clock", () => {
  it("never ends a wait before its instant unless woken", async () => {
    const clock = new WallClock();
    const at = clock.now() + 3000;
    await clock.waitUntil(at);
    expect(clock.now()).toBeGreaterThanOrEqual(at);
  });

  it("ends the present wait when woken, and the next one when nobody waits", async () => {
    const clock = new WallClock();
    const far = 3_600_000_000;
    setTimeout(() => clock.wake(), 1);
    await clock.waitUntil(far);
    clock.wake();
    await clock.waitUntil(far);
    expect(clock.now()).toBeLessThan(far);
  });
});
