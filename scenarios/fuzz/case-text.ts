/** A case as files that a person can read and run: the scenario with the story of what breaks as a comment, and its manifests. */
import { yamlText } from "../yaml-text.ts";
import { isMapping } from "./document-path.ts";
import type { FuzzCase, PlainDocument } from "./fuzz-case.ts";

export interface CaseStory {
  /** What happens when, which rule breaks, why. */
  readonly lines: readonly string[];
  /** The one line that reproduces it. */
  readonly command: string;
}

export interface CaseFiles {
  readonly scenario: string;
  /** "" if there are none: then no such file is named. */
  readonly manifests: string;
  /** Others that the scenario names. */
  readonly others: Readonly<Record<string, string>>;
}

export function caseText(found: FuzzCase, story: CaseStory, manifestsFile: string = "manifests.yaml"): CaseFiles {
  const { scenario, manifests, files = {}, texts = {} } = found;
  const applied = Object.entries(files).map(([file, documents]): [string, string] => [file, documentsText(documents)]);
  return {
    scenario: `${commentText(story)}${yamlText(listing(scenario, manifests.length === 0 ? null : manifestsFile))}`,
    manifests: documentsText(manifests),
    others: { ...Object.fromEntries(applied), ...texts },
  };
}

function commentText({ lines, command }: CaseStory): string {
  return [...lines, ...(lines.length === 0 ? [] : [""]), command]
    .map((line) => `# ${line}`.trimEnd())
    .join("\n")
    .concat("\n");
}

/** The scenario with its one file of manifests, behind the duration. */
function listing(scenario: PlainDocument, file: string | null): PlainDocument {
  const { spec, ...frame } = scenario;
  if (!isMapping(spec)) return scenario;
  const fields = Object.entries(spec).filter(([field]) => field !== "duration" && field !== "manifests");
  return { ...frame, spec: { duration: spec["duration"], ...(file === null ? {} : { manifests: [file] }), ...Object.fromEntries(fields) } };
}

function documentsText(documents: readonly PlainDocument[]): string {
  return documents.map(yamlText).join("---\n");
}
