/** `get`, `describe` and `logs` on a finished run: its folder is enough, whatever became of the scenario. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadScenario } from "../../scenarios/load.ts";
import { runHere } from "../../workers/run.ts";
import { ExitCode } from "../exit-code.ts";
import { forgetRun, keepRun } from "../run-folder.ts";
import { typed as podstorm } from "../testdata/typed.ts";

const scenario = `
apiVersion: podstorm.dev/v1alpha1
kind: Scenario
metadata: { name: two-containers }
spec:
  seed: 7
  duration: 2m
  start: empty
  manifests: [./manifests.yaml]
  nodes: [{ count: 1, capacity: { cpu: "4", memory: 8Gi, pods: 110 } }]
  applications:
    - { selector: { pod: web-db }, container: web, unhealthyAfter: 10s, startUp: 100ms }
`;
const manifests = `
apiVersion: v1
kind: Pod
metadata: { name: web-db, labels: { app: web } }
spec:
  containers:
    - name: web
      image: web:v1
      ports: [{ containerPort: 8080 }]
      livenessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 5 }
    - { name: db, image: "db:v1" }
---
apiVersion: v1
kind: Pod
metadata: { name: huge, labels: { app: huge } }
spec:
  containers: [{ name: huge, image: "huge:v1", resources: { requests: { cpu: "64" } } }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`;

const folder = mkdtempSync(join(tmpdir(), "podstorm-views-"));
const run = join(folder, "run");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  const path = join(folder, "scenario.yaml");
  writeFileSync(path, scenario);
  writeFileSync(join(folder, "manifests.yaml"), manifests);
  const { spec } = loadScenario(path, {});
  const { mkdirSync } = await import("node:fs");
  mkdirSync(run);
  keepRun(run, spec!, await runHere(spec!, 1));
  rmSync(path);
  rmSync(join(folder, "manifests.yaml"));
});

describe("get", () => {
  test("shows Pods at an instant and at the end, in kubectl's columns", async () => {
    const early = await podstorm("get", "pods", run, "--at", "1s");
    expect(early).toEqual({
      code: ExitCode.passed,
      error: "",
      out: "NAME     READY   STATUS              RESTARTS   AGE\nhuge     0/1     Pending             0          1s\nweb-db   0/2     ContainerCreating   0          1s\n",
    });
    const { out } = await podstorm("get", "po", run);
    expect(out).toMatch(
      /^NAME +READY +STATUS +RESTARTS +AGE\nhuge +0\/1 +Pending +0 +2m\nweb-db +2\/2 +Running +[345] \(\d+s ago\) +2m\n$/,
    );
  });

  test("takes names, KIND/NAME, several kinds, labels and namespaces", async () => {
    expect((await podstorm("get", "pods", "huge", "-o", "name", "--run", run)).out).toBe("pod/huge\n");
    expect((await podstorm("get", "pod/web-db", "service/web", "-o", "name", run)).out).toBe("pod/web-db\nservice/web\n");
    expect((await podstorm("get", "pods,services", "-o", "name", run)).out).toBe("pod/huge\npod/web-db\nservice/web\n");
    expect((await podstorm("get", "all", "-l", "app=web", "-o", "name", run)).out).toBe("pod/web-db\n");
    expect((await podstorm("get", "pods", "-A", run)).out).toMatch(/^NAMESPACE +NAME .*\ndefault +huge /);
    expect(await podstorm("get", "pods", "-n", "shop", run)).toEqual({
      code: ExitCode.passed,
      out: "",
      error: "No resources found in shop namespace.\n",
    });
  });

  test("prints objects as the API serves them", async () => {
    const one = JSON.parse((await podstorm("get", "pod", "web-db", "-o", "json", run)).out) as Record<string, unknown>;
    expect(one).toMatchObject({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web-db", namespace: "default", labels: { app: "web" } },
      spec: { nodeName: "node-0", containers: [{ name: "web" }, { name: "db" }] },
      status: { phase: "Running", qosClass: "BestEffort", containerStatuses: [{ name: "web" }, { name: "db", restartCount: 0 }] },
    });
    expect(Object.keys(one)).toEqual(["apiVersion", "kind", "metadata", "spec", "status"]);
    const yaml = (await podstorm("get", "services", "-o", "yaml", run)).out;
    expect(yaml).toMatch(/^apiVersion: v1\nitems:\n- apiVersion: v1\n {2}kind: Service\n/);
    expect(yaml).toMatch(/\nkind: List\nmetadata:\n {2}resourceVersion: ""\n$/);
  });

  test("shows Events, counted", async () => {
    const { out } = await podstorm("get", "events", "-o", "wide", run);
    expect(out).toMatch(/^LAST SEEN +TYPE +REASON +OBJECT +SUBOBJECT +SOURCE +MESSAGE +FIRST SEEN +COUNT +NAME\n/);
    expect(out).toMatch(
      /Warning +Unhealthy +pod\/web-db +spec\.containers\{web\} +kubelet, node-0 +Liveness probe failed: .* [1-9]\d* +web-db\.[0-9a-f]+\n/,
    );
    expect(out).toMatch(/Warning +FailedScheduling +pod\/huge +default-scheduler +0\/1 nodes are available: 1 Insufficient cpu\./);
  });

  test.each<[string, readonly string[], string]>([
    ["an unknown kind", ["get", "podz"], 'the server doesn\'t have a resource type "podz" (hint: did you mean pods?)'],
    ["no such object", ["get", "pods", "x"], 'Error from server (NotFound): pods "x" not found'],
    ["an instant after the end", ["get", "pods", "--at", "3m"], "--at: found 3m00s, expected at most 2m00s, the end of"],
    ["an instant before the beginning", ["get", "pods", "--at=-3s"], "expected a duration, such as 93s"],
    ["an unknown format", ["get", "pods", "-o", "xml"], "expected wide, json, yaml, name"],
    ["a bad selector", ["get", "pods", "-l", "a b c"], "expected a label selector"],
    ["names and a selector", ["get", "pods", "huge", "-l", "app=huge"], "name cannot be provided when a selector is specified"],
    ["half a name", ["get", "pods/"], "expected KIND/NAME"],
    ["a kind without a description", ["describe", "namespaces"], "expected pods, nodes, deployments"],
  ])("%s is bad input", async (_, words, expected) => {
    const { code, out, error } = await podstorm(...words, "--run", run);
    expect({ code, out }).toEqual({ code: ExitCode.badInput, out: "" });
    expect(error).toContain(expected);
    expect(error.trimEnd().split("\n").at(-1)).toMatch(/^Run again: /);
  });
});

describe("a folder", () => {
  const other = join(folder, "other");
  const file = join(other, "spec.json");

  async function said(text: string | null): Promise<string> {
    const { mkdirSync } = await import("node:fs");
    mkdirSync(other, { recursive: true });
    forgetRun(other);
    if (text !== null) writeFileSync(file, text);
    const { code, error } = await podstorm("get", "pods", "--run", other);
    expect(code).toBe(ExitCode.badInput);
    return error;
  }

  test("that isn't there, or holds no run, or another version's, is told about", async () => {
    const kept = readFileSync(join(run, "spec.json"), "utf8");
    expect((await podstorm("get", "pods", "--run", join(folder, "none"))).error).toContain("found no such folder");
    expect(await said(null)).toContain("found no spec.json, expected the folder of a finished run");
    expect(await said("{")).toContain("found something else than what podstorm run writes there");
    expect(await said(kept.replace(/"version":"[^"]*"/, '"version":"0.0.9"'))).toContain("found a run of podstorm 0.0.9");
    expect(await said(kept.replace("web-db", "web-xy"))).toContain("found a changed scenario");
    expect(await said(kept.replace(/"fingerprint":"[^"]*"/, '"fingerprint":"0123456789abcdef"'))).toContain("expected 0123456789abcdef");
    writeFileSync(join(other, "live-run.ndjson"), "");
    expect(await said(null)).toContain("found a live run");
  });
});

describe("one object", () => {
  test("tells about a Pod by the beginning of its name, with its Events", async () => {
    const { code, out } = await podstorm("describe", "pod", "web", "--at", "93s", run);
    expect(code).toBe(ExitCode.passed);
    expect(out).toMatch(/^Name: +web-db$/m);
    expect(out).toMatch(/^ {4}Liveness: +http-get http:\/\/:8080\/healthz delay=0s timeout=1s period=5s #success=1 #failure=3$/m);
    expect(out).toMatch(/^ {4}Last State: +Terminated$/m);
    expect(out).toMatch(/^ {4}Restart Count: +[2-4]$/m);
    expect(out).toMatch(/^QoS Class: +BestEffort$/m);
    expect(out).toMatch(/^ {2}Warning +Unhealthy +\d+s \(x\d+ over \d+s\) +kubelet +Liveness probe failed: /m);
  });

  test("tells about nodes", async () => {
    const { out } = await podstorm("describe", "node/node-0", run);
    expect(out).toMatch(/^Non-terminated Pods: +\(1 in total\)$/m);
    expect((await podstorm("describe", "node", "x", run)).error).toContain('nodes "x" not found');
  });
});

test("logs says that there are none", async () => {
  expect(await podstorm("logs", "web")).toMatchObject({ code: ExitCode.badInput, out: "", error: expect.stringMatching(/writes no logs/) });
});
