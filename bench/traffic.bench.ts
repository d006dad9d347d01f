/**
 * Simulated requests per second of CPU time, every request accounted for: open Poisson load at 70 % of one worker
 * per endpoint, exponential service, log-normal network. Beside it the bare kernel: the same number of timers, each
 * re-armed with an exponential gap and nothing else.
 */
import type { ApplicationBehaviour } from "../engine/application/application.ts";
import { streamKey } from "../engine/kernel/random.ts";
import { Simulator } from "../engine/kernel/simulator.ts";
import { MILLISECOND, SECOND } from "../engine/kernel/time.ts";
import { exponential } from "../engine/kernel/ziggurat.ts";
import { defaultSettings } from "../engine/settings.ts";
import { Rig } from "../engine/traffic/traffic-rig.ts";
import { measureLength, measurePlaces } from "./traffic-size.ts";
import { cpuSeconds, type Bench, type Contestant, type Figure, type Harness } from "./bench.ts";

/** Requests per second at one endpoint, whose worker serves one in 10 ms. */
const RATE = 70;
const NODES = 100;
const HOUR = 3600 * SECOND;
const FLOOR = 1_000_000;

interface Size {
  readonly services: number;
  readonly endpoints: number;
  /** Whether the floor of the first version applies. */
  readonly hasFloor: boolean;
}

const sizes: readonly Size[] = [
  { services: 1, endpoints: 1000, hasFloor: true },
  { services: 20, endpoints: 50, hasFloor: true },
  { services: 200, endpoints: 50, hasFloor: false },
];

export const bench: Bench = {
  summary: "simulated requests/s with accounting, split at the endpoints and as messages, beside the bare kernel",
  async run(harness) {
    for (const size of sizes) {
      harness.heading(`${size.services} Services × ${size.endpoints} endpoints, ${RATE} requests/s each`);
      // Many for each endpoint: what is planned ahead in one run is counted in the next.
      const requests = size.services * size.endpoints * (harness.isQuick ? 300 : 1000);
      const [split, kernel] = await harness.compare("requests/s", [
        trafficOn("split at the endpoints", size, "poisson-arrival-rate", requests),
        timersOn(size, requests),
      ]);
      harness.ratio("split ÷ bare kernel", split!, kernel!);
      harness.ratio("split ÷ 1 M requests/s", split!, constant(harness, FLOOR), size.hasFloor ? 1 : null);
    }
    harness.heading("1 Service × 1000 endpoints, every request a message");
    await harness.compare("requests/s", [
      trafficOn("constant arrival rate", sizes[0]!, "constant-arrival-rate", harness.isQuick ? 200_000 : 1_000_000),
    ]);
    await measurePlaces(harness);
    await measureLength(harness);
  },
};

function trafficOn(name: string, size: Size, executor: "poisson-arrival-rate" | "constant-arrival-rate", requests: number): Contestant {
  const behaviour = { serviceTime: { type: "exponential", mean: 10 * MILLISECOND }, concurrency: 1, queue: 1000 } as ApplicationBehaviour;
  const pods = Array.from({ length: size.services * size.endpoints }, (_, pod) => ({ node: pod % NODES }));
  const services = Array.from({ length: size.services }, (_, service) => service);
  const rig = new Rig({
    duration: HOUR,
    warmup: 0,
    seed: 1,
    settings: defaultSettings,
    nodes: NODES,
    pods,
    behaviour,
    turns: [],
    settled: true,
    shards: 1,
    loads: services.map((service) => ({
      name: `load ${service}`,
      namespace: "default",
      service: `service ${service}`,
      port: null,
      executor,
      rate: RATE * size.endpoints,
      from: 0,
      until: HOUR,
      timeout: 2 * SECOND,
      retries: { max: 1, backoff: 10 * MILLISECOND },
      places: 10,
      target: service,
    })),
    writes: services.map((service) => ({
      at: 0,
      service,
      pods: Array.from({ length: size.endpoints }, (_, index) => service * size.endpoints + index),
    })),
  });
  let until = 0;
  const span = Math.round((requests / (RATE * pods.length)) * SECOND);
  return {
    name,
    run: () => {
      const seconds = cpuSeconds(() => rig.run((until += span)));
      return { work: (span / SECOND) * RATE * pods.length, seconds };
    },
  };
}

/** The events alone. */
function timersOn(size: Size, requests: number): Contestant {
  const count = size.services * size.endpoints;
  const simulator = new Simulator({ lpCount: NODES, shard: 0, shardOf: new Uint8Array(NODES), outbox: null });
  const key = streamKey(1, "bench", "timers");
  const draws = new Int32Array(count);
  const mean = SECOND / RATE;
  const arm = (now: number, timer: number): void =>
    simulator.arm(timer, now + 1 + Math.round(mean * exponential(key.hi, timer, draws[timer]!++)));
  for (let lp = 0; lp < NODES; lp++) simulator.add({ id: lp, onMessage: () => {}, onTimer: (now, _slot, tag) => arm(now, tag) });
  for (let timer = 0; timer < count; timer++) arm(0, simulator.timers.create(timer % NODES, timer, timer));
  let until = 0;
  return {
    name: "bare kernel: timers re-armed",
    run: () => {
      const before = simulator.events;
      const seconds = cpuSeconds(() => simulator.runUntil((until += Math.round((requests / (RATE * count)) * SECOND))));
      return { work: simulator.events - before, seconds };
    },
  };
}

function constant(harness: Harness, value: number): Figure {
  const runs = new Array<number>(harness.repetitions).fill(value);
  return { section: "", name: "floor", unit: "requests/s", median: value, min: value, max: value, spread: 0, runs };
}
