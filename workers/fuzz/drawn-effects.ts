/**
 * What a drawn case holds, and which of it took effect: how a generator is judged. A fault whose targets aren't there, or an undo
 * of what was never done, says nothing about the engine however often it is drawn.
 */
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import type { RunResult } from "../../engine/result.ts";
import { isMapping, valueAt } from "../../scenarios/fuzz/document-path.ts";
import { workloadKinds } from "../../scenarios/fuzz/drawn/objects.arbitrary.ts";
import { readCase, type FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { runHere } from "../run.ts";

/** Texts such as "fault node-loss", "action drain", "workload Job". */
export interface DrawnEffects {
  readonly drawn: ReadonlySet<string>;
  readonly effective: ReadonlySet<string>;
}

/** Without running it. */
export function drawnIn(found: FuzzCase): ReadonlySet<string> {
  const faults = entriesOf(found, "faults").flatMap((entry) => [
    entry,
    ...["serial", "parallel"].flatMap((group) => mappings(entry[group])),
  ]);
  const types = faults.flatMap(({ type }) => (typeof type === "string" ? [`fault ${type}`] : []));
  const workloads = found.manifests.flatMap(({ kind }) => (isWorkload(kind) ? [`workload ${String(kind)}`] : []));
  return new Set([...types, ...entriesOf(found, "actions").map(actionOf), ...workloads]);
}

/** Runs it. */
export async function effectsOf(found: FuzzCase): Promise<DrawnEffects> {
  const { spec } = readCase(found);
  const drawn = drawnIn(found);
  if (spec === null) return { drawn, effective: new Set() };
  const result = await runHere(spec, 1);
  return {
    drawn,
    effective: new Set([...effectiveFaults(result), ...effectiveActions(found, spec, result), ...effectiveWorkloads(found, result)]),
  };
}

function effectiveFaults(result: RunResult): readonly string[] {
  return result.control.faults.filter(({ cause }) => hasEffect(result, cause)).map(({ type }) => `fault ${type}`);
}

/** Metadata alone: nothing need follow from it. */
const withoutSequel: ReadonlySet<string> = new Set(["action label", "action annotate"]);

function effectiveActions(found: FuzzCase, spec: ScenarioSpec, result: RunResult): readonly string[] {
  const written = entriesOf(found, "actions");
  return spec.actions.flatMap((_, index) => {
    const record = result.control.actions[index];
    const name = actionOf(written[index] ?? {});
    if (record === undefined) return [];
    const { cause, outcome } = record;
    const isDone = outcome === undefined ? withoutSequel.has(name) : outcome.status === "done";
    return isDone || hasEffect(result, cause) ? [name] : [];
  });
}

function effectiveWorkloads(found: FuzzCase, { control }: RunResult): readonly string[] {
  return found.manifests.flatMap(({ kind, metadata }) => {
    if (!isWorkload(kind)) return [];
    const name = isMapping(metadata) ? String(metadata["name"]) : "";
    return control.pods.some((pod) => pod.name === name || pod.name.startsWith(`${name}-`)) ? [`workload ${String(kind)}`] : [];
  });
}

function isWorkload(kind: unknown): boolean {
  return (workloadKinds as readonly unknown[]).includes(kind);
}

function hasEffect({ effects }: RunResult, cause: number): boolean {
  return effects.some((effect) => effect.cause === cause);
}

function actionOf(entry: Readonly<Record<string, unknown>>): string {
  return `action ${Object.keys(entry).find((field) => field !== "at") ?? ""}`;
}

function entriesOf(found: FuzzCase, field: string): readonly Readonly<Record<string, unknown>>[] {
  return mappings(valueAt(found, ["scenario", "spec", field]));
}

function mappings(list: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(list) ? list.filter(isMapping) : [];
}
