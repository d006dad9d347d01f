/**
 * What an attack has to work with, from one run without it: when something goes on in the scenario (rollouts, actions,
 * faults), and which nodes, zones and workloads carry most.
 */
import type { RunResult } from "../../../engine/result.ts";
import type { ScenarioSpec } from "../../../engine/scenario-spec.ts";
import { isWorkload, podTemplateOf, type WorkloadObject } from "../../../engine/kubernetes/objects/index.ts";
import type { PlainDocument } from "../fuzz-case.ts";

export interface Ground {
  /** µs. What comes later has no time to show what follows from it. */
  readonly earliest: number;
  readonly latest: number;
  /** µs: when to strike, the most promising first. */
  readonly instants: readonly number[];
  /** Those with most Pods first. */
  readonly nodes: readonly string[];
  readonly zones: readonly string[];
  /** Those that a load asks first. */
  readonly workloads: readonly TargetWorkload[];
}

export interface TargetWorkload {
  /** `default/web` */
  readonly label: string;
  readonly selector: PlainDocument;
}

const SECOND = 1_000_000;
const LATEST_SHARE = 0.8;
/** Evenly over the run: 0 is the earliest, 1 the latest. */
const evenly: readonly number[] = [0.5, 0.25, 0.75, 0, 1, 0.125, 0.375, 0.625, 0.875];

export function groundOf(spec: ScenarioSpec, result: RunResult): Ground {
  const earliest = Math.min(spec.duration, Math.max(spec.warmup, SECOND));
  const latest = Math.max(earliest, roundedTime(spec.duration * LATEST_SHARE));
  const served = spec.objects.filter(isWorkload).filter((workload) => isServed(workload, spec));
  const labels = new Set(served.map(labelOf));
  const weights = weightsOf(result, labels);
  const nodes = spec.nodes.map(({ name }) => name).toSorted((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0));
  const zoneOf = new Map(spec.nodes.map(({ name, zone }) => [name, zone]));
  const others = spec.objects.filter(isWorkload).filter((workload) => !labels.has(labelOf(workload)));
  return {
    earliest,
    latest,
    instants: instantsOf(result, earliest, latest),
    nodes,
    zones: [...new Set(nodes.map((name) => zoneOf.get(name)!))],
    workloads: [...served, ...others].map((workload) => ({ label: labelOf(workload), selector: selectorOf(workload) })),
  };
}

/** Tenths of a second; beyond a minute, whole ones. */
export function roundedTime(micros: number): number {
  const unit = micros < 60 * SECOND ? SECOND / 10 : SECOND;
  return Math.max(unit, Math.round(micros / unit) * unit);
}

/** In turn: where something begins or ends, and evenly over the run. */
function instantsOf({ control, end }: RunResult, earliest: number, latest: number): readonly number[] {
  const rollouts = control.rollouts.map(({ from, until }) => ({ from, until: until === -1 ? end : until }));
  const busy = [
    ...rollouts.flatMap(({ from, until }) => [from + SECOND, (from + until) / 2]),
    ...control.actions.map(({ at }) => at),
    ...control.faults.flatMap(({ from, until }) => [from + SECOND, until - SECOND]),
    ...rollouts.flatMap(({ from, until }) => [from + (until - from) / 4, until]),
    ...control.actions.flatMap(({ at }) => [at - SECOND, at + 5 * SECOND]),
  ];
  const even = evenly.map((share) => earliest + (latest - earliest) * share);
  const inTurn = Array.from({ length: Math.max(busy.length, even.length) }, (_, index) => [busy[index], even[index]]).flat();
  const known = inTurn.filter((at): at is number => at !== undefined).map((at) => roundedTime(Math.min(latest, Math.max(earliest, at))));
  return [...new Set(known)];
}

/** Pods of each node; those that a load asks weigh far more. */
function weightsOf({ control, names }: RunResult, served: ReadonlySet<string>): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const { node, workload, isGone } of control.pods) {
    const name = names.nodes[node];
    if (name === undefined || isGone) continue;
    weights.set(name, (weights.get(name) ?? 0) + (served.has(names.workloads[workload] ?? "") ? 1000 : 1));
  }
  return weights;
}

function isServed(workload: WorkloadObject, spec: ScenarioSpec): boolean {
  const labels = podTemplateOf(workload).labels;
  return spec.objects.some((object) => {
    if (object.kind !== "Service" || object.metadata.namespace !== workload.metadata.namespace) return false;
    const { selector } = object.spec;
    const isAsked = spec.load.some(({ namespace, service }) => service === object.metadata.name && namespace === object.metadata.namespace);
    return isAsked && selector !== null && Object.entries(selector).every(([key, value]) => labels[key] === value);
  });
}

function labelOf({ metadata }: WorkloadObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function selectorOf(workload: WorkloadObject): PlainDocument {
  const { name, namespace } = workload.metadata;
  const within = namespace === "default" ? {} : { namespace };
  switch (workload.kind) {
    case "Deployment":
      return { ...within, deployment: name };
    case "ReplicaSet":
      return { ...within, replicaSet: name };
    case "Pod":
      return { ...within, pod: name };
    default:
      return { ...within, labels: podTemplateOf(workload).labels };
  }
}
