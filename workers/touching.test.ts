/** Deviations are told of the runs that they touch, and of no others. */
import { defaultBehaviour } from "../engine/application/defaults.ts";
import { describe, expect, it } from "vitest";
import { SECOND } from "../engine/kernel/time.ts";
import { deviations } from "../engine/kubernetes/deviations.ts";
import type { KubernetesObject } from "../engine/kubernetes/objects/index.ts";
import { readHorizontalPodAutoscaler } from "../engine/kubernetes/objects/horizontal-pod-autoscaler.ts";
import type { PodTemplate } from "../engine/kubernetes/objects/pod.ts";
import { readScheduling } from "../engine/kubernetes/objects/scheduling.ts";
import type { ControlResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { deployment, load, nodes, spec } from "./testdata/specs.ts";
import { touchingDeviations, type Mode } from "./touching.ts";

const nothing = { desiredTime: 0, availableTime: 0, least: 0, leastOf: 0, available: 0, desired: 0 };
const control: ControlResult = {
  pods: [],
  rollouts: [],
  availability: { total: nothing, workloads: [], shortages: [] },
  faults: [],
  actions: [],
  unsettled: [],
  deployments: [],
};
const web = deployment(3);
const { template } = web.spec;

function names(changes: Partial<ScenarioSpec>, its: ControlResult = control, mode: Mode = "virtual"): readonly string[] {
  return touchingDeviations(spec({ objects: [web], nodes: nodes(3), ...changes }), its, mode).map((text) => text.split(":")[0]!);
}

/** A Pod beside the Deployment. */
function pod(changes: Partial<PodTemplate["spec"]>, labels: Readonly<Record<string, string>> = {}): KubernetesObject[] {
  const metadata = { ...web.metadata, name: "pod" };
  return [web, { kind: "Pod", metadata, template: { ...template, labels, spec: { ...template.spec, ...changes } } }];
}

const container = template.spec.containers[0]!;
const growing = {
  selector: {},
  image: null,
  container: null,
  behaviour: { ...defaultBehaviour, memory: { base: 0, perRequest: 0, growth: 1 } },
  defaulted: [],
};
const called = {
  namespace: "default",
  service: "db",
  port: null,
  perRequest: 1,
  timeout: 1,
  retries: { max: 0, backoff: 1 },
  fallback: "fail",
  order: "sequential",
} as const;
const calling = { ...growing, behaviour: { ...defaultBehaviour, calls: [called] } };
const staticPod: KubernetesObject = {
  kind: "Pod",
  metadata: { ...web.metadata, name: "proxy" },
  template: { ...template, annotations: { "kubernetes.io/config.source": "file" } },
};
const group = {
  name: "pool",
  min: 1,
  max: 3,
  scaleUpDelay: SECOND,
  scaleDownDelay: SECOND,
  unneededTime: SECOND,
  scaleDownUtilization: 0.5,
};

function autoscaler(type: string): KubernetesObject {
  const scaleTargetRef = { kind: "Deployment", name: "web" };
  return readHorizontalPodAutoscaler({ metadata: { name: "web" }, spec: { scaleTargetRef, maxReplicas: 3, metrics: [{ type }] } });
}

const nodeLoss = { name: "n", type: "node-loss", at: SECOND, selector: {}, mode: "one", value: 0, duration: SECOND } as const;

describe("a deviation", () => {
  const plain = names({});

  it("touches an ordinary run only where it could be noticed", () => {
    expect(plain).toEqual(["Services of the default spread", "template hash of our own dump"]);
  });

  it.each<[string, Partial<ScenarioSpec>, ControlResult?]>([
    [
      "zones of the beginning",
      { actions: [{ type: "labelNode", at: 0, node: "a", change: { "topology.kubernetes.io/zone": "z" }, overwrite: true }] },
    ],
    [
      "namespaces by name alone",
      {
        objects: pod(
          readScheduling(
            {
              affinity: {
                podAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: [
                    { topologyKey: "zone", namespaceSelector: { matchLabels: { team: "a" } } },
                  ],
                },
              },
            },
            {},
          ),
        ),
      },
    ],
    ["usage read at the instant", { objects: [web, autoscaler("Resource")] }],
    ["autoscaler's Pods", { objects: [web, autoscaler("Resource")] }],
    ["metrics of one's own", { objects: [web, autoscaler("External")] }],
    ["simulation of the node autoscaler", { nodes: nodes(3).map((node) => ({ ...node, group })) }],
    ["nodes are scanned in order", { nodes: nodes(101) }],
    ["clients beside the cluster", { load: [load("poisson-arrival-rate", 5)] }],
    ["abandoned work goes on", { load: [{ ...load("poisson-arrival-rate", 5), hedging: { after: 1, max: 1 } }] }],
    [
      "connections are free",
      {
        load: [{ ...load("poisson-arrival-rate", 5), connections: { kind: "http2", size: 1, pick: "random", maxAge: 1, idleTimeout: 1 } }],
      },
    ],
    ["deadlines of calls", { applications: [calling] }],
    ["abandoned work goes on", { applications: [calling] }],
    ["a registry follows the endpoints", { load: [{ ...load("poisson-arrival-rate", 5), discovery: { refresh: 1, lag: 0 } }] }],
    ["init containers", { objects: pod({ initContainers: [container] }) }],
    ["exec hooks", { objects: pod({ containers: [{ ...container, preStop: { type: "exec", command: ["true"] } }] }) }],
    ["local disk", { nodes: nodes(3).map((node) => ({ ...node, storage: 1 })) }],
    ["instants of a node out of memory", { applications: [growing] }],
    ["static Pods begin with their mirrors", { objects: [web, staticPod] }],
    ["syncs while room is made", { objects: [web, staticPod] }],
    ["address of a new sandbox", { faults: [{ ...nodeLoss, type: "node-shutdown" }] }],
    ["address of a new sandbox", { faults: [nodeLoss] }],
    ["namespaces that nobody creates", { objects: [{ ...web, metadata: { ...web.metadata, namespace: "shop" } }] }],
  ])("%s touches the run it is about", (name, changes, its) => {
    expect(plain).not.toContain(name);
    expect(names(changes, its)).toContain(name);
  });

  it("about a sidecar's siblings leaves sidecars alone", () => {
    expect(names({ objects: pod({ initContainers: [{ ...container, restartPolicy: "Always" }] }) })).not.toContain("init containers");
  });

  it("of live runs touches those alone, and they have real hooks", () => {
    const hooks = { objects: pod({ containers: [{ ...container, preStop: { type: "exec" as const, command: ["true"] } }] }) };
    const live = names(hooks, control, "live");
    expect(live).toEqual(expect.arrayContaining(deviations.map(({ name }) => name).filter((name) => name.startsWith("live "))));
    expect(live).not.toContain("exec hooks");
    expect(plain.filter((name) => name.startsWith("live "))).toEqual([]);
  });
});
