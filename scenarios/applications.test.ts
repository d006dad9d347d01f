/** A container that awaits a Service: how it is written, what is refused, and from when on the Service counts as there. */
import { describe, expect, test } from "vitest";
import { NEVER, SECOND } from "../engine/kernel/time.ts";
import { SpecTables } from "../engine/spec/tables.ts";
import { readPlainScenario } from "./plain.ts";
import type { ScenarioResult } from "./scenario.ts";

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "app", namespace: "shop" },
  spec: { initContainers: [{ name: "wait", image: "busybox:1" }], containers: [{ name: "app", image: "app:v1" }] },
};
const service = (name: string, namespace = "shop"): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { ports: [{ port: 80 }] },
});

/** `there` in the manifests, the others applied at 60 s. */
function read(awaits: object, there: readonly object[] = [], applied: readonly object[] = [service("db")]): ScenarioResult {
  const scenario = {
    apiVersion: "podstorm.dev/v1alpha1",
    kind: "Scenario",
    spec: {
      duration: "2m",
      start: "empty",
      manifests: ["m"],
      applications: [{ selector: { pod: "app" }, container: "wait", awaits }],
      actions: applied.length === 0 ? [] : [{ at: "60s", apply: "services" }],
    },
  };
  return readPlainScenario(scenario, [pod, ...there], { services: applied });
}

describe("an awaited Service", () => {
  test("is one of the Pod's own namespace, looked for every two seconds, unless said otherwise", () => {
    expect(read({ service: "db" }).spec?.applications[0]?.behaviour.awaits).toEqual({ service: "db", namespace: null, every: 2 * SECOND });
    const elsewhere = read({ service: "db", namespace: "data", every: "500ms" }, [], [service("db", "data")]);
    expect(elsewhere.spec?.applications[0]?.behaviour.awaits).toEqual({ service: "db", namespace: "data", every: SECOND / 2 });
  });

  test.each([
    ["nobody applies it", { service: "dbs" }, "spec.applications[0].awaits.service", "dbs"],
    ["it is in another namespace", { service: "db", namespace: "data" }, "spec.applications[0].awaits.service", "db"],
    ["looks without a pause", { service: "db", every: "10us" }, "spec.applications[0].awaits.every", "10us"],
    ["no name", { every: "1s" }, "spec.applications[0].awaits.service", ""],
  ])("is refused: %s", (_name, awaits, path, found) => {
    const { spec, issues } = read(awaits);
    expect(spec).toBeNull();
    expect(issues.map((issue) => issue.path)).toEqual([path]);
    expect(issues[0]?.found).toContain(found);
  });

  test.each([
    ["from the beginning if the manifests have it", [service("db")], [service("db")], 0],
    ["a little after the first action that applies it", [], [service("db")], 60 * SECOND + 7],
    ["never if nobody applies it there", [], [], NEVER],
  ])("counts as there %s", (_name, there, applied, expected) => {
    const { spec } = read({ service: "other" }, [service("other"), ...there], applied);
    const tables = new SpecTables(spec!);
    expect(tables.nameKnownFrom(tables.workloads.indexOf("Pod", "shop", "app"), { service: "db", namespace: null, every: 1 }, 7)).toBe(
      expected,
    );
  });
});

describe("local disk of an application", () => {
  const readDisk = (disk: object): ScenarioResult =>
    readPlainScenario(
      {
        apiVersion: "podstorm.dev/v1alpha1",
        kind: "Scenario",
        spec: { duration: "2m", manifests: ["m"], applications: [{ selector: { pod: "app" }, container: "app", disk }] },
      },
      [pod],
      {},
    );

  test("lies in the container's own layer, or in logs, and may count files", () => {
    expect(readDisk({ base: "1Ki", growth: 5 }).spec?.applications[0]?.behaviour.disk).toEqual({ base: 1024, growth: 5 });
    expect(readDisk({ writes: "logs", inodes: { base: 7, growth: 2 } }).spec?.applications[0]?.behaviour.disk).toEqual({
      base: 0,
      growth: 0,
      isLogs: true,
      inodes: { base: 7, growth: 2 },
    });
  });

  test("or in an emptyDir of the Pod", () => {
    const volumes = [
      { name: "cache", emptyDir: { sizeLimit: "1Gi", medium: "Memory" } },
      { name: "tmp", emptyDir: {} },
      { name: "config", configMap: { name: "c" } },
    ];
    const { spec, issues } = readPlainScenario(
      {
        apiVersion: "podstorm.dev/v1alpha1",
        kind: "Scenario",
        spec: { duration: "2m", manifests: ["m"], applications: [{ disk: { growth: "1Mi", writes: { emptyDir: "tmp" } } }] },
      },
      [{ ...pod, spec: { ...pod.spec, volumes } }],
      {},
    );
    expect(issues).toEqual([]);
    expect(spec?.applications[0]?.behaviour.disk).toEqual({ base: 0, growth: 1_048_576, emptyDir: "tmp" });
    const [object] = spec!.objects;
    expect(object?.kind === "Pod" ? object.template.spec.emptyDirs : []).toEqual([
      { name: "cache", sizeLimit: 1_073_741_824, isMemory: true },
      { name: "tmp", sizeLimit: null, isMemory: false },
    ]);
  });

  test.each([
    [{ writes: { emptyDir: "cache" } }, "writes.emptyDir"],
    [{ writes: "tape" }, "writes"],
    [{ inodes: { base: "many" } }, "inodes.base"],
  ])("%o is refused", (disk, field) => {
    expect(readDisk(disk).issues.map(({ path }) => path)).toEqual([`spec.applications[0].disk.${field}`]);
  });
});

describe("a ConfigMap or Secret that is missing", () => {
  const readMissing = (configMissing: object): ScenarioResult =>
    readPlainScenario(
      {
        apiVersion: "podstorm.dev/v1alpha1",
        kind: "Scenario",
        spec: {
          duration: "2m",
          manifests: ["m"],
          applications: [{ container: "app", configMissing }],
          actions: [
            { at: "70s", apply: ["services", "config"] },
            { at: "60s", apply: "config" },
          ],
        },
      },
      [pod],
      { services: [service("db")], config: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "app" } }] },
    );

  test.each([
    ["for ever", { configMap: "app" }, { kind: "configmap", name: "app", volume: null, until: Infinity }],
    ["for a time", { secret: "key", until: "90s" }, { kind: "secret", name: "key", volume: null, until: 90 * SECOND }],
    [
      "until an action first applies it",
      { configMap: "app", volume: "config", until: { apply: "config" } },
      { kind: "configmap", name: "app", volume: "config", until: 60 * SECOND, isApplied: true },
    ],
  ])("is so %s", (_name, written, expected) => {
    const { spec, issues } = readMissing(written);
    expect(issues).toEqual([]);
    expect(spec?.applications[0]?.behaviour.configMissing).toEqual(expected);
  });

  test.each([
    ["both", { configMap: "a", secret: "b" }, ""],
    ["none of them", { until: "1s" }, ""],
    ["without a name", { configMap: "" }, ".configMap"],
    ["until nobody applies it", { configMap: "a", until: { apply: "cfg" } }, ".until.apply"],
    ["for what is no time", { configMap: "a", until: "soon" }, ".until"],
  ])("is refused: %s", (_name, written, field) => {
    expect(readMissing(written).issues.map(({ path }) => path)).toContain(`spec.applications[0].configMissing${field}`);
  });
});

test("the port of an HTTPS hook may speak plain HTTP", () => {
  const hooksOf = (plainHttp: unknown): ScenarioResult =>
    readPlainScenario(
      {
        apiVersion: "podstorm.dev/v1alpha1",
        kind: "Scenario",
        spec: { duration: "2m", manifests: ["m"], applications: [{ hooks: { preStop: { plainHttp } } }] },
      },
      [pod],
      {},
    );
  expect(hooksOf(true).spec?.applications[0]?.behaviour.hooks?.preStop).toEqual({
    duration: null,
    fails: 0,
    exitCode: 1,
    isPlainHttp: true,
  });
  expect(hooksOf(false).spec?.applications[0]?.behaviour.hooks?.preStop).toEqual({ duration: null, fails: 0, exitCode: 1 });
  expect(hooksOf("yes").issues.map(({ path }) => path)).toEqual(["spec.applications[0].hooks.preStop.plainHttp"]);
});
