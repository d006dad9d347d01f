import { expect, test } from "vitest";
import { parseYaml } from "../yaml.ts";
import { caseText } from "./case-text.ts";

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
