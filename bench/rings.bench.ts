/** Periodic timers in rings beside the same timers in the queue, without and with churn. */
import type { LogicalProcess } from "../engine/kernel/logical-process.ts";
import { streamKey, word } from "../engine/kernel/random.ts";
import { Simulator } from "../engine/kernel/simulator.ts";
import { SECOND } from "../engine/kernel/time.ts";
import { cpuSeconds, liveBytes, type Bench, type Contestant } from "./bench.ts";

const PERIOD = 10 * SECOND;

export const bench: Bench = {
  summary: "firings/s of periodic timers: rings ÷ queue, without and with churn",
  async run(harness) {
    for (const count of harness.isQuick ? [100_000] : [10_000, 100_000, 1_000_000]) {
      for (const churn of [0, 0.05]) {
        harness.heading(`${count.toLocaleString("en")} timers every 10 s, ${churn * 100} % of the firings shift another timer`);
        const before = liveBytes();
        const ringed = timersOn("rings and queue", true, count, churn, harness.isQuick ? 200_000 : 2_000_000);
        const bytes = liveBytes() - before;
        const [rings, queue] = await harness.compare("firings/s", [
          ringed,
          timersOn("queue alone", false, count, churn, harness.isQuick ? 200_000 : 2_000_000),
        ]);
        if (churn === 0) harness.figure("bytes per timer", "B", bytes / count);
        harness.ratio(`rings ÷ queue, ${count}, churn ${churn}`, rings!, queue!, 1);
      }
    }
  },
};

function timersOn(name: string, rings: boolean, count: number, churn: number, firings: number): Contestant {
  const simulator = new Simulator({ lpCount: 1, shard: 0, shardOf: new Uint8Array(1), outbox: null, rings, eventsPerSecondMax: 1e9 });
  const key = streamKey(1, "bench", "rings");
  const churnBelow = churn * 4294967296;
  let fired = 0;
  const lp: LogicalProcess = {
    id: 0,
    onMessage: () => {},
    onTimer: (now) => {
      fired++;
      if (word(key.hi, key.lo, fired) >= churnBelow) return;
      const timer = word(key.hi ^ 1, key.lo, fired) % count;
      simulator.armPeriodic(timer, now + 1 + (word(key.hi ^ 2, key.lo, fired) % PERIOD), PERIOD);
    },
  };
  simulator.add(lp);
  for (let slot = 0; slot < count; slot++)
    simulator.armPeriodic(simulator.timers.create(0, slot, slot), 1 + (word(key.hi ^ 3, key.lo, slot) % PERIOD), PERIOD);
  // A whole round: those that were queued while the class was small move to the ring.
  simulator.runUntil(PERIOD + 1);
  let end = PERIOD + 1;
  const step = Math.ceil((PERIOD / count) * (firings / 10));
  return {
    name,
    run() {
      const before = simulator.events;
      const seconds = cpuSeconds(() => {
        while (simulator.events - before < firings) simulator.runUntil((end += step));
      });
      return { work: simulator.events - before, seconds };
    },
  };
}
