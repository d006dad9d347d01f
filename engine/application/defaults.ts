/**
 * How a container behaves that the scenario says nothing about: an ordinary web service. The report names
 * each of these that stood in for what nobody said.
 */
import type { ApplicationBehaviour, CpuBehaviour } from "./application.ts";

/**
 * A request that reads a database waits for most of its time: a fifth of it is computing. With more than that,
 * ordinary limits (200m) would throttle at a dozen requests a second. The start-up is as long as given, whatever
 * the limit: who measured it measured it under the limit.
 */
export const defaultCpu: CpuBehaviour = Object.freeze({ share: 0.2, idle: 0, startUp: 0 });

export const defaultBehaviour: ApplicationBehaviour = Object.freeze({
  // A few seconds of loading code and opening connections; one in a hundred takes three times as long.
  startUp: Object.freeze({ type: "logNormal", median: 2_000_000, p99: 6_000_000 }),
  // A request that reads a database, with the tail that such requests have.
  serviceTime: Object.freeze({ type: "logNormal", median: 10_000, p99: 100_000 }),
  // A common size of a thread or connection pool; its queue holds eight times that.
  concurrency: 16,
  queue: 128,
  // A health endpoint that does next to nothing.
  probeTime: Object.freeze({ type: "logNormal", median: 2_000, p99: 10_000 }),
  cpu: defaultCpu,
  // Most servers answer health checks on the port and the pool that serve requests: so overload reaches probes.
  probesShareWorkers: true,
  // Small enough for any usual limit, and it does not grow: memory kills only where the scenario says so.
  memory: Object.freeze({ base: 64 * 1024 * 1024, perRequest: 0, growth: 0 }),
  // Without a handler of its own, SIGTERM ends a process at once.
  shutdown: Object.freeze({ type: "exit" }),
  exit: null,
  unhealthyAfter: null,
  // A usual application image, seen by no node before.
  image: Object.freeze({ size: 200 * 1000 * 1000, present: false }),
} as const);
