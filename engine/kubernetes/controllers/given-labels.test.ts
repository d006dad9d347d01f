/** Labels that controllers add to their Pods', on a whole control plane: who has which, and who finds Pods by them. */
import { describe, expect, test } from "vitest";
import type { ClusterShard } from "../../cluster.ts";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import { clusterSpec, oneShard } from "../../testdata/cluster.ts";
import { objectUid } from "../api-server/names.ts";
import { Harness, meta, node, type HarnessOptions } from "../control-plane.exam.ts";
import type { PodDisruptionBudget } from "../objects/pod-disruption-budget.ts";
import type { StatefulSet } from "../objects/stateful-set.ts";
import { versionsOfMinor } from "../versions.ts";
import { job, statefulSet } from "../workloads.exam.ts";

const POD_NAME = "statefulset.kubernetes.io/pod-name";
function run(options: HarnessOptions, until = MINUTE): Harness {
  return new Harness(options).runUntil(until);
}

function labels(harness: Harness): readonly Readonly<Record<string, string>>[] {
  return harness.pods().map((pod) => harness.control.store.podLabels.of(pod));
}

describe("a StatefulSet's Pods", () => {
  test("have their name, index and revision", () => {
    const harness = run({ objects: [statefulSet("db:v1", { replicas: 2 })], start: "empty" });
    const revision = expect.stringMatching(/^db-[b-z2-9]+$/) as string;
    expect(labels(harness)).toEqual(
      [0, 1].map((index) => ({
        app: "db",
        "controller-revision-hash": revision,
        [POD_NAME]: `db-${index}`,
        "apps.kubernetes.io/pod-index": String(index),
      })),
    );
    const [record] = [...harness.control.store.objects.values()].filter(({ kind }) => kind === "StatefulSet");
    expect(record?.status).toMatchObject({ currentRevision: labels(harness)[0]!["controller-revision-hash"] });
  });

  test("have no index before 1.28", () => {
    const harness = run({ objects: [statefulSet("db:v1", { replicas: 1 })], start: "empty", versions: versionsOfMinor(27) });
    expect(Object.keys(labels(harness)[0]!)).toEqual(["app", "controller-revision-hash", POD_NAME]);
  });

  test("a budget counts the one that it names", () => {
    const budget: PodDisruptionBudget = {
      kind: "PodDisruptionBudget",
      metadata: meta("first"),
      spec: {
        selector: { matchLabels: { [POD_NAME]: "db-0" }, matchExpressions: [] },
        minAvailable: 1,
        maxUnavailable: null,
        unhealthyPodEvictionPolicy: "IfHealthyBudget",
      },
    };
    const harness = run({ objects: [statefulSet("db:v1"), budget], start: "empty" });
    const [record] = [...harness.control.store.objects.values()].filter(({ kind }) => kind === "PodDisruptionBudget");
    expect(record?.status).toMatchObject({ expectedPods: 1, currentHealthy: 1, disruptionsAllowed: 0 });
  });
});

describe("a Job's Pods", () => {
  const uid = objectUid(1, "Job", "default", "work");
  const old = { "job-name": "work", "controller-uid": uid };
  const prefixed = { "batch.kubernetes.io/job-name": "work", "batch.kubernetes.io/controller-uid": uid };

  test.each([
    [26, old],
    [27, { ...prefixed, ...old }],
  ])("have its name and UID (1.%i)", (minor, wanted) => {
    const harness = run({ objects: [job()], start: "empty", seed: 1, versions: versionsOfMinor(minor) });
    expect(labels(harness)).toEqual([{ app: "work", ...wanted }]);
  });

  test.each([
    [27, undefined],
    [28, "1"],
  ])("of an Indexed one, their index: an annotation, and a label since 1.28 (1.%i)", (minor, label) => {
    const objects = [job({ completionMode: "Indexed", completions: 2, parallelism: 2 })];
    const harness = run({ objects, start: "empty", versions: versionsOfMinor(minor) });
    const second = harness.pods()[1]!;
    const { podLabels } = harness.control.store;
    expect(podLabels.annotations(second)).toEqual({ "batch.kubernetes.io/job-completion-index": "1" });
    expect(podLabels.of(second)["batch.kubernetes.io/job-completion-index"]).toBe(label);
  });

  test("have none of them under manualSelector", () => {
    const harness = run({ objects: [job({ manualSelector: true })], start: "empty" });
    expect(labels(harness)).toEqual([{ app: "work" }]);
  });

  test.each([
    ["keep apart by the Job's name", { "job-name": "work" }, 3],
    ["don't by another's", { "job-name": "other" }, 1],
  ])("%s", (_, matchLabels, hosts) => {
    const term = {
      topologyKey: "kubernetes.io/hostname",
      labelSelector: { matchLabels, matchExpressions: [] },
      namespaces: [],
      namespaceSelector: null,
    };
    const near = { ...term, labelSelector: { matchLabels: { app: "work" }, matchExpressions: [] } };
    const affinity = {
      nodeRequired: null,
      nodePreferred: [],
      podRequired: [],
      podPreferred: [{ weight: 100, term: near }],
      antiRequired: [term],
      antiPreferred: [],
    };
    const nodes = [0, 1, 2].map((index) => node(`node-${index}`, { labels: { "kubernetes.io/hostname": `node-${index}` } }));
    const harness = run({ objects: [job({ completions: 3, parallelism: 3 }, { affinity })], nodes, start: "empty" });
    expect(new Set(harness.pods().map((pod) => pod.node)).size).toBe(hosts);
  });
});

test("Pods of several StatefulSets keep apart by their index", () => {
  const labelSelector = { matchLabels: { "apps.kubernetes.io/pod-index": "0" }, matchExpressions: [] };
  const affinity = {
    nodeRequired: null,
    nodePreferred: [],
    podRequired: [],
    podPreferred: [],
    antiRequired: [{ topologyKey: "kubernetes.io/hostname", labelSelector, namespaces: [], namespaceSelector: null }],
    antiPreferred: [],
  };
  const sets = ["a", "b", "c"].map((name): StatefulSet => {
    const base = statefulSet("db:v1", { replicas: 1 });
    return {
      ...base,
      metadata: meta(name),
      spec: { ...base.spec, template: { ...base.spec.template, spec: { ...base.spec.template.spec, affinity } } },
    };
  });
  const nodes = [0, 1, 2].map((index) => node(`node-${index}`, { labels: { "kubernetes.io/hostname": `node-${index}` } }));
  const harness = run({ objects: sets, nodes, start: "empty" });
  expect(
    harness
      .pods()
      .map((pod) => pod.node)
      .sort((a, b) => a - b),
  ).toEqual([0, 1, 2]);
});

describe("in a whole cluster, settled or not,", () => {
  const written = (kind: string, name: string, spec: object): object => ({
    apiVersion: "apps/v1",
    kind,
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "app", image: "app:v1" }] } },
      ...spec,
    },
  });
  const db = written("StatefulSet", "db", { replicas: 3, serviceName: "db" });
  const agent = written("DaemonSet", "agent", {});
  const serviceOf = (name: string, selector: object): object => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector, ports: [{ port: 80 }] },
  });

  function cluster(
    start: string,
    manifests: readonly object[],
    actions: readonly object[],
    files: Record<string, readonly object[]> = {},
  ): ClusterShard {
    const spec = clusterSpec(
      {
        seed: 1,
        duration: "10m",
        start,
        nodes: [{ count: 2, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }],
        applications: [{ selector: {}, image: { present: true } }],
        actions,
      },
      manifests,
      files,
    );
    return oneShard(spec);
  }

  const pods = ({ control }: ClusterShard): readonly Readonly<Record<string, string>>[] =>
    control!.store.pods.flatMap((pod) => (pod === undefined ? [] : [control!.store.podLabels.of(pod)]));
  const endpoints = ({ control }: ClusterShard): readonly (readonly string[])[] =>
    control!.store.slices.map((slices) =>
      [...slices.values()].flatMap(({ pods: ids }) => ids.map((id) => control!.store.podName(control!.store.pods[id]!))).sort(),
    );

  test.each(["settled", "empty"])("a Service each finds a StatefulSet's Pod, and the one that comes after it (%s)", (start) => {
    const services = [0, 1, 2].map((index) => serviceOf(`db-${index}`, { app: "db", [POD_NAME]: `db-${index}` }));
    const actions = [{ at: "2m", setImage: { statefulSet: "db", image: "app:v2" } }];
    const shard = cluster(start, [db, serviceOf("db", { app: "db" }), ...services], actions);
    const wanted = [["db-0", "db-1", "db-2"], ["db-0"], ["db-1"], ["db-2"]];
    shard.simulator.runUntil(110 * SECOND);
    expect(endpoints(shard)).toEqual(wanted);
    const before = new Set(pods(shard).map((labels) => labels["controller-revision-hash"]));
    shard.simulator.runUntil(9 * MINUTE);
    expect(endpoints(shard)).toEqual(wanted);
    const after = new Set(pods(shard).map((labels) => labels["controller-revision-hash"]));
    expect([before.size, after.size, new Set([...before, ...after]).size]).toEqual([1, 1, 2]);
  });

  test.each(["settled", "empty"])("a DaemonSet's Pods have the hash of their template and its number (%s)", (start) => {
    const actions = [
      { at: "2m", setImage: { daemonSet: "agent", image: "app:v2" } },
      { at: "5m", undo: { daemonSet: "agent" } },
    ];
    const shard = cluster(start, [agent, serviceOf("first", { app: "agent", "pod-template-generation": "1" })], actions);
    const facts = (at: number): unknown => {
      shard.simulator.runUntil(at);
      return [pods(shard).map((labels) => labels["pod-template-generation"]), endpoints(shard)[0]?.length];
    };
    const hash = (): string | undefined => pods(shard)[0]!["controller-revision-hash"];
    expect(facts(110 * SECOND)).toEqual([["1", "1"], 2]);
    const first = hash();
    expect(facts(280 * SECOND)).toEqual([["2", "2"], 0]);
    expect(hash()).not.toBe(first);
    expect(facts(9 * MINUTE)).toEqual([["3", "3"], 0]);
    expect(hash()).toBe(first);
  });

  test.each(["settled", "empty"])("an operator's label counts instead of the controller's (%s)", (start) => {
    const selector = { labels: { [POD_NAME]: "db-0" } };
    const actions = [{ at: "2m", label: { selector, labels: `${POD_NAME}=aside`, overwrite: true } }];
    const shard = cluster(start, [db, serviceOf("first", { [POD_NAME]: "db-0" }), serviceOf("aside", { [POD_NAME]: "aside" })], actions);
    shard.simulator.runUntil(110 * SECOND);
    expect(endpoints(shard)).toEqual([["db-0"], []]);
    shard.simulator.runUntil(3 * MINUTE);
    expect(pods(shard).map((labels) => labels[POD_NAME])).toEqual(["aside", "db-1", "db-2"]);
    expect(endpoints(shard)).toEqual([[], ["db-0"]]);
  });
});
