import { expect, test } from "vitest";
import { parseYaml } from "../yaml.ts";
import { caseLines, caseText } from "./case-text.ts";

const config = (name: string): Readonly<Record<string, unknown>> => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });

test("files that lie elsewhere, or have a name that is taken, stand beside the scenario by another name", () => {
  const files = ["./extra.yaml", "sub/more.yaml", "../extra.yaml", "/etc/extra.yaml", "manifests.yaml", "./scenario.yaml"];
  const { scenario, others } = caseText(
    {
      scenario: { kind: "Scenario", spec: { duration: "1m", actions: files.map((file, at) => ({ at: `${at}s`, apply: file })) } },
      manifests: [config("own")],
      files: Object.fromEntries(files.map((file) => [file, [config(file)]])),
      texts: { "../trace.csv": "1\n" },
    },
    { lines: [], command: "podstorm run scenario.yaml" },
  );
  const [document] = parseYaml(scenario, "scenario.yaml").documents;
  const { spec } = document!.value as { readonly spec: { readonly actions: readonly { readonly apply: string }[] } };
  const names = spec.actions.map(({ apply }) => apply);
  expect(names).toEqual(["./extra.yaml", "sub/more.yaml", "2-extra.yaml", "3-extra.yaml", "2-manifests.yaml", "2-scenario.yaml"]);
  expect(Object.keys(others)).toEqual([...names, "trace.csv"]);
  names.forEach((name, at) => expect(others[name]).toContain(files[at]!));
});

test("the story is wrapped for a terminal, the command isn't", () => {
  const found = { scenario: { kind: "Scenario", spec: { duration: "1m" } }, manifests: [config("own")] };
  const because = "Because: routed after removal ← Pod address gone ← container exited with code 143 ← SIGTERM sent ← Pod deleted";
  const command = `podstorm run ${"deep/".repeat(20)}scenario.yaml`;
  const { scenario } = caseText(found, { lines: [because, "  at 10s: fault slow"], command });
  expect(scenario.split("\n").slice(0, 5)).toEqual([
    "# Because: routed after removal ← Pod address gone ← container exited with code",
    "#     143 ← SIGTERM sent ← Pod deleted",
    "#   at 10s: fault slow",
    "#",
    `# ${command}`,
  ]);
});

test("the lines of a case are those of all its files, without comments", () => {
  const scenario = { kind: "Scenario", spec: { duration: "1m", actions: [{ at: "1s", apply: "more.yaml" }] } };
  const found = { scenario, manifests: [config("own"), config("other")], files: { "more.yaml": [config("more")] } };
  // kind and spec; three lines of each ConfigMap, and what parts two of them.
  expect(caseLines(found)).toBe(5 + 7 + 3);
});
