import { expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { Harness, container, deployment, podSpec, service, template } from "../control-plane.exam.ts";
import type { PodTemplate } from "../objects/pod.ts";
import type { Service } from "../objects/service.ts";
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
