/**
 * A whole case: documents as a person would write them, of everything that the model knows. Swarm testing: each case leaves
 * half of the features out, since a feature that is always there hides what only shows without it.
 */
import fc from "fast-check";
import type { FuzzCase, PlainDocument } from "../fuzz-case.ts";
import { isMapping, valueAt, withChanged } from "../document-path.ts";
import { applicationDraw, callDraws, type CallDraw } from "./applications.arbitrary.ts";
import { listOf, maybe, withoutGaps } from "./fields.ts";
import {
  actionDocument,
  actionDraw,
  composed,
  composition,
  faultDocument,
  faultDraw,
  faultTypes,
  listOfActions,
  listOfFaults,
  type ActionDraw,
  type Composition,
  type FaultDraw,
  type Targets,
} from "./happenings.arbitrary.ts";
import { loadDocument, loadDraws, type LoadDraw } from "./loads.arbitrary.ts";
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
}

/** Seconds: shorter cases are more of them. */
const durations = { min: 60, max: 180 } as const;
/** Faults and actions come while there is time left for what follows from them. */
const LATEST = 60;

export const wideCase: fc.Arbitrary<FuzzCase> = fc
  .record<Draw>({
    features: fc.record(Object.fromEntries(features.map((name) => [name, fc.boolean()]))) as fc.Arbitrary<Features>,
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
    actions: listOfActions(actionDraw(LATEST)),
    faults: listOfFaults(faultDraw(faultTypes, LATEST)),
    composition,
  })
  .map(documents);

function documents(draw: Draw): FuzzCase {
  const { features: has } = draw;
  const isGated = has.actions && draw.actions.some(({ kind }) => kind === "setCondition");
  const workloads = isGated ? draw.workloads.map(gated) : draw.workloads;
  const named = workloads.map((workload, index) => ({
    name: `w${index}`,
    kind: workload.kind,
    hasService: workload.service !== undefined,
  }));
  const rules = has.rules ? draw.rules.map((rule, index) => ({ ...rule, name: `rule${index}` })) : [];
  const targets: Targets = { workloads: named, nodes: Array.from({ length: draw.nodes.count }, (_, index) => `node-${index}`), rules };
  const own = workloads.flatMap((workload, index) => workloadManifests(`w${index}`, workload));
  const manifests = [...own, ...rules.map((rule) => ruleManifest(rule.name, rule, named)), ...classesOf(own)];
  const { actions, files } = has.actions ? actionsOf(draw.actions, targets, own) : { actions: [], files: {} };
  const services = named.filter(({ hasService }) => hasService);
  const faults = has.faults ? draw.faults.map((fault, index) => faultDocument(fault, `fault${index}`, targets)) : [];
  const loads = has.loads && services.length > 0 ? draw.loads : [];
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
    if (draw.kind !== "apply") return [actionDocument(draw, targets)].filter((document) => document !== null);
    const { name } = targets.workloads[draw.target % targets.workloads.length]!;
    const file = `apply${index}.yaml`;
    files[file] = manifests
      .filter((manifest) => valueAt(manifest, ["metadata", "name"]) === name)
      .map((manifest) => changed(manifest, draw.fields));
    return [{ at: draw.at, apply: file }];
  });
  return { actions, files };
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
