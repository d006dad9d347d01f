/** One measurement of a settled cluster in a process of its own: `node --expose-gc cluster-size.ts PODS VIRTUAL_SECONDS` prints JSON. */
import { argv, stdout } from "node:process";
import { SECOND } from "../engine/kernel/time.ts";
import { buildShard, type ClusterShard } from "../engine/cluster.ts";
import { lpLayout } from "../engine/lp-layout.ts";
import { clusterSpec } from "./cluster-spec.ts";

export interface ClusterMeasure {
  readonly pods: number;
  readonly buildSeconds: number;
  /** CPU seconds of this thread for the virtual seconds below. */
  readonly cpuSeconds: number;
  readonly virtualSeconds: number;
  readonly events: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly bufferBytes: number;
}

/** Until caches and compiled code are warm. */
const WARM_UP = 20 * SECOND;

function measure(pods: number, virtualSeconds: number): ClusterMeasure {
  const spec = clusterSpec({
    pods,
    podsPerNode: 100,
    replicas: 100,
    duration: WARM_UP + virtualSeconds * SECOND,
    seed: 1,
    ratePerService: 0,
  });
  const layout = lpLayout(spec.load.length, spec.nodes.length);
  let host!: ClusterShard;
  const buildSeconds = cpuSeconds(() => {
    host = buildShard(spec, { shard: 0, shardOf: new Uint8Array(layout.count), outbox: null, broadcast: null });
  });
  host.simulator.runUntil(WARM_UP);
  const before = host.simulator.events;
  const spent = cpuSeconds(() => host.simulator.runUntil(WARM_UP + virtualSeconds * SECOND));
  const events = host.simulator.events - before;
  (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    pods,
    buildSeconds,
    cpuSeconds: spent,
    virtualSeconds,
    events,
    residentBytes: rss,
    heapBytes: heapUsed,
    bufferBytes: arrayBuffers,
  };
}

function cpuSeconds(work: () => void): number {
  const from = process.threadCpuUsage();
  work();
  const spent = process.threadCpuUsage(from);
  return (spent.user + spent.system) / 1e6;
}

stdout.write(`${JSON.stringify(measure(Number(argv[2]), Number(argv[3])))}\n`);
