/** `get` and `describe` of every kind, on a run that has one of each: columns and words are kubectl's. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadScenario } from "../../scenarios/load.ts";
import { runHere } from "../../workers/run.ts";
import { ExitCode } from "../exit-code.ts";
import { keepRun } from "../run-folder.ts";
import { typed } from "../testdata/typed.ts";

const scenario = (version: string): string => `
apiVersion: podstorm.dev/v1alpha1
kind: Scenario
metadata: { name: kinds }
spec:
  seed: 7
  duration: 3m
  kubernetesVersion: "${version}"
  manifests: [./manifests.yaml]
  nodes: [{ count: 2, capacity: { cpu: "4", memory: 8Gi, pods: 110 } }]
  applications:
    - { selector: { labels: { app: once } }, exit: { after: 5s, code: 0 }, image: { present: true } }
    - { selector: {}, image: { present: true } }
  actions:
    - { at: 60s, setEnv: { statefulSet: db, env: [LEVEL=debug] } }
    - { at: 70s, label: { deployment: web, labels: tier=front } }
    - { at: 80s, scale: { replicationController: old, replicas: 2 } }
`;
const template = (app: string, more = ""): string =>
  `template: { metadata: { labels: { app: ${app} } }, spec: { ${more}containers: [{ name: ${app}, image: "${app}:v1", resources: { requests: { cpu: 100m } } }] } }`;
const selector = (app: string): string => `selector: { matchLabels: { app: ${app} } }`;
const once = template("once", "restartPolicy: Never, ");
const manifests = `
{ apiVersion: apps/v1, kind: Deployment, metadata: { name: web, labels: { app: web } }, spec: { replicas: 2, ${selector("web")}, ${template("web")} } }
---
{ apiVersion: apps/v1, kind: StatefulSet, metadata: { name: db }, spec: { replicas: 2, serviceName: db, ${selector("db")}, ${template("db")} } }
---
{ apiVersion: apps/v1, kind: DaemonSet, metadata: { name: log }, spec: { ${selector("log")}, ${template("log")} } }
---
{ apiVersion: v1, kind: ReplicationController, metadata: { name: old }, spec: { replicas: 1, selector: { app: old }, ${template("old")} } }
---
{ apiVersion: batch/v1, kind: Job, metadata: { name: once }, spec: { completions: 2, ${once} } }
---
{ apiVersion: batch/v1, kind: CronJob, metadata: { name: often }, spec: { schedule: "* * * * *", jobTemplate: { spec: { ${once} } } } }
---
{ apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: { name: guard }, spec: { minAvailable: 1, ${selector("web")} } }
---
{ apiVersion: v1, kind: ResourceQuota, metadata: { name: quota }, spec: { hard: { pods: 40, requests.cpu: 8, limits.cpu: 160 } } }
---
{ apiVersion: v1, kind: LimitRange, metadata: { name: bounds }, spec: { limits: [{ type: Container, max: { cpu: 4 } }] } }
---
{ apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: { name: high }, value: 1000 }
---
{ apiVersion: v1, kind: Service, metadata: { name: web }, spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] } }
`;

const folder = mkdtempSync(join(tmpdir(), "podstorm-kinds-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  writeFileSync(join(folder, "manifests.yaml"), manifests);
  for (const version of ["1.36", "1.24"]) {
    const path = join(folder, `${version}.yaml`);
    writeFileSync(path, scenario(version));
    const { spec, issues } = loadScenario(path, {});
    if (spec === null) throw new Error(JSON.stringify(issues));
    mkdirSync(join(folder, version));
    keepRun(join(folder, version), spec, await runHere(spec, 1));
  }
});

async function podstorm(version: string, ...words: readonly string[]): Promise<string> {
  const { code, out, error } = await typed(...words, "--run", join(folder, version));
  expect(code, error).toBe(ExitCode.passed);
  return out;
}

/** Cells of a table, without the widths. */
const cells = (text: string): string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().split(/ {2,}/).join("|"));

describe("get", () => {
  test.each([
    ["sts", ["NAME|READY|AGE", "db|2/2|24h"]],
    ["ds", ["NAME|DESIRED|CURRENT|READY|UP-TO-DATE|AVAILABLE|NODE SELECTOR|AGE", "log|2|2|2|2|2|<none>|24h"]],
    ["rc", ["NAME|DESIRED|CURRENT|READY|AGE", "old|2|2|2|24h"]],
    ["pdb", ["NAME|MIN AVAILABLE|MAX UNAVAILABLE|ALLOWED DISRUPTIONS|AGE", "guard|1|N/A|1|24h"]],
    ["limits", ["NAME|CREATED AT", "bounds|1999-12-31T00:00:00Z"]],
    [
      "pc",
      [
        "NAME|VALUE|GLOBAL-DEFAULT|AGE|PREEMPTIONPOLICY",
        "high|1000|false|24h|PreemptLowerPriority",
        "system-cluster-critical|2000000000|false|24h|PreemptLowerPriority",
        "system-node-critical|2000001000|false|24h|PreemptLowerPriority",
      ],
    ],
  ])("%s", async (kind, lines) => {
    expect(cells(await podstorm("1.36", "get", kind))).toEqual(lines);
  });

  test("a quota: requests and limits apart", async () => {
    const [header, row] = cells(await podstorm("1.36", "get", "quota"));
    expect(header).toBe("NAME|REQUEST|LIMIT|AGE");
    expect(row).toMatch(/^quota\|pods: \d+\/40, requests\.cpu: \d+m?\/8\|limits\.cpu: \d+\/160\|24h$/);
  });

  test("Jobs and CronJobs, with the columns of their release", async () => {
    const [header, ...jobs] = cells(await podstorm("1.36", "get", "jobs"));
    expect(header).toBe("NAME|STATUS|COMPLETIONS|DURATION|AGE");
    expect(jobs.find((line) => line.startsWith("once|"))).toMatch(/^once\|Complete\|2\/2\|\d+s\|/);
    expect(cells(await podstorm("1.24", "get", "jobs"))[0]).toBe("NAME|COMPLETIONS|DURATION|AGE");
    expect(cells(await podstorm("1.36", "get", "cj"))[0]).toBe("NAME|SCHEDULE|TIMEZONE|SUSPEND|ACTIVE|LAST SCHEDULE|AGE");
    expect(cells(await podstorm("1.24", "get", "cj"))[1]).toMatch(/^often\|\* \* \* \* \*\|False\|\d\|\d+s\|3m$/);
  });

  test("revisions name their controllers", async () => {
    const [header, ...rows] = cells(await podstorm("1.36", "get", "controllerrevisions"));
    expect(header).toBe("NAME|CONTROLLER|REVISION|AGE");
    expect(rows.map((row) => row.split("|").slice(1, 3).join(" ")).sort()).toEqual([
      "daemonset.apps/log 1",
      "statefulset.apps/db 1",
      "statefulset.apps/db 2",
    ]);
  });

  test("labels are those that the operator left", async () => {
    expect(await podstorm("1.36", "get", "deploy", "-l", "app=web,tier=front", "-o", "name")).toBe("deployment.apps/web\n");
  });

  test("all kinds at once, and each as YAML", async () => {
    const all = await podstorm("1.36", "get", "all");
    for (const part of ["statefulset.apps/db", "daemonset.apps/log", "job.batch/once", "cronjob.batch/often", "replicationcontroller/old"])
      expect(all).toContain(part);
    expect(await podstorm("1.36", "get", "sts/db", "-o", "yaml")).toContain("LEVEL");
  });
});

describe("one object", () => {
  test.each([
    [
      "sts",
      "db",
      ["Replicas:           2 desired | 2 total", "Partition:        0", "2 Running / 0 Waiting / 0 Succeeded / 0 Failed", "LEVEL"],
    ],
    ["ds", "log", ["Desired Number of Nodes Scheduled: 2", "Number of Nodes Misscheduled: 0"]],
    ["rc", "old", ["Replicas:     2 current / 2 desired", "SuccessfulCreate"]],
    ["rs", "web", ["Controlled By:  Deployment/web"]],
    ["job", "once", ["Completions:      2", "Pods Statuses:    0 Active (0 Ready) / 2 Succeeded / 0 Failed"]],
    ["pdb", "guard", ["Min available:  1", "Allowed disruptions:  1"]],
    ["svc", "web", ["Port:                     <unset>  80/TCP", "TargetPort:               8080/TCP", ":8080,"]],
  ])("%s %s", async (kind, name, parts) => {
    const text = await podstorm("1.36", "describe", kind, name);
    for (const part of parts) expect(text).toContain(part);
  });
});
