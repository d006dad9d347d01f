/** Columns, STATUS words and ages to the letter. */
import { describe, expect, test } from "vitest";
import type { ApiContainerState, ApiContainerStatus, ApiObject, ApiPod } from "../../engine/kubernetes/views/api-object.ts";
import { samplePod, sampleSnapshot } from "../testdata/sample-snapshot.ts";
import { humanDuration } from "./human-duration.ts";
import { findKind, type Plural } from "./kinds.ts";
import { podRow } from "./pod-row.ts";
import { formatSelector, matchesLabels, parseSelector } from "./selector.ts";
import { formatTable } from "./tables.ts";
import { alignedColumns } from "./tab-writer.ts";

const SECOND = 1_000_000;

describe("ages", () => {
  test.each([
    [-2, "<invalid>"],
    [-1, "0s"],
    [0, "0s"],
    [108, "108s"],
    [119, "119s"],
    [120, "2m"],
    [133, "2m13s"],
    [599, "9m59s"],
    [600, "10m"],
    [10_799, "179m"],
    [10_800, "3h"],
    [25_500, "7h5m"],
    [28_800, "8h"],
    [172_799, "47h"],
    [176_400, "2d1h"],
    [691_200, "8d"],
    [63_072_000, "2y"],
    [63_158_400, "2y1d"],
    [252_288_000, "8y"],
  ])("%i s is %s", (seconds, text) => {
    expect(humanDuration(seconds * SECOND)).toBe(text);
  });
});

describe("columns", () => {
  test("a column is a block of neighbouring lines; the last cell has none", () => {
    expect(alignedColumns("a\tb\nlong cell\tc\nalone\nx\ty\n", 0, 2)).toBe("a          b\nlong cell  c\nalone\nx  y\n");
  });

  test("are at least as wide as asked for", () => {
    expect(alignedColumns("a\tb\n", 6, 3)).toBe("a     b\n");
  });
});

const waiting = (reason: string): ApiContainerState => ({ waiting: { reason } });
const running: ApiContainerState = { running: { startedAt: "2000-01-01T00:00:00Z" } };
const ended = (reason: string, exitCode: number): ApiContainerState => ({
  terminated: { reason, exitCode, startedAt: "2000-01-01T00:00:00Z", finishedAt: "2000-01-01T00:01:36Z" },
});

interface Shape {
  readonly init?: readonly (ApiContainerState | "sidecar")[];
  readonly main?: readonly ApiContainerState[];
  readonly phase?: string;
  readonly reason?: string;
  readonly deleting?: boolean;
  readonly ready?: boolean;
}

function podOf({ init = [], main = [running], phase = "Running", reason, deleting = false, ready = true }: Shape): ApiPod {
  const [container] = samplePod.spec.containers;
  const [status] = samplePod.status.containerStatuses!;
  const statusOf = (name: string, state: ApiContainerState): ApiContainerStatus => ({
    ...status!,
    name,
    state,
    ready: state.running !== undefined,
    started: state.running !== undefined,
    restartCount: 0,
    lastState: {},
  });
  return {
    ...samplePod,
    metadata: { ...samplePod.metadata, ...(deleting ? { deletionTimestamp: "2000-01-01T00:01:40Z" } : {}) },
    spec: {
      ...samplePod.spec,
      initContainers: init.map((state, index) => ({
        ...container!,
        name: `init-${index}`,
        ...(state === "sidecar" ? { restartPolicy: "Always" } : {}),
      })),
      containers: main.map((_, index) => ({ ...container!, name: `main-${index}` })),
    },
    status: {
      ...samplePod.status,
      phase,
      ...(reason === undefined ? {} : { reason }),
      conditions: [
        { type: "Initialized", status: init.length === 0 ? "True" : "False", lastTransitionTime: "2000-01-01T00:00:00Z" },
        { type: "Ready", status: ready ? "True" : "False", lastTransitionTime: "2000-01-01T00:00:00Z" },
      ],
      initContainerStatuses: init.map((state, index) => statusOf(`init-${index}`, state === "sidecar" ? running : state)),
      containerStatuses: main.map((state, index) => statusOf(`main-${index}`, state)),
    },
  };
}

describe("STATUS and READY of a Pod", () => {
  test.each<[string, string, Shape]>([
    ["Running", "1/1", {}],
    ["Pending", "0/1", { phase: "Pending", main: [{}] }],
    ["ContainerCreating", "0/1", { phase: "Pending", main: [waiting("ContainerCreating")] }],
    ["CrashLoopBackOff", "1/2", { main: [waiting("CrashLoopBackOff"), running] }],
    ["ImagePullBackOff", "1/2", { main: [running, waiting("ImagePullBackOff")] }],
    ["OOMKilled", "0/1", { main: [ended("OOMKilled", 137)] }],
    ["Completed", "0/1", { phase: "Succeeded", main: [ended("Completed", 0)] }],
    ["Running", "1/2", { main: [running, ended("Completed", 0)] }],
    ["NotReady", "1/2", { main: [running, ended("Completed", 0)], ready: false }],
    ["Error", "0/2", { phase: "Failed", main: [ended("Completed", 0), ended("Error", 7)] }],
    ["Error", "1/3", { main: [ended("Completed", 0), ended("Error", 7), running], ready: false }],
    ["OOMKilled", "0/3", { phase: "Failed", main: [ended("Completed", 0), ended("OOMKilled", 137), ended("Error", 7)] }],
    ["Init:0/2", "0/1", { phase: "Pending", init: [running, waiting("PodInitializing")], main: [waiting("PodInitializing")] }],
    ["Init:1/2", "0/1", { phase: "Pending", init: [ended("Completed", 0), running], main: [waiting("PodInitializing")] }],
    ["Init:Error", "0/1", { phase: "Pending", init: [ended("Error", 1)], main: [waiting("PodInitializing")] }],
    ["Init:CrashLoopBackOff", "0/1", { phase: "Pending", init: [waiting("CrashLoopBackOff")], main: [waiting("PodInitializing")] }],
    ["PodInitializing", "1/2", { phase: "Pending", init: ["sidecar"], main: [waiting("PodInitializing")] }],
    ["Evicted", "0/1", { phase: "Failed", reason: "Evicted", main: [{}] }],
    ["Terminating", "1/1", { deleting: true }],
    ["Unknown", "1/1", { deleting: true, reason: "NodeLost" }],
    ["Completed", "0/1", { deleting: true, phase: "Succeeded", main: [ended("Completed", 0)] }],
  ])("%s %s", (status, ready, shape) => {
    expect(podRow(podOf(shape), 108 * SECOND, sampleSnapshot.printing)).toMatchObject({ status, ready });
  });

  const older = {
    ...sampleSnapshot.printing,
    autoscalersNameMetrics: false,
    restartsTellWhen: false,
    endedPodsStayEnded: false,
    failuresOutrankCompleted: false,
  };

  test("an older API server prints the number of restarts alone, and Terminating of ended Pods", () => {
    expect(podRow(samplePod, 108 * SECOND, sampleSnapshot.printing).restarts).toBe("4 (12s ago)");
    expect(podRow(samplePod, 108 * SECOND, older).restarts).toBe("4");
    const deleted = podOf({ deleting: true, phase: "Succeeded", main: [ended("Completed", 0)] });
    expect(podRow(deleted, 108 * SECOND, older).status).toBe("Terminating");
  });

  test("an older API server prints the first container's Completed, whatever the others came to", () => {
    const main = [ended("Completed", 0), ended("Error", 7)];
    expect(podRow(podOf({ main, phase: "Failed" }), 108 * SECOND, older).status).toBe("Completed");
    expect(podRow(podOf({ main: [...main, running], ready: false }), 108 * SECOND, older).status).toBe("NotReady");
  });
});

describe("TARGETS of an autoscaler", () => {
  test("name their metric, and what isn't measured is unknown", () => {
    expect(table("horizontalpodautoscalers")).toBe(
      "NAME   REFERENCE         TARGETS                                 MINPODS   MAXPODS   REPLICAS   AGE\n" +
        "shop   Deployment/shop   cpu: 63%/80%, memory: <unknown>/256Mi   2         10        3          108s\n",
    );
  });

  test("an older API server doesn't name it", () => {
    const printing = { ...sampleSnapshot.printing, autoscalersNameMetrics: false };
    const options = { isWide: false, hasNamespaces: false, hasKinds: false };
    const items = sampleSnapshot.horizontalpodautoscalers;
    expect(formatTable(findKind("hpa")!, items, { ...sampleSnapshot, printing }, options)).toContain("63%/80%, <unknown>/256Mi");
  });
});

function table(plural: Plural, options = {}): string {
  const items: readonly ApiObject[] = sampleSnapshot[plural];
  return formatTable(findKind(plural)!, items, sampleSnapshot, { isWide: false, hasNamespaces: false, hasKinds: false, ...options });
}

describe("tables", () => {
  test.each<[string, string]>([
    ["pods", "NAME     READY   STATUS    RESTARTS      AGE\nweb-db   2/2     Running   4 (12s ago)   108s\n"],
    ["nodes", "NAME     STATUS                     ROLES    AGE   VERSION\nnode-0   Ready,SchedulingDisabled   worker   24h   v1.36.0\n"],
    ["deployments", "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\nshop   2/3     3            2           108s\n"],
    [
      "services",
      "NAME   TYPE       CLUSTER-IP   EXTERNAL-IP   PORT(S)                AGE\nshop   NodePort   10.96.0.10   <none>        80:30080/TCP,443/TCP   108s\n",
    ],
    [
      "events",
      `LAST SEEN   TYPE      REASON      OBJECT       MESSAGE
12s         Normal    Killing     pod/web-db   Container web failed liveness probe, will be restarted
107s        Normal    Scheduled   pod/web-db   Successfully assigned default/web-db to node-0
22s         Warning   Unhealthy   pod/web-db   Liveness probe failed: HTTP probe failed with statuscode: 500
`,
    ],
  ])("%s", (plural, text) => {
    expect(table(plural as Plural)).toBe(text);
  });

  test("wide ones have more columns, those of all namespaces begin with theirs", () => {
    expect(table("deployments", { isWide: true, hasNamespaces: true })).toBe(
      "NAMESPACE   NAME   READY   UP-TO-DATE   AVAILABLE   AGE    CONTAINERS   IMAGES    SELECTOR\n" +
        "default     shop   2/3     3            2           108s   shop         shop:v1   app=shop,tier in (a,b)\n",
    );
    expect(table("events", { isWide: true })).toContain("spec.containers{web}   kubelet, node-0");
    expect(table("nodes", { isWide: true, hasNamespaces: true })).toMatch(/^NAME /);
  });

  test("of several kinds, names carry theirs", () => {
    expect(table("deployments", { hasKinds: true })).toContain("deployment.apps/shop ");
  });

  test("kinds have all their names", () => {
    expect(["po", "Pods", "deployment.apps", "deploy", "ep", "svc", "no", "ns", "rs", "ev"].map((word) => findKind(word)?.plural)).toEqual([
      "pods",
      "pods",
      "deployments",
      "deployments",
      "endpoints",
      "services",
      "nodes",
      "namespaces",
      "replicasets",
      "events",
    ]);
    expect(findKind("podz")).toBeNull();
  });
});

describe("label selectors", () => {
  const labels = { app: "web", tier: "front" };

  test.each([
    ["app=web", true],
    ["app==web,tier!=back", true],
    ["app in (web, api),tier notin (back)", true],
    ["app,!canary", true],
    ["!app", false],
    ["app=api", false],
    ["canary!=yes", true],
  ])("%s", (text, isMatch) => {
    expect(matchesLabels(parseSelector(text)!, labels)).toBe(isMatch);
  });

  test.each(["", "=web", "app=web,,", "app in web", "app=a b"])("%j is none", (text) => {
    expect(parseSelector(text)).toBeNull();
  });

  test("are written back by key", () => {
    expect(formatSelector({ matchLabels: { b: "2", a: "1" }, matchExpressions: [{ key: "c", operator: "DoesNotExist" }] })).toBe(
      "a=1,b=2,!c",
    );
    expect(formatSelector({})).toBe("<none>");
  });
});
