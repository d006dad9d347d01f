/** PHOLD through the public kernel interface, beside the same loop on npm queues and on a plain heap. */
import FlatQueue from "flatqueue";
import TinyQueue from "tinyqueue";
import { EventClass, classAndOrigin } from "../engine/kernel/event.ts";
import { combinedFingerprint } from "../engine/kernel/fingerprint.ts";
import { HeapQueue } from "../engine/kernel/heap-queue.ts";
import { PholdDraws, buildPhold, usualPhold, type PholdIncrement, type PholdOptions } from "../engine/kernel/phold.ts";
import { Simulator } from "../engine/kernel/simulator.ts";
import { SECOND, type Duration } from "../engine/kernel/time.ts";
import { cpuSeconds, liveBytes, type Bench, type Contestant, type Harness } from "./bench.ts";

interface Size {
  readonly lps: number;
  readonly eventsPerLp: number;
  /** Floors of the ratios to tinyqueue and flatqueue; null: for information. */
  readonly floors: readonly [number | null, number | null];
}

const sizes: readonly Size[] = [
  { lps: 1024, eventsPerLp: 16, floors: [2.5, 1] },
  { lps: 65_536, eventsPerLp: 16, floors: [10, 4] },
  { lps: 1_048_576, eventsPerLp: 1, floors: [null, null] },
];

const SEED = 1;

export const bench: Bench = {
  summary: "events/s of the kernel on PHOLD, against tinyqueue, flatqueue and a plain heap",
  async run(harness) {
    for (const size of sizes.slice(0, harness.isQuick ? 2 : 3)) await measureSize(harness, size);
    for (const increment of ["bimodal", "allEqual", "heavyTailed"] as const) await measureIncrement(harness, increment);
    await measureShards(harness);
  },
};

async function measureSize(harness: Harness, size: Size): Promise<void> {
  const options: PholdOptions = { ...usualPhold, lps: size.lps, eventsPerLp: size.eventsPerLp };
  harness.heading(
    `${size.lps.toLocaleString("en")} LPs × ${size.eventsPerLp} events, increments 0.1 s + exponential of mean 1 s, 90 % remote`,
  );
  const events = harness.isQuick ? 300_000 : 2_000_000;
  const before = liveBytes();
  const kernel = kernelOn(options, events);
  const bytes = liveBytes() - before;
  const [own, tiny, flat] = await harness.compare("events/s", [kernel, tinyQueueOn(options, events), flatQueueOn(options, events)]);
  harness.figure("bytes per LP, its events included", "B", bytes / size.lps);
  harness.ratio("kernel ÷ tinyqueue", own!, tiny!, size.floors[0]);
  harness.ratio("kernel ÷ flatqueue (breaks ties by chance)", own!, flat!, size.floors[1]);
}

/** The kernel with all it does for an event, beside a bare loop over the heap. */
async function measureIncrement(harness: Harness, increment: PholdIncrement): Promise<void> {
  harness.heading(`1,024 LPs × 16 events, ${increment} increments`);
  const options: PholdOptions = { ...usualPhold, increment };
  const events = harness.isQuick ? 300_000 : 2_000_000;
  const [own, heap] = await harness.compare("events/s", [kernelOn(options, events), heapOn(options, events)]);
  harness.ratio(`kernel ÷ plain 4-ary heap, ${increment}`, own!, heap!, 1);
}

/** Two shards against one, on threads. */
async function measureShards(harness: Harness): Promise<void> {
  const { runPholdShards } = await import("../workers/phold.ts");
  harness.heading("65,536 LPs × 16 events on threads, lookahead 0.1 s");
  const options: PholdOptions = { ...usualPhold, lps: 65_536 };
  // Long enough that fresh threads run the kernel's loop for longer than they compile it.
  const end = (harness.isQuick ? 1 : 12) * SECOND;
  const hashes = new Set<string>();
  const waiting: number[] = [];
  const contestants = [1, 2].map((shards): Contestant => ({
    name: shards === 1 ? "1 shard" : `${shards} shards`,
    async run() {
      const { events, wallSeconds, fingerprint, waitingShares } = await runPholdShards({ options, seed: SEED, end }, shards);
      hashes.add(fingerprint);
      if (shards === 2) waiting.push(Math.max(...waitingShares) * 100);
      return { work: events, seconds: wallSeconds };
    },
  }));
  const [one, two] = await harness.compare("events/s", contestants);
  harness.ratio("2 shards ÷ 1 shard", two!, one!);
  // The warm-up run isn't counted.
  harness.figure("share of time waiting, the worse of two shards", "%", ...waiting.slice(1));
  if (hashes.size !== 1) throw new Error(`shards change the fingerprint: ${[...hashes].join(", ")}`);
}

/** PHOLD is stationary: each repetition goes on where the one before stopped. */
function kernelOn(options: PholdOptions, events: number): Contestant {
  const shardOf = new Uint8Array(options.lps);
  const simulator = new Simulator({ lpCount: options.lps, shard: 0, shardOf, outbox: null });
  buildPhold(simulator, options, SEED, shardOf);
  let span: Duration = SECOND / 1000;
  return {
    name: "kernel (Simulator.post, fingerprints on)",
    run() {
      const before = simulator.events;
      const seconds = cpuSeconds(() => {
        while (simulator.events - before < events) {
          const done = simulator.events;
          simulator.runUntil(simulator.nextTime() + span);
          // Steps of about a tenth of a repetition, whatever the rate of events is.
          if ((simulator.events - done) * 20 < events) span *= 2;
        }
      });
      if (combinedFingerprint(simulator.fingerprints()) === "") throw new Error("no fingerprint");
      return { work: simulator.events - before, seconds };
    },
  };
}

interface TinyEvent {
  readonly time: number;
  readonly number: number;
  readonly receiver: number;
}

function tinyQueueOn(options: PholdOptions, events: number): Contestant {
  const draws = new PholdDraws(options, SEED);
  const queue = new TinyQueue<TinyEvent>([], (a, b) => a.time - b.time || a.number - b.number);
  let number = 0;
  for (let lp = 0; lp < options.lps; lp++) {
    for (let event = 0; event < options.eventsPerLp; event++) queue.push({ time: draws.delay(lp), number: number++, receiver: lp });
  }
  return {
    name: "tinyqueue",
    run: () => ({
      work: events,
      seconds: cpuSeconds(() => {
        for (let count = 0; count < events; count++) {
          const { time, receiver: lp } = queue.pop()!;
          const receiver = draws.receiver(lp);
          queue.push({ time: time + draws.delay(lp), number: number++, receiver });
        }
      }),
    }),
  };
}

function flatQueueOn(options: PholdOptions, events: number): Contestant {
  const draws = new PholdDraws(options, SEED);
  const queue = new FlatQueue<number>();
  for (let lp = 0; lp < options.lps; lp++) {
    for (let event = 0; event < options.eventsPerLp; event++) queue.push(lp, draws.delay(lp));
  }
  return {
    name: "flatqueue",
    run: () => ({
      work: events,
      seconds: cpuSeconds(() => {
        for (let count = 0; count < events; count++) {
          const time = queue.peekValue()!;
          const lp = queue.pop()!;
          const receiver = draws.receiver(lp);
          queue.push(receiver, time + draws.delay(lp));
        }
      }),
    }),
  };
}

function heapOn(options: PholdOptions, events: number): Contestant {
  const draws = new PholdDraws(options, SEED);
  const queue = new HeapQueue();
  const sent = new Uint32Array(options.lps);
  for (let lp = 0; lp < options.lps; lp++) {
    for (let event = 0; event < options.eventsPerLp; event++)
      queue.push(draws.delay(lp), classAndOrigin(EventClass.message, lp), sent[lp]!++, lp, 1);
  }
  return {
    name: "plain 4-ary heap, bare loop",
    run: () => ({
      work: events,
      seconds: cpuSeconds(() => {
        for (let count = 0; count < events; count++) {
          queue.pop();
          const lp = queue.receiver;
          const receiver = draws.receiver(lp);
          queue.push(queue.time + draws.delay(lp), classAndOrigin(EventClass.message, lp), sent[lp]!++, receiver, 1);
        }
      }),
    }),
  };
}
