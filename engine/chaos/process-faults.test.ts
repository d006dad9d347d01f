/** Faults on processes through a whole cluster: each takes effect, can't and says so, ends; and what it costs ends at it. */
import { describe, expect, test } from "vitest";
import { CauseKind } from "../cause-kinds.ts";
import type { ClusterShard } from "../cluster.ts";
import { MINUTE } from "../kernel/time.ts";
import type { ShardResult } from "../result.ts";
import { outcomeNames } from "../traffic/outcome.ts";
import { clusterSpec, runCluster } from "../testdata/cluster.ts";

const probe = { httpGet: { path: "/health", port: 80 }, periodSeconds: 5, timeoutSeconds: 1, failureThreshold: 3 };
const limited = { resources: { limits: { memory: "256Mi" } } };

const web = (container: object = {}): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "app", image: "web:v1", ports: [{ containerPort: 80 }], ...container }] },
    },
  },
});
const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 80 }] },
};

interface Run {
  readonly shard: ClusterShard;
  readonly result: ShardResult;
}

function run(spec: object, container: object = {}): Run {
  const read = clusterSpec(
    {
      duration: "5m",
      nodes: [{ count: 3, capacity: { cpu: "8", memory: "8Gi", pods: 20 } }],
      applications: [{ startUp: "1s", serviceTime: "10ms", probeTime: "2ms" }],
      load: [{ target: "service/web", executor: "poisson-arrival-rate", rate: "60/s", timeout: "1s" }],
      ...spec,
    },
    [web(container), service],
  );
  const shard = runCluster(read);
  return { shard, result: shard.finish(5 * MINUTE) };
}

const withFault = (fault: object, container: object = {}, more: object = {}): Run =>
  run({ faults: [{ at: "1m", selector: { deployment: "web" }, ...fault }], ...more }, container);

const tookEffect = ({ result }: Run): boolean => {
  const { cause } = result.control!.faults[0]!;
  return result.effects.some((effect) => effect.cause === cause);
};

const isReady = ({ shard }: Run): boolean => shard.control!.store.readyPods.reduce((sum, count) => sum + count, 0) === 3;

/** Outcomes of the losses, each with the kind of the row at the root of its chain. */
function lossesOf({ shard, result }: Run): readonly string[] {
  const rows = new Map(shard.causes.rows().map((row) => [row.id, row]));
  const rootOf = (cause: number): number => {
    let row = rows.get(cause);
    while (row !== undefined && rows.has(row.parent)) row = rows.get(row.parent);
    return row?.kind ?? 0;
  };
  const isFault = (cause: number): string => (rootOf(cause) === CauseKind.fault ? "fault" : `kind ${rootOf(cause)}`);
  return [...new Set(result.losses.map(({ outcome, cause }) => `${outcomeNames[outcome]}: ${isFault(cause)}`))].sort();
}

const restartsOf = ({ result }: Run): number => result.restarts.length;
const lastLoss = ({ result }: Run): number => result.losses.reduce((latest, { last }) => Math.max(latest, last), 0);

describe("container-crash", () => {
  test("ends the process with its exit code, and the kubelet starts another", () => {
    const crashed = withFault({ type: "container-crash", code: 3 }, { readinessProbe: probe });
    expect(tookEffect(crashed)).toBe(true);
    expect(restartsOf(crashed)).toBe(3);
    expect(crashed.shard.control!.store.pods[0]!.status.containers[0]!.lastState).toMatchObject({ exitCode: 3 });
    expect(lossesOf(crashed).every((loss) => loss.endsWith(": fault"))).toBe(true);
    expect(isReady(crashed)).toBe(true);
  });
  test("comes again and again at a rate, and stops when it is over", () => {
    const crashing = withFault({ type: "container-crash", rate: "4/m", duration: "1m" });
    expect(restartsOf(crashing)).toBeGreaterThan(3);
    expect(crashing.result.restarts.every(({ time }) => time < 5 * MINUTE)).toBe(true);
    expect(isReady(crashing)).toBe(true);
  });
  test("of a container that runs no more changes nothing", () => {
    expect(
      tookEffect(
        withFault({ type: "container-crash", at: "4m" }, {}, { actions: [{ at: "1m", scale: { deployment: "web", replicas: 0 } }] }),
      ),
    ).toBe(false);
  });
});

describe("hang", () => {
  test("lets requests wait and HTTP probes time out; the restart heals it", () => {
    const hung = withFault({ type: "hang" }, { livenessProbe: probe });
    expect(tookEffect(hung)).toBe(true);
    expect(restartsOf(hung)).toBe(3);
    expect(lossesOf(hung)).toEqual(expect.arrayContaining(["timed out: fault"]));
    expect(lossesOf(hung).every((loss) => loss.endsWith(": fault"))).toBe(true);
    expect(isReady(hung)).toBe(true);
  });
  test("goes unnoticed by a TCP probe, whose hands the kernel shakes", () => {
    const tcp = { tcpSocket: { port: 80 }, periodSeconds: 5, timeoutSeconds: 1, failureThreshold: 3 };
    const hung = withFault({ type: "hang", duration: "1m" }, { livenessProbe: tcp });
    expect(restartsOf(hung)).toBe(0);
    expect(lossesOf(hung)).toEqual(["timed out: fault"]);
  });
  test("is over when it ends: what waited is answered, what comes is too", () => {
    const hung = withFault({ type: "hang", duration: "20s" });
    // Who comes before the backlog is worked off finds the queue full.
    expect(lossesOf(hung)).toEqual(["server error: fault", "timed out: fault"]);
    expect(lastLoss(hung)).toBeLessThan(1.5 * MINUTE);
    expect(restartsOf(hung)).toBe(0);
  });
  test("of Pods that aren't there has no effect", () => {
    expect(
      tookEffect(withFault({ type: "hang", at: "4m" }, {}, { actions: [{ at: "1m", scale: { deployment: "web", replicas: 0 } }] })),
    ).toBe(false);
  });
});

describe("slow-probe", () => {
  test("makes probes time out, and restarts end at it", () => {
    const slowed = withFault({ type: "slow-probe", latency: "3s", duration: "1m" }, { livenessProbe: probe });
    expect(tookEffect(slowed)).toBe(true);
    expect(restartsOf(slowed)).toBeGreaterThanOrEqual(3);
    expect(lossesOf(slowed).every((loss) => loss.endsWith(": fault"))).toBe(true);
    expect(isReady(slowed)).toBe(true);
  });
  test("that is short enough only takes longer", () => {
    const slowed = withFault({ type: "slow-probe", latency: "500ms" }, { livenessProbe: probe });
    expect(tookEffect(slowed)).toBe(true);
    expect(restartsOf(slowed)).toBe(0);
  });
  test("without a probe has no effect", () => expect(tookEffect(withFault({ type: "slow-probe", latency: "3s" }))).toBe(false));
});

describe("memory-leak", () => {
  test("kills at the limit, and the kill ends at the fault", () => {
    const leaking = withFault({ type: "memory-leak", growth: "4Mi/s", duration: "2m" }, { ...limited, readinessProbe: probe });
    expect(tookEffect(leaking)).toBe(true);
    expect(restartsOf(leaking)).toBeGreaterThanOrEqual(3);
    expect(leaking.shard.control!.store.pods[0]!.status.containers[0]!.lastState).toMatchObject({ reason: "OOMKilled" });
    expect(lossesOf(leaking).every((loss) => loss.endsWith(": fault"))).toBe(true);
    expect(isReady(leaking)).toBe(true);
  });
  test("that ends in time kills nobody", () => {
    const leaking = withFault({ type: "memory-leak", growth: "4Mi/s", duration: "40s" }, limited);
    expect(restartsOf(leaking)).toBe(0);
    expect(tookEffect(leaking)).toBe(true);
  });
  test("of Pods that aren't there has no effect", () => {
    const actions = [{ at: "1m", scale: { deployment: "web", replicas: 0 } }];
    expect(tookEffect(withFault({ type: "memory-leak", growth: "1Mi/s", at: "4m" }, limited, { actions }))).toBe(false);
  });
});

describe("memory-spike", () => {
  test("above the limit kills once", () => {
    const spiked = withFault({ type: "memory-spike", size: "200Mi", duration: "1m" }, limited);
    expect(restartsOf(spiked)).toBe(3);
    expect(lossesOf(spiked).every((loss) => loss.endsWith(": fault"))).toBe(true);
    expect(isReady(spiked)).toBe(true);
  });
  test("below it kills nobody", () => {
    const spiked = withFault({ type: "memory-spike", size: "100Mi", duration: "1m" }, limited);
    expect(tookEffect(spiked)).toBe(true);
    expect(restartsOf(spiked)).toBe(0);
  });
});

describe("cpu-starvation", () => {
  test("makes answers and probes late, and what that costs ends at it", () => {
    const starved = withFault({ type: "cpu-starvation", slowdown: 1000, duration: "1m" }, { livenessProbe: probe });
    expect(tookEffect(starved)).toBe(true);
    expect(restartsOf(starved)).toBeGreaterThanOrEqual(3);
    expect(lossesOf(starved)).toEqual(expect.arrayContaining(["timed out: fault"]));
    expect(lossesOf(starved).every((loss) => loss.endsWith(": fault"))).toBe(true);
    expect(isReady(starved)).toBe(true);
  });
  test("makes a start-up longer", () => {
    const crash = { type: "container-crash", at: "70s", selector: { deployment: "web" }, mode: "one" };
    const startUps = (...faults: readonly object[]): readonly number[] => {
      const { shard } = run({ faults: [crash, ...faults] });
      const of = (kind: number): readonly number[] => shard.causes.rows().flatMap((row) => (row.kind === kind ? [row.time] : []));
      const started = of(CauseKind.containerStarted);
      return of(CauseKind.containerListening).map((at, index) => at - started[index]!);
    };
    const starve = { type: "cpu-starvation", at: "1m", selector: { deployment: "web" } };
    expect(startUps()).toEqual([1_000_000]);
    expect(startUps({ ...starve, slowdown: 20 })).toEqual([20_000_000]);
    // Half of it starved, or none.
    expect(startUps({ ...starve, slowdown: 20, duration: "20s" })[0]!).toBeGreaterThan(9_000_000);
    expect(startUps({ ...starve, slowdown: 20, duration: "20s" })[0]!).toBeLessThan(12_000_000);
  });
  test("that is mild costs nothing", () => {
    const starved = withFault({ type: "cpu-starvation", slowdown: 2 }, { livenessProbe: probe });
    expect(tookEffect(starved)).toBe(true);
    expect(restartsOf(starved)).toBe(0);
    expect(starved.result.losses).toEqual([]);
  });
});

describe("slow-service", () => {
  test("makes answers late, or fills the queue, and both end at it", () => {
    const slowed = withFault({ type: "slow-service", slowdown: 200, duration: "1m" });
    expect(tookEffect(slowed)).toBe(true);
    expect(lossesOf(slowed)).toEqual(expect.arrayContaining(["timed out: fault"]));
    expect(lossesOf(slowed).every((loss) => loss.endsWith(": fault"))).toBe(true);
    expect(lastLoss(slowed)).toBeLessThan(2.5 * MINUTE);
  });
  test("of a service that nobody asks has no effect", () => {
    expect(tookEffect(withFault({ type: "slow-service" }, {}, { load: [] }))).toBe(false);
  });
});

describe("failing-service", () => {
  test("answers a share of the requests with server errors", () => {
    const failing = withFault({ type: "failing-service", rate: "50%", duration: "1m" });
    expect(lossesOf(failing)).toEqual(["server error: fault"]);
    const lost = failing.result.losses.reduce((sum, { count }) => sum + count, 0);
    expect(lost).toBeGreaterThan(1600);
    expect(lost).toBeLessThan(2000);
    expect(failing.result.losses[0]!.state).toBe("failing service");
    expect(lastLoss(failing)).toBeLessThan(2.1 * MINUTE);
  });
  test("of a service that nobody asks has no effect", () => {
    expect(tookEffect(withFault({ type: "failing-service" }, {}, { load: [] }))).toBe(false);
  });
});
