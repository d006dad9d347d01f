/**
 * Failures that campaigns have found, each in a folder of its own under .podstorm/failures: what is needed to check it
 * again (failure.json), and for people the scenario that reproduces it with its manifests.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import type { CaseFiles } from "../../scenarios/fuzz/case-text.ts";
import type { Failure } from "../../scenarios/fuzz/verdict.ts";
import type { Law } from "../../workers/fuzz/check-case.ts";
import { folderName } from "../finish.ts";
import { prepareFolder, writeText } from "../write.ts";

const SCHEMA = "podstorm.dev/failure/v1";

/** What a campaign was about: podstorm itself, or a file with what was set in it. */
export type FailureSource =
  | { readonly type: "self" }
  | {
      readonly type: "scenario";
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

/** The same bucket has the same ID, whoever finds it. */
export function failureId(bucket: string): string {
  return createHash("sha256").update(bucket).digest("hex").slice(0, 10);
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

  /** By ID. What can't be read is left out. */
  list(): readonly StoredFailure[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder)
      .sort()
      .flatMap((id) => this.read(id) ?? []);
  }

  write(failure: StoredFailure, files: CaseFiles | null = null): void {
    const folder = this.folderOf(failure.id);
    const problem = prepareFolder(folder);
    if (problem !== null) throw new Error(`${folder}: found ${problem}, expected a folder that can be written`);
    for (const [name, text] of files === null ? [] : namedFiles(files)) {
      const place = prepareFolder(dirname(join(folder, name)));
      if (place !== null) throw new Error(`${join(folder, name)}: found ${place}, expected a place that can be written`);
      writeText(folder, name, text);
    }
    // Last: a failure that is there is whole.
    writeText(folder, "failure.json", `${JSON.stringify(failure, null, 1)}\n`);
  }

  /** With its scenario and all files of it. */
  copy({ id }: StoredFailure, from: FailureStore): void {
    if (from.folder !== this.folder) cpSync(from.folderOf(id), this.folderOf(id), { recursive: true });
  }
}

function namedFiles({ scenario, manifests, others }: CaseFiles): readonly (readonly [string, string])[] {
  // A file that lies outside of the scenario's folder isn't written there again.
  const inside = Object.entries(others).filter(([name]) => !name.startsWith("/") && !name.split("/").includes(".."));
  return [["scenario.yaml", scenario], ...(manifests === "" ? [] : [["manifests.yaml", manifests] as const]), ...inside];
}

export function newFailure(
  failure: Failure,
  about: Pick<StoredFailure, "version" | "source" | "seed" | "index" | "laws" | "drawn">,
): StoredFailure {
  const { kind, bucket, message } = failure;
  return { schema: SCHEMA, id: failureId(bucket), kind, bucket, message, ...about, smallest: null, isRepeatable: null, state: "NEW" };
}

/** Null: it isn't there, or it is none. */
export function readFailure(path: string): StoredFailure | null {
  try {
    const value = JSON.parse(readFileSync(path, "utf8")) as Partial<StoredFailure>;
    return value.schema === SCHEMA && value.drawn !== undefined ? (value as StoredFailure) : null;
  } catch {
    return null;
  }
}
