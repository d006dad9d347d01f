/** Scenarios that never were files: plain values in, the same checks, a spec out. For the fuzzer and for tests. */
import type { LocatedIssue } from "./issues.ts";
import { readScenario, type ScenarioResult } from "./scenario.ts";
import type { YamlDocument, YamlFile } from "./yaml.ts";

/** `manifests` stand for the files that the scenario lists; `files` for those that its apply actions name. */
export function readPlainScenario(
  scenario: unknown,
  manifests: readonly unknown[] = [],
  files: Readonly<Record<string, readonly unknown[]>> = {},
): ScenarioResult {
  const plain = plainFile(manifests, "manifests");
  return readScenario(plainDocument(scenario, "scenario"), {
    manifests: ["manifests"],
    overrides: [],
    defaultName: "scenario",
    readManifestFile: (file, at) => (at === "" ? plain : plainFile(files[file] ?? [], file)),
  });
}

function plainFile(values: readonly unknown[], file: string): YamlFile {
  const issues: readonly LocatedIssue[] = [];
  return { file, documents: values.map((value) => plainDocument(value, file)), issues };
}

function plainDocument(value: unknown, file: string): YamlDocument {
  return { file, value, locate: () => ({ line: 1, column: 1 }) };
}
