/** Sources of cases as plain data, which threads can be given: drawing costs as much as a small run. */
import { selfSource, scenarioSource, type CaseSource } from "./case-source.ts";
import type { FuzzCase } from "./fuzz-case.ts";
import type { AddedFaults } from "./scenario-source.ts";

export type SourceSpec = { readonly type: "self" } | { readonly type: "scenario"; readonly base: FuzzCase; readonly added: AddedFaults };

export function sourceOf(spec: SourceSpec): CaseSource {
  return spec.type === "self" ? selfSource() : scenarioSource(spec.base, spec.added);
}
