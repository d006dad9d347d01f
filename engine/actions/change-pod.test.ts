/** What happens to containers that exist, through the whole cluster: another image, ephemeral containers, a registry that fails, hooks and restart rules as manifests and scenarios give them. */
import { describe, expect, it, test } from "vitest";
import type { ClusterShard } from "../cluster.ts";
import type { PodStatus } from "../kubernetes/objects/pod.ts";
import { readCluster, runCluster } from "../testdata/cluster.ts";

interface Parts {
  readonly actions?: readonly object[];
  readonly faults?: readonly object[];
  readonly applications?: readonly object[];
  readonly container?: object;
  readonly version?: string;
  readonly start?: "settled" | "empty";
}

function scenario({
  actions = [],
  faults = [],
  applications,
  container = {},
  version = "1.36",
  start = "settled",
}: Parts): ReturnType<typeof readCluster> {
  const spec = { containers: [{ name: "app", image: "app:v1", ...container }] };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web:v1" }] } },
    },
  };
  return readCluster(
    {
      kubernetesVersion: version,
      seed: 1,
      duration: "3m",
      start,
      nodes: [{ count: 2, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }],
      applications: applications ?? [{ image: { present: true }, startUp: "1s" }],
      actions,
      faults,
    },
    [{ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec }, deployment],
  );
}

function run(parts: Parts): ClusterShard {
  const { spec, issues } = scenario(parts);
  if (spec === null) throw new Error(JSON.stringify(issues));
  return runCluster(spec);
}

function problems(parts: Parts): readonly string[] {
  return scenario(parts).issues.map(({ path, found, expected }) => `${path}: found ${found}, expected ${expected}`);
}

/** Statuses of the bare Pod (true) or of the Deployment's. */
function statuses(shard: ClusterShard, isBare: boolean): PodStatus[] {
  return shard.control!.store.pods.flatMap((pod) => (pod !== undefined && (pod.owner === -1) === isBare ? [pod.status] : []));
}

describe("setImage of a Pod", () => {
  it("restarts its container in place and leaves the Pod's identity alone", () => {
    const shard = run({ actions: [{ at: "60s", setImage: { pod: "p", image: "app:v2" } }] });
    const [{ containers }] = statuses(shard, true) as [PodStatus];
    expect(containers[0]!.restartCount).toBe(1);
    expect(containers[0]!.lastState).toMatchObject({ type: "terminated", exitCode: 143 });
    expect(statuses(shard, false).map((status) => status.containers[0]!.restartCount)).toEqual([0, 0]);
  });

  test.each([
    [{ pod: "q", image: "x" }, 'spec.actions[0].setImage.pod: found "q", expected a Pod of the manifests'],
    [{ pod: "p", container: "x", image: "x" }, 'spec.actions[0].setImage.container: found "x", expected a container of Pod p'],
    [
      { pod: "p", deployment: "web", image: "x" },
      "spec.actions[0].setImage: found deployment and pod, expected one of deployment, statefulSet, daemonSet, replicaSet, replicationController, pod",
    ],
  ])("%j is refused", (setImage, problem) => {
    expect(problems({ actions: [{ at: "60s", setImage }] })).toContain(problem);
  });
});

describe("debug", () => {
  it("adds an ephemeral container to the Pod, and a second one later", () => {
    const debug = { pod: "p", image: "busybox:1" };
    const shard = run({
      actions: [
        { at: "60s", debug },
        { at: "90s", debug },
      ],
    });
    const [{ containers, ephemeralContainers = [] }] = statuses(shard, true) as [PodStatus];
    expect(ephemeralContainers.map(({ state }) => state.type)).toEqual(["running", "running"]);
    expect(ephemeralContainers.every(({ ready }) => !ready)).toBe(true);
    expect(containers[0]!.restartCount).toBe(0);
  });

  it("reaches every Pod of a selector, and shares nothing with those created later", () => {
    const actions = [
      { at: "60s", debug: { selector: { deployment: "web" }, image: "busybox:1", name: "shell" } },
      { at: "90s", scale: { deployment: "web", replicas: 3 } },
    ];
    const counts = statuses(run({ actions }), false).map(({ ephemeralContainers = [] }) => ephemeralContainers.length);
    expect(counts.filter((count) => count === 1)).toHaveLength(2);
    expect(counts).toHaveLength(3);
  });

  test.each([
    [{ pod: "q", image: "x" }, 'spec.actions[0].debug.pod: found "q", expected workloads of the manifests'],
    [
      { pod: "p", image: "x", name: "app" },
      'spec.actions[0].debug.name: found "app", expected a name that no other container of the Pod has',
    ],
    [{ pod: "p", image: "x", target: "web" }, 'spec.actions[0].debug.target: found "web", expected a container of these Pods'],
    [{ image: "x" }, "spec.actions[0].debug: found no target, expected one of pod, selector"],
  ])("%j is refused", (debug, problem) => {
    expect(problems({ actions: [{ at: "60s", debug }] })).toContain(problem);
  });
});

describe("a registry that fails", () => {
  const applications = [{ image: { name: "app:v1", size: "50M" }, startUp: "1s" }, { image: { present: true } }];
  const reasonAt = (shard: ClusterShard): unknown =>
    (statuses(shard, true)[0]!.containers[0]?.state as { reason?: string } | undefined)?.reason;

  it("keeps a Pod from starting as long as the fault lasts", () => {
    const fault = { at: "0s", type: "image-pull-failure", image: "app:v1" };
    expect(reasonAt(run({ start: "empty", applications, faults: [fault] }))).toMatch(/ImagePull/);
    const shard = run({ start: "empty", applications, faults: [{ ...fault, duration: "30s" }] });
    expect(statuses(shard, true)[0]!.containers[0]!.state.type).toBe("running");
  });

  it("is slow where a fault says so", () => {
    const [{ startTime, containers }] = statuses(
      run({ start: "empty", applications, faults: [{ at: "0s", type: "image-pull-slow", slowdown: 60 }] }),
      true,
    ) as [PodStatus];
    const state = containers[0]!.state;
    expect(state.type === "running" && state.startedAt - startTime).toBeGreaterThanOrEqual(30);
  });

  it("has no such image where the application says so", () => {
    const failing = [{ image: { name: "app:v1", pull: "fails" } }];
    expect(reasonAt(run({ start: "empty", applications: failing }))).toMatch(/ImagePull/);
  });

  test.each([
    [
      { type: "image-pull-failure", image: "nope" },
      'spec.faults[0].image: found "nope", expected the image of a container or of a setImage action',
    ],
    [{ type: "image-pull-failure", rate: "150%" }, 'spec.faults[0].rate: found "150%", expected at most 100%'],
    [{ type: "image-pull-slow", slowdown: 1 }, "spec.faults[0].slowdown: found 1, expected more than 1"],
  ])("%j is refused", (fault, problem) => {
    expect(problems({ faults: [{ at: "60s", ...fault }] })).toContain(problem);
  });
});

describe("hooks of an application", () => {
  it("that fail keep their container from starting", () => {
    const shard = run({
      start: "empty",
      container: { lifecycle: { postStart: { exec: { command: ["warm-up"] } } } },
      applications: [
        { image: { present: true }, container: "app", hooks: { postStart: { duration: "1s", fails: true } } },
        { image: { present: true } },
      ],
    });
    expect(statuses(shard, true)[0]!.containers[0]!.restartCount).toBeGreaterThan(1);
  });

  test.each([
    [{ postStart: { fails: 2 } }, "spec.applications[0].hooks.postStart.fails"],
    [{ preStop: { exitCode: 0 } }, "spec.applications[0].hooks.preStop.exitCode"],
    [{ preStart: {} }, "spec.applications[0].hooks.preStart"],
  ])("%j are refused", (hooks, path) => {
    expect(scenario({ applications: [{ hooks }] }).issues.map((issue) => issue.path)).toContain(path);
  });
});

describe("restart rules in a manifest", () => {
  const rule = { action: "Restart", exitCodes: { operator: "In", values: [42] } };
  const end = (code: number): readonly object[] => [
    { container: "app", image: { present: true }, startUp: "1s", exit: { after: "5s", code } },
  ];

  it("restart a container of its own policy Never for its codes only", () => {
    const container = { restartPolicy: "Never", restartPolicyRules: [rule] };
    const restarts = (code: number): number => statuses(run({ container, applications: end(code) }), true)[0]!.containers[0]!.restartCount;
    expect(restarts(42)).toBeGreaterThan(0);
    expect(restarts(1)).toBe(0);
  });

  test.each([
    ["1.34", { restartPolicy: "Never", restartPolicyRules: [rule] }, "spec.containers[0].restartPolicyRules"],
    ["1.36", { restartPolicyRules: [rule] }, "spec.containers[0].restartPolicy"],
    [
      "1.35",
      { restartPolicy: "Never", restartPolicyRules: [{ ...rule, action: "RestartAllContainers" }] },
      "spec.containers[0].restartPolicyRules[0].action",
    ],
    ["1.36", { restartPolicy: "Never", restartPolicyRules: [{ action: "Restart" }] }, "spec.containers[0].restartPolicyRules[0].exitCodes"],
    [
      "1.36",
      { restartPolicy: "Never", restartPolicyRules: [{ ...rule, exitCodes: { operator: "Is", values: [300] } }] },
      "spec.containers[0].restartPolicyRules[0].exitCodes.values[0]",
    ],
  ])("in %s %j are refused", (version, container, path) => {
    expect(scenario({ version, container }).issues.map((issue) => issue.path)).toContain(path);
  });
});
