/** What an application does by itself and what its CPU limit and neighbours do to it, through a whole cluster. */
import { describe, expect, test } from "vitest";
import { ApplicationTrait, CauseKind, readApplicationDetail } from "../../cause-kinds.ts";
import type { ClusterShard } from "../../cluster.ts";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import type { ShardResult } from "../../result.ts";
import { clusterSpec, runCluster } from "../../testdata/cluster.ts";

const probe = { httpGet: { path: "/health", port: 80 }, periodSeconds: 5, timeoutSeconds: 1, failureThreshold: 3 };

function run(application: object, container: object = {}, spec: object = {}): { shard: ClusterShard; result: ShardResult } {
  const web = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "app", image: "web:v1", ports: [{ containerPort: 80 }], ...container }] },
      },
    },
  };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
  };
  const read = clusterSpec(
    {
      duration: "5m",
      nodes: [{ count: 1, capacity: { cpu: "2", memory: "8Gi", pods: 20 } }],
      applications: [{ startUp: "2s", serviceTime: "20ms", probeTime: "2ms", concurrency: 4, ...application }],
      load: [{ target: "service/web", executor: "poisson-arrival-rate", rate: "60/s", timeout: "1s" }],
      ...spec,
    },
    [web, service],
  );
  const shard = runCluster(read);
  return { shard, result: shard.finish(5 * MINUTE) };
}

/** Kinds, and of applications the traits, at which the chains of the losses end. */
function rootsOf({ shard, result }: ReturnType<typeof run>): readonly string[] {
  const rows = new Map(shard.causes.rows().map((row) => [row.id, row]));
  const names = new Map<number, string>(Object.entries(CauseKind).map(([name, kind]) => [kind, name]));
  const traits = new Map<number, string>(Object.entries(ApplicationTrait).map(([name, trait]) => [trait, name]));
  return [
    ...new Set(
      result.losses.map(({ cause }) => {
        let row = rows.get(cause);
        while (row !== undefined && rows.has(row.parent)) row = rows.get(row.parent);
        if (row === undefined) return "none";
        return row.kind === CauseKind.application ? traits.get(readApplicationDetail(row.detail).trait)! : names.get(row.kind)!;
      }),
    ),
  ].sort();
}

describe("a CPU limit", () => {
  const cpu = { share: 1 };
  test("that the load doesn't reach costs nothing", () => {
    expect(run({ cpu }, { resources: { limits: { cpu: "2" } } }).result.losses).toEqual([]);
  });
  test("below what the load needs costs requests, and is why", () => {
    const throttled = run({ cpu }, { resources: { limits: { cpu: "500m" } } });
    expect(throttled.result.losses.length).toBeGreaterThan(0);
    expect(rootsOf(throttled)).toEqual(["cpuLimit"]);
    // 18,000 requests need 1.2 cores, probes none: so about 0.7 / 1.2 of them are lost, a little more for those answered late.
    const lost = throttled.result.losses.reduce((sum, { count }) => sum + count, 0);
    expect(lost / 18_000).toBeGreaterThan(0.5);
    expect(lost / 18_000).toBeLessThan(1);
  });
  test("makes a start-up longer that wants more", () => {
    const listensAfter = (startUp: string): number => {
      const { shard } = run({ cpu: { startUp } }, { resources: { limits: { cpu: "500m" } } }, { start: "empty" });
      const at = (kind: number): number => shard.causes.rows().find((row) => row.kind === kind)!.time;
      return (at(CauseKind.containerListening) - at(CauseKind.containerStarted)) / SECOND;
    };
    expect(listensAfter("200m")).toBe(2);
    expect(listensAfter("1")).toBe(4);
  });
});

describe("a node that has too few cores", () => {
  test("slows its containers down, and is why", () => {
    const crowded = run({ cpu: { share: 1 } }, {}, { nodes: [{ count: 1, capacity: { cpu: "1", memory: "8Gi", pods: 20 } }] });
    expect(rootsOf(crowded)).toEqual(expect.arrayContaining(["nodeCpuShort"]));
    expect(crowded.shard.causes.rows().some(({ kind }) => kind === CauseKind.nodeCpuShort)).toBe(true);
  });
});

describe("start-ups on a node that has too few cores", () => {
  const cpu = { startUp: "1", share: 0.001 };
  const node = (cores: string): object => ({ nodes: [{ count: 1, capacity: { cpu: cores, memory: "8Gi", pods: 20 } }], start: "empty" });
  const scaled = (cores: string, container: object = {}): ReturnType<typeof run> =>
    run(
      { cpu, startUp: "10s" },
      { resources: { requests: { cpu: "100m" } }, startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 60 }, ...container },
      { ...node(cores), actions: [{ at: "20s", scale: { deployment: "web", replicas: 5 } }] },
    );
  const listensAfter = ({ shard }: ReturnType<typeof run>): readonly number[] => {
    const rows = shard.causes.rows();
    return rows
      .filter(({ kind }) => kind === CauseKind.containerListening)
      .map(
        ({ time, subject }) =>
          (time - rows.find((row) => row.kind === CauseKind.containerStarted && row.subject === subject)!.time) / SECOND,
      );
  };

  test("share its cores, so they take as many times as long", () => {
    // One alone takes 10 s; four more want 4 cores: 10 s of CPU each come from 2 cores in 20 s, from 1 core in 40 s.
    const bounds = [
      ["8", 10],
      ["2", 20],
      ["1", 40],
    ] as const;
    for (const [cores, seconds] of bounds) {
      const [alone, ...together] = listensAfter(scaled(cores));
      expect(alone).toBe(10);
      expect(together).toHaveLength(4);
      // Shares are looked at once a second.
      for (const each of together) expect(Math.abs(each - seconds)).toBeLessThan(1.5);
    }
  });

  test("are killed by probes that don't wait for so long, and the node is why", () => {
    const startupProbe = { ...probe, periodSeconds: 5, failureThreshold: 4 };
    expect(scaled("8", { startupProbe }).result.restarts).toEqual([]);
    const crowded = scaled("1", { startupProbe });
    expect(crowded.result.restarts.length).toBeGreaterThan(0);
    const rows = new Map(crowded.shard.causes.rows().map((row) => [row.id, row]));
    for (const { cause } of crowded.result.restarts) {
      const kinds: number[] = [];
      for (let row = rows.get(cause); row !== undefined; row = rows.get(row.parent)) kinds.push(row.kind);
      expect(kinds).toContain(CauseKind.nodeCpuShort);
    }
  });
});

describe("what an application does by itself", () => {
  test("pauses for garbage collection make answers late", () => {
    const paused = run({ gc: { every: "30s", pause: "2s" } });
    expect(rootsOf(paused)).toEqual(["gc"]);
    expect(run({ gc: { every: "30s", pause: "50ms" } }).result.losses).toEqual([]);
  });
  test("long pauses are restarts for a liveness probe", () => {
    const paused = run({ gc: { every: "40s", pause: "20s" } }, { livenessProbe: probe });
    expect(paused.result.restarts.length).toBeGreaterThan(0);
  });
  test("a crash rate restarts it, and is why", () => {
    const crashing = run({ crash: { rate: "1/m", code: 2 } }, { readinessProbe: probe });
    expect(crashing.result.restarts.length).toBeGreaterThan(0);
    expect(rootsOf(crashing)).toEqual(["crash"]);
  });
  test("a spike of memory above the limit kills each process at that age", () => {
    const spiky = run({ memory: { base: "64Mi", spike: { at: "1m", size: "200Mi" } } }, { resources: { limits: { memory: "128Mi" } } });
    expect(spiky.result.restarts.length).toBeGreaterThan(2);
  });
  test("a bad version never gets ready, and nothing restarts it", () => {
    const bad = run({ ready: "never" }, { readinessProbe: probe, livenessProbe: probe });
    expect(bad.shard.control!.store.readyPods.reduce((sum, count) => sum + count, 0)).toBe(0);
    expect(bad.result.restarts).toEqual([]);
  });
  test("a cold process is slow at first", () => {
    const crash = [{ at: "1m", type: "container-crash", selector: { deployment: "web" } }];
    const cold = run({ warmUp: { for: "10s", factor: 100 } }, {}, { faults: crash });
    const slow = cold.result.losses.filter(({ state }) => state === "slow answer" || state === "overload");
    expect(slow.length).toBeGreaterThan(0);
    expect(Math.max(...slow.map(({ last }) => last))).toBeLessThan(2.5 * MINUTE);
  });
});
