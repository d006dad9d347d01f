/** What an operator does to workloads, through the whole cluster: set, restart, undo, pause, resume, status, label, delete, apply. */
import { describe, expect, it, test } from "vitest";
import type { ClusterShard } from "../cluster.ts";
import type { PodTemplate } from "../kubernetes/objects/pod.ts";
import { clusterSpec, oneShard, readCluster, runCluster } from "../testdata/cluster.ts";

const template = (containers: readonly object[] = [{ name: "app", image: "app:v1" }]): object => ({
  metadata: { labels: { app: "web" } },
  spec: { containers },
});
const selector = { matchLabels: { app: "web" } };
const meta = { name: "web" };
const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: meta, spec: { replicas: 2, selector, template: template() } };
const statefulSet = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: meta,
  spec: { replicas: 2, serviceName: "web", selector, template: template() },
};
const daemonSet = { apiVersion: "apps/v1", kind: "DaemonSet", metadata: meta, spec: { selector, template: template() } };
const replicaSet = { ...deployment, kind: "ReplicaSet" };
const controller = {
  apiVersion: "v1",
  kind: "ReplicationController",
  metadata: meta,
  spec: { replicas: 2, selector: { app: "web" }, template: template() },
};
const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "one", labels: { app: "web" } },
  spec: { containers: [{ name: "app", image: "app:v1" }] },
};

function scenario(object: object, actions: readonly object[], more: object = {}): ReturnType<typeof readCluster> {
  return readCluster(
    {
      seed: 1,
      duration: "3m",
      start: "settled",
      nodes: [{ count: 2, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }],
      applications: [{ selector: {}, image: { present: true } }],
      actions,
      ...more,
    },
    [object],
  );
}

function run(object: object, actions: readonly object[], more: object = {}): ClusterShard {
  const { spec, issues } = scenario(object, actions, more);
  if (spec === null) throw new Error(JSON.stringify(issues));
  return runCluster(spec);
}

/** Templates of the Pods that are left, the same ones once. */
function templates(shard: ClusterShard): PodTemplate[] {
  const { store } = shard.control!;
  return [...new Set(store.pods.flatMap((record) => (record === undefined ? [] : [record.template])))].map((id) =>
    store.definitions.template(id),
  );
}

function outcomes(shard: ClusterShard): string[] {
  const { actions } = shard.finish(180_000_000).control!;
  return actions.map(({ outcome }) =>
    outcome === undefined ? "" : `${outcome.status}: ${outcome.text.replace(/\(after .*\)/, "(after T)")}`,
  );
}

const RESTARTED = "kubectl.kubernetes.io/restartedAt";

describe("rollout restart", () => {
  test.each([
    ["deployment", deployment, 'done: deployment "web" successfully rolled out (after T)'],
    ["statefulSet", statefulSet, "done: partitioned roll out complete: 2 new pods have been updated... (after T)"],
    ["daemonSet", daemonSet, 'done: daemon set "web" successfully rolled out (after T)'],
  ])("of a %s stamps the template; status says when all Pods are new", (field, object, said) => {
    const shard = run(object, [
      { at: "10s", restart: { [field]: "web" } },
      { at: "10100ms", rolloutStatus: { [field]: "web" } },
    ]);
    expect(templates(shard).map(({ annotations }) => annotations[RESTARTED])).toEqual(["2000-01-01T00:00:10Z"]);
    expect(outcomes(shard)).toEqual(["", said]);
  });

  it("is refused while paused, and twice within a second", () => {
    const shard = run(deployment, [
      { at: "10s", restart: { deployment: "web" } },
      { at: "10500ms", restart: { deployment: "web" } },
      { at: "60s", pause: { deployment: "web" } },
      { at: "61s", pause: { deployment: "web" } },
      { at: "62s", restart: { deployment: "web" } },
      { at: "63s", undo: { deployment: "web" } },
      { at: "64s", resume: { deployment: "web" } },
      { at: "65s", resume: { deployment: "web" } },
    ]);
    expect(outcomes(shard)).toEqual([
      "",
      "failed: error: if restart has already been triggered within the past second, please wait before attempting to trigger another",
      "",
      'failed: error: deployments.apps "web" is already paused',
      'failed: error: deployments.apps "web" can\'t restart paused deployment (run rollout resume first)',
      "failed: error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
      "",
      'failed: error: deployments.apps "web" is not paused',
    ]);
  });
});

describe("rollout status", () => {
  const stuck = { applications: [{ selector: {}, image: { present: true } }], faults: [] };

  it("gives up in time, and at the progress deadline", () => {
    const short = { ...deployment, spec: { ...deployment.spec, progressDeadlineSeconds: 60 } };
    const shard = run(
      short,
      [
        { at: "10s", setImage: { deployment: "web", image: "app:v2" } },
        { at: "11s", rolloutStatus: { deployment: "web", timeout: "5s" } },
        { at: "11s", rolloutStatus: { deployment: "web" } },
      ],
      {
        ...stuck,
        applications: [{ image: { name: "app:v2", present: false, pull: "fails" } }, { selector: {}, image: { present: true } }],
      },
    );
    expect(outcomes(shard)).toEqual([
      "",
      "failed: error: timed out waiting for the condition",
      'failed: error: deployment "web" exceeded its progress deadline',
    ]);
  });

  it("has its last line when the run ends first", () => {
    const slow = { duration: "20s", applications: [{ selector: {}, startUp: "30s", image: { present: true } }] };
    const probed = {
      ...deployment,
      spec: {
        ...deployment.spec,
        template: template([{ name: "app", image: "app:v1", readinessProbe: { httpGet: { path: "/", port: 80 } } }]),
      },
    };
    const shard = run(
      probed,
      [
        { at: "5s", restart: { deployment: "web" } },
        { at: "6s", rolloutStatus: { deployment: "web" } },
      ],
      slow,
    );
    expect(outcomes(shard)[1]).toBe(
      'going on: Waiting for deployment "web" rollout to finish: 1 out of 2 new replicas have been updated...',
    );
  });
});

describe("rollout undo", () => {
  test.each([
    ["deployment", deployment],
    ["statefulSet", statefulSet],
    ["daemonSet", daemonSet],
  ])("of a %s brings the template before back, or the one that was asked for", (field, object) => {
    const set = (at: string, image: string): object => ({ at, setImage: { [field]: "web", image } });
    const images = (actions: readonly object[]): (string | undefined)[] =>
      templates(run(object, actions)).map(({ spec }) => spec.containers[0]?.image);
    expect(images([set("10s", "app:v2"), { at: "70s", undo: { [field]: "web" } }])).toEqual(["app:v1"]);
    const third = [set("10s", "app:v2"), set("60s", "app:v3")];
    expect(images([...third, { at: "110s", undo: { [field]: "web", toRevision: 1 } }])).toEqual(["app:v1"]);
  });

  it("says when there is nothing to go back to", () => {
    const [said] = outcomes(run(deployment, [{ at: "10s", undo: { deployment: "web" } }]));
    expect(said).toBe('failed: error: no rollout history found for deployment "web"');
    expect(outcomes(run(statefulSet, [{ at: "10s", undo: { statefulSet: "web" } }]))).toEqual([
      "failed: error: no last revision to roll back to",
    ]);
    expect(outcomes(run(deployment, [{ at: "10s", undo: { deployment: "web", toRevision: 7 } }]))).toEqual([
      "failed: error: unable to find specified revision 7 in history",
    ]);
    expect(outcomes(run(deployment, [{ at: "10s", undo: { deployment: "web", toRevision: 1 } }]))).toEqual([
      "done: skipped rollback (current template already matches revision 1)",
    ]);
  });
});

describe("set", () => {
  test.each([
    ["deployment", deployment],
    ["statefulSet", statefulSet],
    ["daemonSet", daemonSet],
  ])("env and resources of a %s roll out", (field, object) => {
    const shard = run(object, [
      { at: "10s", setEnv: { [field]: "web", env: "LEVEL=debug" } },
      { at: "60s", setResources: { [field]: "web", container: "app", requests: { cpu: "100m" }, limits: { memory: "64Mi" } } },
    ]);
    const [found, ...others] = templates(shard);
    expect(others).toEqual([]);
    expect(found?.spec.containers[0]).toMatchObject({
      env: [{ name: "LEVEL", value: "debug" }],
      resources: { requests: { cpu: 100, memory: 67_108_864 }, limits: { memory: 67_108_864 } },
    });
  });

  test.each([
    ["replicaSet", replicaSet],
    ["replicationController", controller],
  ])("a %s makes new Pods of the new template only", (field, object) => {
    const shard = run(object, [
      { at: "10s", setImage: { [field]: "web", image: "app:v2" } },
      { at: "20s", scale: { [field]: "web", replicas: 3 } },
    ]);
    expect(new Set(templates(shard).map(({ spec }) => spec.containers[0]?.image))).toEqual(new Set(["app:v1", "app:v2"]));
  });

  test.each(["annotate", "label"] as const)("a second %s that says the same makes no new version of a ReplicaSet", (verb) => {
    const said = { replicaSet: "web", overwrite: true, ...(verb === "label" ? { labels: "tier=a" } : { annotations: "note=x" }) };
    const versions = [1, 2].map((times) => {
      const actions = Array.from({ length: times }, (_, index) => ({ at: `${10 + index}s`, [verb]: said }));
      const [record] = [...run(replicaSet, actions).control!.store.replicaSets.values()];
      return record!.resourceVersion;
    });
    expect(versions[1]).toBe(versions[0]);
  });

  it("refuses requests beyond the limit", () => {
    const limited = {
      ...deployment,
      spec: { ...deployment.spec, template: template([{ name: "app", image: "a", resources: { limits: { cpu: "1" } } }]) },
    };
    const [said] = outcomes(run(limited, [{ at: "10s", setResources: { deployment: "web", requests: { cpu: "2" } } }]));
    expect(said).toContain('.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1');
  });

  it("keeps what another action writes at the same instant", () => {
    const shard = run(deployment, [
      { at: "10s", scale: { deployment: "web", replicas: 3 } },
      { at: "10s", setImage: { deployment: "web", image: "app:v2" } },
      { at: "10s", setEnv: { deployment: "web", env: ["A=1"] } },
    ]);
    const { store } = shard.control!;
    const [record] = [...store.deployments.values()];
    expect(record?.spec.replicas).toBe(3);
    expect(record?.spec.template.spec.containers[0]).toMatchObject({ image: "app:v2", env: [{ name: "A" }] });
  });
});

describe("apply", () => {
  it("keeps what others added, and takes away what its file no longer says", () => {
    const named = (env: readonly object[]): object => ({
      ...deployment,
      spec: { ...deployment.spec, template: template([{ name: "app", image: "app:v1", env }]) },
    });
    const { spec } = scenario(named([{ name: "OLD", value: "1" }]), [
      { at: "10s", restart: { deployment: "web" } },
      { at: "20s", setEnv: { deployment: "web", env: "ADDED=1" } },
    ]);
    const applied = scenario(named([{ name: "NEW", value: "1" }]), []).spec!.objects;
    const actions = [...spec!.actions, { type: "apply" as const, at: 60_000_000, objects: applied }];
    const shard = runCluster({ ...spec!, actions });
    const [found] = templates(shard);
    expect(found?.annotations).toEqual({ [RESTARTED]: "2000-01-01T00:00:10Z" });
    expect(found?.spec.containers[0]?.env.map(({ name }) => name)).toEqual(["NEW", "ADDED"]);
  });

  const silent = (object: { readonly spec: object }): object => ({
    ...object,
    spec: Object.fromEntries(Object.entries(object.spec).filter(([field]) => field !== "replicas")),
  });
  describe.each([
    ["deployment", deployment],
    ["replicaSet", replicaSet],
    ["statefulSet", statefulSet],
    ["replicationController", controller],
  ] as const)("of a %s", (field, object) => {
    /** Pods in the end, of a file that is applied after somebody scaled to 3. */
    const podsAfter = (first: object, second: object): number => {
      const spec = clusterSpec(
        {
          duration: "3m",
          nodes: [{ count: 2, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }],
          applications: [{ selector: {}, image: { present: true } }],
          actions: [
            { at: "10s", scale: { [field]: "web", replicas: 3 } },
            { at: "60s", apply: "second" },
          ],
        },
        [first],
        { second: [second] },
      );
      const { store } = runCluster(spec).control!;
      return store.pods.filter((record) => record !== undefined).length;
    };

    it("leaves replicas that no file says", () => {
      expect(podsAfter(silent(object), silent(object))).toBe(3);
    });

    it("sets those that the file says, and takes back what it says no longer", () => {
      expect(podsAfter(silent(object), object)).toBe(2);
      expect(podsAfter(object, silent(object))).toBe(1);
    });
  });
});

describe("label", () => {
  it("takes a Pod out of its Service", () => {
    const service = { apiVersion: "v1", kind: "Service", metadata: meta, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } };
    const spec = clusterSpec(
      {
        duration: "30s",
        nodes: [{ count: 1, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }],
        actions: [{ at: "10s", label: { pod: "one", labels: "app-" } }],
      },
      [pod, service],
    );
    const shard = oneShard(spec);
    const endpoints = (): number[] => [...(shard.control!.store.slices[0]?.values() ?? [])].map(({ pods }) => pods.length);
    shard.simulator.runUntil(9_000_000);
    expect(endpoints()).toEqual([1]);
    shard.simulator.runUntil(20_000_000);
    expect(endpoints()).toEqual([0]);
  });

  it("asks before it overwrites", () => {
    const change = { pod: "one", labels: "app=api" };
    expect(outcomes(run(pod, [{ at: "10s", label: change }]))).toEqual([
      "failed: error: 'app' already has a value (web), and --overwrite is false",
    ]);
    const shard = run(pod, [{ at: "10s", label: { ...change, overwrite: true } }]);
    expect(templates(shard).map(({ labels }) => labels)).toEqual([{ app: "api" }]);
  });

  it("changes metadata of a workload alone", () => {
    const shard = run(deployment, [{ at: "10s", annotate: { deployment: "web", annotations: "note=x" } }]);
    const [record] = [...shard.control!.store.deployments.values()];
    expect(record).toMatchObject({ annotations: { note: "x" }, generation: 1 });
  });
});

describe("delete", () => {
  test.each([
    ["statefulSet", statefulSet],
    ["daemonSet", daemonSet],
    ["replicationController", controller],
    ["deployment", deployment],
  ])("of a %s: its Pods go with it, unless they become orphans", (field, object) => {
    const left = (cascade: string): number =>
      run(object, [{ at: "10s", delete: { [field]: "web", cascade } }]).control!.store.pods.filter((record) => record !== undefined).length;
    expect(["background", "foreground", "orphan"].map(left)).toEqual([0, 0, 2]);
  });

  it("knows every kind by its name, and says what isn't there", () => {
    const shard = run(deployment, [{ at: "10s", delete: { kind: "ResourceQuota", name: "q" } }]);
    expect(outcomes(shard)).toEqual(['failed: Error from server (NotFound): resourcequotas "q" not found']);
  });
});

test.each([
  [{ restart: {} }, "no target"],
  [{ restart: { replicaSet: "web" } }, "replicaSet"],
  [{ undo: { deployment: "api" } }, "Deployments: web"],
  [{ setEnv: { deployment: "web", env: [] } }, "1 or more"],
  [{ setEnv: { deployment: "web", container: "db", env: ["A=1"] } }, "containers: app"],
  [{ setResources: { deployment: "web" } }, "requests or limits"],
  [{ setResources: { deployment: "web", requests: { cpu: "-1" } } }, "requests[cpu]"],
  [{ label: { deployment: "web", labels: "not a key=x" } }, "labels"],
  [{ annotate: { deployment: "web", annotations: "note" } }, "KEY- to take it away"],
  [{ delete: { kind: "Widget", name: "x" } }, "a kind that is modelled"],
  [{ delete: { kind: "Namespace" } }, "the object's name"],
  [{ delete: { deployment: "web", cascade: "none" } }, "background, foreground or orphan"],
  [{ rolloutStatus: { deployment: "web", timeout: "soon" } }, "timeout"],
])("is refused where it means nothing: %j", (action, text) => {
  const { spec, issues } = scenario(deployment, [{ at: "10s", ...action }]);
  expect(spec).toBeNull();
  expect(JSON.stringify(issues)).toContain(text);
});
