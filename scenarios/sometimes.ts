/** `sometimes`: what has to be reached at least once, so that a run in which nothing happened doesn't pass. */
import { faultSchemas } from "../engine/chaos/index.schema.ts";
import type { FaultSpec } from "../engine/chaos/fault.ts";
import type { SometimesSpec } from "../engine/scenario-spec.ts";
import { describe } from "../engine/values/issue.ts";
import { hintOf } from "./inventory.ts";
import type { ScenarioSections } from "./section.ts";
import { sometimesSchema, type WrittenSometimes } from "./sometimes.schema.ts";
import { readSingleThreshold, type Measured } from "./thresholds.ts";

export interface SometimesContext extends Measured {
  readonly faults: readonly FaultSpec[];
  readonly sections: ScenarioSections;
}

export function readSometimes(written: readonly unknown[], context: SometimesContext, path: string): readonly SometimesSpec[] {
  return written.flatMap((value, index) => {
    const place = `${path}[${index}]`;
    const entry = context.sections.shaped(sometimesSchema, value, place);
    return entry === null ? [] : [readEntry(entry, context, place)];
  });
}

function readEntry(entry: WrittenSometimes, context: SometimesContext, path: string): SometimesSpec {
  const { rollout, unavailable, fault, metric, threshold } = entry;
  const { sections } = context;
  const faults = fault === undefined ? undefined : typeof fault === "string" ? [fault] : fault;
  if (rollout === undefined && unavailable === undefined && faults === undefined && metric === undefined)
    sections.report(path, "nothing that could be reached", "at least one of rollout, unavailable, fault, and metric with threshold");
  if ((metric === undefined) !== (threshold === undefined))
    sections.report(path, metric === undefined ? "threshold alone" : "metric alone", "metric and threshold");
  checkWorkload(rollout, context, `${path}.rollout`);
  checkWorkload(unavailable, context, `${path}.unavailable`);
  faults?.forEach((name, index) => checkFault(name, context, typeof fault === "string" ? `${path}.fault` : `${path}.fault[${index}]`));
  const condition =
    metric === undefined || threshold === undefined ? null : readSingleThreshold({ metric, threshold }, context, sections, path);
  return {
    name: entry.name ?? textOf(entry),
    ...(rollout === undefined ? {} : { rollout }),
    ...(unavailable === undefined ? {} : { unavailable }),
    ...(faults === undefined ? {} : { faults }),
    ...(condition === null ? {} : { threshold: condition }),
  };
}

function textOf({ rollout, unavailable, fault, metric, threshold }: WrittenSometimes): string {
  const parts = [
    ...(rollout === undefined ? [] : [`rollout of ${rollout}`]),
    ...(unavailable === undefined ? [] : [`replicas of ${unavailable} missing`]),
    ...(fault === undefined ? [] : typeof fault === "string" ? [fault] : fault),
    ...(metric === undefined ? [] : [`${metric} ${threshold ?? ""}`]),
  ];
  return parts.join(" and ");
}

function checkWorkload(wanted: string | undefined, { inventory, sections }: SometimesContext, path: string): void {
  if (wanted === undefined || wanted === "any" || !inventory.isComplete) return;
  const known = inventory.workloads.map(({ namespace, name }) => `${namespace}/${name}`);
  if (!known.includes(wanted))
    sections.report(path, describe(wanted), "any, or a workload such as default/web", hintOf("workloads", wanted, known));
}

function checkFault(wanted: string, { faults, sections }: SometimesContext, path: string): void {
  const known = [...new Set(faults.flatMap(({ name, type }) => [name.replace(/#\d+$/, ""), type]))];
  if (known.includes(wanted)) return;
  const isType = Object.hasOwn(faultSchemas, wanted);
  sections.report(
    path,
    describe(wanted),
    "name or type of a fault of this scenario",
    isType ? "no fault here is of this type" : hintOf("faults", wanted, known),
  );
}
