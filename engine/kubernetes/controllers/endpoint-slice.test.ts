import { expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { Harness, container, deployment, podSpec, service, template } from "../control-plane.exam.ts";
import type { PodTemplate } from "../objects/pod.ts";
import type { Service } from "../objects/service.ts";
import { clusterSpec, runCluster } from "../../testdata/cluster.ts";
import { newestVersions, versionsOfMinor } from "../versions.ts";

const withPort = (name: string): PodTemplate =>
  template("web", podSpec({ containers: [container({ ports: [{ name, containerPort: 8080, protocol: "TCP", hostPort: null }] })] }));

function serviceOf(name: string, targetPort: string): Service {
  const base = service(name, { app: "web" });
  return { ...base, spec: { ...base.spec, ports: [{ name: "", port: 80, targetPort, protocol: "TCP" }] } };
}

function endpointsAtLast(harness: Harness, number: number): readonly number[] | undefined {
  return Array.from({ length: harness.endpointLog.length }, (_, position) => harness.endpointLog.entry(position))
    .filter((entry) => entry.service === number)
    .at(-1)?.pods;
}

test("Pods are endpoints of a Service's named target port only if a container declares it", () => {
  const objects = [deployment("web", { replicas: 2, template: withPort("http") }), serviceOf("web", "http"), serviceOf("typo", "htpt")];
  const settled = new Harness({ objects, start: "settled" }).runUntil(10 * SECOND);
  expect(endpointsAtLast(settled, 0)).toEqual([0, 1]);
  expect(endpointsAtLast(settled, 1) ?? []).toEqual([]);
  const empty = new Harness({ objects, start: "empty" }).runUntil(60 * SECOND);
  expect(endpointsAtLast(empty, 0)).toHaveLength(2);
  expect(endpointsAtLast(empty, 1) ?? []).toEqual([]);
});

test("a rollout that renames the port takes the endpoints away, as Pod by Pod is replaced", () => {
  const objects = [deployment("web", { replicas: 2, template: withPort("http") }), serviceOf("web", "http")];
  const actions = [{ type: "apply" as const, at: 10 * SECOND, objects: [deployment("web", { replicas: 2, template: withPort("web") })] }];
  const harness = new Harness({ objects, start: "settled", actions }).runUntil(9 * SECOND);
  expect(endpointsAtLast(harness, 0)).toHaveLength(2);
  harness.runUntil(120 * SECOND);
  expect(endpointsAtLast(harness, 0)).toEqual([]);
});

test.each([
  ["stays in the slices until it is gone", newestVersions, 2],
  ["has left them in 1.20", versionsOfMinor(20), 1],
])("a terminating Pod %s", (_, versions, meanwhile) => {
  const objects = [deployment("web", { replicas: 2, template: withPort("http") }), serviceOf("web", "http")];
  const scale = { type: "scale" as const, at: 10 * SECOND, namespace: "default", kind: "Deployment" as const, name: "web", replicas: 1 };
  const harness = new Harness({ objects, start: "settled", actions: [scale], gone: 30 * SECOND, versions }).runUntil(20 * SECOND);
  const endpoints = (): number => [...harness.control.store.slices[0]!.values()].reduce((sum, { pods }) => sum + pods.length, 0);
  expect(endpoints()).toBe(meanwhile);
  harness.runUntil(100 * SECOND);
  expect(endpoints()).toBe(1);
});

test.each([
  ["are in the slices of a Service that publishes what isn't ready", true, 2],
  ["aren't in others", false, 1],
])("in 1.20 terminating Pods %s", (_, publishNotReadyAddresses, expected) => {
  const plain = serviceOf("web", "http");
  const published = { ...plain, spec: { ...plain.spec, publishNotReadyAddresses } };
  const objects = [deployment("web", { replicas: 2, template: withPort("http") }), published];
  const scale = { type: "scale" as const, at: 10 * SECOND, namespace: "default", kind: "Deployment" as const, name: "web", replicas: 1 };
  const harness = new Harness({ objects, start: "settled", actions: [scale], gone: 30 * SECOND, versions: versionsOfMinor(20) });
  harness.runUntil(20 * SECOND);
  expect([...harness.control.store.slices[0]!.values()].flatMap(({ pods }) => pods)).toHaveLength(expected);
  expect(harness.control.store.endpoints.get(0)!.ready).toHaveLength(expected);
});

/** One of three Pods, each on a node of its own, loses its Node object; then a fourth Pod asks for the slices anew. */
function slicesWithoutNode(
  kubernetesVersion: string,
  publishNotReadyAddresses: boolean,
): { readonly listed: number; readonly lost: boolean } {
  const spec = {
    kubernetesVersion,
    duration: "30s",
    nodes: [{ count: 3, capacity: { cpu: "1", memory: "2Gi", pods: 2 } }],
    applications: [{ selector: {}, image: { present: true }, startUp: "1s" }],
    actions: [
      { at: "10s", delete: { node: "node-1" } },
      { at: "12s", scale: { deployment: "web", replicas: 4 } },
    ],
  };
  const template = {
    metadata: { labels: { app: "web" } },
    spec: { containers: [{ name: "a", image: "a:v1", resources: { requests: { cpu: "600m" } } }] },
  };
  const shard = runCluster(
    clusterSpec(spec, [
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web" },
        spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: { selector: { app: "web" }, ports: [{ port: 80 }], publishNotReadyAddresses },
      },
    ]),
  );
  const { store } = shard.control!;
  const slices = [...store.slices[0]!.values()];
  return { listed: slices.flatMap(({ pods }) => pods).length, lost: slices.some(({ nodes }) => nodes.includes(1)) };
}

test.each([
  ["1.36", false, { listed: 2, lost: false }],
  ["1.36", true, { listed: 3, lost: true }],
  // Its slices stay as they were before.
  ["1.20", false, { listed: 3, lost: true }],
])("in %s (published unready: %s) a Pod whose Node object is gone", (version, published, expected) => {
  expect(slicesWithoutNode(version, published)).toEqual(expected);
});
