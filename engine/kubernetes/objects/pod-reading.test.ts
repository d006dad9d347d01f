import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../settings.ts";
import { Issues } from "../../values/issue.ts";
import { kinds } from "./index.ts";
import type { PodTemplate } from "./pod.ts";
import { defaultPullPolicy } from "./pod-defaulting.ts";
import type { WrittenContainer, WrittenPodSpec } from "./written.ts";

function admitted(spec: WrittenPodSpec, minor: number = 36): PodTemplate {
  const issues = new Issues();
  const pod = kinds.Pod.admit({ metadata: { name: "p", labels: { a: "b" } }, spec }, minor, issues, defaultSettings);
  expect(issues.list).toEqual([]);
  return pod.template;
}

const withContainer = (container: WrittenContainer): WrittenPodSpec => ({ containers: [{ name: "c", image: "i:1", ...container }] });
const firstOf = (template: PodTemplate): PodTemplate["spec"]["containers"][number] => {
  const [container] = template.spec.containers;
  if (container === undefined) throw new Error("no container");
  return container;
};

test.each([
  [-3, 1],
  [0, 0],
  [7, 7],
])("terminationGracePeriodSeconds %i counts as %i", (written, seconds) => {
  expect(admitted({ ...withContainer({}), terminationGracePeriodSeconds: written }).spec.terminationGracePeriodSeconds).toBe(seconds);
});

describe("defaults of a Pod", () => {
  test("fill in everything that the model reads", () => {
    expect(admitted({ containers: [{ name: "c", image: "i:1" }] })).toEqual({
      labels: { a: "b" },
      annotations: {},
      spec: {
        containers: [
          {
            name: "c",
            image: "i:1",
            command: [],
            args: [],
            workingDir: "",
            env: [],
            ports: [],
            resources: { requests: {}, limits: {} },
            imagePullPolicy: "IfNotPresent",
            livenessProbe: null,
            readinessProbe: null,
            startupProbe: null,
            postStart: null,
            preStop: null,
            restartPolicy: null,
          },
        ],
        initContainers: [],
        restartPolicy: "Always",
        terminationGracePeriodSeconds: 30,
        nodeName: "",
        nodeSelector: {},
        hostNetwork: false,
        priority: 0,
        overhead: {},
        activeDeadlineSeconds: null,
        tolerations: ["not-ready", "unreachable"].map((word) => ({
          key: `node.kubernetes.io/${word}`,
          operator: "Exists",
          value: "",
          effect: "NoExecute",
          tolerationSeconds: 300,
        })),
      },
    });
  });

  test.each([
    ["web", "Always"],
    ["web:latest", "Always"],
    ["web:v1", "IfNotPresent"],
    ["web@sha256:abc", "IfNotPresent"],
    ["web:latest@sha256:abc", "IfNotPresent"],
    ["localhost:5000/web", "Always"],
    ["localhost:5000/web:v1", "IfNotPresent"],
  ])("image %s is pulled %s", (image, policy) => {
    expect(defaultPullPolicy(image)).toBe(policy);
  });

  test("a probe's zeros mean its defaults, but not those of its delay", () => {
    const { livenessProbe } = firstOf(
      admitted(
        withContainer({
          livenessProbe: {
            tcpSocket: { port: 80 },
            periodSeconds: 0,
            timeoutSeconds: 0,
            failureThreshold: 0,
            successThreshold: 0,
            initialDelaySeconds: 0,
          },
        }),
      ),
    );
    expect(livenessProbe).toEqual({
      handler: { type: "tcpSocket", port: 80, host: "" },
      periodSeconds: 10,
      timeoutSeconds: 1,
      failureThreshold: 3,
      successThreshold: 1,
      initialDelaySeconds: 0,
      terminationGracePeriodSeconds: null,
    });
  });

  test.each<[string, WrittenContainer, object]>([
    [
      "httpGet",
      { readinessProbe: { httpGet: { port: "http", httpHeaders: [{ name: "Host", value: "x" }] } } },
      {
        readinessProbe: {
          handler: { type: "httpGet", path: "/", port: "http", host: "", scheme: "HTTP", httpHeaders: [{ name: "Host", value: "x" }] },
        },
      },
    ],
    ["grpc", { startupProbe: { grpc: { port: 5 } } }, { startupProbe: { handler: { type: "grpc", port: 5, service: "" } } }],
    ["exec", { livenessProbe: { exec: { command: ["a"] } } }, { livenessProbe: { handler: { type: "exec", command: ["a"] } } }],
    [
      "hooks",
      { lifecycle: { postStart: { httpGet: { port: 1 } }, preStop: { sleep: { seconds: 15 } } } },
      { postStart: { type: "httpGet", path: "/", scheme: "HTTP" }, preStop: { type: "sleep", seconds: 15 } },
    ],
    [
      "a request is its limit",
      { resources: { limits: { cpu: "500m", memory: "1Gi" }, requests: { cpu: 0.25 } } },
      { resources: { limits: { cpu: 500, memory: 1_073_741_824 }, requests: { cpu: 250, memory: 1_073_741_824 } } },
    ],
    [
      "other resources",
      { resources: { limits: { "example.com/gpu": 2, "ephemeral-storage": "1Gi" } } },
      { resources: { limits: { other: { "example.com/gpu": 2 } }, requests: { other: { "example.com/gpu": 2 } } } },
    ],
    [
      "env",
      {
        env: [
          { name: "A" },
          { name: "B", value: "b" },
          { name: "C", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
          { name: "D", valueFrom: { secretKeyRef: {} } },
        ],
      },
      {
        env: [
          { name: "A", value: "", fieldPath: null },
          { name: "B", value: "b", fieldPath: null },
          { name: "C", value: null, fieldPath: "status.podIP" },
          { name: "D", value: null, fieldPath: null },
        ],
      },
    ],
    [
      "ports",
      { ports: [{ containerPort: 80 }, { containerPort: 53, protocol: "UDP", name: "dns" }] },
      {
        ports: [
          { name: "", containerPort: 80, protocol: "TCP", hostPort: null },
          { name: "dns", containerPort: 53, protocol: "UDP", hostPort: null },
        ],
      },
    ],
  ])("%s", (_name, written, expected) => {
    expect(firstOf(admitted(withContainer(written)))).toMatchObject(expected);
  });

  test("on the host's network, a port is the host's port", () => {
    const { spec } = admitted({ ...withContainer({ ports: [{ containerPort: 80 }] }), hostNetwork: true });
    expect(spec.containers[0]?.ports[0]?.hostPort).toBe(80);
  });

  test.each([
    [
      "one's own toleration of unreachable nodes stays alone",
      [{ key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }],
      ["node.kubernetes.io/unreachable:5", "node.kubernetes.io/not-ready:300"],
    ],
    ["tolerating everything needs no more", [{ operator: "Exists" }], [":null"]],
    [
      "another effect doesn't count",
      [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoSchedule" }],
      ["node.kubernetes.io/not-ready:null", "node.kubernetes.io/not-ready:300", "node.kubernetes.io/unreachable:300"],
    ],
  ])("%s", (_name, tolerations, expected) => {
    const { spec } = admitted({ ...withContainer({}), tolerations });
    expect(spec.tolerations.map(({ key, tolerationSeconds }) => `${key}:${tolerationSeconds}`)).toEqual(expected);
  });

  test("a sidecar may have probes and hooks", () => {
    const { spec } = admitted({
      ...withContainer({}),
      initContainers: [
        {
          name: "s",
          image: "s:1",
          restartPolicy: "Always",
          readinessProbe: { exec: { command: ["a"] } },
          lifecycle: { preStop: { exec: { command: ["b"] } } },
        },
      ],
    });
    expect(spec.initContainers[0]).toMatchObject({
      restartPolicy: "Always",
      readinessProbe: { handler: { type: "exec" } },
      preStop: { type: "exec" },
    });
  });

  test("the two classes that every cluster has give a priority", () => {
    expect(admitted({ ...withContainer({}), priorityClassName: "system-node-critical" }).spec.priority).toBe(2_000_001_000);
    expect(admitted({ ...withContainer({}), priorityClassName: "mine", priority: 7 }).spec.priority).toBe(7);
  });
});
