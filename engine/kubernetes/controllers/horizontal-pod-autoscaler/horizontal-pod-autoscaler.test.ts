/** The autoscaler in a whole cluster: under load, without metrics, during a rollout, on several shards. */
import { describe, expect, it, test } from "vitest";
import { runHere } from "../../../../workers/run.ts";
import { CauseKind } from "../../../cause-kinds.ts";
import type { ClusterShard } from "../../../cluster.ts";
import { MINUTE, SECOND } from "../../../kernel/time.ts";
import type { ScenarioSpec } from "../../../scenario-spec.ts";
import type { ObjectRecord } from "../../api-server/object-record.ts";
import { clusterSpec, oneShard } from "../../../testdata/cluster.ts";

const labels = { app: "web" };
const selector = { matchLabels: labels };
const container = {
  name: "app",
  image: "app:v1",
  ports: [{ containerPort: 8080 }],
  resources: { requests: { cpu: "500m", memory: "256Mi" } },
  readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 2 },
};
const template = { metadata: { labels }, spec: { containers: [container] } };
const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
};
const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const cpuAt = (averageUtilization: number): object => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
});

function deployment(replicas: number, spec: object = {}): object {
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { replicas, selector, template, ...spec } };
}

function autoscaler(spec: object = {}): object {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web" },
    spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 10, metrics: [cpuAt(50)], ...spec },
  };
}

/** Each request takes 50 ms of a core: `rate` / 20 cores. */
function load(rate: number, from = "0s", until = "30m"): object {
  return { name: `load-${from}`, target: "service/web", rate: `${rate}/s`, from, until };
}

interface Options {
  readonly manifests?: readonly object[];
  readonly load?: readonly object[];
  readonly spec?: object;
  readonly start?: "settled" | "empty";
}

function read({
  manifests = [deployment(2), service, autoscaler()],
  load: loads = [load(40)],
  spec: own = {},
  start = "settled",
}: Options): ScenarioSpec {
  const spec = clusterSpec(
    {
      seed: 1,
      duration: "30m",
      start,
      nodes: [{ count: 4, capacity: { cpu: "16", memory: "64Gi", pods: 110 } }],
      applications: [{ selector: {}, image: { present: true }, startUp: "2s", serviceTime: "50ms", concurrency: 16, cpu: { share: 1 } }],
      load: loads,
      ...own,
    },
    manifests,
  );
  return spec;
}

function run(options: Options, until: number): ClusterShard {
  const spec = read(options);
  const shard = oneShard(spec, { events: true });
  shard.simulator.runUntil(until);
  return shard;
}

function autoscalerOf(shard: ClusterShard): ObjectRecord<"HorizontalPodAutoscaler"> {
  const object = shard.control!.store.findObject("HorizontalPodAutoscaler", "default", "web");
  if (object?.kind !== "HorizontalPodAutoscaler") throw new Error("no autoscaler");
  return object;
}

function replicas(shard: ClusterShard): number {
  return shard.control!.store.findDeployment("default", "web")!.spec.replicas;
}

function conditions(shard: ClusterShard): string[] {
  return autoscalerOf(shard).status.conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
}

function events(shard: ClusterShard): string[] {
  return shard
    .events!.list(shard.simulator.now)
    .filter(({ object }) => object.kind === "HorizontalPodAutoscaler")
    .map(({ reason, message }) => `${reason}: ${message}`);
}

describe("under load", () => {
  it("scales out to what the usage asks for, within a minute", () => {
    // 2 cores at 50 % of 500m: 8 replicas; from 2 at most 4 at once.
    const shard = run({}, 90 * SECOND);
    expect(replicas(shard)).toBe(8);
    expect(events(shard)).toEqual([
      "SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target",
      "SuccessfulRescale: New size: 8; reason: cpu resource utilization (percentage of request) above target",
    ]);
    expect(conditions(shard)).toContain("ScalingActive True ValidMetricFound");
  });

  it("scales in when no higher wish is younger than five minutes", () => {
    const options = { load: [load(40, "0s", "3m"), load(8, "3m")] };
    expect(replicas(run(options, 7.5 * MINUTE))).toBe(8);
    expect(conditions(run(options, 7.5 * MINUTE))).toContain("AbleToScale True ScaleDownStabilized");
    expect(replicas(run(options, 9.5 * MINUTE))).toBe(2);
  });

  it("stays between min and max, and says that it is held back", () => {
    const shard = run({ manifests: [deployment(2), service, autoscaler({ maxReplicas: 5 })] }, 3 * MINUTE);
    expect(replicas(shard)).toBe(5);
    expect(conditions(shard)).toContain("ScalingLimited True TooManyReplicas");
    const low = run({ manifests: [deployment(2), service, autoscaler({ minReplicas: 3 })], load: [load(1)] }, MINUTE);
    expect(replicas(low)).toBe(3);
    expect(events(low)).toEqual(["SuccessfulRescale: New size: 3; reason: Current number of replicas below Spec.MinReplicas"]);
  });

  it("a policy of behavior limits each step", () => {
    const behavior = { scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] } };
    const options = { manifests: [deployment(2), service, autoscaler({ behavior })] };
    expect(replicas(run(options, 60 * SECOND))).toBe(3);
    expect(replicas(run(options, 2.5 * MINUTE))).toBe(4);
    expect(conditions(run(options, 100 * SECOND))).toContain("ScalingLimited True ScaleUpLimit");
  });

  test.each([
    ["an average of CPU", { type: "Resource", resource: { name: "cpu", target: { type: "AverageValue", averageValue: "250m" } } }],
    [
      "the CPU of one container",
      {
        type: "ContainerResource",
        containerResource: { name: "cpu", container: "app", target: { type: "Utilization", averageUtilization: 50 } },
      },
    ],
  ])("follows %s as well", (_, metric) => {
    expect(replicas(run({ manifests: [deployment(2), service, autoscaler({ metrics: [metric] })] }, 2 * MINUTE))).toBe(8);
  });

  it("follows memory: the working set against its request", () => {
    const metrics = [{ type: "Resource", resource: { name: "memory", target: { type: "Utilization", averageUtilization: 50 } } }];
    const applications = [{ selector: {}, image: { present: true }, memory: { base: "192Mi" } }];
    const shard = run({ manifests: [deployment(2), service, autoscaler({ metrics })], spec: { applications } }, 50 * SECOND);
    expect(autoscalerOf(shard).status.currentMetrics).toEqual([75]);
    expect(replicas(shard)).toBe(3);
  });
});

describe("without what it needs", () => {
  it("a container without a request is named, and nothing is scaled", () => {
    const bare = { ...template, spec: { containers: [{ ...container, resources: {} }] } };
    const shard = run({ manifests: [deployment(2, { template: bare }), service, autoscaler()] }, MINUTE);
    expect(replicas(shard)).toBe(2);
    expect(conditions(shard)).toContain("ScalingActive False FailedGetResourceMetric");
    expect(events(shard)[0]).toMatch(
      /^FailedGetResourceMetric: failed to get cpu utilization: missing request for cpu in container app of Pod web-\w+-\w+$/,
    );
    expect(events(shard)[1]).toMatch(
      /^FailedComputeMetricsReplicas: invalid metrics \(1 invalid out of 1\), first error is: failed to get cpu/,
    );
  });

  it("nothing is measured of Pods that have just begun", () => {
    const slow = { applications: [{ selector: {}, image: { present: false } }], settings: { imagePullLatency: "1m" } };
    const shard = run({ start: "empty", load: [], spec: slow }, 18 * SECOND);
    expect(events(shard)[0]).toBe(
      "FailedGetResourceMetric: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API",
    );
  });

  it("a target that isn't there is told", () => {
    const shard = run({ manifests: [deployment(2), service, autoscaler({ scaleTargetRef: { ...scaleTargetRef, name: "none" } })] }, MINUTE);
    expect(events(shard)[0]).toBe('FailedGetScale: deployments/scale.apps "none" not found');
    expect(conditions(shard)).toEqual(["AbleToScale False FailedGetScale"]);
  });

  it("a target of size 0 is left alone", () => {
    const shard = run({ manifests: [deployment(0), service, autoscaler()] }, MINUTE);
    expect(replicas(shard)).toBe(0);
    expect(conditions(shard)).toContain("ScalingActive False ScalingDisabled");
  });

  it("a metric of Pods that nobody serves hides no scaling out, but any scaling in", () => {
    const foreign = { type: "Pods", pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "1" } } };
    const metrics = [cpuAt(50), foreign];
    expect(replicas(run({ manifests: [deployment(2), service, autoscaler({ metrics })] }, 2 * MINUTE))).toBe(8);
    const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } };
    const low = { manifests: [deployment(6), service, autoscaler({ metrics, behavior })], load: [load(1)] };
    expect(replicas(run(low, 2 * MINUTE))).toBe(6);
    const plain = { ...low, manifests: [deployment(6), service, autoscaler({ behavior })] };
    expect(replicas(run(plain, 2 * MINUTE))).toBe(2);
  });
});

it("what it made or removed has it as its root cause", () => {
  const shard = run({}, 90 * SECOND);
  const rows = new Map(shard.causes.rows().map((row) => [row.id, row]));
  const pods = shard.control!.store.pods.filter((pod) => pod !== undefined && pod.createdAt > 0);
  expect(pods).toHaveLength(6);
  for (const pod of pods) {
    let row = rows.get(pod!.cause)!;
    for (let parent = rows.get(row.parent); parent !== undefined; parent = rows.get(row.parent)) row = parent;
    expect(row).toMatchObject({ kind: CauseKind.autoscaled, subject: 0 });
  }
});

it("other workloads are scaled by the same rules", () => {
  const statefulSet = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "web" },
    spec: { replicas: 2, serviceName: "web", selector, template, podManagementPolicy: "Parallel" },
  };
  const options = { manifests: [statefulSet, service, autoscaler({ scaleTargetRef: { ...scaleTargetRef, kind: "StatefulSet" } })] };
  const shard = run(options, 2 * MINUTE);
  const object = shard.control!.store.findObject("StatefulSet", "default", "web");
  expect(object?.kind === "StatefulSet" && object.spec.replicas).toBe(8);
});

it("a rollout under even load, with twice the Pods for a while, changes no size", () => {
  const change = { at: "3m", setImage: { deployment: "web", container: "app", image: "app:v2" } };
  const spec = { actions: [change] };
  const manifests = [deployment(8, { strategy: { rollingUpdate: { maxSurge: "100%", maxUnavailable: 0 } } }), service, autoscaler()];
  const shard = run({ manifests, spec }, 6 * MINUTE);
  expect(replicas(shard)).toBe(8);
  expect(shard.control!.store.pods.filter((pod) => pod !== undefined)).toHaveLength(8);
  expect(events(shard).filter((text) => text.startsWith("SuccessfulRescale"))).toEqual([]);
  expect(conditions(shard)).toContain("ScalingActive True ValidMetricFound");
});

it("gives the same bytes on one shard and on several", async () => {
  const spec = { ...read({}), duration: 2 * MINUTE };
  const [one, two, four] = await Promise.all([1, 2, 4].map(async (shards) => (await runHere(spec, shards)).fingerprint));
  expect(two).toBe(one);
  expect(four).toBe(one);
});

it("without an autoscaler nobody reads the nodes", () => {
  const until = MINUTE;
  const measured = run({}, until);
  const unmeasured = run({ manifests: [deployment(2), service] }, until);
  expect([measured, unmeasured].map((shard) => shard.kubelets.get(0)!.isMeasured)).toEqual([true, false]);
});
