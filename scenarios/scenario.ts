/** A scenario document and its manifests → ScenarioSpec: everything checked, everything filled in, frozen. */
import { invariantNames } from "../engine/invariants/index.ts";
import { isWorkload, replicasOf, type KubernetesObject } from "../engine/kubernetes/objects/index.ts";
import { admittedObjects } from "../engine/kubernetes/objects/admitted-template.ts";
import { isName } from "../engine/kubernetes/objects/names.ts";
import type { FieldCount, ScenarioSpec, SpecNotes } from "../engine/scenario-spec.ts";
import type { Settings } from "../engine/settings.ts";
import type { LoadSpec } from "../engine/traffic/load-model.ts";
import { formatDuration, parseDuration } from "../engine/values/duration.ts";
import type { WrittenDuration } from "../engine/values/values.schema.ts";
import { closest, describe } from "../engine/values/issue.ts";
import { filesOf, readActions, shapeActions, type ShapedAction } from "./actions.ts";
import { readApplications } from "./applications.ts";
import { readChaos, type ChaosReading } from "./chaos-mesh.ts";
import { readFaults } from "./faults.ts";
import { Inventory } from "./inventory.ts";
import type { LocatedIssue } from "./issues.ts";
import { withForwards, type Forward } from "./ingress.ts";
import { readLoads } from "./loads.ts";
import { readServiceProxy, settingsOfProxy } from "./service-proxy.ts";
import { readManifest, withoutNulls, type Manifest } from "./manifest.ts";
import type { NodeTemplate } from "../engine/kubernetes/objects/node.ts";
import { isStaticPod, mirrorPods } from "../engine/kubernetes/objects/static-pods.ts";
import { readNodes } from "./nodes.ts";
import { frameSchema, scenarioApiVersion, specFields, type WrittenSpec } from "./scenario.schema.ts";
import { ScenarioSections, type Override } from "./section.ts";
import { readSettings } from "./settings.ts";
import { readSometimes } from "./sometimes.ts";
import { readThresholds } from "./thresholds.ts";
import { portsWithoutEffect } from "./without-effect.ts";
import type { YamlDocument, YamlFile } from "./yaml.ts";

/** What the command line says about a scenario, and where its other files come from. */
export interface ScenarioSources {
  /** The parsed text of a manifest; `at` is the field that names it, "" for the command line. */
  readManifestFile(file: string, at: string, sections: ScenarioSections): YamlFile | null;
  /** Any other text beside the scenario; left out: there are no files. What is wrong with it is reported at `at`. */
  readText?(file: string, at: string, sections: ScenarioSections): string | null;
  /** Instead of the scenario's own list. */
  readonly manifests: readonly string[] | null;
  /** Already put into the document's value. */
  readonly overrides: readonly Override[];
  /** If the document has none. */
  readonly defaultName: string;
  /** Instead of reading each set of documents anew. */
  readonly readManifest?: typeof readManifest;
  /** Instead of the scenario's own. */
  readonly nodes?: readonly NodeTemplate[];
}

export type ScenarioResult =
  | { readonly spec: ScenarioSpec; readonly issues: readonly [] }
  | { readonly spec: null; readonly issues: readonly LocatedIssue[] };

/** Pods of all workloads together: what the model holds in memory. */
const replicasMax = 5_000_000;

export function readScenario(document: YamlDocument, sources: ScenarioSources): ScenarioResult {
  const sections = new ScenarioSections(document, sources.overrides);
  const value = withoutNulls(document.value);
  if (!isScenario(value, sections)) return { spec: null, issues: sections.issues };
  const frame = sections.shaped(frameSchema, value, "");
  const spec =
    frame === null ? null : readSpec(readFields(frame.spec, sections), nameOf(frame.metadata?.name, sources, sections), sources, sections);
  if (spec === null || sections.issues.length > 0) return { spec: null, issues: sections.issues };
  return { spec: deepFreeze(spec), issues: [] };
}

/** Without this, a manifest given as a scenario would be full of unknown fields. */
function isScenario(value: unknown, sections: ScenarioSections): boolean {
  const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
  const { apiVersion, kind }: { readonly apiVersion?: unknown; readonly kind?: unknown } = isMapping ? value : {};
  if (!isMapping) sections.report("", describe(value), "a scenario");
  else if (kind !== "Scenario") {
    const isManifest = typeof kind === "string" && apiVersion !== scenarioApiVersion;
    sections.report(
      "kind",
      describe(kind),
      describe("Scenario"),
      isManifest ? "this looks like a manifest: list it under spec.manifests of a scenario" : undefined,
    );
  } else if (apiVersion !== scenarioApiVersion) sections.report("apiVersion", describe(apiVersion), describe(scenarioApiVersion));
  return sections.issues.length === 0;
}

function nameOf(written: string | undefined, { defaultName }: ScenarioSources, sections: ScenarioSections): string {
  if (written === undefined) return defaultName;
  if (!isName(written, "subdomain")) sections.report("metadata.name", describe(written), "lower case letters, digits, '-' and '.'");
  return written;
}

/** Fields one by one. Lists are only known to be lists: their entries are checked where they are read. */
function readFields(written: Readonly<Record<string, unknown>>, sections: ScenarioSections): Partial<WrittenSpec> {
  const fields: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(written)) {
    const path = `spec.${field}`;
    if (value === undefined) continue;
    if (entryFields.has(field)) {
      if (Array.isArray(value)) fields[field] = value;
      else sections.report(path, describe(value), "a list", "begin each entry with a dash");
    } else if (field === "settings") fields[field] = value;
    else {
      const shaped = sections.shaped(specFields[field as keyof WrittenSpec], value, path);
      if (shaped !== null) fields[field] = shaped;
    }
  }
  if (written["duration"] === undefined) sections.report("spec.duration", "nothing", "a duration with a unit, such as 10m");
  return fields;
}

const entryFields: ReadonlySet<string> = new Set(["nodes", "applications", "load", "actions", "faults", "sometimes"]);

function readSpec(fields: Partial<WrittenSpec>, name: string, sources: ScenarioSources, sections: ScenarioSections): ScenarioSpec {
  const { kubernetesVersion = "1.36", seed = 1, start = "settled" } = fields;
  const minor = Number(kubernetesVersion.slice(2));
  const given = fields.duration === undefined ? 0 : sections.duration(fields.duration, "spec.duration");
  if (fields.duration !== undefined && given === 0) sections.report("spec.duration", describe(fields.duration), "more than 0");
  // Without a usable duration, nothing else is measured against it.
  const duration = given === 0 ? Infinity : given;
  const warmup = sections.duration(fields.warmup ?? 0, "spec.warmup");
  if (warmup >= duration) sections.report("spec.warmup", describe(fields.warmup), `less than the duration, ${formatDuration(duration)}`);
  const { settings: ofVersion, changed } = readSettings(fields.settings, minor, sections, "spec.settings");
  const serviceProxy = readServiceProxy(fields.serviceProxy ?? {}, minor, sections, "spec.serviceProxy");
  const settings = settingsOfProxy(ofVersion, changed, serviceProxy);
  const issuesBefore = sections.issues.length;
  const nodes = sources.nodes ?? readNodes(fields.nodes, settings.maxPods, sections, "spec.nodes");
  const hasAllNodes = sections.issues.length === issuesBefore;

  const shapedActions = shapeActions(fields.actions ?? [], sections, "spec.actions");
  const manifests = readManifests(fields, shapedActions, { minor, settings }, sources, sections);
  const written = withMirrors(objectsOf(manifests.base), nodes, sections);
  const all = [...written, ...[...manifests.applied.values()].flatMap(objectsOf)];
  const admitted = (some: readonly KubernetesObject[]): readonly KubernetesObject[] => admittedObjects(some, all, written);
  const objects = admitted(written);
  const applied = [...manifests.applied.values()].flatMap((manifest) => admitted(objectsOf(manifest)));
  const inventory = new Inventory([...objects, ...applied], manifests.isComplete);
  const images = shapedActions.flatMap(({ written }) => written.setImage?.image ?? written.debug?.image ?? []);
  const context = { inventory, duration, sections, nodes: nodes.length };
  checkUpdates(manifests, sections);
  checkPriorityClasses(manifests, sections);

  const nodeNames = hasAllNodes ? nodes.map((node) => node.name) : null;
  const readText = (file: string, at: string): string | null => {
    if (sources.readText !== undefined) return sources.readText(file, at, sections);
    sections.report(at, describe(file), "no file", "this scenario is no file, so nothing stands beside it");
    return null;
  };
  const forwards: Forward[] = [];
  const load = readLoads(fields.load ?? [], { ...context, readText, forwards }, "spec.load");
  const actions = readActions(shapedActions, {
    ...context,
    nodeNames,
    appliedBy: (action) => admitted(objectsOf(manifests.applied.get(action))),
    filesAppliedBy: (action) => (manifests.applied.get(action)?.objects ?? []).map(({ document }) => document.file.split("/").at(-1) ?? ""),
  });
  const appliedAt = (file: string): number | null => {
    const times = shapedActions.flatMap((action, index) => (filesOf(action.written).includes(file) ? [actions[index]!.at] : []));
    return times.length === 0 ? null : Math.min(...times);
  };
  checkReplicas(
    [...objects, ...applied],
    actions.map((action) => (action.type === "scale" ? action.replicas : 0)),
    sections,
  );
  const ofFaults = { ...context, images, nodes: hasAllNodes ? nodes : null, loads: load.map((entry) => entry.name) };
  const { faults, conditions } = readFaults(fields.faults ?? [], ofFaults, "spec.faults");
  const chaos = readChaos(
    [
      { placed: manifests.base?.chaos ?? [], at: warmup },
      ...[...manifests.applied].map(([{ written }, manifest]) => ({ placed: manifest.chaos, at: timeOf(written.at) })),
    ],
    ofFaults,
  );
  sections.issues.push(...chaos.issues);
  const measured = { loads: load.map((entry) => entry.name), inventory };
  const allFaults = [...faults, ...chaos.faults];
  const sometimes = readSometimes(fields.sometimes ?? [], { ...measured, faults: allFaults, sections }, "spec.sometimes");
  return {
    name,
    kubernetesVersion,
    seed,
    duration,
    warmup,
    start,
    ...(fields.probes === "elided" ? { probes: "elided" as const } : {}),
    settings,
    settingsChanged: changed,
    objects,
    nodes,
    applications: withForwards(
      readApplications(fields.applications ?? [], inventory, images, appliedAt, sections, "spec.applications"),
      forwards,
      inventory,
    ),
    load,
    ...(fields.serviceProxy === undefined ? {} : { serviceProxy }),
    actions,
    faults: allFaults,
    ...(conditions.length === 0 ? {} : { conditions }),
    invariants: readInvariants(fields.invariants ?? ["default"], sections, "spec.invariants"),
    thresholds: readThresholds(fields.thresholds ?? {}, measured, sections, "spec.thresholds"),
    ...(sometimes.length === 0 ? {} : { sometimes }),
    notes: notesOf([...(manifests.base === undefined ? [] : [manifests.base]), ...manifests.applied.values()], load, chaos),
  };
}

/** What is wrong with it is told where actions are read. */
function timeOf(at: WrittenDuration): number {
  return at === 0 ? 0 : (parseDuration(at) ?? 0);
}

interface Manifests {
  readonly base: Manifest | undefined;
  readonly applied: ReadonlyMap<ShapedAction, Manifest>;
  /** Every file was read and held no problem. */
  readonly isComplete: boolean;
}

function readManifests(
  fields: Partial<WrittenSpec>,
  actions: readonly ShapedAction[],
  { minor, settings }: { readonly minor: number; readonly settings: Settings },
  sources: ScenarioSources,
  sections: ScenarioSections,
): Manifests {
  let isComplete = fields.manifests !== undefined || !hasBrokenList(sections);
  const read = (files: readonly { readonly file: string; readonly at: string }[]): Manifest => {
    const parsed = files.map(({ file, at }) => sources.readManifestFile(file, at, sections));
    const manifest = (sources.readManifest ?? readManifest)(
      parsed.flatMap((file) => file?.documents ?? []),
      minor,
      settings,
    );
    const issues = [...parsed.flatMap((file) => file?.issues ?? []), ...manifest.issues];
    sections.issues.push(...issues);
    if (issues.length > 0 || parsed.includes(null)) isComplete = false;
    return manifest;
  };
  const listed =
    sources.manifests?.map((file) => ({ file, at: "" })) ??
    (fields.manifests ?? []).map((file, index) => ({ file, at: `spec.manifests[${index}]` }));
  const base = read(listed);
  const applied = new Map<ShapedAction, Manifest>();
  for (const action of actions) {
    const files = filesOf(action.written);
    const at = (index: number): string =>
      typeof action.written.apply === "string" ? `${action.path}.apply` : `${action.path}.apply[${index}]`;
    if (files.length > 0) applied.set(action, read(files.map((file, index) => ({ file, at: at(index) }))));
  }
  return { base, applied, isComplete };
}

/** `manifests` is there, but no list. */
function hasBrokenList(sections: ScenarioSections): boolean {
  return sections.issues.some(({ path }) => path.startsWith("spec.manifests"));
}

/** Static Pods give way to the mirrors that the kubelets of their nodes make. */
function withMirrors(
  objects: readonly KubernetesObject[],
  nodes: readonly NodeTemplate[],
  sections: ScenarioSections,
): readonly KubernetesObject[] {
  return objects.flatMap((object): readonly KubernetesObject[] => {
    if (object.kind !== "Pod" || !isStaticPod({ ...object.template.annotations, ...object.metadata.annotations })) return [object];
    const mirrors = mirrorPods(object, nodes);
    if (mirrors.length === 0)
      sections.report("spec.nodes", `no node for static Pod ${object.metadata.name}`, "a node that its nodeName or nodeSelector means");
    return mirrors;
  });
}

function objectsOf(manifest: Manifest | undefined): readonly KubernetesObject[] {
  return manifest?.objects.map(({ object }) => object) ?? [];
}

/** What the API server would refuse of an object that is there already. */
function checkUpdates({ base, applied }: Manifests, sections: ScenarioSections): void {
  const before = new Map<string, KubernetesObject>();
  for (const object of objectsOf(base)) before.set(keyOf(object), object);
  for (const manifest of applied.values()) {
    for (const { object, document, path } of manifest.objects) {
      const known = before.get(keyOf(object));
      before.set(keyOf(object), object);
      if (known === undefined || JSON.stringify(fixedSelectorOf(object)) === JSON.stringify(fixedSelectorOf(known))) continue;
      const place = document.locate([...(path === "" ? [] : ["items", Number(/\d+/.exec(path)?.[0])]), "spec", "selector"]);
      sections.issues.push({
        file: document.file,
        ...place,
        path: "spec.selector",
        found: "another selector than before",
        expected: `the selector of ${object.kind} ${object.metadata.name} as it was`,
        kubernetes: "Invalid value: field is immutable",
      });
    }
  }
}

/**
 * Pods of no controller whose class nobody brings: the API server refuses them. Those of controllers are refused
 * when they are created, with an Event.
 */
function checkPriorityClasses({ base, applied, isComplete }: Manifests, sections: ScenarioSections): void {
  if (!isComplete) return;
  const placed = [...(base?.objects ?? []), ...[...applied.values()].flatMap(({ objects }) => objects)];
  const classes = new Set(placed.flatMap(({ object: { kind, metadata } }) => (kind === "PriorityClass" ? [metadata.name] : [])));
  for (const { object, document, path } of placed) {
    if (object.kind !== "Pod") continue;
    const { priorityClassName = "" } = object.template.spec;
    if (priorityClassName === "" || priorityClassName.startsWith("system-") || classes.has(priorityClassName)) continue;
    const place = document.locate([...(path === "" ? [] : ["items", Number(/\d+/.exec(path)?.[0])]), "spec", "priorityClassName"]);
    sections.issues.push({
      file: document.file,
      ...place,
      path: "spec.priorityClassName",
      found: describe(priorityClassName),
      expected: "a PriorityClass of the manifests",
      kubernetes: `pods "${object.metadata.name}" is forbidden: no PriorityClass with name ${priorityClassName} was found`,
    });
  }
}

/** The selector that an update may not change; null: the kind has none, or lets it change. */
function fixedSelectorOf(object: KubernetesObject): unknown {
  switch (object.kind) {
    case "Deployment":
    case "ReplicaSet":
    case "StatefulSet":
    case "DaemonSet":
      return object.spec.selector;
    default:
      return null;
  }
}

function keyOf({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

function checkReplicas(objects: readonly KubernetesObject[], scaled: readonly number[], sections: ScenarioSections): void {
  const written = objects.map((object) => (isWorkload(object) ? replicasOf(object, 1) : 0));
  const total = [...written, ...scaled].reduce((sum, count) => sum + count, 0);
  if (total > replicasMax)
    sections.report("spec.manifests", `${total} Pods`, `at most ${replicasMax} of all workloads and scale actions together`);
}

/** `default` means all. */
function readInvariants(written: readonly string[], sections: ScenarioSections, path: string): readonly string[] {
  if (written.length === 1 && written[0] === "default") return invariantNames;
  const chosen = new Set<string>();
  written.forEach((name, index) => {
    if (name === "default") for (const known of invariantNames) chosen.add(known);
    else if (invariantNames.includes(name)) chosen.add(name);
    else {
      const meant = closest(name, ["default", ...invariantNames]);
      sections.report(
        `${path}[${index}]`,
        describe(name),
        `default, or one of ${invariantNames.join(", ")}`,
        meant === null ? undefined : `did you mean ${meant}?`,
      );
    }
  });
  return [...chosen];
}

/** Sorted, so that the order of files doesn't show. */
function notesOf(manifests: readonly Manifest[], load: readonly LoadSpec[], chaos: ChaosReading): SpecNotes {
  const ports = portsWithoutEffect(manifests.flatMap(objectsOf), new Set(load.flatMap(({ port }) => port ?? [])));
  return {
    notModelled: [...new Set([...manifests, chaos].flatMap(({ notModelled }) => notModelled))].sort(),
    noEffect: summed([...manifests.flatMap(({ noEffect }) => [...noEffect]), ...ports.always.map(once), ...chaos.noEffect.map(once)]),
    liveOnly: summed([...manifests.flatMap(({ liveOnly }) => [...liveOnly]), ...ports.virtual.map(once)]),
  };
}

function once(field: string): readonly [string, number] {
  return [field, 1];
}

function summed(counted: readonly (readonly [string, number])[]): readonly FieldCount[] {
  const counts = new Map<string, number>();
  for (const [field, count] of counted) counts.set(field, (counts.get(field) ?? 0) + count);
  return [...counts.keys()].sort().map((field) => ({ field, count: counts.get(field) ?? 0 }));
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const field of Object.values(value)) deepFreeze(field);
  return Object.freeze(value);
}
