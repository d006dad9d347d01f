import { describe, expect, test } from "vitest";
import { testContainer, testTemplate } from "../kubelet/test-node.ts";
import type { ContainerPort } from "./pod.ts";
import { readService, type Service } from "./service.ts";
import { containerOfPort, hasEndpointPort } from "./service-port.ts";

const port = (name: string, containerPort: number, protocol: ContainerPort["protocol"] = "TCP"): ContainerPort => ({
  name,
  containerPort,
  protocol,
  hostPort: null,
});
const template = testTemplate(
  [
    testContainer("app", { ports: [port("http", 8080)] }),
    testContainer("metrics", { ports: [port("metrics", 9090), port("dns", 53, "UDP")] }),
  ],
  {
    initContainers: [
      testContainer("setup", { ports: [port("setup", 7000)] }),
      testContainer("proxy", { ports: [port("proxy", 15001), port("http", 15002)], restartPolicy: "Always" }),
    ],
  },
);

describe("the container behind a Service's port", () => {
  test.each([
    ["the one that declares the number", 9090, "TCP", 3],
    ["the one that declares the name", "metrics", "TCP", 3],
    ["a regular one rather than a sidecar", "http", "TCP", 2],
    ["a sidecar that declares the name", "proxy", "TCP", 1],
    ["none for a name of an init container, which is gone by then", "setup", "TCP", -1],
    ["none for a name that nobody declares", "nope", "TCP", -1],
    ["none for a name of another protocol", "dns", "TCP", -1],
    ["the one with the protocol", "dns", "UDP", 3],
    ["the first regular one for a number that nobody declares", 9999, "TCP", 2],
  ] as const)("is %s", (_, targetPort, protocol, index) => {
    expect(containerOfPort(template, { name: "", port: 80, targetPort, protocol })).toBe(index);
  });
});

describe("a Pod is an endpoint", () => {
  const service = (...targetPorts: (string | number)[]): Service =>
    readService({
      metadata: { name: "web" },
      spec: { ports: targetPorts.map((targetPort, index) => ({ name: `p${index}`, port: 80 + index, targetPort })) },
    });

  test.each([
    ["if it has one of the ports", service("nope", "http"), true],
    ["not if all ports are names that it doesn't have", service("nope", "neither"), false],
    ["of a headless Service without ports", service(), true],
  ])("%s", (_, of, expected) => {
    expect(hasEndpointPort(template, of)).toBe(expected);
  });
});
