/** Kubernetes documents → objects, through the registry of kinds; and the notes about what has no effect. */
import { closest, describe, Issues, type Issue } from "../engine/values/issue.ts";
import { visitUnused } from "../engine/values/shape.schema.ts";
import { withoutGatedFields } from "../engine/kubernetes/objects/gated-fields.ts";
import { kindSchemas } from "../engine/kubernetes/objects/index.schema.ts";
import {
  isKind,
  isServed,
  kinds,
  unmodelledKinds,
  type Kind,
  type KindDefinition,
  type KubernetesObject,
} from "../engine/kubernetes/objects/index.ts";
import { defaultSettings, type Settings } from "../engine/settings.ts";
import { chaosGroup, chaosKinds, type PlacedChaos } from "./chaos-mesh.ts";
import { locateIssue, type LocatedIssue } from "./issues.ts";
import { checkScripts } from "./scripts.ts";
import { checkShape } from "./shape.ts";
import { checkTimeZone } from "./time-zones.ts";
import { valuesWithoutEffect } from "./without-effect.ts";
import type { YamlDocument } from "./yaml.ts";

/** An object and where it was written. */
export interface PlacedObject {
  readonly object: KubernetesObject;
  readonly document: YamlDocument;
  /** Path of the object in its document: "" or `items[3]`. */
  readonly path: string;
}

export interface Manifest {
  readonly objects: readonly PlacedObject[];
  /** `ServiceAccount/frontend`: accepted, and not modelled. */
  readonly notModelled: readonly string[];
  /** Chaos Mesh's documents: faults, not objects of the model. */
  readonly chaos: readonly PlacedChaos[];
  /** Field without indexes → how often. */
  readonly noEffect: ReadonlyMap<string, number>;
  /** The same for fields that only live runs carry out. */
  readonly liveOnly: ReadonlyMap<string, number>;
  readonly issues: readonly LocatedIssue[];
}

/** Reads documents of one or more files as one set: objects may not repeat. `minor`: Kubernetes 1.<minor>, with its defaults in `settings`. */
export function readManifest(documents: readonly YamlDocument[], minor: number, settings: Settings = defaultSettings): Manifest {
  const reader = new ManifestReader(minor, settings);
  for (const document of documents) reader.read(document, document.value, "");
  reader.checkDuplicates();
  return reader;
}

class ManifestReader implements Manifest {
  readonly objects: PlacedObject[] = [];
  readonly notModelled: string[] = [];
  readonly chaos: PlacedChaos[] = [];
  readonly noEffect = new Map<string, number>();
  readonly liveOnly = new Map<string, number>();
  readonly issues: LocatedIssue[] = [];
  private readonly minor: number;
  private readonly settings: Settings;

  constructor(minor: number, settings: Settings) {
    this.minor = minor;
    this.settings = settings;
  }

  read(document: YamlDocument, value: unknown, path: string): void {
    if (!isMapping(value)) return this.report(document, path, { path: "", found: describe(value), expected: "a Kubernetes object" });
    const { apiVersion, kind } = value;
    if (typeof apiVersion !== "string" || apiVersion === "")
      this.report(document, path, missingOrNotText("apiVersion", apiVersion, "an API version such as apps/v1"));
    if (typeof kind !== "string" || kind === "") this.report(document, path, missingOrNotText("kind", kind, "a kind such as Deployment"));
    if (typeof apiVersion !== "string" || typeof kind !== "string" || apiVersion === "" || kind === "") return;
    if (kind.endsWith("List") && Array.isArray(value["items"])) {
      value["items"].forEach((item, index) => this.read(document, withListKind(item, apiVersion, kind), joined(path, `items[${index}]`)));
    } else if (apiVersion.startsWith(chaosGroup) && chaosKinds.has(kind))
      this.chaos.push({ document, path, value: withoutNulls(value) as Record<string, unknown> });
    else if (isKind(kind) && !unmodelledKinds.has(kind) && isServed(kind, apiVersion, this.minor)) this.admit(document, path, kind, value);
    else this.acceptOther(document, path, apiVersion, kind, value);
  }

  checkDuplicates(): void {
    const seen = new Map<string, PlacedObject>();
    for (const placed of this.objects) {
      const { kind, metadata } = placed.object;
      const key = `${kind}/${metadata.namespace}/${metadata.name}`;
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, placed);
        continue;
      }
      const { line } = locateIssue({ path: joined(first.path, "metadata.name"), found: "", expected: "" }, first.document);
      const where = `${first.document.file}:${line ?? 1}`;
      this.report(placed.document, placed.path, {
        path: "metadata.name",
        found: `${kind} ${describe(metadata.name)} of namespace ${metadata.namespace === "" ? "none" : metadata.namespace} again`,
        expected: "each object once",
        hint: `the first stands at ${where}`,
      });
    }
  }

  private admit<K extends Kind>(document: YamlDocument, path: string, kind: K, value: Record<string, unknown>): void {
    const schema = kindSchemas[kind];
    const { value: given, issues: shapeIssues, unknownKeys } = checkShape(schema, withoutNulls(value), { basePath: "" });
    for (const issue of shapeIssues) this.report(document, path, issue, unknownKeys.has(issue.path) ? "key" : "value");
    if (given === null) return;
    const { kept: written, dropped } = withoutGatedFields(kind, given, this.minor);
    const issues = new Issues();
    const definition: KindDefinition<typeof written, KubernetesObject> = kinds[kind];
    const object = definition.admit(written, this.minor, issues, this.settings);
    // What was cut out because of its shape must not be missed a second time.
    const reported = new Set(shapeIssues.map((issue) => issue.path));
    checkScripts(object, issues);
    checkTimeZone(object, issues);
    for (const issue of issues.list) if (!reported.has(issue.path)) this.report(document, path, issue);
    if (issues.isEmpty && shapeIssues.length === 0) this.objects.push({ object, document, path });
    visitUnused(schema, written, (steps) => countIn(this.noEffect, steps.filter((step) => typeof step === "string").join(".")));
    const { always, virtual } = valuesWithoutEffect(object, written);
    for (const field of [...always, ...dropped]) countIn(this.noEffect, field);
    for (const field of virtual) countIn(this.liveOnly, field);
  }

  private acceptOther(document: YamlDocument, path: string, apiVersion: string, kind: string, value: Record<string, unknown>): void {
    const issue = kindIssue(apiVersion, kind);
    if (issue !== null) return this.report(document, path, issue);
    const name = isMapping(value["metadata"]) ? (value["metadata"]["name"] ?? value["metadata"]["generateName"]) : undefined;
    if (typeof name === "string" && name !== "") this.notModelled.push(`${kind}/${name}`);
    else this.report(document, path, { ...missingOrNotText("metadata.name", name, "a name"), kubernetes: "Required value" });
  }

  private report(document: YamlDocument, path: string, issue: Issue, aim: "value" | "key" = "value"): void {
    this.issues.push(locateIssue({ ...issue, path: joined(path, issue.path) }, document, aim));
  }
}

function countIn(counts: Map<string, number>, field: string): void {
  counts.set(field, (counts.get(field) ?? 0) + 1);
}

function missingOrNotText(path: string, value: unknown, expected: string): Issue {
  return { path, found: describe(value === null ? undefined : value), expected };
}

function joined(base: string, path: string): string {
  return base === "" || path === "" ? base + path : `${base}.${path}`;
}

/** Items of a DeploymentList needn't say what they are. */
function withListKind(item: unknown, apiVersion: string, listKind: string): unknown {
  if (!isMapping(item) || listKind === "List") return item;
  return { apiVersion, kind: listKind.slice(0, -"List".length), ...item };
}

/** Kinds of the built-in groups in which a typing error would otherwise pass as somebody's own resource. */
const builtInKinds: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "v1",
    [
      "Binding",
      "ConfigMap",
      "Endpoints",
      "Event",
      "LimitRange",
      "Namespace",
      "Node",
      "PersistentVolume",
      "PersistentVolumeClaim",
      "Pod",
      "PodTemplate",
      "ReplicationController",
      "ResourceQuota",
      "Secret",
      "Service",
      "ServiceAccount",
    ],
  ],
  ["apps/v1", ["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"]],
  ["batch/v1", ["CronJob", "Job"]],
  ["policy/v1", ["PodDisruptionBudget"]],
  ["autoscaling/v2", ["HorizontalPodAutoscaler"]],
  ["scheduling.k8s.io/v1", ["PriorityClass"]],
]);

/** A kind that can't be: misspelt, or in a group or version where it isn't. */
function kindIssue(apiVersion: string, kind: string): Issue | null {
  if (apiVersion.startsWith("podstorm.dev/"))
    return {
      path: "kind",
      found: describe(kind),
      expected: "a Kubernetes object",
      hint: "a scenario is given to podstorm itself, not listed as a manifest",
    };
  const siblings = builtInKinds.get(apiVersion);
  if (siblings?.includes(kind) === true) return null;
  const home = homeOf(kind);
  if (isKind(kind) && home !== undefined && !unmodelledKinds.has(kind))
    return { path: "apiVersion", found: describe(apiVersion), expected: describe(kinds[kind].apiVersion), hint: `a ${kind} is of ${home}` };
  if (siblings === undefined) return null;
  const meant = closest(kind, siblings) ?? closest(kind, [...builtInKinds.values()].flat());
  const elsewhere = meant === null ? undefined : homeOf(meant);
  const issue = { path: "kind", found: describe(kind), expected: `a kind of ${apiVersion}` };
  if (home !== undefined) return { ...issue, hint: `${kind} is of ${home}` };
  return meant === null
    ? issue
    : { ...issue, hint: elsewhere === apiVersion ? `did you mean ${meant}?` : `did you mean ${meant} of ${elsewhere ?? ""}?` };
}

function homeOf(kind: string): string | undefined {
  return [...builtInKinds].find(([, kindsThere]) => kindsThere.includes(kind))?.[0];
}

/** Kubernetes reads null as absent. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMapping(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const field = value[key];
    if (field === null) continue;
    // Assigned, it would be the object's prototype.
    if (key === "__proto__")
      Object.defineProperty(kept, key, { value: withoutNulls(field), enumerable: true, configurable: true, writable: true });
    else kept[key] = withoutNulls(field);
  }
  return kept;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
