/** Scripts of containers where users write them: a Pod's annotation, or an application. */
import { expect, test } from "vitest";
import { readManifest } from "./manifest.ts";
import { readScenario } from "./scenario.ts";
import { parseYaml } from "./yaml.ts";

function pod(annotation: string): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: p
  annotations:
    ${annotation}
spec:
  containers: [{ name: app, image: app:v1 }]
`;
}

test.each([
  [`script/app: '{"runs":[{"exitAfterMs":1,"code":1}]}'`, []],
  [`script/app: '{'`, [/a script as JSON/]],
  [`script/app: '{"runs":[{"exitAfterMs":"1s"}]}'`, [/metadata\.annotations\[script\/app\]: found runs\[0\]\.exitAfterMs: "1s"/]],
  [`script/ap: '{}'`, [/found "ap", expected a container of this Pod .*did you mean app/]],
])("the annotation %s", async (annotation, messages) => {
  const { formatIssues } = await import("./issues.ts");
  const { issues, objects, noEffect } = readManifest(parseYaml(pod(annotation), "pod.yaml").documents, 36);
  expect(issues).toHaveLength(messages.length);
  messages.forEach((message) => expect(formatIssues(issues)).toMatch(message));
  expect(objects).toHaveLength(messages.length === 0 ? 1 : 0);
  expect(noEffect.has("metadata.annotations")).toBe(false);
});

function scenario(script: string): ReturnType<typeof readScenario> {
  const text = `apiVersion: podstorm.dev/v1alpha1
kind: Scenario
spec:
  duration: 1m
  manifests: [pod.yaml]
  applications: [{ script: ${script} }]
`;
  return readScenario(parseYaml(text, "scenario.yaml").documents[0]!, {
    readManifestFile: (file) => parseYaml(pod("a: b"), file),
    manifests: null,
    overrides: [],
    defaultName: "test",
  });
}

test("an application's script is the same, in YAML", () => {
  const { spec } = scenario("{ runs: [{ exitAfterMs: 5000, code: 3 }], exec: { ready: [{ fromMs: 100, rc: 1 }] } }");
  expect(spec?.applications[0]?.behaviour.script).toMatchObject({ runs: [{ exitAfter: 5_000_000, code: 3 }] });
});

test("what is wrong with it is told with its place", () => {
  const { issues } = scenario("{ runs: [{ exitAfterMs: 5000, cod: 3 }] }");
  expect(issues).toMatchObject([{ path: "spec.applications[0].script.runs[0].cod", line: 6, hint: "did you mean code?" }]);
});
