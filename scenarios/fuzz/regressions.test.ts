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
    "Pods were settled whose own postStart hook asks them before they answer",
    {
      scenario: scenario({}),
      manifests: [deployment("w0", { containers: [{ ...container, lifecycle: { postStart: { httpGet: { port: 8080 } } } }] })],
    },
  ],
  [
    "a request that a CPU limit made late after it had come was lost without a cause",
    {
      scenario: scenario({
        seed: 0,
        duration: "30s",
        load: [
          {
            target: "service/w0",
            executor: "ramping-arrival-rate",
            stages: [
              { duration: "0s", target: "0/s" },
              { duration: "20s", target: "20/s" },
            ],
            connections: { kind: "keep-alive" },
          },
        ],
        faults: [{ at: "0s", type: "slow-service", slowdown: 30 }],
      }),
      manifests: [
        { apiVersion: "v1", kind: "Pod", metadata: { name: "w0", labels: { app: "w0" } }, spec: { containers: [container] } },
        service("w0"),
        { apiVersion: "v1", kind: "LimitRange", metadata: { name: "rule" }, spec: { limits: [{ type: "Container", max: { cpu: "1" } }] } },
      ],
    },
  ],
  [
    "a rollout's step went by a status from before its Deployment had become smaller, as a cluster's does",
    {
      scenario: scenario({
        seed: 20,
        duration: "40s",
        nodes: [{ count: 4, zone: "b" }, { count: 1 }],
        actions: [
          { at: "13s", scale: { deployment: "n712450", replicas: 6 } },
          { at: "13s", setEnv: { deployment: "n712450", env: ["A=1"] } },
        ],
        faults: [
          { at: "0s", type: "slow-probe", latency: "500ms" },
          { at: "10s", type: "slow-probe", latency: "500ms" },
        ],
      }),
      manifests: [
        deployment(
          "n712450",
          {
            initContainers: [{ name: "init0", image: "init:v1" }],
            containers: [{ ...container, readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 } }],
          },
          { replicas: 2, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
        ),
        service("n712450"),
        {
          apiVersion: "autoscaling/v2",
          kind: "HorizontalPodAutoscaler",
          metadata: { name: "n712450-rule0" },
          spec: { scaleTargetRef: { kind: "Deployment", name: "n712450" }, maxReplicas: 3 },
        },
      ],
    },
  ],
  [
    "a node that stood still made up for an eviction a microsecond sooner than its pass",
    {
      scenario: scenario({
        duration: "40s",
        nodes: [
          {
            count: 1,
            namePrefix: "other",
            capacity: { memory: "1Gi" },
            kubelet: { evictionSoft: { "memory.available": "1Gi" }, evictionSoftGracePeriod: { "memory.available": "1s" } },
          },
        ],
        faults: [{ at: "20s", type: "node-freeze", duration: "10s" }],
      }),
      manifests: [{ ...deployment("w2", {}), kind: "DaemonSet" }],
    },
  ],
  [
    "1.20 changed no slices of a Service after the node of one of its Pods had been taken away, as a cluster's does",
    {
      scenario: scenario({
        duration: "80s",
        kubernetesVersion: "1.20",
        seed: 168_066,
        nodes: [{ count: 5, autoscaling: { min: 0, max: 5, unneededTime: "0s" } }],
      }),
      manifests: [
        {
          ...deployment("w1", { tolerations: [{ operator: "Exists" }] }, { replicas: 4 }),
          kind: "StatefulSet",
        },
        service("w1"),
        {
          apiVersion: "batch/v1",
          kind: "Job",
          metadata: { name: "n754087" },
          spec: { parallelism: 2, template: { spec: { restartPolicy: "Never", containers: [container] } } },
        },
      ],
    },
  ],
  [
    "of two containers that a restarted kubelet found, one was called unready first, as a cluster's kubelet does",
    {
      scenario: scenario({
        duration: "30s",
        seed: 40,
        applications: [{ crash: { rate: "6/m" } }],
        faults: [{ at: "20500ms", type: "kubelet-restart", duration: "2s" }],
      }),
      manifests: [
        {
          apiVersion: "v1",
          kind: "ReplicationController",
          metadata: { name: "w0" },
          spec: {
            template: {
              metadata: { labels: { tier: "any" } },
              spec: {
                containers: [
                  {
                    ...container,
                    readinessProbe: { tcpSocket: { port: 8080 } },
                    restartPolicy: "Never",
                    restartPolicyRules: [{ action: "RestartAllContainers", exitCodes: { operator: "NotIn" } }],
                  },
                  { name: "side1", image: "side:v1", readinessProbe: { tcpSocket: { port: 8080 } } },
                ],
              },
            },
          },
        },
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
