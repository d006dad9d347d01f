/** Faults of the network between Pods, nodes and clients, and the deletion of Pods, through a whole cluster. */
import { describe, expect, test } from "vitest";
import { readPlainScenario } from "../../scenarios/plain.ts";
import { CauseKind } from "../cause-kinds.ts";
import { buildShard, type ClusterShard } from "../cluster.ts";
import { NO_CAUSE } from "../kernel/causes.ts";
import { MINUTE, SECOND } from "../kernel/time.ts";
import { lpLayout } from "../lp-layout.ts";
import type { ShardResult } from "../result.ts";
import { outcomeNames } from "../traffic/outcome.ts";

const probe = { tcpSocket: { port: 80 }, periodSeconds: 5, timeoutSeconds: 1, failureThreshold: 3 };
const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 80 }] },
};
const web = (container: object, replicas: number): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "app", image: "web:v1", ports: [{ containerPort: 80 }], ...container }] },
    },
  },
});

interface Run {
  readonly shard: ClusterShard;
  readonly result: ShardResult;
}

function withFault(fault: object, container: object = {}, more: object = {}, replicas = 3, asked: object = service): Run {
  const scenario = {
    apiVersion: "podstorm.dev/v1alpha1",
    kind: "Scenario",
    spec: {
      duration: "5m",
      manifests: ["m"],
      nodes: [{ count: 3, zones: 3, capacity: { cpu: "8", memory: "8Gi", pods: 20 } }],
      applications: [{ startUp: "1s", serviceTime: "10ms", probeTime: "2ms" }],
      load: [{ target: "service/web", executor: "poisson-arrival-rate", rate: "60/s", timeout: "2s", places: 3 }],
      faults: [{ at: "1m", ...fault }],
      ...more,
    },
  };
  const { spec, issues } = readPlainScenario(scenario, [web(container, replicas), asked]);
  if (spec === null) throw new Error(JSON.stringify(issues));
  const shard = buildShard(spec, {
    shard: 0,
    shardOf: new Uint8Array(lpLayout(spec.load.length, spec.nodes.length).count),
    outbox: null,
    broadcast: null,
  });
  shard.simulator.runUntil(spec.duration);
  return { shard, result: shard.finish(5 * MINUTE) };
}

const tookEffect = ({ result }: Run): boolean => {
  const { cause } = result.control!.faults[0]!;
  return result.effects.some((effect) => effect.cause === cause && effect.kind !== CauseKind.faultEnded);
};
const isReady = ({ shard }: Run, count = 3): boolean => shard.control!.store.readyPods.reduce((sum, ready) => sum + ready, 0) === count;
const lost = ({ result }: Run): number => result.losses.reduce((sum, { count }) => sum + count, 0);
const outcomes = ({ result }: Run): readonly string[] => [...new Set(result.losses.map(({ outcome }) => outcomeNames[outcome]!))];
const lastLoss = ({ result }: Run): number => result.losses.reduce((latest, { last }) => Math.max(latest, last), 0);

/** Whether every loss ends at the fault. */
function areBlamed({ shard, result }: Run): boolean {
  const rows = new Map(shard.causes.rows().map((row) => [row.id, row]));
  return result.losses.every(({ cause }) => {
    let row = rows.get(cause);
    while (row !== undefined && rows.has(row.parent)) row = rows.get(row.parent);
    return row?.kind === CauseKind.fault;
  });
}

const onWeb = { selector: { deployment: "web" } };

describe("network-delay", () => {
  test("beyond the client's patience loses requests to the fault, and ends", () => {
    const delayed = withFault({ type: "network-delay", latency: "1500ms", duration: "1m", ...onWeb });
    expect(tookEffect(delayed)).toBe(true);
    expect(lost(delayed)).toBeGreaterThan(3000);
    expect(outcomes(delayed)).toEqual(["timed out"]);
    expect(areBlamed(delayed)).toBe(true);
    expect(lastLoss(delayed)).toBeLessThan(2 * MINUTE + 5 * SECOND);
  });
  test("within it loses nothing, and liveness probes notice what is beyond their timeout", () => {
    const delayed = withFault(
      { type: "network-delay", latency: "600ms", jitter: "50ms", duration: "1m", ...onWeb },
      { livenessProbe: probe },
    );
    expect(delayed.result.restarts.length).toBeGreaterThanOrEqual(3);
    expect(areBlamed(delayed)).toBe(true);
    expect(isReady(delayed)).toBe(true);
    expect(lost(withFault({ type: "network-delay", latency: "600ms", duration: "1m", ...onWeb }))).toBe(0);
  });
  test("of Pods that nobody asks has no effect", () => {
    expect(tookEffect(withFault({ type: "network-delay", latency: "1s", ...onWeb }, {}, { load: [] }))).toBe(false);
  });
});

describe("network-loss", () => {
  test("of everything is a partition: nobody reaches the Pods, probes neither, until it ends", () => {
    const cut = withFault({ type: "network-loss", duration: "1m", ...onWeb }, { readinessProbe: probe });
    expect(tookEffect(cut)).toBe(true);
    expect(areBlamed(cut)).toBe(true);
    expect(outcomes(cut)).toEqual(expect.arrayContaining(["unreachable", "no endpoint"]));
    expect(isReady(cut)).toBe(true);
    expect(lastLoss(cut)).toBeLessThan(2 * MINUTE + 15 * SECOND);
  });
  test("of a tenth loses fewer requests than a client's patience lets", () => {
    const losing = withFault({ type: "network-loss", rate: "10%", duration: "2m", ...onWeb });
    // Lost: two handshakes in a row (1 s + 2 s), or as many answers as fill the rest of 2 s.
    expect(lost(losing) / (60 * 120)).toBeGreaterThan(0.005);
    expect(lost(losing) / (60 * 120)).toBeLessThan(0.02);
    expect(areBlamed(losing)).toBe(true);
  });
  test("of Pods that aren't there has no effect", () => {
    expect(tookEffect(withFault({ type: "network-loss", ...onWeb }, {}, {}, 0))).toBe(false);
  });
  test.each([
    { rate: "90%", what: "holds up the refusals" },
    { rate: "100%", what: "swallows them" },
  ])("of $rate, of Pods whose processes never began, $what, and is why clients time out", ({ rate }) => {
    const neverUp = {
      // What grows isn't settled: its images must be pulled.
      applications: [{ image: { present: false, pull: "fails" }, memory: { growth: "1Mi/s" } }],
      load: [{ target: "service/web", executor: "constant-vus", vus: 4, thinkTime: "500ms", timeout: "2s" }],
    };
    const unready = { ...service, spec: { ...service.spec, publishNotReadyAddresses: true } };
    const run = withFault({ type: "network-loss", rate, duration: "1m", ...onWeb }, {}, neverUp, 3, unready);
    expect(tookEffect(run)).toBe(true);
    expect(outcomes(run)).toContain("refused");
    const { shard, result } = run;
    const kindOf = new Map(shard.causes.rows().map(({ id, kind }) => [id, kind]));
    const held = result.losses.filter(({ outcome }) => ["timed out", "unreachable"].includes(outcomeNames[outcome]!));
    expect(held.length).toBeGreaterThan(0);
    for (const { cause } of held) expect(kindOf.get(cause)).toBe(CauseKind.packetsLost);
    expect(result.losses.filter(({ cause }) => cause === NO_CAUSE)).toEqual([]);
  });
});

describe("a partition between nodes", () => {
  const apart = { type: "network-partition", selector: { zone: "a" }, target: { zone: "b" }, duration: "1m" };

  test("loses what clients on one side send to the other, and nothing else", () => {
    const parted = withFault(apart);
    expect(tookEffect(parted)).toBe(true);
    // 3 places × 3 Pods: a → b and b → a are two of nine pairs.
    const share = lost(parted) / (60 * 60);
    expect(share).toBeGreaterThan(2 / 9 - 0.03);
    expect(share).toBeLessThan(2 / 9 + 0.03);
    expect(outcomes(parted)).toEqual(["unreachable"]);
    expect(areBlamed(parted)).toBe(true);
    expect(lastLoss(parted)).toBeLessThan(2 * MINUTE + 3 * SECOND);
  });
  test("leaves probes and heartbeats alone", () => {
    const parted = withFault(apart, { livenessProbe: probe });
    expect(parted.result.restarts).toEqual([]);
    expect(isReady(parted)).toBe(true);
  });
  test("of a zone from itself with one node has no effect", () => {
    expect(tookEffect(withFault({ ...apart, target: { zone: "a" } }))).toBe(false);
  });
});

describe("pod-kill", () => {
  test("deletes Pods at once, and their ReplicaSet makes others", () => {
    const killed = withFault({ type: "pod-kill", mode: "fixed", value: 2, ...onWeb });
    expect(tookEffect(killed)).toBe(true);
    expect(killed.shard.causes.rows().filter(({ kind, time }) => kind === CauseKind.podCreated && time > MINUTE)).toHaveLength(2);
    expect(areBlamed(killed)).toBe(true);
    expect(isReady(killed)).toBe(true);
  });
  test("grants the grace period that it says, or the Pod's own", () => {
    const signals = (gracePeriod: string): number =>
      withFault({ type: "pod-kill", gracePeriod, ...onWeb })
        .shard.causes.rows()
        .filter(({ kind }) => kind === CauseKind.signalled).length;
    expect([signals("5s"), signals("own")]).toEqual([3, 3]);
  });
  test("of Pods that aren't there has no effect", () => {
    expect(tookEffect(withFault({ type: "pod-kill", ...onWeb }, {}, {}, 0))).toBe(false);
  });
});
