/** Objects of a whole cluster as the API shows them: what their controllers wrote, and how old they are. */
import { expect, test } from "vitest";
import { describeDeployment } from "../../../reports/kubectl/describe.ts";
import { podRow } from "../../../reports/kubectl/pod-row.ts";
import { SECOND } from "../../kernel/time.ts";
import { clusterSpec, oneShard } from "../../testdata/cluster.ts";
import type { ApiCondition, ApiSnapshot } from "./api-object.ts";

const labels = { app: "web" };
const selector = { matchLabels: labels };
const container = { name: "app", image: "app:v1" };

function deployment(spec: object = {}, podSpec: object = {}): object {
  const template = { metadata: { labels }, spec: { containers: [container], ...podSpec } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { replicas: 3, selector, template, ...spec } };
}

interface Cluster {
  readonly manifests: readonly object[];
  readonly actions?: readonly object[];
  readonly version?: string;
  readonly start?: "settled" | "empty";
  readonly group?: object;
}

/** At so many seconds. */
function at(seconds: number, { manifests, actions = [], version = "1.36", start = "settled", group = {} }: Cluster): ApiSnapshot {
  const nodes = [{ count: 2, capacity: { cpu: "8", memory: "16Gi", pods: 110 }, ...group }];
  const applications = [{ selector: {}, image: { present: true } }];
  const spec = clusterSpec({ seed: 1, kubernetesVersion: version, duration: "5m", start, nodes, applications, actions }, manifests);
  const shard = oneShard(spec, { events: true });
  shard.simulator.runUntil(seconds * SECOND);
  return shard.snapshot(seconds * SECOND);
}

function conditionOf(
  { status }: { readonly status: { readonly conditions?: readonly ApiCondition[] } },
  type: string,
): ApiCondition | undefined {
  return status.conditions?.find((condition) => condition.type === type);
}

const setImage = (image: string): object => ({ at: "10s", setImage: { deployment: "web", image } });

test("Progressing names the ReplicaSet that it is about", () => {
  const progressing = (seconds: number): string => {
    const snapshot = at(seconds, {
      manifests: [deployment({ progressDeadlineSeconds: 20, minReadySeconds: 15 })],
      actions: [setImage("app:v2")],
    });
    const { message = "" } = conditionOf(snapshot.deployments[0]!, "Progressing")!;
    const [before, after] = snapshot.replicasets.toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
    return message.replace(before!.metadata.name, "OLD").replace(after?.metadata.name ?? "NEW", "NEW");
  };
  expect([5, 15, 200].map(progressing)).toEqual([
    'ReplicaSet "OLD" has successfully progressed.',
    'ReplicaSet "NEW" is progressing.',
    'ReplicaSet "NEW" has successfully progressed.',
  ]);
});

test("Progressing says what timed out", () => {
  const actions = [{ at: "10s", setImage: { deployment: "web", image: "app:v2" } }];
  const stuck = deployment({ progressDeadlineSeconds: 20 }, { containers: [{ ...container, resources: { requests: { cpu: "5" } } }] });
  const { message } = conditionOf(at(60, { manifests: [stuck], actions }).deployments[0]!, "Progressing")!;
  expect(message).toMatch(/^ReplicaSet "web-\w+" has timed out progressing\.$/);
});

test("describe finds the new ReplicaSet by its template: while a paused Deployment has another image there is none", () => {
  const paused = at(30, { manifests: [deployment()], actions: [{ at: "5s", pause: { deployment: "web" } }, setImage("app:v2")] });
  const [set] = paused.replicasets;
  expect(describeDeployment(paused.deployments[0]!, paused)).toMatch(
    new RegExp(`^OldReplicaSets: +${set!.metadata.name} \\(3/3 replicas created\\)\nNewReplicaSet: +<none>$`, "m"),
  );
  const done = at(100, { manifests: [deployment()], actions: [setImage("app:v2")] });
  expect(describeDeployment(done.deployments[0]!, done)).toMatch(/^NewReplicaSet: +web-\w+ \(3\/3 replicas created\)$/m);
});

test("a Pod with scheduling gates is SchedulingGated", () => {
  const gated = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "gated" },
    spec: { containers: [container], schedulingGates: [{ name: "example.com/wait" }] },
  };
  const snapshot = at(10, { manifests: [gated], start: "empty" });
  const [pod] = snapshot.pods;
  expect(conditionOf(pod!, "PodScheduled")).toMatchObject({
    status: "False",
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
  });
  expect(podRow(pod!, snapshot.at, snapshot.printing).status).toBe("SchedulingGated");
  expect(pod!.spec.schedulingGates).toEqual([{ name: "example.com/wait" }]);
});

test("admission writes a priority into Pods, not into templates", () => {
  const snapshot = at(5, { manifests: [deployment()] });
  expect(snapshot.pods[0]!.spec.priority).toBe(0);
  expect([snapshot.deployments[0]!, snapshot.replicasets[0]!].map(({ spec }) => "priority" in spec.template.spec)).toEqual([false, false]);
});

test("a ReplicaSet that becomes an orphan keeps its age", () => {
  const actions = [{ at: "10s", delete: { deployment: "web", cascade: "orphan" } }];
  const ageOf = (seconds: number): string => at(seconds, { manifests: [deployment()], actions }).replicasets[0]!.metadata.creationTimestamp;
  expect(ageOf(30)).toBe(ageOf(5));
});

test.each([
  ["1.36", 1, { status: "True", reason: "SufficientPods", message: "", observedGeneration: 1 }],
  ["1.36", 3, { status: "False", reason: "InsufficientPods", message: "", observedGeneration: 1 }],
  ["1.21", 1, undefined],
])("in %s a budget with minAvailable %i says whether Pods may be evicted", (version, minAvailable, expected) => {
  const budget = { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "web" }, spec: { selector, minAvailable } };
  for (const start of ["settled", "empty"] as const) {
    const condition = conditionOf(
      at(60, { manifests: [deployment(), budget], version, start }).poddisruptionbudgets[0]!,
      "DisruptionAllowed",
    );
    if (expected === undefined) expect(condition).toBeUndefined();
    else expect(condition).toMatchObject(expected);
  }
});

test("a node is as old as its registration, unless the run began with it", () => {
  const busy = deployment({ replicas: 1 }, { containers: [{ ...container, resources: { requests: { cpu: "6" } } }] });
  const group = { count: 1, namePrefix: "pool", autoscaling: { max: 2 } };
  const actions = [{ at: "60s", scale: { deployment: "web", replicas: 2 } }];
  const times = at(280, { manifests: [busy], actions, group }).nodes.map(({ metadata }) => metadata.creationTimestamp);
  expect(times).toEqual(["1999-12-31T00:00:00Z", expect.stringMatching(/^2000-01-01T00:0[1-4]:/)]);
});

test.each([
  ["PreferSameNode", "1.36", { forNodes: [{ name: "node-0" }], forZones: [{ name: "a" }] }],
  ["PreferSameZone", "1.36", { forZones: [{ name: "a" }] }],
  ["PreferClose", "1.33", { forZones: [{ name: "a" }] }],
])("endpoints are hinted for as trafficDistribution %s says: %s", (trafficDistribution, version, expected) => {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { selector: labels, ports: [{ port: 80 }], trafficDistribution },
  };
  const group = { zones: 2 };
  const { endpointslices } = at(5, { manifests: [deployment(), service], version, group });
  const [first] = endpointslices[0]!.endpoints.filter(({ nodeName }) => nodeName === "node-0");
  expect(first!.hints).toEqual(expected);
});
