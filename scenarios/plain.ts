/** Scenarios that never were files: plain values in, the same checks, a spec out. For the fuzzer and for tests. */
import { describe } from "../engine/values/issue.ts";
import type { LocatedIssue } from "./issues.ts";
import type { readManifest } from "./manifest.ts";
import { readScenario, type ScenarioResult } from "./scenario.ts";
import type { YamlDocument, YamlFile } from "./yaml.ts";

/** `manifests` stand for the files that the scenario lists; `files` for those that its apply actions name, `texts` for all others. */
export function readPlainScenario(
  scenario: unknown,
  manifests: readonly unknown[] = [],
  files: Readonly<Record<string, readonly unknown[]>> = {},
  texts: Readonly<Record<string, string>> = {},
  reader?: typeof readManifest,
): ScenarioResult {
  const plain = plainFile(manifests, "manifests");
  return readScenario(plainDocument(scenario, "scenario"), {
    manifests: ["manifests"],
    overrides: [],
    defaultName: "scenario",
    ...(reader === undefined ? {} : { readManifest: reader }),
    readManifestFile: (file, at) => (at === "" ? plain : plainFile(files[file] ?? [], file)),
    readText(file, at, sections) {
      const text = texts[file];
      if (text === undefined) sections.report(at, describe(file), "no file", "this scenario is no file, so nothing stands beside it");
      return text ?? null;
    },
  });
}

function plainFile(values: readonly unknown[], file: string): YamlFile {
  const issues: readonly LocatedIssue[] = [];
  return { file, documents: values.map((value, index) => plainDocument(value, file, index + 1)), issues };
}

/** There are no lines: each document counts as one. */
function plainDocument(value: unknown, file: string, line: number = 1): YamlDocument {
  return { file, value, locate: () => ({ line, column: 1 }) };
}
