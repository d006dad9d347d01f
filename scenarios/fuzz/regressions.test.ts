/** Cases that broke a rule once, as they were shrunk: none may break any again. */
import { expect, test } from "vitest";
import { checkCase } from "../../workers/fuzz/check-case.ts";
import type { FuzzCase, PlainDocument } from "./fuzz-case.ts";

const scenario = (spec: object): PlainDocument => ({
  apiVersion: "podstorm.dev/v1alpha1",
  kind: "Scenario",
  spec: { duration: "60s", ...spec },
});
const container = { name: "main", image: "web:v1" };

function deployment(name: string, pod: object, fields: object = {}): PlainDocument {
  const template = { metadata: { labels: { app: name } }, spec: { containers: [container], ...pod } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, template, ...fields },
  };
}

function service(name: string, fields: object = {}): PlainDocument {
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 80 }], ...fields } };
}

const cases: readonly (readonly [string, FuzzCase])[] = [
  [
    "Pods with scheduling gates were settled",
    { scenario: scenario({}), manifests: [deployment("w0", { schedulingGates: [{ name: "example.com/wait" }] })] },
  ],
  [
    "Pods were settled whose probe asks a port that nobody declares",
    {
      scenario: scenario({}),
      manifests: [deployment("w0", { containers: [{ ...container, startupProbe: { httpGet: { port: "http" }, failureThreshold: 30 } }] })],
    },
  ],
  [
    "Pods were settled whose PriorityClass nobody has made, which admission refuses",
    { scenario: scenario({}), manifests: [deployment("w0", { priorityClassName: "high" })] },
  ],
  [
    "a kubelet sent a status again after another change of the Pod, on a shard other than the API server's",
    {
      scenario: scenario({
        seed: 0,
        duration: "6s",
        nodes: [{ count: 2 }],
        actions: [
          { at: "2s", label: { pod: "w1", labels: ["app=stray"], overwrite: true } },
          { at: "0s", setCondition: { selector: {}, type: "example.com/gate", status: "Unknown" } },
        ],
      }),
      manifests: [
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "w1", labels: { app: "w1" } },
          spec: { readinessGates: [{ conditionType: "example.com/gate" }], containers: [container] },
        },
        service("w1"),
      ],
    },
  ],
  [
    "a rollout's controller didn't know yet of the ReplicaSet that it had made for the template before, and asked for more than its surge",
    {
      scenario: scenario({
        seed: 1000,
        nodes: [{ count: 2 }],
        applications: [{ startUp: "3s", exit: { after: "6s" } }],
        actions: [
          { at: "55s", restart: { deployment: "w0" } },
          { at: "55s", setEnv: { deployment: "w0", env: "LEVEL=1" } },
        ],
      }),
      manifests: [
        deployment(
          "w0",
          {
            containers: [
              {
                ...container,
                readinessProbe: { grpc: { port: 8080 }, periodSeconds: 3, successThreshold: 2 },
                startupProbe: { tcpSocket: { port: 8080 }, periodSeconds: 3 },
              },
            ],
          },
          { replicas: 2 },
        ),
        service("w0"),
      ],
    },
  ],
  [
    "a request on a kept connection found no endpoint on its node, and was lost without a cause",
    {
      scenario: scenario({
        nodes: [{ count: 2 }],
        load: [{ target: "service/w0", rate: "1/s", retries: { max: 3 }, connections: { kind: "keep-alive" } }],
      }),
      manifests: [deployment("w0", {}), service("w0", { internalTrafficPolicy: "Local" })],
    },
  ],
  [
    "packets of a Pod whose container never began were lost, and the clients that timed out had no cause",
    {
      scenario: scenario({
        nodes: [{ count: 1 }],
        applications: [{ image: { present: false, pull: "fails" }, memory: { growth: "1Mi/s" } }],
        load: [{ target: "service/w0", executor: "constant-vus", vus: 4, thinkTime: "500ms", timeout: "2s" }],
        faults: [{ at: "10s", type: "network-loss", selector: { deployment: "w0" }, duration: "40s", rate: 0.6 }],
      }),
      manifests: [deployment("w0", {}), service("w0", { publishNotReadyAddresses: true })],
    },
  ],
  [
    "Pods that their manifest assigns to a full node were taken for Pods of no node, for another cause on two shards",
    {
      scenario: scenario({}),
      manifests: [
        {
          ...deployment(
            "w0",
            { nodeName: "node-0", hostNetwork: true, containers: [{ ...container, ports: [{ containerPort: 8080 }] }] },
            { replicas: 2 },
          ),
          kind: "ReplicaSet",
        },
        deployment("w0", { containers: [{ ...container, readinessProbe: { exec: { command: ["true"] }, periodSeconds: 1 } }] }),
      ],
    },
  ],
  [
    "a kubelet that came while a sandbox was being stopped started a container in it",
    {
      scenario: scenario({
        seed: 0,
        duration: "10s",
        nodes: [{ count: 1, capacity: { memory: "1Gi" } }],
        applications: [{ selector: { labels: { app: "w0" } }, memory: { spike: { at: "2s", size: "1Gi" } } }, { exit: { after: "8s" } }],
        faults: [
          { at: "2s", type: "node-freeze", duration: "7s" },
          { at: "2s", type: "kubelet-restart" },
        ],
      }),
      manifests: [
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "w0", labels: { app: "w0" } },
          spec: { priorityClassName: "high", containers: [container] },
        },
        { apiVersion: "v1", kind: "Pod", metadata: { name: "w1" }, spec: { containers: [container] } },
        { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "high" }, value: 1 },
      ],
    },
  ],
  [
    "an apply lost what the file says of local storage",
    {
      scenario: scenario({ actions: [{ at: "1s", apply: "more.yaml" }] }),
      manifests: [deployment("w0", {})],
      files: {
        "more.yaml": [
          deployment("w0", { containers: [{ ...container, resources: { limits: { memory: "1Gi", "ephemeral-storage": "1Gi" } } }] }),
        ],
      },
    },
  ],
];

test.each(cases)("%s", async (_, found) => {
  const { failure } = await checkCase(
    { found, laws: ["two shards", "at rest"] },
    { isCoverageWanted: false, maximize: null, eventsMax: 1_000_000 },
  );
  expect(failure).toBeNull();
});
