/** The merged measures of a run and its spec → RunResult: names, honest notes, fingerprint. Pure. */
import { isWorkload, podTemplateOf } from "../engine/kubernetes/objects/index.ts";
import type { Distribution } from "../engine/kernel/distribution.ts";
import { formatTime, type VirtualTime } from "../engine/kernel/time.ts";
import type { Assumption, ResultNames, ResultNotes, RunResult } from "../engine/result.ts";
import type { ApplicationRule, ScenarioSpec, WorkloadSelector } from "../engine/scenario-spec.ts";
import { settingDefinitions, type SettingName } from "../engine/settings.ts";
import { sometimesReached } from "../engine/checks/sometimes.ts";
import { mergedViolations } from "../engine/checks/merged-invariants.ts";
import { selectsWorkload, SpecTables } from "../engine/spec/tables.ts";
import { fieldsWithoutEffect } from "../engine/spec/notes.ts";
import { VERSION } from "../engine/version.ts";
import type { Aborted } from "./abort-watch.ts";
import { controlOf, type PartialResult } from "./merge.ts";
import { touchingDeviations, type Mode } from "./touching.ts";

export interface RunOutline {
  readonly specDigest: string;
  readonly fingerprint: string;
  readonly end: VirtualTime;
  readonly isPartial: boolean;
  /** The threshold that ended the run; left out: none did. */
  readonly aborted?: Aborted | null;
  readonly mode: Mode;
}

export function runResult(spec: ScenarioSpec, merged: PartialResult, outline: RunOutline): RunResult {
  const { specDigest, fingerprint, end, isPartial, mode, aborted = null } = outline;
  const control = controlOf(merged);
  const { events, metrics, causes, losses, restarts, effects, violations } = merged;
  const { name, seed, kubernetesVersion, duration, warmup } = spec;
  const names = namesOf(spec);
  return {
    name,
    seed,
    specDigest,
    version: VERSION,
    kubernetesVersion,
    duration,
    end,
    isPartial,
    ...(aborted === null ? {} : { aborted }),
    warmup,
    fingerprint,
    events,
    metrics,
    causes,
    losses,
    restarts,
    effects,
    violations: [...violations, ...mergedViolations(spec, metrics, losses, end)],
    ...(spec.sometimes === undefined ? {} : { sometimes: sometimesReached(spec, { control, effects, end }, names.workloads) }),
    control,
    names,
    notes: notesOf(spec, touchingDeviations(spec, control, mode)),
  };
}

function namesOf(spec: ScenarioSpec): ResultNames {
  const { workloads } = new SpecTables(spec);
  return {
    workloads: Array.from({ length: workloads.size }, (_, index) => workloads.label(index)),
    loads: spec.load.map(({ name, namespace, service, executor, rate }) => ({ name, service: `${namespace}/${service}`, executor, rate })),
    nodes: spec.nodes.map((node) => node.name),
  };
}

function notesOf(spec: ScenarioSpec, deviations: readonly string[]): ResultNotes {
  return {
    notModelled: spec.notes.notModelled,
    noEffect: fieldsWithoutEffect(spec.notes),
    settingsChanged: spec.settingsChanged.map((name) => {
      const setting = name as SettingName;
      return { name, value: spec.settings[setting], default: settingDefinitions[setting].default };
    }),
    assumptions: rulesInUse(spec).flatMap(assumptionsOf),
    deviations,
  };
}

/** Of a rule that no container follows, nothing is assumed. An image that an action sets may choose another rule. */
function rulesInUse({ objects, actions, applications }: ScenarioSpec): readonly ApplicationRule[] {
  const used = new Set<ApplicationRule>();
  const images = actions.flatMap((action) => ("image" in action ? [action.image] : []));
  for (const object of [...objects, ...actions.flatMap((action) => (action.type === "apply" ? action.objects : []))]) {
    if (!isWorkload(object)) continue;
    const { labels, spec } = podTemplateOf(object);
    const workload = { kind: object.kind, namespace: object.metadata.namespace, name: object.metadata.name };
    for (const container of [...spec.initContainers, ...spec.containers]) {
      for (const image of [container.image, ...images]) {
        const rule = applications.find(
          (each) =>
            selectsWorkload(each.selector, workload, labels) &&
            (each.image === null || each.image === image) &&
            (each.container === null || each.container === container.name),
        );
        if (rule !== undefined) used.add(rule);
      }
    }
  }
  return applications.filter((rule) => used.has(rule));
}

/** Those that shape a result most, first. */
const WEIGHTIEST: readonly string[] = ["startUp", "serviceTime", "concurrency", "shutdown"];

/** One for each field of a behaviour that nobody gave. */
function assumptionsOf(rule: ApplicationRule): readonly Assumption[] {
  const fields = [
    ...WEIGHTIEST.filter((field) => rule.defaulted.includes(field)),
    ...rule.defaulted.filter((field) => !WEIGHTIEST.includes(field)),
  ];
  return fields.map((field) => ({
    of: describeRule(rule),
    what: `${field} ${describe(field, fieldOf(rule.behaviour, field))}`,
  }));
}

/** Two rules for one workload are told apart by image and container. */
function describeRule({ selector, image, container }: ApplicationRule): string {
  const narrower = [...(image === null ? [] : [`image ${image}`]), ...(container === null ? [] : [`container ${container}`])];
  const isForAll = Object.keys(selector).length === 0;
  return (isForAll && narrower.length > 0 ? narrower : [describeSelector(selector), ...narrower]).join(", ");
}

function describeSelector(selector: WorkloadSelector): string {
  const namespace = selector.namespace === undefined ? "" : `${selector.namespace}/`;
  const { deployment, replicaSet, pod, labels } = selector;
  if (deployment !== undefined) return `deployment ${namespace}${deployment}`;
  if (replicaSet !== undefined) return `replica set ${namespace}${replicaSet}`;
  if (pod !== undefined) return `pod ${namespace}${pod}`;
  if (labels !== undefined)
    return `${namespace}${Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(",")}`;
  return namespace === "" ? "everything else" : `namespace ${selector.namespace}`;
}

/** `memory.base` of a behaviour. */
function fieldOf(behaviour: object, path: string): unknown {
  let value: unknown = behaviour;
  for (const name of path.split("."))
    value = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  return value;
}

function describe(field: string, value: unknown): string {
  if (value === null || value === undefined) return "never";
  if (isDistribution(value)) return describeDistribution(value);
  if (typeof value === "number") return describeNumber(field, value);
  if (typeof value === "string" || typeof value === "boolean") return String(value);
  const parts = Object.entries(value).map(([name, part]) =>
    name === "type" ? String(part) : `${name} ${describe(`${field}.${name}`, part)}`,
  );
  return parts.join(", ");
}

function describeNumber(field: string, value: number): string {
  if (/^memory\.|\.size$/.test(field)) return describeBytes(value);
  return /\.atMost$|^unhealthyAfter$/.test(field) ? formatTime(value) : String(value);
}

function isDistribution(value: unknown): value is Distribution {
  const types = ["constant", "uniform", "exponential", "normal", "logNormal", "pareto", "weibull", "empirical"];
  return typeof value === "object" && value !== null && "type" in value && types.includes(String(value.type));
}

/** Of durations: every distribution of a behaviour is one. */
function describeDistribution(distribution: Distribution): string {
  switch (distribution.type) {
    case "constant":
      return formatTime(distribution.value);
    case "logNormal":
      return `log-normal median ${formatTime(distribution.median)}, p99 ${formatTime(distribution.p99)}`;
    case "uniform":
      return `uniform ${formatTime(distribution.min)} to ${formatTime(distribution.max)}`;
    case "exponential":
      return `exponential mean ${formatTime(distribution.mean)}`;
    case "normal":
      return `normal mean ${formatTime(distribution.mean)}, deviation ${formatTime(distribution.deviation)}`;
    case "pareto":
    case "weibull":
      return `${distribution.type} scale ${formatTime(distribution.scale)}, shape ${distribution.shape}`;
    case "empirical":
      return `${distribution.values.length} measured values`;
  }
}

function describeBytes(bytes: number): string {
  return bytes > 0 && bytes % 1_048_576 === 0 ? `${bytes / 1_048_576}Mi` : `${bytes} bytes`;
}
