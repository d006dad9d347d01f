/**
 * One thing goes wrong in each of these clusters, after a rollout that cost nothing: every loss and restart must
 * lead back to it, and none to the rollout that once made the Pods.
 */
import { describe, expect, test } from "vitest";
import type { RunResult } from "../engine/result.ts";
import { readPlainScenario } from "../scenarios/plain.ts";
import { runHere } from "../workers/run.ts";
import { faults } from "./analysis/faults.ts";
import { lostTraffic } from "./analysis/lost-traffic.ts";
import { CauseChains, chainText } from "./cause-chain.ts";

interface Planted {
  /** Of the container. */
  readonly container?: object;
  /** Of the Pod's spec. */
  readonly pod?: object;
  /** Of the application. */
  readonly application?: object;
  readonly nodes?: object;
  readonly load?: readonly object[];
  readonly actions?: readonly object[];
  readonly faults?: readonly object[];
  readonly kubernetesVersion?: string;
  /** Default: a rollout at 20 s, which hooks and drains make harmless. */
  readonly isRolledOut?: boolean;
  readonly replicas?: number;
  readonly warmup?: string;
}

const readiness = { httpGet: { path: "/", port: 80 }, periodSeconds: 2, failureThreshold: 2 };
const liveness = { httpGet: { path: "/", port: 80 }, periodSeconds: 5, failureThreshold: 2 };
const harmless = { preStop: { sleep: { seconds: 5 } } };

function manifests({ container = {}, pod = {}, replicas = 4 }: Planted): readonly object[] {
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: {
        replicas,
        strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: "100%" } },
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: {
            ...pod,
            containers: [
              {
                name: "app",
                image: "web:v1",
                ports: [{ containerPort: 80 }],
                readinessProbe: readiness,
                lifecycle: harmless,
                ...container,
              },
            ],
          },
        },
      },
    },
    { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } },
  ];
}

async function run(planted: Planted, shards = 1): Promise<RunResult> {
  const { application = {}, nodes = {}, actions = [], faults: injected = [], isRolledOut = true } = planted;
  const rollout = { at: "20s", setImage: { deployment: "web", container: "app", image: "web:v2" } };
  const scenario = {
    apiVersion: "podstorm.dev/v1alpha1",
    kind: "Scenario",
    spec: {
      seed: 7,
      duration: "3m",
      // The rollout is over by then; what goes wrong from the beginning on may have disturbed it.
      warmup: planted.warmup ?? "60s",
      ...(planted.kubernetesVersion === undefined ? {} : { kubernetesVersion: planted.kubernetesVersion }),
      manifests: ["m"],
      nodes: [{ count: 4, capacity: { cpu: "4", memory: "8Gi", pods: 20 }, ...nodes }],
      applications: [
        {
          selector: { deployment: "web" },
          startUp: "1s",
          serviceTime: "10ms",
          probeTime: "1ms",
          shutdown: { drain: "5s" },
          ...application,
        },
      ],
      load: planted.load ?? [{ name: "clients", target: "service/web", rate: "60/s", timeout: "1s" }],
      actions: [...(isRolledOut ? [rollout] : []), ...actions],
      faults: injected,
    },
  };
  const { spec, issues } = readPlainScenario(scenario, manifests(planted));
  if (spec === null) throw new Error(JSON.stringify(issues));
  return runHere(spec, shards);
}

/** What the losses lead back to, by number lost; what the restarts lead back to. */
function blamed(result: RunResult): { readonly losses: readonly string[]; readonly restarts: readonly string[] } {
  const chains = new CauseChains(result);
  const roots = new Map<string, number>();
  for (const { cause, count } of result.losses) roots.set(chains.chainOf(cause).root, (roots.get(chains.chainOf(cause).root) ?? 0) + count);
  const restarts = new Set(result.restarts.map(({ cause }) => chains.chainOf(cause).root).sort());
  return { losses: [...roots].sort((a, b) => b[1] - a[1]).map(([root]) => root), restarts: [...restarts] };
}

const overload = "application: concurrency 1 and queue 2 of default/web under load clients";
const busy = { concurrency: 1, queue: 2, serviceTime: "80ms" };
const action = (text: string): string => `action: ${text}`;

describe("the only thing that goes wrong is the first cause:", () => {
  test("nothing, of a rollout with hooks and drains", async () => {
    expect(blamed(await run({ warmup: "0s" }))).toEqual({ losses: [], restarts: [] });
  });

  const cases: readonly (readonly [string, Planted, { losses: readonly string[]; restarts: readonly string[] }])[] = [
    ["more requests than workers and queue take", { application: busy }, { losses: [overload], restarts: [] }],
    [
      "more requests than a queue without bounds works off in time",
      { application: { ...busy, queue: 100_000, probesShareWorkers: false } },
      { losses: ["application: concurrency 1 and queue 100,000 of default/web under load clients"], restarts: [] },
    ],
    [
      "overload that liveness probes meet",
      { application: { ...busy, serviceTime: "400ms" }, container: { livenessProbe: liveness } },
      { losses: [overload], restarts: [overload] },
    ],
    [
      "answers slower than the client waits",
      { load: [{ name: "clients", target: "service/web", rate: "60/s", timeout: "8ms" }] },
      { losses: ["application: serviceTime of default/web against the timeout of load clients"], restarts: [] },
    ],
    [
      "an application that exits",
      { application: { exit: { after: "60s", code: 1 } } },
      { losses: ["application: exit of default/web"], restarts: ["application: exit of default/web"] },
    ],
    [
      "health endpoints that fail, seen by readiness",
      { application: { unhealthyAfter: "50s" } },
      { losses: ["application: unhealthyAfter of default/web"], restarts: [] },
    ],
    [
      "health endpoints that fail, seen by liveness",
      { application: { unhealthyAfter: "50s" }, container: { readinessProbe: { tcpSocket: { port: 80 } }, livenessProbe: liveness } },
      { losses: ["application: unhealthyAfter of default/web"], restarts: ["application: unhealthyAfter of default/web"] },
    ],
    [
      "health endpoints that answer as a script says",
      // Such an answer comes from the first instant on, so nobody may have to wait for the listener.
      { application: { startUp: "1ms", script: { http: { paths: { "/": [{ fromMs: 60_000, rc: 500 }] } } } } },
      { losses: ["application: script of default/web"], restarts: [] },
    ],
    [
      "exits that a script says",
      { application: { script: { runs: [{ exitAfterMs: 70_000, code: 3 }], http: { paths: {} } } } },
      { losses: ["application: script of default/web"], restarts: ["application: script of default/web"] },
    ],
    [
      "answers to probes slower than these wait",
      {
        application: { probeTime: "1500ms", startUp: "100ms", probesShareWorkers: false },
        container: { readinessProbe: { ...readiness, timeoutSeconds: 2 }, livenessProbe: liveness },
      },
      {
        losses: ["application: probeTime of default/web against its probe's timeout"],
        restarts: ["application: probeTime of default/web against its probe's timeout"],
      },
    ],
    [
      "a hook that fails",
      { application: { hooks: { postStart: { fails: true } } }, container: { lifecycle: { postStart: { exec: { command: ["x"] } } } } },
      { losses: [], restarts: ["postStart hook of default/web failed"] },
    ],
    [
      "memory that grows",
      { application: { memory: { base: "50Mi", growth: "1Mi/s" } }, container: { resources: { limits: { memory: "110Mi" } } } },
      {
        losses: ["manifest: resources.limits.memory of default/web"],
        restarts: ["manifest: resources.limits.memory of default/web"],
      },
    ],
    [
      "memory that requests need",
      {
        application: { memory: { base: "50Mi", perRequest: "20Mi" }, serviceTime: "100ms" },
        container: { resources: { limits: { memory: "150Mi" } } },
      },
      {
        losses: ["manifest: resources.limits.memory of default/web"],
        restarts: ["manifest: resources.limits.memory of default/web"],
      },
    ],
    [
      "a node with too little memory for its Pods",
      {
        application: { memory: { base: "50Mi", growth: "30Mi/s" }, shutdown: "exit" },
        container: { lifecycle: undefined },
        nodes: { count: 1, capacity: { cpu: "4", memory: "10Gi", pods: 20 } },
        isRolledOut: false,
      },
      { losses: ["node-0 is short of memory"], restarts: [] },
    ],
    [
      "a runtime that can't start what a fault killed",
      {
        application: { startFails: true },
        container: { lifecycle: undefined },
        isRolledOut: false,
        faults: [{ at: "90s", type: "oom-kill", selector: { deployment: "web" } }],
      },
      { losses: ["application: startFails of default/web", "fault: oom-kill-1 (oom-kill)"], restarts: [] },
    ],
    [
      "a fault that kills for memory",
      { faults: [{ at: "90s", type: "oom-kill", selector: { deployment: "web" } }] },
      { losses: ["fault: oom-kill-1 (oom-kill)"], restarts: ["fault: oom-kill-1 (oom-kill)"] },
    ],
    [
      "a process that hangs on a node whose other Pods leave little CPU",
      {
        nodes: { count: 1, capacity: { cpu: "2", memory: "10Gi", pods: 20 } },
        application: { concurrency: 16, queue: 64, cpu: { share: 0.5 } },
        faults: [{ at: "90s", type: "hang", selector: { deployment: "web" }, mode: "one", duration: "20s" }],
      },
      { losses: ["fault: hang-1 (hang)"], restarts: [] },
    ],
    [
      "a node that is lost",
      { faults: [{ at: "90s", type: "node-loss", selector: { deployment: "web" }, mode: "one", duration: "30s" }] },
      { losses: ["fault: node-loss-1 (node-loss)"], restarts: ["fault: node-loss-1 (node-loss)"] },
    ],
    [
      "nodes that reboot with an empty runtime",
      { faults: [{ at: "90s", type: "node-reboot", selector: { deployment: "web" }, runtime: "empty", duration: "20s" }] },
      { losses: ["fault: node-reboot-1 (node-reboot)"], restarts: [] },
    ],
    [
      "nodes that shut down",
      { faults: [{ at: "90s", type: "node-shutdown", selector: { deployment: "web" }, duration: "20s" }] },
      { losses: ["fault: node-shutdown-1 (node-shutdown)"], restarts: ["fault: node-shutdown-1 (node-shutdown)"] },
    ],
    [
      "kubelets that restart and know of no readiness",
      {
        kubernetesVersion: "1.34",
        container: { readinessProbe: { ...readiness, periodSeconds: 20 } },
        faults: [{ at: "90s", type: "kubelet-restart", duration: "1s" }],
      },
      { losses: ["fault: kubelet-restart-1 (kubelet-restart)"], restarts: [] },
    ],
    [
      "readiness probes that a fault fails",
      { faults: [{ at: "90s", type: "probe-failure", probe: "readiness", duration: "30s" }] },
      { losses: ["fault: probe-failure-1 (probe-failure)"], restarts: [] },
    ],
    [
      "liveness probes that a fault fails",
      { container: { livenessProbe: liveness }, faults: [{ at: "90s", type: "probe-failure", probe: "liveness", duration: "30s" }] },
      { losses: ["fault: probe-failure-1 (probe-failure)"], restarts: ["fault: probe-failure-1 (probe-failure)"] },
    ],
    [
      "a rollout that stops at once",
      {
        container: { lifecycle: undefined },
        application: { shutdown: "exit" },
        actions: [{ at: "90s", setImage: { deployment: "web", container: "app", image: "web:v3" } }],
        isRolledOut: false,
      },
      { losses: [action("set image of Deployment/web to web:v3")], restarts: [] },
    ],
    [
      "somebody who deletes the Deployment",
      { actions: [{ at: "90s", delete: { deployment: "web" } }] },
      { losses: [action("delete Deployment/web")], restarts: [] },
    ],
    [
      "somebody who scales to nothing",
      { actions: [{ at: "90s", scale: { deployment: "web", replicas: 0 } }] },
      { losses: [action("scale Deployment/web to 0")], restarts: [] },
    ],
    [
      "somebody who deletes the Service",
      { actions: [{ at: "90s", delete: { service: "web" } }] },
      { losses: [action("delete Service/web")], restarts: [] },
    ],
  ];
  test.each(cases)("%s", async (_, planted, expected) => {
    expect(blamed(await run(planted))).toEqual(expected);
  });
});

describe("an overload while replicas are missing", () => {
  const few = { replicas: 2, application: { concurrency: 1, queue: 2, serviceTime: "25ms" } };

  test("has what took them for its other parent", async () => {
    const result = await run({
      ...few,
      faults: [{ at: "90s", name: "power cut", type: "node-loss", selector: { deployment: "web" }, mode: "one" }],
    });
    const chains = new CauseChains(result);
    const late = result.losses.filter(({ first, state }) => first > 150_000_000 && state === "overload");
    expect(late.length).toBeGreaterThan(0);
    for (const { cause } of late) {
      expect(chains.chainOf(cause)).toMatchObject({
        root: "application: concurrency 1 and queue 2 of default/web under load clients",
        besides: { root: "fault: power cut (node-loss)" },
      });
      expect(chainText(chains.chainOf(cause))).toMatch(/; fewer replicas than desired: .*fault: power cut \(node-loss\)$/);
    }
    expect(lostTraffic(result, chains)!.sentences.join(" ")).toContain(
      "lost to overload while replicas were missing for the fault power cut (node-loss).",
    );
  });

  test("has none when nothing is missing any more", async () => {
    const result = await run({
      ...few,
      application: busy,
      faults: [{ at: "90s", type: "node-loss", selector: { deployment: "web" }, mode: "one", duration: "10s" }],
    });
    const chains = new CauseChains(result);
    const late = result.losses.filter(({ first, state }) => first > 140_000_000 && state === "overload");
    expect(late.length).toBeGreaterThan(0);
    expect(late.every(({ cause }) => chains.chainOf(cause).besides === null)).toBe(true);
  });
});

describe("faults that overlap", () => {
  const loss = (at: string, duration: string, name: string): object => ({
    at,
    name,
    type: "node-loss",
    selector: { deployment: "web" },
    duration,
  });
  const one = { replicas: 1, nodes: { count: 1 } };
  const effects = (result: RunResult): readonly string[] => faults(result)!.sentences;
  /** From the first loss to the last that is charged to it, whole seconds. */
  const spans = (result: RunResult): Record<string, readonly [number, number]> => {
    const chains = new CauseChains(result);
    const found: Record<string, readonly [number, number]> = {};
    for (const { cause, first, last } of result.losses) {
      const { root } = chains.chainOf(cause);
      const [from, until] = found[root] ?? [Infinity, 0];
      found[root] = [Math.min(from, Math.round(first / 1e6)), Math.max(until, Math.round(last / 1e6))];
    }
    return found;
  };

  test("keep a node away until the last one ends, each to blame for its own time", async () => {
    const result = await run({ ...one, faults: [loss("90s", "20s", "first"), loss("100s", "40s", "second")] });
    expect(effects(result)).toEqual([]);
    const { "fault: first (node-loss)": first, "fault: second (node-loss)": second } = spans(result);
    expect(first).toEqual([91, expect.closeTo(111, -1)]);
    expect(second).toEqual([expect.closeTo(110, -1), expect.closeTo(143, -1)]);
    expect(result.restarts).toHaveLength(1);
  });

  test("are not ended by one within another", async () => {
    const result = await run({ ...one, faults: [loss("90s", "60s", "long"), loss("100s", "10s", "short")] });
    expect(effects(result)).toEqual(["The fault short had no effect: its nodes were off already, and didn't come back later for it."]);
    expect(Object.keys(spans(result))).toEqual(["fault: long (node-loss)"]);
    expect(spans(result)["fault: long (node-loss)"]![1]).toBeGreaterThan(150);
  });

  test("reach probes of a Pod whose node is away, for all of their time", async () => {
    const probes = {
      at: "95s",
      name: "probes",
      type: "probe-failure",
      probe: "readiness",
      selector: { deployment: "web" },
      duration: "60s",
    };
    const result = await run({ ...one, faults: [loss("90s", "15s", "power"), probes] });
    expect(effects(result)).toEqual([]);
    const { "fault: power (node-loss)": power, "fault: probes (probe-failure)": failing } = spans(result);
    expect(power![1]).toBeLessThan(115);
    expect(failing![0]).toBeLessThan(115);
    expect(failing![1]).toBeGreaterThan(152);
  });

  test("on the same probes are to blame one after the other", async () => {
    const probes = (at: string, duration: string, name: string): object => ({
      at,
      name,
      type: "probe-failure",
      probe: "readiness",
      duration,
    });
    const result = await run({ ...one, faults: [probes("60s", "40s", "first"), probes("80s", "50s", "second")] });
    expect(effects(result)).toEqual([]);
    const found = spans(result);
    expect(found["fault: first (probe-failure)"]![1]).toBeLessThan(105);
    expect(found["fault: second (probe-failure)"]![0]).toBeLessThan(106);
    expect(found["fault: second (probe-failure)"]![1]).toBeGreaterThan(128);
  });

  test("are to blame for as long as they keep a Pod down, whatever took it down", async () => {
    const result = await run({
      ...one,
      container: { imagePullPolicy: "Always", lifecycle: undefined },
      faults: [
        { at: "60s", name: "registry", type: "image-pull-failure", duration: "60s" },
        { at: "70s", name: "kill", type: "oom-kill", selector: { deployment: "web" } },
      ],
    });
    const { "fault: kill (oom-kill)": killed, "fault: registry (image-pull-failure)": pulling } = spans(result);
    expect(killed).toEqual([70, expect.closeTo(72, -1)]);
    expect(pulling).toEqual([expect.closeTo(72, -1), expect.any(Number)]);
    expect(pulling![1]).toBeGreaterThan(120);
  });

  test("lead to the same causes on any number of shards", async () => {
    const planted = {
      faults: [
        loss("90s", "20s", "first"),
        loss("100s", "20s", "second"),
        { at: "110s", name: "probes", type: "probe-failure", probe: "readiness", selector: { deployment: "web" }, duration: "30s" },
      ],
    };
    const [single, several] = [await run(planted), await run(planted, 3)];
    expect(several.causes).toEqual(single.causes);
    expect(several.losses).toEqual(single.losses);
  });
});
