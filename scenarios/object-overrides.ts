/**
 * `--set deployment/web.spec.replicas=5`: a field of an object of the manifests, replaced on the command line. Right
 * behind the object, the name of a container's field is short for that field of its containers which have it:
 * `deployment/web.livenessProbe.timeoutSeconds`.
 */
import type { LocatedIssue } from "./issues.ts";
import { factorOf, multiplied, valueAt, withIndexes } from "./named-steps.ts";
import { overridden, parseOverride, type SetOption } from "./overrides.ts";
import type { YamlFile } from "./yaml.ts";

export interface ObjectOverride {
  readonly kind: string;
  readonly name: string;
  /** Below the object. */
  readonly set: SetOption;
  readonly option: string;
}

const containerFields = ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resources"];

/** Null: the option means the scenario. */
export function parseObjectOverride(text: string): ObjectOverride | null {
  const match = /^([a-zA-Z]+)\/([-a-z0-9]+)\.([^=]+=[^]*)$/.exec(text.trim());
  const set = match === null ? null : parseOverride(`metadata.${match[3]}`);
  if (match === null || set === null) return null;
  const steps = set.steps.slice(1);
  const path = set.path.slice("metadata.".length);
  const option = `--set ${text}`;
  return { kind: match[1]!.toLowerCase(), name: match[2]!, set: { ...set, steps, path, option }, option };
}

/** The options of one call; they remember which of them found their object. */
export class ObjectOverrides {
  readonly issues: LocatedIssue[] = [];
  private readonly overrides: readonly ObjectOverride[];
  private readonly met = new Set<ObjectOverride>();

  constructor(overrides: readonly ObjectOverride[]) {
    this.overrides = overrides;
  }

  applied(file: YamlFile): YamlFile {
    if (this.overrides.length === 0) return file;
    return { ...file, documents: file.documents.map((document) => ({ ...document, value: this.changed(document.value) })) };
  }

  /** After all manifests were read: those without an object. */
  unmet(): readonly LocatedIssue[] {
    return this.overrides
      .filter((override) => !this.met.has(override))
      .map(({ kind, name, option }) => ({
        file: option,
        line: null,
        column: null,
        path: "",
        found: `no ${kind} ${name} in the manifests`,
        expected: "an object that is there",
      }));
  }

  private changed(document: unknown): unknown {
    let value = document;
    if (isList(document)) return { ...document, items: document.items.map((item) => this.changed(item)) };
    for (const override of this.overrides) {
      if (!isObject(value, override)) continue;
      this.met.add(override);
      for (const set of expanded(value, override.set)) value = this.withValue(value, set);
    }
    return value;
  }

  private withValue(root: unknown, set: SetOption): unknown {
    const factor = factorOf(set.value);
    if (factor === null) return overridden(root, [set]);
    const value = multiplied(valueAt(root, set.steps), factor);
    if (value !== undefined) return overridden(root, [{ ...set, value }]);
    this.issues.push(noNumber(set, valueAt(root, set.steps)));
    return root;
  }
}

/** A factor of something that isn't an amount. */
export function noNumber({ option, path }: SetOption, found: unknown): LocatedIssue {
  const text = found === undefined ? "nothing" : JSON.stringify(found);
  return { file: option, line: null, column: null, path, found: text, expected: "an amount that can be multiplied" };
}

function expanded(root: unknown, set: SetOption): readonly SetOption[] {
  const [first] = set.steps;
  if (typeof first !== "string" || !containerFields.includes(first)) return [withIndexes(root, set)];
  const way = valueAt(root, ["spec", "template"]) === undefined ? ["spec", "containers"] : ["spec", "template", "spec", "containers"];
  const containers = valueAt(root, way);
  const own = Array.isArray(containers) ? containers.map((container, index) => ({ container: container as unknown, index })) : [];
  const having = own.filter(({ container }) => valueAt(container, [first]) !== undefined);
  return (having.length > 0 ? having : own).map(({ index }) => ({
    ...set,
    steps: [...way, index, ...set.steps],
    path: `${way.join(".")}[${index}].${set.path}`,
  }));
}

function isList(value: unknown): value is { readonly kind: string; readonly items: readonly unknown[] } {
  return typeof value === "object" && value !== null && Array.isArray((value as Record<string, unknown>)["items"]);
}

function isObject(value: unknown, { kind, name }: ObjectOverride): boolean {
  const own = valueAt(value, ["kind"]);
  return typeof own === "string" && own.toLowerCase() === kind && valueAt(value, ["metadata", "name"]) === name;
}
