/**
 * Every kind of fault, one row each: where it takes effect, where it can't and leaves no evidence, and that the cluster
 * is well again after it. A kind without a row doesn't compile. What each does in particular is tested beside this file.
 */
import { describe, expect, test } from "vitest";
import { CauseKind } from "../cause-kinds.ts";
import type { ClusterShard } from "../cluster.ts";
import { MINUTE } from "../kernel/time.ts";
import { NodeReady } from "../kubernetes/objects/node.ts";
import { clusterSpec, runCluster } from "../testdata/cluster.ts";
import type { FaultType } from "./fault.ts";
import { needsTargets, noTarget, takesNone, withoutEffect } from "./without-effect.ts";

interface Setting {
  readonly faults?: readonly object[];
  readonly actions?: readonly object[];
  readonly hasLoad?: boolean;
  readonly hasProbes?: boolean;
}

interface Row {
  /** What it takes besides its type, its time and its targets. */
  readonly fields?: object;
  /** Lasts no time: what it did has to be mended without its end. */
  readonly isInstant?: true;
  /** It hits the cluster. */
  readonly hasNoTargets?: true;
  /** What has to happen for it to show. */
  readonly meets?: Setting;
  /** Where it can't do anything, as `withoutEffect` says. */
  readonly misses: Setting & { readonly fields?: object };
  /** Why not, where it isn't for want of a target or what the fault itself says. */
  readonly reason?: string;
}

const replicas = 4;
/** Another fault of that type holds everything before and after. */
const before = (type: FaultType, fields: object = {}): Setting => ({
  faults: [{ name: "before", at: "30s", type, duration: "3m", ...fields }],
});
const off = before("node-loss");
const unasked: Setting = { hasLoad: false, hasProbes: false };
const scaledToNone: Setting = { actions: [{ at: "30s", scale: { deployment: "web", replicas: 0 } }] };
const rollout: Setting = { actions: [{ at: "65s", setImage: { deployment: "web", image: "web:v2" } }] };

const rows: { readonly [Type in FaultType]: Row } = {
  "probe-failure": { misses: { hasProbes: false } },
  "node-loss": { misses: scaledToNone },
  "node-freeze": { misses: off },
  "network-partition": { fields: { from: "clients" }, misses: scaledToNone },
  "zone-loss": { misses: { fields: { mode: "fixed-percent", value: 0 } }, reason: takesNone(3) },
  "node-drain": {
    misses: {
      actions: [...scaledToNone.actions!, ...[0, 1, 2].map((node) => ({ at: "40s", cordon: { node: `node-${node}` } }))],
    },
  },
  "api-server-outage": { hasNoTargets: true, meets: rollout, misses: before("api-server-outage") },
  "api-server-slow": { hasNoTargets: true, fields: { delay: "2s" }, misses: { fields: { duration: "1ms" } } },
  "watch-lag": { hasNoTargets: true, meets: rollout, misses: { fields: { duration: "1ms" } } },
  "endpoint-lag": { hasNoTargets: true, meets: rollout, misses: {} },
  "node-reboot": { misses: scaledToNone },
  "node-shutdown": { misses: off },
  "kubelet-restart": { misses: off },
  "oom-kill": { isInstant: true, misses: off },
  "image-pull-failure": { meets: rollout, misses: {} },
  "image-pull-slow": { meets: rollout, misses: {} },
  "container-crash": { fields: { rate: "6/m" }, misses: off },
  hang: { misses: off },
  "slow-probe": { fields: { latency: "2s" }, misses: { hasProbes: false } },
  "memory-leak": { fields: { growth: "5Mi/s" }, misses: off },
  "memory-spike": { fields: { size: "500Mi" }, misses: off },
  "cpu-starvation": { fields: { slowdown: 100 }, misses: off },
  "slow-service": { fields: { slowdown: 300 }, misses: unasked },
  "pod-kill": { isInstant: true, misses: scaledToNone },
  "network-delay": { fields: { latency: "3s" }, misses: unasked },
  "network-loss": { fields: { rate: "60%" }, misses: unasked },
  "failing-service": { fields: { rate: "50%" }, misses: unasked },
};

function webOf({ hasProbes = true }: Setting): object {
  const probe = { httpGet: { path: "/", port: 80 }, periodSeconds: 5, failureThreshold: 2 };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: [
            {
              name: "app",
              image: "web:v1",
              imagePullPolicy: "Always",
              ports: [{ containerPort: 80 }],
              resources: { limits: { memory: "300Mi" } },
              ...(hasProbes ? { readinessProbe: probe, livenessProbe: probe } : {}),
            },
          ],
        },
      },
    },
  };
}

const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } };
const load = { target: "service/web", executor: "poisson-arrival-rate", rate: "20/s", timeout: "1s" };

function run(type: FaultType, { fields = {}, hasNoTargets, isInstant }: Row, setting: Setting): ClusterShard {
  const { actions = [], faults = [], hasLoad = true } = setting;
  const fault = {
    name: "under test",
    at: "1m",
    type,
    ...(isInstant === true ? {} : { duration: "1m" }),
    ...(hasNoTargets === true || type === "zone-loss" ? {} : { selector: { deployment: "web" } }),
    ...fields,
  };
  return runCluster(
    clusterSpec(
      {
        duration: "10m",
        nodes: [{ count: 3, zones: 3, capacity: { cpu: "4", memory: "8Gi", pods: 20 } }],
        applications: [
          { selector: { deployment: "web" }, startUp: "1s", serviceTime: "10ms", image: { size: "50Mi" }, memory: { base: "50Mi" } },
        ],
        load: hasLoad ? [load] : [],
        actions,
        faults: [fault, ...faults],
      },
      [webOf(setting), service],
    ),
  );
}

/** Evidence of the fault under test, its end aside. */
function evidence(shard: ClusterShard): readonly number[] {
  const { control, effects } = shard.finish(10 * MINUTE);
  const { cause } = control!.faults.find(({ name }) => name === "under test")!;
  return effects.filter((effect) => effect.cause === cause && effect.kind !== CauseKind.faultEnded).map(({ kind }) => kind);
}

const all = Object.entries(rows) as [FaultType, Row][];

describe("every fault", () => {
  test.each(all)("%s takes effect, ends, and leaves the cluster well", (type, row) => {
    const shard = run(type, row, row.meets ?? {});
    expect(evidence(shard)).not.toEqual([]);
    const { nodes, readyPods } = shard.control!.store;
    expect(nodes.every(({ ready, taints, unschedulable }) => ready === NodeReady.True && taints.length === 0 && !unschedulable)).toBe(true);
    expect(readyPods.reduce((sum, count) => sum + count, 0)).toBe(replicas);
    const { losses } = shard.finish(10 * MINUTE);
    expect(losses.filter(({ last }) => last > 9 * MINUTE)).toEqual([]);
  });

  test.each(all)("%s that can't take effect leaves no evidence, and says why", (type, row) => {
    const { fields = {}, ...setting } = row.misses;
    const shard = run(type, { ...row, fields: { ...row.fields, ...fields } }, setting);
    expect(evidence(shard)).toEqual([]);
    const record = shard.finish(10 * MINUTE).control!.faults.find(({ name }) => name === "under test")!;
    const hasNoTarget = needsTargets(type) && record.targets.length === 0;
    expect(record.withoutEffect).toBe(row.reason ?? (hasNoTarget ? noTarget : withoutEffect[type]));
  });

  const ofServer = { from: "api-server" };
  const overlapping: readonly (readonly [FaultType, Setting, object])[] = [
    ["node-loss", off, {}],
    ["node-reboot", off, {}],
    ["zone-loss", off, {}],
    ["node-freeze", before("node-freeze"), {}],
    ["kubelet-restart", before("kubelet-restart"), {}],
    ["network-partition", before("network-partition", rows["network-partition"].fields), {}],
    ["network-partition", before("network-partition", ofServer), ofServer],
    ["api-server-slow", before("api-server-slow", { delay: "3s" }), {}],
  ];
  test.each(overlapping)("%s leaves no evidence where another fault does the same before and after it", (type, setting, fields) => {
    const row = rows[type];
    expect(evidence(run(type, { ...row, fields: { ...row.fields, ...fields } }, setting))).toEqual([]);
  });

  test("the second of two overlapping faults does what is done once the first has ended", () => {
    for (const type of ["node-loss", "node-freeze", "kubelet-restart", "network-partition", "api-server-outage"] as const) {
      const { fields = {} } = rows[type];
      const setting = before(type, { duration: "1m", ...fields });
      expect(evidence(run(type, rows[type], setting)), type).not.toEqual([]);
    }
  });
});
