import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatIssues } from "./issues.ts";
import { loadScenario, type LoadOptions } from "./load.ts";

const scenario = `apiVersion: podstorm.dev/v1alpha1
kind: Scenario
spec:
  duration: 1m
  manifests: [manifests/shop.yaml]
  load:
    - { target: service/web, rate: 10/s }
`;

const manifest = (name: string): string => `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { ports: [{ port: 80 }] }
`;

let directory = "";

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
}

function problems(path: string, options?: LoadOptions): string {
  return formatIssues(loadScenario(path, options).issues).replaceAll(`${directory}/`, "");
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "podstorm-load-"));
  mkdirSync(join(directory, "manifests"));
  file("manifests/shop.yaml", manifest("web"));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe("files", () => {
  test("manifests are found relative to the scenario, whatever the working directory", () => {
    const { spec } = loadScenario(file("shop.yaml", scenario));
    expect(spec?.objects.map(({ metadata }) => metadata.name)).toEqual(["web"]);
    expect(spec?.name).toBe("shop");
  });

  test("a scenario in JSON, with a byte order mark", () => {
    const json = JSON.stringify({
      apiVersion: "podstorm.dev/v1alpha1",
      kind: "Scenario",
      metadata: { name: "x" },
      spec: { duration: "1m" },
    });
    expect(loadScenario(file("x.json", `\ufeff${json}`)).spec?.name).toBe("x");
  });

  test("a scenario called scenario.yaml is named after its folder", () => {
    mkdirSync(join(directory, "My Shop"));
    expect(
      loadScenario(file("My Shop/scenario.yaml", "apiVersion: podstorm.dev/v1alpha1\nkind: Scenario\nspec: { duration: 1m }\n")).spec?.name,
    ).toBe("my-shop");
  });

  test.each<[string, () => string, string]>([
    ["a missing file", () => join(directory, "gone.yaml"), "gone.yaml: found no such file, expected a file"],
    ["a directory", () => join(directory, "manifests"), "manifests: found a directory, expected a file"],
    ["a device", () => "/dev/zero", "/dev/zero: found something that is no ordinary file, expected a file"],
    ["an empty file", () => file("empty.yaml", ""), "empty.yaml:1:1: found an empty file, expected a scenario"],
    [
      "UTF-16",
      () => file("utf16.yaml", Buffer.from("\ufeffa: 1", "utf16le")),
      "utf16.yaml: found UTF-16 text, expected UTF-8 (hint: save it as UTF-8)",
    ],
    [
      "Latin-1",
      () => file("latin.yaml", Buffer.from("a: caf\u00e9", "latin1")),
      "latin.yaml: found text in an encoding that isn't UTF-8, expected UTF-8 (hint: save it as UTF-8)",
    ],
    [
      "binary content",
      () => file("binary.yaml", Buffer.from([0x61, 0, 0x62])),
      "binary.yaml: found binary content, expected YAML or JSON text",
    ],
    [
      "two documents",
      () => file("two.yaml", `${scenario}---\n${manifest("web")}`),
      "two.yaml:9:1: found a second document, expected one scenario per file (hint: manifests stand in files of their own, listed under spec.manifests)",
    ],
    ["a list", () => file("list.yaml", "- a\n"), "list.yaml:1:1: found a list of 1, expected a scenario"],
    [
      "a manifest",
      () => file("deployment.yaml", manifest("web")),
      'deployment.yaml:2:7: kind: found "Service", expected "Scenario" (hint: this looks like a manifest: list it under spec.manifests of a scenario)',
    ],
    [
      "broken YAML",
      () => file("broken.yaml", "a: [1\n"),
      "broken.yaml:2:1: found Flow sequence in block collection must be sufficiently indented and end with a ], expected valid YAML",
    ],
  ])("%s is an issue", (_name, make, expected) => {
    expect(problems(make())).toBe(expected);
  });

  test("100 MB are refused by size, before anything is read", () => {
    const path = file("huge.yaml", "");
    truncateSync(path, 100 * 1024 * 1024);
    expect(problems(path)).toBe("huge.yaml: found 100 MiB, expected at most 16 MiB (hint: split it into several files)");
  });

  test.skipIf(process.getuid?.() === 0)("a file that may not be read is an issue (root may read all)", () => {
    const path = file("secret.yaml", scenario);
    chmodSync(path, 0);
    expect(problems(path)).toBe("secret.yaml: found a file that may not be read, expected a readable file");
  });

  test("a link that points at itself is an issue", () => {
    symlinkSync("loop.yaml", join(directory, "loop.yaml"));
    expect(problems(join(directory, "loop.yaml"))).toContain("can't be read (ELOOP)");
  });

  test.each([
    ["gone.yaml", 's.yaml:5:15: spec.manifests[0]: found "gone.yaml", no such file, expected a file'],
    ["manifests", 's.yaml:5:15: spec.manifests[0]: found "manifests", a directory, expected a file'],
  ])("a manifest that can't be read is an issue of the line that names it: %s", (name, expected) => {
    expect(problems(file("s.yaml", scenario.replace("manifests/shop.yaml", name)))).toBe(expected);
  });

  test("a manifest without any object is nearly always the wrong file", () => {
    file("comment.yaml", "# nothing\n");
    expect(problems(file("s.yaml", scenario.replace("manifests/shop.yaml", "comment.yaml")))).toBe(
      "comment.yaml:1:1: found no object, expected at least one Kubernetes object",
    );
  });
});

describe("the command line", () => {
  test("--manifests replaces the list, and the scenario is checked against the new objects", () => {
    const path = file("s.yaml", scenario);
    const other = file("other.yaml", manifest("api"));
    expect(problems(path, { manifests: [other] })).toBe(
      's.yaml:7:17: spec.load[0].target: found "service/web", expected a Service of the manifests (hint: Services: api)',
    );
    expect(loadScenario(path, { manifests: [file("same.yaml", manifest("web"))] }).spec?.objects).toHaveLength(1);
  });

  test("--manifests of a missing file", () => {
    expect(problems(file("s.yaml", scenario), { manifests: [join(directory, "gone.yaml")] })).toBe(
      "gone.yaml: found no such file, expected a file",
    );
  });

  test("--set and --seed replace single values", () => {
    const { spec } = loadScenario(file("s.yaml", scenario), {
      set: [
        "duration=5m",
        "load[0].rate=20/s",
        "metadata.name=other",
        "settings.kcmQps=7",
        "nodes=[{count: 2}]",
        "faults[0]={at: 1m, type: node-loss}",
      ],
      seed: 9,
    });
    expect(spec).toMatchObject({
      name: "other",
      seed: 9,
      duration: 300_000_000,
      load: [{ rate: 20 }],
      settings: { kcmQps: 7 },
      faults: [{ type: "node-loss" }],
    });
    expect(spec?.nodes).toHaveLength(2);
  });

  test.each([
    [
      "duration=5",
      "--set duration=5: spec.duration: found 5, expected a duration with a unit, such as 250ms, 30s or 1m30s (hint: with a unit: 5s or 5ms)",
    ],
    ["load[0].rate=fast", '--set load[0].rate=fast: spec.load[0].rate: found "fast", expected a rate with a unit, such as 200/s'],
    ["duration", '--set duration: found "duration", expected field=value, such as duration=5m or load[0].rate=500/s'],
    ["a..b=1", '--set a..b=1: found "a..b=1", expected field=value, such as duration=5m or load[0].rate=500/s'],
    ["duration=[", '--set duration=[: found "duration=[", expected field=value, such as duration=5m or load[0].rate=500/s'],
    ["foo.bar=1", '--set foo.bar=1: spec.foo: found unknown field "foo", expected a known field'],
    ["load.rate=5/s", "--set load.rate=5/s: spec.load.rate: found no such entry, expected an index, or one of web"],
    [
      "load.0.rate=600000/s",
      '--set load.0.rate=600000/s: spec.load[0].rate: found "600000/s", expected more than 0/s and at most 500000/s',
    ],
    [
      "load.7.rate=3/s",
      "--set load.7.rate=3/s: spec.load[7]: found entry 7 of a list of 1, expected one from 0 to 0 (hint: a new one is given as a whole: spec.load[1]={…})",
    ],
    [
      "load.1.rate=3/s",
      "--set load.1.rate=3/s: spec.load[1]: found entry 1 of a list of 1, expected one from 0 to 0 (hint: a new one is given as a whole: spec.load[1]={…})",
    ],
    [
      "faults[2]={}",
      "--set faults[2]={}: spec.faults[2]: found entry 2 of a list of 0, expected an entry that is there (hint: a new one is given as a whole: spec.faults[0]={…})",
    ],
    [
      "faults.0.at=3s",
      "--set faults.0.at=3s: spec.faults[0]: found entry 0 of a list of 0, expected an entry that is there (hint: a new one is given as a whole: spec.faults[0]={…})",
    ],
    ["nodes=[]", "--set nodes=[]: spec.nodes: found an empty list, expected at least one node"],
  ])("--set %s is blamed by its own text", (set, expected) => {
    expect(problems(file("s.yaml", scenario), { set: [set] })).toBe(expected);
  });

  test("what is wrong with an entry that an option makes has the entry's own index", () => {
    const path = file("s.yaml", `${scenario}  faults:\n    - { at: 3s, type: node-loss }\n`);
    expect(problems(path, { set: ["faults[1]={at: 3s}"] })).toMatch(
      /^--set faults\[1\]=\{at: 3s\}: spec\.faults\[1\]\.type: found nothing/,
    );
  });

  test("entries that options make are there for the options after them", () => {
    const set = ["faults[0]={at: 1m, type: node-loss}", "faults[1]={at: 2m, type: node-loss}", "faults.1.at=90s", "duration=5m"];
    expect(loadScenario(file("s.yaml", scenario), { set }).spec?.faults.map(({ at }) => at)).toEqual([60_000_000, 90_000_000]);
  });

  test("a key given twice hides no other problem, and no option mends it", () => {
    const twice = scenario.replace("spec:\n", "spec:\n  seed: 1\n  seed: 2\n  durationn: 5m\n");
    const path = file("s.yaml", twice);
    expect(problems(path)).toMatch(/the key "seed" again[^]*unknown field "durationn"/);
    const healed = file("s.yaml", scenario.replace("spec:\n", "spec:\n  seed: 1\n  seed: 2\n"));
    expect(problems(healed, { seed: 3 })).toMatch(/the key "seed" again/);
  });

  test("dots before numbers are brackets", () => {
    const path = file("s.yaml", scenario);
    expect(loadScenario(path, { set: ["load.0.rate=20/s"] }).spec?.load.map(({ rate }) => rate)).toEqual([20]);
    expect(problems(path, { set: ["load.0.rat=1"] })).toMatch(/^--set load\.0\.rat=1: spec\.load\[0\]\.rat: found unknown field "rat"/);
  });

  test("what is wrong only since a value was set is blamed on the option, what was wrong before on its line", () => {
    const path = file("s.yaml", `${scenario}  actions:\n    - { at: 50s, scale: { deployment: gone, replicas: 1 } }\n`);
    expect(problems(path, { set: ["duration=30s", "seed=2"] })).toBe(
      [
        '--set duration=30s --set seed=2: spec.actions[0].at: found "50s", expected at most the duration, 30s',
        's.yaml:9:39: spec.actions[0].scale.deployment: found "gone", expected a Deployment of the manifests (hint: there are no Deployments)',
      ].join("\n"),
    );
  });

  test("--seed of nonsense", () => {
    expect(problems(file("s.yaml", scenario), { seed: NaN })).toBe("--seed NaN: spec.seed: found NaN, expected a whole number");
  });
});
