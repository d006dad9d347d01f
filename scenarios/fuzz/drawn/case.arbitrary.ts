/**
 * A whole case: documents as a person would write them, of everything that the model knows. Swarm testing: each case leaves
 * half of the features out, since a feature that is always there hides what only shows without it.
 */
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../../engine/values/duration.ts";
import type { FuzzCase, PlainDocument } from "../fuzz-case.ts";
import { isMapping, valueAt, withChanged } from "../document-path.ts";
import { applicationDraw, callDraws, type CallDraw } from "./applications.arbitrary.ts";
import { listOf, maybe, oneOf, withoutGaps } from "./fields.ts";
import {
  actionDocuments,
  actionDraws,
  composed,
  composition,
  faultDocument,
  faultDraws,
  isOnRequests,
  type ActionDraw,
  type Composition,
  type FaultDraw,
  type Targets,
} from "./happenings.arbitrary.ts";
import { loadDocument, loadDraws, type LoadDraw } from "./loads.arbitrary.ts";
import { sceneDraw, type Scene } from "./scenes.arbitrary.ts";
import { clusterDraw, nodeGroups, nodesDraw, versionDraw, type NodesDraw } from "./nodes.arbitrary.ts";
import { GATE } from "./pod.arbitrary.ts";
import {
  priorityClass,
  ruleDraws,
  ruleManifest,
  workloadDraw,
  workloadManifests,
  type RuleDraw,
  type WorkloadDraw,
} from "./objects.arbitrary.ts";

/** What a case may leave out. */
const features = ["version", "cluster", "rules", "applications", "calls", "loads", "actions", "faults", "composition"] as const;
type Features = Readonly<Record<(typeof features)[number], boolean>>;
/** What happens is what most rules are about. */
const more: ReadonlySet<string> = new Set(["actions", "faults", "loads", "rules"]);

interface Draw {
  readonly features: Features;
  readonly seed: number;
  readonly duration: number;
  readonly version: string | undefined;
  readonly cluster: PlainDocument;
  readonly nodes: NodesDraw;
  readonly workloads: readonly WorkloadDraw[];
  readonly rules: readonly RuleDraw[];
  readonly applications: readonly PlainDocument[];
  readonly isGeneral: boolean;
  readonly calls: readonly CallDraw[];
  readonly awaits: number | undefined;
  readonly loads: readonly LoadDraw[];
  readonly actions: readonly ActionDraw[];
  readonly faults: readonly FaultDraw[];
  readonly composition: Composition;
  /** What happens does so within a few seconds. */
  readonly isClose: boolean;
  readonly scene: Scene | null;
}

/** Seconds: shorter cases are more of them. */
const durations = { min: 60, max: 180 } as const;
/** Faults and actions come while there is time left for what follows from them. */
const LATEST = 60;

export const wideCase: fc.Arbitrary<FuzzCase> = fc
  .record<Draw>({
    features: fc.record(
      Object.fromEntries(features.map((name) => [name, more.has(name) ? oneOf(true, true, false) : fc.boolean()])),
    ) as fc.Arbitrary<Features>,
    seed: fc.nat(1_000_000),
    duration: fc.integer(durations),
    version: versionDraw,
    cluster: clusterDraw,
    nodes: nodesDraw,
    workloads: listOf(workloadDraw, 1, 3),
    rules: ruleDraws,
    applications: listOf(applicationDraw, 3, 3),
    isGeneral: fc.boolean(),
    calls: callDraws,
    awaits: maybe(fc.nat(2), 1),
    loads: loadDraws,
    actions: actionDraws(LATEST),
    faults: faultDraws(LATEST),
    composition,
    isClose: fc.boolean(),
    scene: fc.oneof(fc.constant(null), sceneDraw),
  })
  .map((draw) => documents(draw.scene === null ? draw : staged(draw, draw.scene)));

/** The draw with what the scene needs; what else is drawn happens as well in half of all cases. */
function staged(draw: Draw, scene: Scene): Draw {
  const { features: has } = draw;
  const [first, ...others] = draw.workloads;
  const { pod } = first!;
  const [container = {}, ...sides] = pod.containers;
  const workload = {
    ...first!,
    ...scene.workload,
    pod: { ...pod, ...scene.pod, containers: [{ ...container, ...scene.container }, ...sides] },
  };
  return {
    ...draw,
    features: {
      ...has,
      rules: has.rules || scene.rules !== undefined,
      applications: has.applications || scene.application !== undefined,
      actions: true,
      faults: true,
      cluster: has.cluster || scene.cluster !== undefined,
    },
    workloads: [workload, ...others],
    nodes: { ...draw.nodes, ...scene.nodes },
    rules: [...(scene.rules ?? []), ...(has.rules ? draw.rules : [])],
    applications:
      scene.application === undefined
        ? draw.applications
        : [{ ...(has.applications ? draw.applications[0] : {}), ...scene.application }, ...draw.applications.slice(1)],
    cluster: { ...(has.cluster ? draw.cluster : {}), ...scene.cluster },
    actions: [...(scene.actions ?? []), ...(has.actions ? draw.actions.slice(1) : [])],
    faults: [...(scene.faults ?? []), ...(has.faults ? draw.faults.slice(1) : [])],
    isClose: false,
  };
}

function documents(draw: Draw): FuzzCase {
  const { features: has } = draw;
  const isGated = has.actions && draw.actions.some(({ kind }) => kind === "setCondition");
  const workloads = isGated ? draw.workloads.map(gated) : draw.workloads;
  const named = workloads.map((workload, index) => ({
    name: `w${index}`,
    kind: workload.kind,
    hasService: workload.service !== undefined,
    hasProbes: JSON.stringify(workload.pod.containers).includes("Probe"),
  }));
  const rules = has.rules ? draw.rules.map((rule, index) => ({ ...rule, name: `rule${index}` })) : [];
  const targets: Targets = { workloads: named, nodes: Array.from({ length: draw.nodes.count }, (_, index) => `node-${index}`), rules };
  const own = workloads.flatMap((workload, index) => workloadManifests(`w${index}`, workload));
  const manifests = [...own, ...rules.map((rule) => ruleManifest(rule.name, rule, named)), ...classesOf(own)];
  const near = draw.isClose ? closeTo(draw.faults[0]?.at ?? draw.actions[0]?.at ?? "1s") : (at: string): string => at;
  const happen = <Happening extends { readonly at: string }>(drawn: readonly Happening[]): readonly Happening[] =>
    drawn.map((entry) => ({ ...entry, at: near(entry.at) }));
  const { actions, files } = has.actions ? actionsOf(happen(draw.actions), targets, own) : { actions: [], files: {} };
  const services = named.filter(({ hasService }) => hasService);
  const faults = has.faults ? happen(draw.faults).map((fault, index) => faultDocument(fault, `fault${index}`, targets)) : [];
  const loads = services.length > 0 ? loadsOf(draw) : [];
  const spec = withoutGaps({
    kubernetesVersion: has.version ? draw.version : undefined,
    seed: draw.seed,
    duration: `${draw.duration}s`,
    manifests: ["manifests.yaml"],
    nodes: nodeGroups(draw.nodes),
    ...(has.cluster ? draw.cluster : {}),
    applications: applicationsOf(draw, named),
    load: loads.map((load, index) => loadDocument(load, `load${index}`, `service/${services[load.target % services.length]!.name}`)),
    actions,
    faults: has.composition ? composed(faults, draw.composition) : faults,
  });
  return {
    scenario: { apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", metadata: { name: "fuzz" }, spec },
    manifests,
    ...(Object.keys(files).length === 0 ? {} : { files }),
  };
}

/** What hinders requests hinders some: the first load asks whom it is about. */
function loadsOf({ features: has, loads, faults }: Draw): readonly LoadDraw[] {
  const hindrance = has.faults ? faults.find(({ type }) => isOnRequests(type)) : undefined;
  if (hindrance === undefined) return has.loads ? loads : [];
  return [{ ...loads[0]!, target: hindrance.target }, ...(has.loads ? loads.slice(1) : [])];
}

/** A tenth of the time between them. */
function closeTo(first: string): (at: string) => string {
  const from = parseDuration(first) ?? 0;
  return (at) => formatDuration(Math.round(from + ((parseDuration(at) ?? 0) - from) / 10));
}

/** Conditions are set for gates that are there. */
function gated(workload: WorkloadDraw): WorkloadDraw {
  const { pod } = workload;
  return { ...workload, pod: { ...pod, spec: { ...pod.spec, readinessGates: [{ conditionType: GATE }] } } };
}

/** The priority classes that templates name. */
function classesOf(manifests: readonly PlainDocument[]): readonly PlainDocument[] {
  const text = JSON.stringify(manifests);
  return [
    ...(text.includes('"priorityClassName":"high"') ? [priorityClass("high", 1000)] : []),
    ...(text.includes('"priorityClassName":"low"') ? [priorityClass("low", 10)] : []),
  ];
}

function applicationsOf(draw: Draw, named: Targets["workloads"]): readonly PlainDocument[] {
  const { features: has, applications, calls, awaits } = draw;
  const services = new Set(named.filter(({ hasService }) => hasService).map(({ name }) => name));
  return named.map(({ name }, index) => {
    const selector = { labels: { app: name } };
    const traits = has.applications && (draw.isGeneral || index === 0) ? applications[index]! : {};
    // Calls go to later workloads: those that come back to their caller are refused.
    const own = has.calls ? calls.filter(({ caller, callee }) => caller === index && callee > index && services.has(`w${callee}`)) : [];
    const checks = [...new Set(own.filter(({ isChecked }) => isChecked).map(({ callee }) => `service/w${callee}`))];
    return withoutGaps({
      selector,
      ...traits,
      calls: own.length === 0 ? undefined : own.map(({ callee, fields }) => ({ service: `service/w${callee}`, ...fields })),
      health: checks.length === 0 ? undefined : { checks, on: "both" },
      awaits: has.calls && awaits === index && index > 0 && services.has("w0") ? { service: "w0" } : undefined,
    });
  });
}

interface Actions {
  readonly actions: readonly PlainDocument[];
  readonly files: Readonly<Record<string, readonly PlainDocument[]>>;
}

function actionsOf(draws: readonly ActionDraw[], targets: Targets, manifests: readonly PlainDocument[]): Actions {
  const files: Record<string, readonly PlainDocument[]> = {};
  const actions = draws.flatMap((draw, index): readonly PlainDocument[] => {
    if (draw.kind !== "apply") return actionDocuments(draw, targets);
    const { name } = targets.workloads[draw.target % targets.workloads.length]!;
    const file = `apply${index}.yaml`;
    files[file] = manifests
      .filter((manifest) => valueAt(manifest, ["metadata", "name"]) === name)
      .map((manifest) => changed(manifest, draw.fields));
    return [{ at: draw.at, apply: file }];
  });
  return { actions: actions.toSorted((a, b) => instantOf(a) - instantOf(b)), files };
}

function instantOf({ at }: PlainDocument): number {
  return parseDuration(String(at)) ?? 0;
}

/** The same object with another number of replicas, or another image. */
function changed(manifest: PlainDocument, { replicas, image }: PlainDocument): PlainDocument {
  const scaled =
    replicas === undefined
      ? manifest
      : withChanged(manifest, ["spec", "replicas"], (value) => (value === undefined ? undefined : replicas));
  const containers = ["spec", "template", "spec", "containers"];
  if (image === undefined || !Array.isArray(valueAt(scaled, containers))) return scaled;
  return withChanged(scaled, [...containers, 0], (container) => (isMapping(container) ? { ...container, image } : container));
}
