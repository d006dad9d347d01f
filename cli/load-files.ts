/** Scenario files → specs for the commands that take them; problems go to stderr in the house's form. */
import { readFileSync } from "node:fs";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { commandLine } from "./arguments.ts";
import type { Call } from "./commands/command.ts";
import { folderName } from "./finish.ts";

export interface LoadedFile {
  readonly path: string;
  readonly spec: ScenarioSpec;
}

/** All files, or null when any of them has a problem: then nothing may be run or written. */
export async function loadFiles(call: Call): Promise<readonly LoadedFile[] | null> {
  const { loadScenario } = await import("../scenarios/load.ts");
  const { formatIssues } = await import("../scenarios/issues.ts");
  const { set, seed } = call.options as { set?: string[]; seed?: number };
  const { scenarios, manifests } = sortedFiles(call);
  const options = {
    ...(manifests === null ? {} : { manifests }),
    ...(set === undefined ? {} : { set }),
    ...(seed === undefined ? {} : { seed }),
  };
  const loaded = scenarios.map((path) => ({ path, ...loadScenario(path, options) }));
  const issues = loaded.flatMap((file) => file.issues);
  const files = loaded.flatMap(({ path, spec }) => (spec === null ? [] : [{ path, spec }]));
  const problems = issues.length > 0 ? [formatIssues(issues).trimEnd()] : scenarios.length === 0 ? [NO_SCENARIO] : clashes(files);
  if (problems.length === 0) return files;
  const count = Math.max(issues.length, problems.length);
  call.terminal.error(`${problems.join("\n")}\n${count} ${count === 1 ? "problem" : "problems"}. Run again: ${commandLine(call.typed)}\n`);
  return null;
}

const NO_SCENARIO = "found manifests only, expected a scenario file (hint: podstorm run scenario.yaml --manifests shop.yaml)";

interface SortedFiles {
  readonly scenarios: readonly string[];
  /** Null: the scenarios' own. */
  readonly manifests: readonly string[] | null;
}

/** With --manifests, what follows its first file are manifests too unless they are scenarios: `--manifests a.yaml b.yaml`. */
function sortedFiles(call: Call): SortedFiles {
  const { manifests } = call.options as { manifests?: string[] };
  if (manifests === undefined) return { scenarios: call.parameters, manifests: null };
  const more = call.parameters.filter(isManifest);
  return { scenarios: call.parameters.filter((path) => !more.includes(path)), manifests: [...manifests, ...more] };
}

/** Kubernetes documents and no scenario. What can't be read, or is neither, is told about as a scenario. */
function isManifest(path: string): boolean {
  try {
    const text = readFileSync(path, "utf8");
    return /^[\s{-]*"?kind"?\s*:/m.test(text) && !/^[\s{,-]*"?apiVersion"?\s*:\s*["']?podstorm\.dev\//m.test(text);
  } catch {
    return false;
  }
}

/** Scenarios of one name: their reports would overwrite each other, and no message could tell them apart. */
function clashes(files: readonly LoadedFile[]): string[] {
  const owners = new Map<string, string>();
  const problems: string[] = [];
  for (const { path, spec } of files) {
    const name = folderName(spec.name);
    const owner = owners.get(name);
    if (owner === undefined) owners.set(name, path);
    else if (owner === path) problems.push(`${path}: found twice, expected each scenario once`);
    else problems.push(`${path}: metadata.name: found "${spec.name}", which ${owner} has too, expected a name of its own`);
  }
  return problems;
}
