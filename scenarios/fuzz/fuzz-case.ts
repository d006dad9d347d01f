/** What fuzzing draws, runs, shrinks and stores: a scenario and all files that it names, as the plain values that a parser would give. */
import { readPlainScenario } from "../plain.ts";
import type { ScenarioResult } from "../scenario.ts";
import { readKnownManifest } from "./known-manifests.ts";

export type PlainDocument = Readonly<Record<string, unknown>>;

/** Plain JSON throughout. */
export interface FuzzCase {
  readonly scenario: PlainDocument;
  /** Of all files that `spec.manifests` lists. */
  readonly manifests: readonly PlainDocument[];
  /** Manifests of `apply` actions, by file as the action names it. */
  readonly files?: Readonly<Record<string, readonly PlainDocument[]>>;
  /** Other files, such as a load's trace. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** Who draws a case reads it to see that it is valid; who runs it, next, needs the same answer. */
let lastRead: { readonly found: FuzzCase; readonly result: ScenarioResult } | null = null;

/** The documents, checked as a person's files would be. */
export function readCase(found: FuzzCase): ScenarioResult {
  if (lastRead?.found !== found) {
    const { scenario, manifests, files = {}, texts = {} } = found;
    lastRead = { found, result: readPlainScenario(scenario, manifests, files, texts, readKnownManifest) };
  }
  return lastRead.result;
}
