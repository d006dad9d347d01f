/** What kubectl says when the API server refuses or doesn't answer: outages, quotas, namespaces that go, fields that stay. */
import { describe, expect, it, test } from "vitest";
import type { ClusterShard } from "../cluster.ts";
import { SECOND } from "../kernel/time.ts";
import { clusterSpec, oneShard, readCluster, runCluster } from "../testdata/cluster.ts";

const containers = [{ name: "app", image: "app:v1" }];
const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers } };
const selector = { matchLabels: labels };
const once = { spec: { restartPolicy: "Never", containers } };

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { replicas: 2, selector, template: { ...template, spec: { containers, terminationGracePeriodSeconds: 20 } } },
};
const statefulSet = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "db" },
  spec: { replicas: 1, serviceName: "db", selector, template },
};
const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "batch" }, spec: { completions: 1, template: once } };
const pod = (name: string, spec: object = { containers }): object => ({ apiVersion: "v1", kind: "Pod", metadata: { name }, spec });

const REFUSED = "The connection to the server kube-apiserver:6443 was refused - did you specify the right host or port?";

const cluster = {
  seed: 1,
  duration: "3m",
  start: "settled",
  nodes: [{ count: 2, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }],
  applications: [{ selector: {}, startUp: "1s", shutdown: "ignore", image: { present: true } }],
};

interface Applied {
  readonly shard: ClusterShard;
  readonly outcomes: readonly ({ readonly status: string; readonly text: string } | undefined)[];
}

function run(manifests: readonly object[], more: object, files: Readonly<Record<string, readonly object[]>> = {}): Applied {
  const spec = clusterSpec({ ...cluster, ...more }, manifests, files);
  const shard = runCluster(spec);
  return { shard, outcomes: shard.finish(spec.duration).control!.actions.map(({ outcome }) => outcome) };
}

describe("while the API server is down", () => {
  const outage = { faults: [{ type: "api-server-outage", at: "20s", duration: "30s" }] };

  test.each([
    ["drain", { drain: { node: "node-0" } }],
    ["cordon", { cordon: { node: "node-0" } }],
    ["taint", { taint: { node: "node-0", taint: "a=b:NoSchedule" } }],
    ["scale", { scale: { deployment: "web", replicas: 3 } }],
    ["setImage", { setImage: { deployment: "web", image: "app:v2" } }],
    ["restart", { restart: { deployment: "web" } }],
    ["undo", { undo: { deployment: "web" } }],
    ["rolloutStatus", { rolloutStatus: { deployment: "web" } }],
    ["delete", { delete: { deployment: "web" } }],
    ["evict", { evict: { selector: { deployment: "web" } } }],
    ["apply", { apply: "more" }],
  ])("%s says that nobody answers, and does nothing", (_name, action) => {
    const { shard, outcomes } = run([deployment], { ...outage, actions: [{ at: "30s", ...action }] }, { more: [pod("one")] });
    expect(outcomes).toEqual([{ status: "failed", text: REFUSED }]);
    const { store } = shard.control!;
    expect(store.nodes[0]).toMatchObject({ unschedulable: false, taints: [] });
    expect(store.findDeployment("default", "web")).toMatchObject({ generation: 1 });
    expect(store.pods.filter((record) => record !== undefined)).toHaveLength(2);
  });

  it("a drain under way ends with the Pods for which it got no answer", () => {
    const { outcomes } = run([deployment], { ...outage, actions: [{ at: "18s", drain: { node: "node-0" } }] });
    expect(outcomes[0]!.status).toBe("failed");
    expect(outcomes[0]!.text).toMatch(/^error when waiting for pod "default\/web-\S+" to terminate: The connection to the server /);
  });

  it("a rollout status under way tries its watch again, and sees the end", () => {
    const actions = [
      { at: "19s", setImage: { deployment: "web", image: "app:v2" } },
      { at: "19500ms", rolloutStatus: { deployment: "web" } },
    ];
    const { outcomes } = run([deployment], { ...outage, actions });
    expect(outcomes[1]!.status).toBe("done");
    expect(outcomes[1]!.text).toMatch(/^deployment "web" successfully rolled out/);
  });
});

describe("apply", () => {
  it("says which objects a quota refused, and creates the others", () => {
    const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "few" }, spec: { hard: { pods: "2" } } };
    const { shard, outcomes } = run(
      [quota, pod("one")],
      { actions: [{ at: "30s", apply: "ps.yaml" }] },
      {
        "ps.yaml": [pod("two"), pod("three"), pod("four")],
      },
    );
    const why = "exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2";
    expect(outcomes[0]!.status).toBe("failed");
    expect(outcomes[0]!.text.replaceAll(/ "[^" ]*ps.yaml"/g, "")).toBe(
      ["three", "four"].map((name) => `Error from server (Forbidden): error when creating: pods "${name}" is forbidden: ${why}`).join("; "),
    );
    expect(shard.control!.store.pods.filter((record) => record !== undefined)).toHaveLength(2);
  });

  const fields = "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy'";
  test.each<[string, object, object, string]>([
    [
      "the order of a StatefulSet's Pods",
      statefulSet,
      { ...statefulSet, spec: { ...statefulSet.spec, podManagementPolicy: "Parallel" } },
      `The StatefulSet "db" is invalid: spec: Forbidden: updates to statefulset spec for fields other than ${fields} and 'minReadySeconds' are forbidden`,
    ],
    [
      "the completions of a Job",
      job,
      { ...job, spec: { ...job.spec, completions: 4 } },
      'The Job "batch" is invalid: spec.completions: Invalid value: 4: field is immutable',
    ],
    [
      "the template of a Job",
      job,
      { ...job, spec: { ...job.spec, template: { spec: { ...once.spec, containers: [{ name: "app", image: "app:v2" }] } } } },
      'The Job "batch" is invalid: spec.template: Invalid value: core.PodTemplateSpec{…}: field is immutable',
    ],
    [
      "the address of a Service",
      { apiVersion: "v1", kind: "Service", metadata: { name: "front" }, spec: { ports: [{ port: 80 }] } },
      { apiVersion: "v1", kind: "Service", metadata: { name: "front" }, spec: { ports: [{ port: 80 }], clusterIP: "10.0.0.77" } },
      'The Service "front" is invalid: spec.clusterIPs[0]: Invalid value: ["10.0.0.77"]: may not change once set',
    ],
    [
      "a variable of a Pod",
      pod("one"),
      pod("one", { containers: [{ ...containers[0], env: [{ name: "X", value: "y" }] }] }),
      'The Pod "one" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`',
    ],
  ])("is refused where it changes %s", (_name, before, after, text) => {
    const { shard, outcomes } = run([before, pod("other")], { actions: [{ at: "30s", apply: "m2" }] }, { m2: [after] });
    expect(outcomes[0]).toMatchObject({ status: "failed", text: expect.stringContaining(text) });
    const { store } = shard.control!;
    for (const object of store.objects.values()) expect(object.generation).toBe(1);
  });

  it("gives a Pod another image, and its container starts anew", () => {
    const after = pod("one", { containers: [{ name: "app", image: "app:v2" }] });
    const { shard, outcomes } = run([pod("one")], { actions: [{ at: "30s", apply: "m2" }] }, { m2: [after] });
    expect(outcomes).toEqual([undefined]);
    const record = shard.control!.store.pods.find((known) => known !== undefined)!;
    expect(shard.control!.store.definitions.template(record.template).spec.containers[0]!.image).toBe("app:v2");
    expect(record.status.containers[0]).toMatchObject({ restartCount: 1 });
  });

  it("of a suspended Job that hasn't begun may change where its Pods go", () => {
    const suspended = { ...job, spec: { ...job.spec, suspend: true } };
    const after = { ...suspended, spec: { ...suspended.spec, template: { spec: { ...once.spec, nodeSelector: { a: "b" } } } } };
    const { outcomes } = run([suspended], { start: "empty", actions: [{ at: "30s", apply: "m2" }] }, { m2: [after] });
    expect(outcomes).toEqual([undefined]);
  });
});

describe("a deleted namespace", () => {
  const shop = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
  const web = { ...deployment, metadata: { name: "web", namespace: "shop" } };
  const actions = [
    { at: "20s", delete: { kind: "Namespace", name: "shop" } },
    { at: "25s", apply: "web" },
    { at: "120s", apply: "web" },
  ];

  it("takes nothing new while it goes, and is no more afterwards", () => {
    const { shard, outcomes } = run([shop, web], { actions }, { web: [web] });
    expect(outcomes[1]).toMatchObject({ status: "failed", text: expect.stringContaining("because it is being terminated") });
    expect(outcomes[2]).toMatchObject({
      status: "failed",
      text: expect.stringMatching(/^Error from server \(NotFound\): error when creating.*: namespaces "shop" not found$/),
    });
    expect(shard.control!.store.findDeployment("shop", "web")).toBeUndefined();
  });

  it("isn't shown any more, and its Deployment says nothing while it goes", () => {
    const spec = clusterSpec(
      { ...cluster, actions: [...actions.slice(0, 1), { at: "21s", setImage: { namespace: "shop", deployment: "web", image: "app:v2" } }] },
      [shop, web],
    );
    const shard = oneShard(spec, { events: true });
    const phases = (): readonly string[] =>
      shard.snapshot(shard.simulator.now).namespaces.flatMap(({ metadata, status }) => (metadata.name === "shop" ? [status.phase] : []));
    shard.simulator.runUntil(22 * SECOND);
    expect(phases()).toEqual(["Terminating"]);
    shard.simulator.runUntil(100 * SECOND);
    expect(phases()).toEqual([]);
    expect(shard.snapshot(shard.simulator.now).events.filter(({ reason }) => reason === "ReplicaSetCreateError")).toEqual([]);
  });

  it("is there again once somebody creates it", () => {
    const again = [...actions.slice(0, 1), { at: "100s", apply: "all" }];
    const { shard, outcomes } = run([shop, web], { actions: again }, { all: [shop, web] });
    expect(outcomes[1]).toBeUndefined();
    expect(shard.control!.store.findDeployment("shop", "web")).toBeDefined();
  });
});

describe("Pods that the API server refuses, or that nobody runs", () => {
  it("a Pod of a priority class that nobody brings is a problem of the manifest", () => {
    const { issues } = readCluster(cluster, [pod("one", { priorityClassName: "nope", containers })]);
    expect(issues.map(({ path, kubernetes }) => `${path}: ${kubernetes}`)).toEqual([
      'spec.priorityClassName: pods "one" is forbidden: no PriorityClass with name nope was found',
    ]);
    const gold = { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "nope" }, value: 5 };
    expect(readCluster(cluster, [gold, pod("one", { priorityClassName: "nope", containers })]).issues).toEqual([]);
  });

  test.each(["empty", "settled"])("a Pod that names a missing node goes after 40 s to a minute, without the scheduler (%s)", (start) => {
    const spec = clusterSpec({ ...cluster, start }, [pod("lost", { nodeName: "nowhere", containers })]);
    const shard = oneShard(spec, { events: true });
    const { store } = shard.control!;
    shard.simulator.runUntil(39 * SECOND);
    expect(store.pods.filter((record) => record !== undefined)).toHaveLength(1);
    expect(store.pods[0]!.status.unscheduled).toBeUndefined();
    expect(shard.snapshot(39 * SECOND).events.filter(({ reason }) => reason === "FailedScheduling")).toEqual([]);
    shard.simulator.runUntil(85 * SECOND);
    expect(store.pods.filter((record) => record !== undefined)).toHaveLength(0);
  });
});

test("kubectl itself looks whether a taint or a label is there", () => {
  const taint = (at: string, text: string, overwrite: boolean = false): object => ({
    at,
    taint: { node: "node-0", taint: text, overwrite },
  });
  const label = (at: string, text: string): object => ({ at, label: { node: "node-0", labels: [text] } });
  const { shard, outcomes } = run([deployment], {
    actions: [
      taint("10s", "k=v:NoSchedule"),
      taint("20s", "k=v2:NoSchedule"),
      taint("30s", "k=v3:NoSchedule", true),
      taint("40s", "zz:NoSchedule-"),
      label("50s", "a=b"),
      label("60s", "a=c"),
    ],
  });
  expect(outcomes.map((outcome) => (outcome?.status === "failed" ? outcome.text : undefined))).toEqual([
    undefined,
    "error: node node-0 already has k taint(s) with same effect(s) and --overwrite is false",
    undefined,
    'error: taint "zz:NoSchedule" not found',
    undefined,
    "error: 'a' already has a value (b), and --overwrite is false",
  ]);
  expect(shard.control!.store.nodes[0]!.taints).toEqual([{ key: "k", value: "v3", effect: "NoSchedule" }]);
});
