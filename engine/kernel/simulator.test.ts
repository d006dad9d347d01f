import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventClass, classAndOrigin, type LpId } from "./event.ts";
import { BLOCK_EVENTS, combinedFingerprint, firstDifference } from "./fingerprint.ts";
import { boundOf } from "./lookahead.ts";
import { buildPhold, pholdIncrements, usualPhold, type PholdOptions } from "./phold.ts";
import { Simulator, type SimulatorOptions } from "./simulator.ts";
import { NEVER, SECOND } from "./time.ts";
import type { TimerId } from "./timer-table.ts";
import { Workspace } from "./workspace.ts";

type Handlers = {
  onMessage?: (now: number, origin: number, payload: number) => void;
  onTimer?: (now: number, slot: number, tag: number) => void;
};

function oneLp(
  options: Partial<SimulatorOptions> = {},
  handlers: (simulator: Simulator) => Handlers = () => ({}),
): { simulator: Simulator; seen: string[] } {
  const simulator = new Simulator({ lpCount: 2, shard: 0, shardOf: new Uint8Array(2), outbox: null, ...options });
  const seen: string[] = [];
  const own = handlers(simulator);
  for (const id of [0, 1]) {
    simulator.add({
      id,
      onMessage: (now, origin, payload) => {
        seen.push(`${now}: ${payload} from ${origin} to ${id}`);
        own.onMessage?.(now, origin, payload);
      },
      onTimer: (now, slot, tag) => {
        seen.push(`${now}: timer ${slot} (${tag}) of ${id}`);
        own.onTimer?.(now, slot, tag);
      },
    });
  }
  return { simulator, seen };
}

describe("dispatch", () => {
  it("follows time, then class, then origin, then number", () => {
    const { simulator, seen } = oneLp();
    const timer = simulator.timers.create(0, 7, 70);
    const observer = simulator.timers.create(0, 1, 10, EventClass.observer);
    simulator.arm(observer, 5);
    simulator.arm(timer, 5);
    simulator.postFrom(1, 0, 5, 100);
    simulator.postFrom(0, 0, 5, 101);
    simulator.postFrom(0, 0, 5, 102);
    simulator.postFrom(1, 0, 5, 103, EventClass.fault);
    simulator.postFrom(1, 0, 4, 104);
    simulator.runUntil(6);
    expect(seen).toEqual([
      "4: 104 from 1 to 0",
      "5: 103 from 1 to 0",
      "5: 101 from 0 to 0",
      "5: 102 from 0 to 0",
      "5: 100 from 1 to 0",
      "5: timer 7 (70) of 0",
      "5: timer 1 (10) of 0",
    ]);
    expect(simulator.events).toBe(7);
  });

  it("stops before the bound and goes on from there", () => {
    const { simulator, seen } = oneLp();
    for (const at of [1, 2, 3]) simulator.postFrom(0, 0, at, at);
    simulator.runUntil(2);
    expect([seen.length, simulator.nextTime()]).toEqual([1, 2]);
    simulator.runUntil(NEVER);
    expect([seen.length, simulator.nextTime()]).toEqual([3, NEVER]);
  });

  it.each([
    ["a message", (simulator: Simulator) => simulator.post(0, simulator.now, 1)],
    ["a timer", (simulator: Simulator) => simulator.arm(0, simulator.now)],
    ["runUntil within runUntil", (simulator: Simulator) => simulator.runUntil(10)],
  ])("refuses %s at now", (_name, act) => {
    const { simulator } = oneLp({}, (each) => ({ onMessage: () => act(each) }));
    simulator.timers.create(0, 0, 0);
    simulator.postFrom(0, 0, 5, 1);
    expect(() => simulator.runUntil(9)).toThrow(/podstorm bug: .*5µs\), LP 0/);
  });

  it("refuses an event whose key is not after the LP's last one", () => {
    const { simulator } = oneLp();
    simulator.postFrom(0, 1, 50, 1);
    simulator.runUntil(60);
    simulator.receiveRemote(40, classAndOrigin(EventClass.message, 0), 9, 1, 0);
    expect(() => simulator.runUntil(60)).toThrow(/LP 1 was to receive \(40, /);
  });

  it("names the LP that loops in almost no time", () => {
    const { simulator } = oneLp({ eventsPerSecondMax: 20_000 }, (each) => ({ onMessage: (now) => each.post(1, now + 1, 0) }));
    simulator.postFrom(0, 1, 5, 1);
    expect(() => simulator.runUntil(NEVER)).toThrow(/LP 1 received \d+ events within one virtual second/);
  });

  it("lets an LP be as busy as the budget allows, for ever", () => {
    const { simulator } = oneLp({ eventsPerSecondMax: 20_000 }, (each) => ({ onMessage: (now) => each.post(1, now + 80, 0) }));
    simulator.postFrom(0, 1, 5, 1);
    simulator.runUntil(10 * SECOND);
    expect(simulator.events).toBe(125_000);
  });
});

describe("timers", () => {
  const at = fc.integer({ min: 1, max: 60 });
  const command = fc.record({
    when: at,
    timer: fc.integer({ min: 0, max: 3 }),
    delay: at,
    period: fc.constantFrom(0, 0, 7, 10),
    type: fc.constantFrom("arm", "cancel", "recreate"),
  });

  it("fire at the last deadline they were armed with, and only then", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const ids: TimerId[] = [];
        const { simulator, seen } = oneLp({}, (each) => ({
          onMessage: (now, _origin, index) => {
            const { timer, delay, period, type } = commands[index]!;
            if (type === "recreate") {
              each.timers.release(ids[timer]!);
              ids[timer] = each.timers.create(0, timer, timer);
            }
            if (type === "cancel") each.cancel(ids[timer]!);
            else each.armPeriodic(ids[timer]!, now + delay, period);
          },
        }));
        for (let timer = 0; timer < 4; timer++) ids.push(simulator.timers.create(0, timer, timer));
        commands.forEach(({ when }, index) => simulator.postFrom(0, 0, when, index));
        simulator.runUntil(200);
        expect(seen.filter((line) => line.includes("timer"))).toEqual(expectedFirings(commands, 200));
      }),
      { numRuns: 300 },
    );
  });

  it("that are pushed back a thousand times leave one event in the queue", () => {
    const workspace = new Workspace();
    const { simulator, seen } = oneLp({ workspace }, (each) => ({ onMessage: (now) => each.arm(0, now + 1_000_000) }));
    simulator.timers.create(0, 0, 0);
    for (let message = 1; message <= 1_000; message++) simulator.postFrom(0, 0, message * 10, 0);
    simulator.runUntil(10_001);
    expect([simulator.nextTime(), workspace.queue.size]).toEqual([1_000_010, 1]);
    simulator.runUntil(NEVER);
    expect(seen.filter((line) => line.includes("timer"))).toEqual(["1010000: timer 0 (0) of 0"]);
  });

  it("armed for NEVER are cancelled", () => {
    const { simulator } = oneLp();
    const timer = simulator.timers.create(0, 0, 0);
    simulator.arm(timer, 5);
    simulator.arm(timer, NEVER);
    simulator.runUntil(NEVER);
    expect(simulator.events).toBe(0);
  });
});

/** What a plain table of deadlines, walked µs by µs, does. */
function expectedFirings(
  commands: readonly { when: number; timer: number; delay: number; period: number; type: string }[],
  end: number,
): string[] {
  const deadlines = [NEVER, NEVER, NEVER, NEVER];
  const periods = [0, 0, 0, 0];
  const firings: string[] = [];
  for (let now = 0; now < end; now++) {
    // Messages are of an earlier class.
    for (const { when, timer, delay, period, type } of commands) {
      if (when !== now) continue;
      deadlines[timer] = type === "cancel" ? NEVER : now + delay;
      periods[timer] = type === "cancel" ? 0 : period;
    }
    for (let timer = 0; timer < 4; timer++) {
      if (deadlines[timer] !== now) continue;
      firings.push(`${now}: timer ${timer} (${timer}) of 0`);
      deadlines[timer] = periods[timer]! > 0 ? now + periods[timer]! : NEVER;
    }
  }
  return firings;
}

describe("fingerprints", () => {
  const small: PholdOptions = { ...usualPhold, lps: 32, eventsPerLp: 4 };
  const end = 30 * SECOND;

  function pholdOn(shards: number, options: PholdOptions, seed = 5): Simulator[] {
    const shardOf = Uint8Array.from({ length: options.lps }, (_, lp) => (lp * 7) % shards);
    const simulators: Simulator[] = [];
    for (let shard = 0; shard < shards; shard++) {
      const outbox = {
        append: (target: number, ...event: [number, number, number, LpId, number]): void => void sent.push([target, event]),
      };
      simulators.push(new Simulator({ lpCount: options.lps, shard, shardOf, outbox }));
      buildPhold(simulators[shard]!, options, seed, shardOf);
    }
    const sent: [number, [number, number, number, LpId, number]][] = [];
    for (;;) {
      const bound = Math.min(
        end,
        boundOf(
          simulators.map((simulator) => simulator.nextTime()),
          options.lookahead,
        ),
      );
      for (const simulator of simulators) simulator.runUntil(bound);
      for (const [target, event] of sent.splice(0).toReversed()) simulators[target]!.receiveRemote(...event);
      if (bound === end) return simulators;
    }
  }

  it.each(pholdIncrements)("of PHOLD with %s increments are the same on one, two and five shards", (increment) => {
    const options = { ...small, increment };
    const alone = combinedFingerprint(pholdOn(1, options).flatMap((simulator) => simulator.fingerprints()));
    for (const shards of [2, 5]) {
      expect(combinedFingerprint(pholdOn(shards, options).flatMap((simulator) => simulator.fingerprints()))).toBe(alone);
    }
    expect(combinedFingerprint(pholdOn(1, options, 6).flatMap((simulator) => simulator.fingerprints()))).not.toBe(alone);
  });

  it("keep a hash after every 4,096 events, find the first block that differs, and trace it", () => {
    const run = (detour: number): { simulator: Simulator; traced: number[] } => {
      const traced: number[] = [];
      const { simulator } = oneLp({ trace: { lp: 1, block: 2, note: (time) => void traced.push(time) } }, (each) => ({
        onMessage: (now) => each.post(1, now + (each.events === detour ? 2 : 1), 0),
      }));
      simulator.postFrom(0, 1, 5, 1);
      simulator.runUntil(15_000);
      return { simulator, traced };
    };
    const one = run(-1);
    const other = run(9_000);
    const [, fingerprint] = one.simulator.blockFingerprints();
    expect(fingerprint!.blocks.length).toBe(Math.ceil(fingerprint!.events / BLOCK_EVENTS));
    expect(firstDifference(one.simulator.blockFingerprints(), other.simulator.blockFingerprints())).toEqual({ lp: 1, block: 2 });
    expect(firstDifference(one.simulator.blockFingerprints(), run(-1).simulator.blockFingerprints())).toBeNull();
    expect(one.traced.length).toBe(BLOCK_EVENTS);
    const parting = one.traced.findIndex((time, index) => time !== other.traced[index]);
    expect(2 * BLOCK_EVENTS + parting).toBe(9_000);
  });

  it("are pinned", () => {
    expect(combinedFingerprint(pholdOn(1, small)[0]!.fingerprints())).toBe("120b6511e781546e");
  });
});

describe("the bound of a window", () => {
  it.each([
    [[5, 9, 7], 10, 15],
    [[NEVER, 9], 250, 259],
    [[NEVER, NEVER], 10, NEVER],
    [[3], 0, 4],
    [[], 4, NEVER],
  ])("of %j with lookahead %d is %d", (earliestSends, lookahead, bound) => {
    expect(boundOf(earliestSends, lookahead)).toBe(bound);
  });
});
