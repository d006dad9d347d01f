/** Scenario files → specs for the commands that take them; problems go to stderr in the house's form. */
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { commandLine } from "./arguments.ts";
import type { Call } from "./commands/command.ts";

export interface LoadedFile {
  readonly path: string;
  readonly spec: ScenarioSpec;
}

/** All files, or null when any of them has a problem: then nothing may be run or written. */
export async function loadFiles(call: Call): Promise<readonly LoadedFile[] | null> {
  const { loadScenario } = await import("../scenarios/load.ts");
  const { formatIssues } = await import("../scenarios/issues.ts");
  const { manifests, set, seed } = call.options as { manifests?: string[]; set?: string[]; seed?: number };
  const options = {
    ...(manifests === undefined ? {} : { manifests }),
    ...(set === undefined ? {} : { set }),
    ...(seed === undefined ? {} : { seed }),
  };
  const loaded = call.parameters.map((path) => ({ path, ...loadScenario(path, options) }));
  const issues = loaded.flatMap((file) => file.issues);
  if (issues.length === 0) return loaded.flatMap(({ path, spec }) => (spec === null ? [] : [{ path, spec }]));
  call.terminal.error(
    `${formatIssues(issues).trimEnd()}\n${issues.length} ${issues.length === 1 ? "problem" : "problems"}. Run again: ${commandLine(call.typed)}\n`,
  );
  return null;
}
