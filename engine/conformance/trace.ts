/**
 * A trace: what a client that watched a cluster wrote down, as docs/traces.md describes it: manifests, actions
 * and every change seen, in milliseconds. The model's own runs are written in the same words (trace-log.ts).
 */
import { childPath, describe, type Issues } from "../values/issue.ts";

export interface Trace {
  readonly name: string;
  /** What is done and why. */
  readonly case: string;
  /** `v1.20.2` */
  readonly kubernetes: string;
  readonly lengthMs: number;
  /** YAML texts; an object without an `apply` action exists before the trace begins. */
  readonly manifests: readonly string[];
  readonly actions: readonly TraceAction[];
  readonly observed: readonly TraceEntry[];
}

export interface TraceAction {
  readonly atMs: number;
  /** `apply`, `set image`, `scale`, `delete`, … */
  readonly do: string;
  readonly kind: string;
  readonly name: string;
  /** All that is written of it. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export type FieldValue = string | number | boolean | null | readonly string[];

/** One sighting: the fields of an object that differ from its last one; null: gone. */
export interface TraceEntry {
  readonly atMs: number;
  readonly kind: string;
  readonly name: string;
  readonly change: Readonly<Record<string, FieldValue>>;
}

/** One of a trace's nodes (nodes.json). */
export interface TraceNode {
  readonly name: string;
  readonly cpu: string;
  readonly memory: string;
  readonly pods: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** From parsed JSON; problems go to `issues`. */
export function readTrace(value: unknown, issues: Issues): Trace {
  const fields = mapping(value, "", issues);
  return {
    name: text(fields["name"], "name", issues),
    case: fields["case"] === undefined ? "" : text(fields["case"], "case", issues),
    kubernetes: text(fields["kubernetes"], "kubernetes", issues),
    lengthMs: milliseconds(fields["length_ms"], "length_ms", issues),
    manifests: list(fields["manifests"], "manifests", issues).map((manifest, index) => text(manifest, `manifests[${index}]`, issues)),
    actions: list(fields["actions"], "actions", issues).map((action, index) => readAction(action, `actions[${index}]`, issues)),
    observed: list(fields["observed"], "observed", issues).map((entry, index) => readEntry(entry, `observed[${index}]`, issues)),
  };
}

export function readTraceNodes(value: unknown, issues: Issues): TraceNode[] {
  const nodes = list(mapping(value, "", issues)["nodes"], "nodes", issues);
  return nodes.map((node, index) => {
    const path = `nodes[${index}]`;
    const { name, cpu, memory, pods, labels } = mapping(node, path, issues);
    return {
      name: text(name, `${path}.name`, issues),
      cpu: quantity(cpu, "1", `${path}.cpu`, issues),
      memory: quantity(memory, "1Gi", `${path}.memory`, issues),
      pods: pods === undefined ? 110 : milliseconds(pods, `${path}.pods`, issues),
      labels: Object.fromEntries(
        Object.entries(labels === undefined ? {} : mapping(labels, `${path}.labels`, issues)).map(([key, label]) => [key, String(label)]),
      ),
    };
  });
}

function readAction(value: unknown, path: string, issues: Issues): TraceAction {
  const fields = mapping(value, path, issues);
  return {
    atMs: milliseconds(fields["t_ms"], `${path}.t_ms`, issues),
    do: text(fields["do"], `${path}.do`, issues),
    kind: typeof fields["kind"] === "string" ? fields["kind"] : "",
    name: typeof fields["name"] === "string" ? fields["name"] : "",
    fields,
  };
}

function readEntry(value: unknown, path: string, issues: Issues): TraceEntry {
  const fields = mapping(value, path, issues);
  const change = mapping(fields["change"], `${path}.change`, issues);
  for (const [key, field] of Object.entries(change))
    if (!isFieldValue(field))
      issues.add(childPath(`${path}.change`, key), describe(field), "text, a number, true, false, null or a list of texts");
  return {
    atMs: milliseconds(fields["t_ms"], `${path}.t_ms`, issues),
    kind: text(fields["kind"], `${path}.kind`, issues),
    name: text(fields["name"], `${path}.name`, issues),
    change: change as Readonly<Record<string, FieldValue>>,
  };
}

function isFieldValue(value: unknown): value is FieldValue {
  return value === null || typeof value !== "object" || (Array.isArray(value) && value.every((entry) => typeof entry === "string"));
}

function mapping(value: unknown, path: string, issues: Issues): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  issues.add(path, describe(value), path === "" ? "a trace" : "a mapping");
  return {};
}

function list(value: unknown, path: string, issues: Issues): readonly unknown[] {
  if (Array.isArray(value)) return value;
  issues.add(path, describe(value), "a list");
  return [];
}

function text(value: unknown, path: string, issues: Issues): string {
  if (typeof value === "string") return value;
  issues.add(path, describe(value), "text");
  return "";
}

function quantity(value: unknown, fallback: string, path: string, issues: Issues): string {
  if (value === undefined) return fallback;
  return typeof value === "number" ? String(value) : text(value, path, issues);
}

function milliseconds(value: unknown, path: string, issues: Issues): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  issues.add(path, describe(value), "a number");
  return 0;
}
