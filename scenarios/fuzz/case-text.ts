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
  /** Others that the scenario names, all beside it. */
  readonly others: Readonly<Record<string, string>>;
}

export function caseText(found: FuzzCase, story: CaseStory, manifestsFile: string = "manifests.yaml"): CaseFiles {
  const { scenario, manifests, files = {}, texts = {} } = found;
  const applied = Object.entries(files).map(([file, documents]): [string, string] => [file, documentsText(documents)]);
  const others = { ...Object.fromEntries(applied), ...texts };
  const names = namesBeside(Object.keys(others), manifestsFile);
  const listed = listing(scenario, manifests.length === 0 ? null : manifestsFile);
  return {
    scenario: `${commentText(story)}${yamlText(renamed(listed, names) as PlainDocument)}`,
    manifests: documentsText(manifests),
    others: Object.fromEntries(Object.entries(others).map(([file, text]) => [names.get(file) ?? file, text])),
  };
}

/** Lines of YAML that a person has to read: of all files, without comments and empty ones. */
export function caseLines(found: FuzzCase): number {
  return scenarioLines(found) + caseLinesBeside(found);
}

/** Of the scenario alone. */
export function scenarioLines(found: FuzzCase): number {
  return linesOf(caseText(found, { lines: [], command: "" }).scenario);
}

function caseLinesBeside(found: FuzzCase): number {
  const { manifests, others } = caseText(found, { lines: [], command: "" });
  return [manifests, ...Object.values(others)].reduce((all, text) => all + linesOf(text), 0);
}

function linesOf(text: string): number {
  return text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#")).length;
}

/** What lies outside of the scenario's folder, or has the name of what is written there anyway, gets another name. */
function namesBeside(files: readonly string[], manifestsFile: string): ReadonlyMap<string, string> {
  const taken = new Set(["scenario.yaml", manifestsFile, "failure.json"]);
  const names = new Map<string, string>();
  for (const file of files) {
    const steps = file.split("/").filter((step) => step !== ".");
    const isInside = steps[0] !== "" && !steps.includes("..");
    const wanted = (isInside ? steps : steps.slice(-1)).join("/");
    let name = wanted;
    for (let next = 2; taken.has(name); next++) name = `${next}-${wanted.replaceAll("/", "-")}`;
    taken.add(name);
    names.set(file, name === steps.join("/") ? file : name);
  }
  return names;
}

/** Wherever the scenario names one of these files. */
function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((each) => renamed(each, names));
  return isMapping(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, renamed(each, names)])) : value;
}

/** Columns of the story; the command stays on one line, to be copied. */
const WIDTH = 80;

function commentText({ lines, command }: CaseStory): string {
  return [...lines.flatMap(wrapped), ...(lines.length === 0 ? [] : [""]), command]
    .map((line) => `# ${line}`.trimEnd())
    .join("\n")
    .concat("\n");
}

/** Further lines stand a little to the right of the first one. */
function wrapped(line: string): readonly string[] {
  const [margin = ""] = /^ */.exec(line)!;
  const lines: string[] = [];
  let current = "";
  for (const word of line.trim().split(" ")) {
    if (current !== "" && current.length + 1 + word.length > WIDTH - 2) {
      lines.push(current);
      current = "";
    }
    current = current === "" ? `${margin}${lines.length === 0 ? "" : "    "}${word}` : `${current} ${word}`;
  }
  return [...lines, current];
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
