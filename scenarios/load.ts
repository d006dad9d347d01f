/** Reads the files of a scenario: the only file access of this folder. Whatever is wrong with a file is an issue. */
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { describe } from "../engine/values/issue.ts";
import { isName } from "../engine/kubernetes/objects/names.ts";
import type { LocatedIssue } from "./issues.ts";
import { readScenario, type ScenarioResult, type ScenarioSources } from "./scenario.ts";
import type { Override } from "./section.ts";
import { factorOf, multiplied, unknownEntry, valueAt, withIndexes } from "./named-steps.ts";
import { noNumber, ObjectOverrides, parseObjectOverride, type ObjectOverride } from "./object-overrides.ts";
import { missingEntry, overridden, parseOverride, type SetOption } from "./overrides.ts";
import { fileSizeMax, parseYaml, type YamlFile } from "./yaml.ts";

export interface LoadOptions {
  /** Files that replace the scenario's manifests, relative to the working directory. */
  readonly manifests?: readonly string[];
  /** `a.b=c`, below `spec`: `duration=5m`, `load[0].rate=500/s` (or `load.0.rate`). */
  readonly set?: readonly string[];
  readonly seed?: number;
  /** Told each file as it is understood, with what was set in it: for who keeps a scenario apart from its files. */
  readonly onRead?: (read: ReadFile) => void;
}

export type ReadFile =
  | { readonly type: "scenario"; readonly value: unknown; readonly name: string }
  /** `at`: the field that names it, "" for the command line. */
  | { readonly type: "manifests"; readonly file: string; readonly at: string; readonly documents: readonly unknown[] }
  | { readonly type: "text"; readonly file: string; readonly text: string };

export function loadScenario(path: string, options: LoadOptions = {}): ScenarioResult {
  const text = readText(path);
  if (typeof text !== "string") return { spec: null, issues: [unlocated(path, text)] };
  const { documents, issues } = parseYaml(text, path);
  const [document, second] = documents;
  if (issues.length > 0 && document === undefined) return { spec: null, issues };
  if (document === undefined)
    return { spec: null, issues: [{ file: path, line: 1, column: 1, path: "", found: "an empty file", expected: "a scenario" }] };
  if (second !== undefined)
    return {
      spec: null,
      issues: [
        ...issues,
        {
          file: path,
          ...second.locate([]),
          path: "",
          found: "a second document",
          expected: "one scenario per file",
          hint: "manifests stand in files of their own, listed under spec.manifests",
        },
      ],
    };
  const { objects, others } = sortedOptions(options);
  const inManifests = new ObjectOverrides(objects);
  const sets = setOptions({ ...options, set: others });
  const values = sets.flatMap((set) => ("issue" in set ? [] : [withIndexes(document.value, set)]));
  const failed = [...sets.flatMap((set) => ("issue" in set ? [set.issue] : [])), ...missingEntries(document.value, values)];
  if (failed.length > 0) return { spec: null, issues: failed };
  const root = overridden(
    document.value,
    values.map((set) => withAmount(document.value, set)),
  );
  const overrides: readonly Override[] = values.map(({ path: field, option }) => ({ path: field, text: option }));
  const directory = dirname(path);
  const sources: ScenarioSources = {
    manifests: options.manifests ?? null,
    overrides,
    defaultName: defaultName(path),
    readManifestFile(file, at, sections) {
      const isFromCommandLine = at === "";
      const place = isFromCommandLine || isAbsolute(file) ? file : join(directory, file);
      const content = readText(place);
      if (typeof content === "string") {
        const applied = inManifests.applied(readableManifest(content, place));
        options.onRead?.({ type: "manifests", file, at, documents: applied.documents.map(({ value }) => value) });
        return applied;
      }
      if (isFromCommandLine) sections.issues.push(unlocated(place, content));
      else sections.report(at, `${describe(file)}, ${content.found}`, content.expected, content.hint);
      return null;
    },
    readText(file, at, sections) {
      const content = readText(isAbsolute(file) ? file : join(directory, file));
      if (typeof content === "string") {
        options.onRead?.({ type: "text", file, text: content });
        return content;
      }
      sections.report(at, `${describe(file)}, ${content.found}`, content.expected, content.hint);
      return null;
    },
  };
  options.onRead?.({ type: "scenario", value: root, name: defaultName(path) });
  const read = readScenario({ ...document, value: root }, sources);
  const unmet = [...inManifests.issues, ...inManifests.unmet()];
  const result =
    unmet.length === 0 || (read.spec === null && inManifests.issues.length === 0)
      ? read
      : { spec: null, issues: [...read.issues, ...unmet] };
  if (result.spec !== null && issues.length === 0) return result;
  if (overrides.length === 0) return { spec: null, issues: [...issues, ...result.issues] };
  const alone = readScenario(document, { ...sources, overrides: [] });
  const found = result.issues.map((issue) => (issue.file === path ? blamed(issue, alone.issues, overrides) : issue));
  return { spec: null, issues: [...issues, ...found] };
}

/** What is wrong with the scenario only since values were set is the options' doing, whatever line it shows in. */
function blamed(issue: LocatedIssue, withoutOptions: readonly LocatedIssue[], overrides: readonly Override[]): LocatedIssue {
  const wasThere = withoutOptions.some(
    ({ file, path, found, expected }) => file === issue.file && path === issue.path && found === issue.found && expected === issue.expected,
  );
  if (wasThere) return issue;
  const inside = overrides.filter(({ path }) => path.startsWith(`${issue.path}.`) || path.startsWith(`${issue.path}[`));
  const options = (inside.length > 0 ? inside : overrides).map(({ text }) => text).join(" ");
  return { ...issue, file: options, line: null, column: null };
}

/** Options that go into entries of lists that don't exist. A whole entry may come behind the last one. */
function missingEntries(root: unknown, options: readonly SetOption[]): readonly LocatedIssue[] {
  const issues: LocatedIssue[] = [];
  let value = root;
  for (const option of options) {
    const missing = missingEntry(value, option);
    if (missing === null) value = overridden(value, [option]);
    else
      issues.push({
        file: option.option,
        line: null,
        column: null,
        path: missing.path,
        found: `entry ${missing.index} of a list of ${missing.length}`,
        expected: missing.length === 0 ? "an entry that is there" : `one from 0 to ${missing.length - 1}`,
        hint: `a new one is given as a whole: ${missing.list}[${missing.length}]={…}`,
      });
    const factor = factorOf(option.value);
    const unknown = unknownEntry(root, option);
    if (unknown !== null)
      issues.push({
        file: option.option,
        line: null,
        column: null,
        path: unknown.path,
        found: "no such entry",
        expected: unknown.names.length === 0 ? "the index of an entry" : `an index, or one of ${unknown.names.join(", ")}`,
      });
    else if (factor !== null && multiplied(valueAt(root, option.steps), factor) === undefined)
      issues.push(noNumber(option, valueAt(root, option.steps)));
  }
  return issues;
}

/** A factor becomes the amount that it makes of the one in the file. */
function withAmount(root: unknown, set: SetOption): SetOption {
  const factor = factorOf(set.value);
  return factor === null ? set : { ...set, value: multiplied(valueAt(root, set.steps), factor) };
}

/** What is set in the manifests, and what in the scenario. */
function sortedOptions({ set = [] }: LoadOptions): { readonly objects: readonly ObjectOverride[]; readonly others: readonly string[] } {
  const objects = set.map(parseObjectOverride);
  return { objects: objects.filter((each) => each !== null), others: set.filter((_, index) => objects[index] === null) };
}

/** A file without a single object is nearly always the wrong file. */
function readableManifest(text: string, file: string): YamlFile {
  const parsed = parseYaml(text, file, { hasOldBooleans: true });
  if (parsed.documents.length > 0 || parsed.issues.length > 0) return parsed;
  return { ...parsed, issues: [{ file, line: 1, column: 1, path: "", found: "no object", expected: "at least one Kubernetes object" }] };
}

type SetResult = SetOption | { readonly issue: LocatedIssue };

function setOptions({ set = [], seed }: LoadOptions): readonly SetResult[] {
  const parsed = set.map((text): SetResult => {
    const option = parseOverride(text);
    if (option !== null) return option;
    return {
      issue: {
        file: `--set ${text}`,
        line: null,
        column: null,
        path: "",
        found: describe(text),
        expected: "field=value, such as duration=5m or load[0].rate=500/s",
      },
    };
  });
  return seed === undefined ? parsed : [...parsed, { steps: ["spec", "seed"], path: "spec.seed", value: seed, option: `--seed ${seed}` }];
}

function defaultName(path: string): string {
  const file = basename(path).replace(/\.(?:ya?ml|json)$/i, "");
  // Each scenario of the library is a folder with a scenario.yaml.
  const name = file === "scenario" ? basename(dirname(resolve(path))) : file;
  const plain = name
    .toLowerCase()
    .replace(/[^-a-z0-9.]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
  return isName(plain, "subdomain") ? plain : "scenario";
}

function unlocated(file: string, problem: FileProblem): LocatedIssue {
  return { file, line: null, column: null, path: "", ...problem };
}

interface FileProblem {
  readonly found: string;
  readonly expected: string;
  readonly hint?: string;
}

/** The text of a file, or why there is none. */
function readText(path: string): string | FileProblem {
  let descriptor: number | null = null;
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return { found: "a directory", expected: "a file" };
    if (!stats.isFile()) return { found: "something that is no ordinary file", expected: "a file" };
    if (stats.size > fileSizeMax)
      return {
        found: `${Math.ceil(stats.size / 1024 / 1024)} MiB`,
        expected: `at most ${fileSizeMax / 1024 / 1024} MiB`,
        hint: "split it into several files",
      };
    descriptor = openSync(path, "r");
    return decoded(readFileSync(descriptor));
  } catch (error) {
    return fileProblem(error);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function decoded(bytes: Buffer): string | FileProblem {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16) return { found: "UTF-16 text", expected: "UTF-8", hint: "save it as UTF-8" };
  if (bytes.includes(0)) return { found: "binary content", expected: "YAML or JSON text" };
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { found: "text in an encoding that isn't UTF-8", expected: "UTF-8", hint: "save it as UTF-8" };
  }
}

function fileProblem(error: unknown): FileProblem {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return { found: "no such file", expected: "a file" };
    case "EACCES":
    case "EPERM":
      return { found: "a file that may not be read", expected: "a readable file" };
    default:
      return { found: `a file that can't be read (${code})`, expected: "a readable file" };
  }
}
