/** `describe` to the letter, as kubectl writes it into a pipe. */
import { describe, expect, test } from "vitest";
import { samplePod, sampleSnapshot } from "../testdata/sample-snapshot.ts";
import { describeDeployment, describeNode, describePod } from "./describe.ts";
import { probeText } from "./describe-containers.ts";

const times = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

describe("a probe's line", () => {
  test.each([
    [{ httpGet: { path: "/healthz", port: 8080, scheme: "HTTP" } }, "http-get http://:8080/healthz"],
    [{ httpGet: { path: "live", port: "https", scheme: "HTTPS", host: "example.com" } }, "http-get https://example.com:https/live"],
    [{ tcpSocket: { port: 5432 } }, "tcp-socket :5432"],
    [{ grpc: { port: 9000, service: "shop" } }, "grpc <pod>:9000 shop"],
    [{ exec: { command: ["cat", "/tmp/healthy"] } }, "exec [cat /tmp/healthy]"],
  ])("%j", (handler, text) => {
    expect(probeText({ ...times, ...handler })).toBe(`${text} delay=0s timeout=1s period=10s #success=1 #failure=3`);
  });
});

test("a Pod", () => {
  expect(describePod(samplePod, sampleSnapshot)).toBe(`Name:         web-db
Namespace:    default
Priority:     0
Node:         node-0/172.18.0.2
Start Time:   Sat, 01 Jan 2000 00:00:00 +0000
Labels:       app=web
              tier=front
Annotations:  <none>
Status:       Running
IP:           10.64.0.1
IPs:
  IP:  10.64.0.1
Containers:
  web:
    Container ID:  containerd://2
    Image:         web:v1
    Image ID:      web:v1
    Port:          8080/TCP
    Host Port:     0/TCP
    Command:
      serve
      --port=8080
    State:          Running
      Started:      Sat, 01 Jan 2000 00:01:36 +0000
    Last State:     Terminated
      Reason:       Error
      Exit Code:    143
      Started:      Sat, 01 Jan 2000 00:01:00 +0000
      Finished:     Sat, 01 Jan 2000 00:01:36 +0000
    Ready:          True
    Restart Count:  4
    Liveness:       http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3
    Environment:
      MODE:  fast
      IP:    10.64.0.1 (v1:status.podIP)
    Mounts:  <none>
  db:
    Container ID:   containerd://1
    Image:          db:v1
    Image ID:       db:v1
    Port:           <none>
    Host Port:      <none>
    State:          Running
      Started:      Sat, 01 Jan 2000 00:00:00 +0000
    Ready:          True
    Restart Count:  0
    Limits:
      memory:  256Mi
    Requests:
      cpu:        250m
      memory:     256Mi
    Environment:  <none>
    Mounts:       <none>
Conditions:
  Type           Status
  Initialized    True 
  Ready          True 
Volumes:         <none>
QoS Class:       Burstable
Node-Selectors:  <none>
Tolerations:     node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
                 node.kubernetes.io/unreachable:NoExecute op=Exists for 300s
Events:
  Type     Reason     Age                 From               Message
  ----     ------     ----                ----               -------
  Normal   Scheduled  107s                default-scheduler  Successfully assigned default/web-db to node-0
  Warning  Unhealthy  22s                 kubelet            Liveness probe failed: HTTP probe failed with statuscode: 500
  Normal   Killing    12s (x4 over 108s)  kubelet            Container web failed liveness probe, will be restarted
`);
});

test("a Pod that is being deleted says how long it has", () => {
  const deleted = {
    ...samplePod,
    metadata: { ...samplePod.metadata, deletionTimestamp: "2000-01-01T00:01:33Z", deletionGracePeriodSeconds: 30 },
  };
  const text = describePod(deleted, sampleSnapshot);
  expect(text).toMatch(/^Status: +Terminating \(lasts 15s\)$/m);
  expect(text).toMatch(/^Termination Grace Period: +30s$/m);
});

test("a Deployment", () => {
  expect(describeDeployment(sampleSnapshot.deployments[0]!, sampleSnapshot)).toBe(`Name:                   shop
Namespace:              default
CreationTimestamp:      Sat, 01 Jan 2000 00:00:00 +0000
Labels:                 <none>
Annotations:            deployment.kubernetes.io/revision: 1
Selector:               app=shop,tier in (a,b)
Replicas:               3 desired | 3 updated | 3 total | 2 available | 1 unavailable
StrategyType:           RollingUpdate
MinReadySeconds:        0
RollingUpdateStrategy:  1 max unavailable, 25% max surge
Pod Template:
  Labels:  app=shop
  Containers:
   shop:
    Image:         shop:v1
    Port:          <none>
    Host Port:     <none>
    Environment:   <none>
    Mounts:        <none>
  Volumes:         <none>
  Node-Selectors:  <none>
  Tolerations:     <none>
Conditions:
  Type        Status  Reason
  ----        ------  ------
  Available   True    MinimumReplicasAvailable
Events:       <none>
`);
});

test("a Node, with what runs there", () => {
  const text = describeNode(sampleSnapshot.nodes[0]!, sampleSnapshot);
  expect(text).toMatch(/^Roles: +worker$/m);
  expect(text).toMatch(/^Taints: +node\.kubernetes\.io\/unschedulable:NoSchedule$/m);
  expect(text).toMatch(/^ {2}RenewTime: +Sat, 01 Jan 2000 00:01:40 \+0000$/m);
  expect(text).toMatch(/^Non-terminated Pods: +\(1 in total\)$/m);
  expect(text).toMatch(/^ {2}default +web-db +250m \(6%\) +0 \(0%\) +256Mi \(3%\) +256Mi \(3%\) +108s$/m);
  expect(text).toMatch(/^ {2}cpu +250m \(6%\) +0 \(0%\)$/m);
});

describe("sections that only some Pods have", () => {
  const described = describePod(
    {
      ...samplePod,
      spec: {
        ...samplePod.spec,
        serviceAccountName: "default",
        readinessGates: [{ conditionType: "example.com/ready" }, { conditionType: "example.com/other" }],
        ephemeralContainers: [{ name: "debugger", image: "busybox:1.36", imagePullPolicy: "IfNotPresent", resources: {} }],
      },
      status: {
        ...samplePod.status,
        conditions: [{ type: "example.com/ready", status: "True", lastTransitionTime: "2000-01-01T00:00:00Z" }],
        ephemeralContainerStatuses: [
          {
            name: "debugger",
            image: "busybox:1.36",
            imageID: "",
            ready: false,
            restartCount: 0,
            state: { terminated: { reason: "ContainerStatusUnknown", message: "lost", exitCode: 137, startedAt: null, finishedAt: null } },
            lastState: {},
          },
        ],
      },
    },
    sampleSnapshot,
  );

  test("Service Account stands between Priority and Node", () => {
    expect(described).toContain("Priority:         0\nService Account:  default\nNode:             node-0/172.18.0.2\n");
  });

  test("Ephemeral Containers come after the others, gates before the conditions", () => {
    expect(described.match(/^(Containers|Ephemeral Containers|Readiness Gates|Conditions):/gm)).toEqual([
      "Containers:",
      "Ephemeral Containers:",
      "Readiness Gates:",
      "Conditions:",
    ]);
    expect(described).toMatch(/Ephemeral Containers:\n {2}debugger:\n(?: {4}.*\n)*? {4}Image: +busybox:1\.36\n/);
  });

  test("an instant that nobody knows is Go's zero time", () => {
    expect(described).toMatch(/ {6}Started: +Mon, 01 Jan 0001 00:00:00 \+0000\n/);
  });

  test("a gate whose condition nobody has set is <none>", () => {
    expect(described).toMatch(/Readiness Gates:\n {2}Type +Status\n {2}example\.com\/ready +True \n {2}example\.com\/other +<none> \n/);
  });
});
