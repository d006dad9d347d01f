/**
 * What a run's folder keeps so that it can be repeated without its scenario: spec.json, the compiled scenario
 * with the version and the fingerprint that belong to it. Views (get, describe) read it.
 */
import { existsSync, globSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { VERSION } from "../engine/version.ts";
import { digestOf } from "../workers/run.ts";

const FILE = "spec.json";
const SCHEMA = "podstorm.dev/run/v1";

export interface KeptRun {
  readonly schema: typeof SCHEMA;
  /** Of podstorm. */
  readonly version: string;
  readonly specDigest: string;
  readonly fingerprint: string;
  /** µs: the last instant of the run; earlier than the scenario's when it was interrupted. */
  readonly end: number;
  readonly spec: ScenarioSpec;
}

/** Text that says why there is nothing to view. */
export interface FolderProblem {
  readonly problem: string;
}

export function keepRun(folder: string, spec: ScenarioSpec, { specDigest, fingerprint, end }: RunResult): void {
  const kept: KeptRun = { schema: SCHEMA, version: VERSION, specDigest, fingerprint, end, spec };
  const path = join(folder, FILE);
  writeFileSync(`${path}.part`, `${JSON.stringify(kept, endless)}\n`);
  renameSync(`${path}.part`, path);
}

/** A live run in the same folder has nothing to repeat. */
export function forgetRun(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}

export function isRunFolder(folder: string): boolean {
  return existsSync(join(folder, FILE));
}

/** The run that was written last under podstorm-out/, or null. */
export function latestRunFolder(): string | null {
  const files = globSync(join("podstorm-out", "*", FILE)).map((file) => ({ file, at: statSync(file).mtimeMs }));
  const last = files.toSorted((a, b) => b.at - a.at || (a.file < b.file ? -1 : 1))[0];
  return last === undefined ? null : last.file.slice(0, -FILE.length - 1);
}

export function readRun(folder: string): KeptRun | FolderProblem {
  const path = join(folder, FILE);
  const hint = "(hint: podstorm run SCENARIO writes one)";
  if (!existsSync(folder)) return { problem: `${folder}: found no such folder, expected the folder of a finished run ${hint}` };
  if (!existsSync(path)) {
    const found = existsSync(join(folder, "live-run.ndjson")) ? "a live run, which has no instant to go back to" : `no ${FILE}`;
    return { problem: `${folder}: found ${found}, expected the folder of a finished run ${hint}` };
  }
  const kept = parsed(readFileSync(path, "utf8"));
  if (kept === null) return { problem: `${path}: found something else than what podstorm run writes there ${hint}` };
  if (kept.schema !== SCHEMA) return { problem: `${path}: found ${String(kept.schema)}, expected ${SCHEMA}: run the scenario again` };
  if (kept.version !== VERSION)
    return {
      problem: `${path}: found a run of podstorm ${kept.version}, expected one of ${VERSION}, this version: run the scenario again`,
    };
  if (digestOf(kept.spec) !== kept.specDigest)
    return { problem: `${path}: found a changed scenario, expected what the run wrote: run it again` };
  return kept;
}

function parsed(text: string): KeptRun | null {
  try {
    const value: unknown = JSON.parse(text, withEnds);
    return typeof value === "object" && value !== null && "spec" in value && "schema" in value ? (value as KeptRun) : null;
  } catch {
    return null;
  }
}

/** JSON has no word for "for ever". */
function endless(_key: string, value: unknown): unknown {
  return value === Infinity ? { number: "Infinity" } : value;
}

function withEnds(_key: string, value: unknown): unknown {
  const isEndless = typeof value === "object" && value !== null && "number" in value && value.number === "Infinity";
  return isEndless ? Infinity : value;
}
