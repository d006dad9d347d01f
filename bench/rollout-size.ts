/**
 * One measurement of a rollout of all workloads, in a process of its own: `node rollout-size.ts PODS` prints
 * JSON. A smaller rollout comes before it, until caches and compiled code are warm.
 */
import { argv, stdout } from "node:process";
import { buildShard, type ClusterShard } from "../engine/cluster.ts";
import { SECOND } from "../engine/kernel/time.ts";
import { lpLayout } from "../engine/lp-layout.ts";
import { ROLLOUT_AT, rolloutSpec } from "./cluster-spec.ts";
import { clockCost, spentMs, watchDispatches, type Profile } from "./stopwatch.ts";

export interface RolloutMeasure {
  readonly pods: number;
  readonly buildSeconds: number;
  /** CPU seconds of this thread until every Deployment was complete, and what they went to. */
  readonly cpu: number;
  readonly wall: number;
  readonly shares: RolloutShares;
  readonly virtualSeconds: number;
  readonly events: number;
  readonly residentBytes: number;
}

/** CPU seconds. */
export interface RolloutShares {
  readonly apiServer: number;
  /** Renewed leases, in the API server and on their way to the controllers: they grow with nodes × time. */
  readonly leases: number;
  readonly scheduler: number;
  readonly controllers: number;
  /** Kubelets and all that runs on them, and the kernel's own work. */
  readonly rest: number;
}

const WARM_UP_PODS = 3_000;
const STEP = 5 * SECOND;
/** Far more than any size needs. */
const LONGEST = 3600 * SECOND;

function measure(pods: number): RolloutMeasure {
  const spec = rolloutSpec(pods, LONGEST);
  const layout = lpLayout(spec.load.length, spec.nodes.length);
  let host!: ClusterShard;
  const build = timed(() => {
    host = buildShard(spec, { shard: 0, shardOf: new Uint8Array(layout.count), outbox: null, broadcast: null });
  });
  const names = new Map([
    [layout.apiServer, "API server"],
    [layout.scheduler, "scheduler"],
    [layout.controllers, "controllers"],
  ]);
  const profile = watchDispatches(
    host.simulator,
    (id) => names.get(id) ?? null,
    (payload) => isLease(host, payload),
  );
  let now = 0;
  const run = timed(() => {
    while (now < LONGEST && !isDone(host, now)) host.simulator.runUntil((now += STEP));
  });
  const shares = sharesOf(profile, run);
  const { events } = host.simulator;
  return { pods, buildSeconds: build.cpu, ...run, shares, virtualSeconds: now / SECOND, events, residentBytes: process.memoryUsage.rss() };
}

/** The stopwatch goes by the wall's time: its shares of that are taken of the thread's CPU time. */
function sharesOf(profile: Profile, { cpu, wall }: Times): RolloutShares {
  const clockNs = clockCost();
  const secondsOf = (name: string): number => {
    let ms = 0;
    for (const [key, row] of profile) if (key.startsWith(name)) ms += spentMs(row, clockNs);
    return ((ms / 1e3) * cpu) / wall;
  };
  const [apiServer, leases, scheduler, controllers] = ["API server", "apart", "scheduler", "controllers"].map(secondsOf) as [
    number,
    number,
    number,
    number,
  ];
  return { apiServer, leases, scheduler, controllers, rest: cpu - apiServer - leases - scheduler - controllers };
}

function isLease({ mailbox }: ClusterShard, payload: number): boolean {
  const { bodies } = mailbox as unknown as { readonly bodies: readonly ({ kind: string; change?: { type: string } } | undefined)[] };
  const body = bodies[payload];
  return body !== undefined && (body.kind === "renewLease" || (body.kind === "watch" && body.change?.type === "lease"));
}

/** Every Deployment has its new Pods, and no other. */
function isDone({ control }: ClusterShard, now: number): boolean {
  if (now < ROLLOUT_AT + STEP) return false;
  return control!.deployments().every(({ desired, updated, available }) => updated === desired && available === desired);
}

interface Times {
  /** Seconds of this thread, and of the wall. */
  readonly cpu: number;
  readonly wall: number;
}

function timed(work: () => void): Times {
  const start = performance.now();
  const from = process.threadCpuUsage();
  work();
  const spent = process.threadCpuUsage(from);
  return { cpu: (spent.user + spent.system) / 1e6, wall: (performance.now() - start) / 1e3 };
}

measure(WARM_UP_PODS);
stdout.write(`${JSON.stringify(measure(Number(argv[2])))}\n`);
