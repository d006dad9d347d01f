/** A person's files → the case that a campaign varies, checked as `podstorm run` would; options set in it stay set. */
import type { LocatedIssue } from "../issues.ts";
import { loadScenario, type LoadOptions } from "../load.ts";
import { isMapping } from "./document-path.ts";
import { readCase, type FuzzCase, type PlainDocument } from "./fuzz-case.ts";

/** In a scenario without thresholds this is what must not happen: three nines. */
export const usualThresholds: PlainDocument = { requests_lost: ["rate<0.1%"] };

export interface LoadCaseOptions extends LoadOptions {
  /** Instead of the scenario's own: `metric: condition`. */
  readonly thresholds?: readonly string[];
  /** False: a scenario that states none has none. */
  readonly isUsualWanted?: boolean;
}

export type LoadedCase =
  /** `isUsual`: the scenario says nothing about what must hold, so the usual threshold does. `isFree`: nothing must hold but invariants. */
  | { readonly base: FuzzCase; readonly name: string; readonly isUsual: boolean; readonly isFree: boolean }
  | { readonly base: null; readonly issues: readonly LocatedIssue[] };

export function loadCase(path: string, options: LoadCaseOptions = {}): LoadedCase {
  let scenario: PlainDocument = {};
  let usualName = "scenario";
  const manifests: PlainDocument[] = [];
  const files: Record<string, readonly PlainDocument[]> = {};
  const texts: Record<string, string> = {};
  const { spec, issues } = loadScenario(path, {
    ...options,
    onRead(read) {
      if (read.type === "text") texts[read.file] = read.text;
      else if (read.type === "scenario") {
        scenario = read.value as PlainDocument;
        usualName = read.name;
      } else if (read.at === "" || read.at.startsWith("spec.manifests")) manifests.push(...(read.documents as readonly PlainDocument[]));
      else files[read.file] = read.documents as readonly PlainDocument[];
    },
  });
  if (spec === null) return { base: null, issues };
  const isUnstated = options.thresholds === undefined && spec.thresholds.length === 0;
  const isUsual = isUnstated && spec.load.length > 0 && options.isUsualWanted !== false;
  const thresholds = options.thresholds === undefined ? (isUsual ? usualThresholds : null) : writtenThresholds(options.thresholds);
  const { metadata, spec: fields } = scenario;
  const base: FuzzCase = {
    scenario: {
      ...scenario,
      metadata: { name: usualName, ...(isMapping(metadata) ? metadata : {}) },
      spec: { ...(isMapping(fields) ? fields : {}), ...(thresholds === null ? {} : { thresholds }) },
    },
    manifests,
    ...(Object.keys(files).length === 0 ? {} : { files }),
    ...(Object.keys(texts).length === 0 ? {} : { texts }),
  };
  const again = readCase(base);
  if (again.spec !== null) return { base, name: again.spec.name, isUsual, isFree: again.spec.thresholds.length === 0 };
  // The files were read without a fault before: it is what was typed.
  const typed = again.issues.map((issue) => ({
    ...issue,
    file: "--threshold",
    line: null,
    column: null,
    path: issue.path.replace(/^spec\.thresholds\.?/, ""),
  }));
  return { base: null, issues: options.thresholds === undefined ? again.issues : typed };
}

/** `requests_lost: rate<1%` → { requests_lost: ["rate<1%"] } */
function writtenThresholds(texts: readonly string[]): PlainDocument {
  const written: Record<string, string[]> = {};
  for (const text of texts) {
    const [, metric = text, condition = ""] = /^([^:]*(?:\{[^}]*\})?)\s*:\s*(.*)$/s.exec(text) ?? [];
    (written[metric.trim()] ??= []).push(condition.trim());
  }
  return written;
}

/** What a campaign varies; everything else is the person's. */
const varied = ["seed", "duration", "warmup", "load", "actions", "faults"] as const;

/** What happened in an earlier case, to the scenario and the manifests as they are now. */
export function rebased(base: FuzzCase, drawn: FuzzCase): FuzzCase {
  const [now, before] = [base, drawn].map(({ scenario }) => scenario["spec"] as PlainDocument);
  const spec: Record<string, unknown> = { ...now };
  for (const field of varied) {
    if (before![field] === undefined) delete spec[field];
    else spec[field] = before![field];
  }
  return { ...base, scenario: { ...base.scenario, spec } };
}
