/**
 * Failures that campaigns have found, each in a folder of its own under .podstorm/failures: what is needed to check it
 * again (failure.json), and for people the scenario that reproduces it with its manifests.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { isMapping } from "../../scenarios/fuzz/document-path.ts";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import type { CaseFiles } from "../../scenarios/fuzz/case-text.ts";
import type { Failure } from "../../scenarios/fuzz/verdict.ts";
import type { Law } from "../../workers/fuzz/check-case.ts";
import { folderName } from "../finish.ts";
import { prepareFolder, writeText } from "../write.ts";

const SCHEMA = "podstorm.dev/failure/v1";

/** Where `podstorm replay ID` looks. */
export const USUAL_FAILURES_FOLDER: string = join(".podstorm", "failures");

/** What a campaign was about: podstorm itself, or a file with what was set in it. */
export type FailureSource =
  | { readonly type: "self" }
  | {
      readonly type: "scenario";
      /** As of `givenFile`, as manifests are. */
      readonly file: string;
      readonly set?: readonly string[];
      readonly manifests?: readonly string[];
      readonly thresholds?: readonly string[];
    };

/** FIXED: it doesn't fail any more. ERROR: it can't be checked any more, and why. */
export type FailureState = "NEW" | "STILL FAILS" | "FIXED" | "ERROR";

/** Plain data, as it stands in failure.json. */
export interface StoredFailure extends Failure {
  readonly schema: typeof SCHEMA;
  readonly id: string;
  readonly version: string;
  readonly source: FailureSource;
  /** Of the campaign, and the number of the case in it. */
  readonly seed: number;
  readonly index: number;
  /** What it was held to besides invariants and thresholds. */
  readonly laws: readonly Law[];
  readonly drawn: FuzzCase;
  /** Null: nobody has shrunk it. */
  readonly smallest: FuzzCase | null;
  /** False: a fresh thread didn't see it. Null: nobody has looked yet. */
  readonly isRepeatable: boolean | null;
  readonly state: FailureState;
}

/** However a person writes a file's path, it is the same file: from this folder on, with slashes. `-` is no file. */
export function givenFile(path: string): string {
  return path === "-" ? path : relative("", resolve(path)).replaceAll("\\", "/");
}

/** Of one file, with the same set in it: what was found in one holds for the other. */
export function isSameSource(one: FailureSource, other: FailureSource): boolean {
  return sourceText(one) === sourceText(other);
}

function sourceText(source: FailureSource): string {
  if (source.type === "self") return "";
  const { file, set, manifests, thresholds } = source;
  return JSON.stringify([file, set ?? null, manifests ?? null, thresholds ?? null]);
}

/** The same bucket of the same source has the same ID, whoever finds it. */
export function failureId(source: FailureSource, bucket: string): string {
  return createHash("sha256")
    .update(`${bucket}${sourceText(source)}`)
    .digest("hex")
    .slice(0, 10);
}

export class FailureStore {
  readonly folder: string;

  constructor(podstormFolder: string) {
    this.folder = join(podstormFolder, "failures");
  }

  folderOf(id: string): string {
    return join(this.folder, folderName(id));
  }

  has(id: string): boolean {
    return existsSync(join(this.folderOf(id), "failure.json"));
  }

  read(id: string): StoredFailure | null {
    return readFailure(join(this.folderOf(id), "failure.json"));
  }

  /** By ID. */
  list(): readonly StoredFailure[] {
    return this.ids().flatMap((id) => this.read(id) ?? []);
  }

  /** IDs of what is there, but no failure any more: cut short, or edited. */
  unreadable(): readonly string[] {
    return this.ids().filter((id) => this.has(id) && this.read(id) === null);
  }

  private ids(): readonly string[] {
    return existsSync(this.folder) ? readdirSync(this.folder).sort() : [];
  }

  /** `before`: what was written of it earlier; files that aren't needed any more go. */
  write(failure: StoredFailure, files: CaseFiles | null = null, before: CaseFiles | null = null): void {
    const folder = this.folderOf(failure.id);
    const problem = prepareFolder(folder);
    if (problem !== null) throw new Error(`${folder}: found ${problem}, expected a folder that can be written`);
    for (const [name, text] of files === null ? [] : namedFiles(files)) {
      const place = prepareFolder(dirname(join(folder, name)));
      if (place !== null) throw new Error(`${join(folder, name)}: found ${place}, expected a place that can be written`);
      writeText(folder, name, text);
    }
    // After all that it needs: a failure that is there is whole.
    writeText(folder, "failure.json", `${JSON.stringify(failure, null, 1)}\n`);
    const kept = new Set(files === null ? [] : namedFiles(files).map(([name]) => name));
    for (const [name] of before === null ? [] : namedFiles(before)) if (!kept.has(name)) rmSync(join(folder, name), { force: true });
  }

  /** With its scenario and all files of it. */
  copy({ id }: StoredFailure, from: FailureStore): void {
    if (from.folder !== this.folder) cpSync(from.folderOf(id), this.folderOf(id), { recursive: true });
  }
}

export function namedFiles({ scenario, manifests, others }: CaseFiles): readonly (readonly [string, string])[] {
  return [["scenario.yaml", scenario], ...(manifests === "" ? [] : [["manifests.yaml", manifests] as const]), ...Object.entries(others)];
}

export function newFailure(
  failure: Failure,
  about: Pick<StoredFailure, "version" | "source" | "seed" | "index" | "laws" | "drawn">,
): StoredFailure {
  const { kind, bucket, message } = failure;
  return {
    schema: SCHEMA,
    id: failureId(about.source, bucket),
    kind,
    bucket,
    message,
    ...about,
    smallest: null,
    isRepeatable: null,
    state: "NEW",
  };
}

/** Null: it isn't there, or it is none. */
export function readFailure(path: string): StoredFailure | null {
  try {
    const value = JSON.parse(readFileSync(path, "utf8")) as Partial<StoredFailure>;
    return isWhole(value) ? (value as StoredFailure) : null;
  } catch {
    return null;
  }
}

/** What people may have edited: all that is read of it later. */
function isWhole({ schema, id, kind, bucket, message, source, laws, drawn, smallest }: Partial<StoredFailure>): boolean {
  const texts = [id, kind, bucket, message];
  if (schema !== SCHEMA || !texts.every((text) => typeof text === "string") || !Array.isArray(laws)) return false;
  return isSource(source) && isCase(drawn) && (smallest === null || isCase(smallest));
}

function isSource(source: FailureSource | undefined): boolean {
  return source?.type === "self" || (source?.type === "scenario" && typeof source.file === "string");
}

function isCase(found: FuzzCase | undefined): boolean {
  return isMapping(found) && isMapping(found.scenario) && isMapping(found.scenario["spec"]) && Array.isArray(found.manifests);
}
