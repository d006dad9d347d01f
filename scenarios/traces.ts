/**
 * A recorded trace → the case that the model plays: its manifests and actions as a scenario of an old, empty
 * cluster with the trace's nodes, version and placement, and containers that do as their scripts say.
 */
import type { GivenNodes } from "../engine/kubernetes/scheduler/given-placement.ts";
import type { NodeTemplate } from "../engine/kubernetes/objects/node.ts";
import { kinds } from "../engine/kubernetes/objects/index.ts";
import { clientDebts } from "../engine/conformance/client-debt.ts";
import { TraceNames } from "../engine/conformance/trace-names.ts";
import type { RigUnknowns, TraceCase } from "../engine/conformance/trace-replay.ts";
import { readTrace, readTraceNodes, type Trace, type TraceAction, type TraceNode } from "../engine/conformance/trace.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { describe, Issues } from "../engine/values/issue.ts";
import { parseQuantity } from "../engine/values/quantity.ts";
import { locateIssue, type LocatedIssue } from "./issues.ts";
import { readScenario } from "./scenario.ts";
import { parseYaml, type YamlFile } from "./yaml.ts";

export interface ReadTrace {
  readonly trace: Trace | null;
  /** Null: it has problems, or the model can't play it. */
  readonly case: TraceCase | null;
  /** Why the model can't play it (yet); null: it can. */
  readonly skipped: string | null;
  readonly issues: readonly LocatedIssue[];
}

/** The model runs this long before the trace begins, so that nothing of it is at its own beginning. */
const LEAD_MS = 60_000;
const MILLISECOND = 1_000;

/** A runtime that does everything at once, but for what its calls take, as recorded ones do (docs/traces.md). */
const rigSettings = {
  sandboxCreate: "0s",
  containerCreate: "2ms",
  containerStart: "3ms",
  sandboxStop: "0s",
  imagePullLatency: "0s",
} as const;
/** Over all traces, relists are 1.0005 to 1.001 s apart; single ones, and those that found something, up to 1.010 s (g-job-onfailure). */
const RELIST_COST = [MILLISECOND / 2, 10 * MILLISECOND] as const;
/**
 * In these cases a Pod waits for room. Retries were driven by what other cases did meanwhile, at least every 10 s:
 * a Pod in its longest back-off came up at 39.06, 49.03, 59.04 and 69.04 s of x-surge-does-not-fit, within 50 ms of it.
 */
const waitsForRoom = /^(?:x-surge-does-not-fit|x-preemption|g-unschedulable)/;
const OTHER_CASES_MS = 3_000;
const workloadKinds: ReadonlySet<string> = new Set([
  "Pod",
  "Deployment",
  "ReplicaSet",
  "ReplicationController",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
]);
/** What is done to an object of the manifests. */
const changes: ReadonlySet<string> = new Set(["apply", "set image", "scale", "pause", "resume", "patch strategy"]);
/** The others choose their nodes themselves. */
const placedKinds = ["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "Job", "Pod"] as const;
const rigApplication = {
  startUp: "0s",
  probeTime: "0s",
  probesShareWorkers: false,
  memory: { base: 0 },
  image: { size: 0 },
} as const;

/** `nodes` null: those of the project's own traces don't matter, and the trace names its own. */
export function readTraceText(text: string, file: string, nodes: readonly TraceNode[]): ReadTrace {
  const parsed = parseJson(text, file);
  if ("issue" in parsed) return failed([parsed.issue]);
  const issues = new Issues();
  const trace = readTrace(parsed.value, issues);
  if (!issues.isEmpty) return failed(located(issues, text, file));
  return caseOf(trace, text, file, nodes);
}

export function readNodesText(
  text: string,
  file: string,
): { readonly nodes: readonly TraceNode[]; readonly issues: readonly LocatedIssue[] } {
  const parsed = parseJson(text, file);
  if ("issue" in parsed) return { nodes: [], issues: [parsed.issue] };
  const issues = new Issues();
  const nodes = readTraceNodes(parsed.value, issues);
  return { nodes, issues: issues.isEmpty ? [] : located(issues, text, file) };
}

function failed(issues: readonly LocatedIssue[]): ReadTrace {
  return { trace: null, case: null, skipped: null, issues };
}

/** Places are looked for only when there is something to complain about: JSON is YAML. */
function located(issues: Issues, text: string, file: string): readonly LocatedIssue[] {
  const [document] = parseYaml(text, file).documents;
  return issues.list.map((issue) => (document === undefined ? { file, line: null, column: null, ...issue } : locateIssue(issue, document)));
}

function parseJson(text: string, file: string): { readonly value: unknown } | { readonly issue: LocatedIssue } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    const [issue] = parseYaml(text, file).issues;
    return { issue: issue ?? { file, line: 1, column: 1, path: "", found: "text that isn't JSON", expected: "a trace" } };
  }
}

function caseOf(trace: Trace, text: string, file: string, nodes: readonly TraceNode[]): ReadTrace {
  const minor = /^v?1\.(\d+)/.exec(trace.kubernetes)?.[1];
  const written = new WrittenCase(trace, file);
  const strangers = written.strangers();
  if (!strangers.isEmpty) return { ...failed(located(strangers, text, file)), trace };
  const skipped = written.missing();
  if (skipped !== null) return { trace, case: null, skipped, issues: [] };
  const originMs = LEAD_MS + fraction(trace);
  const value = {
    apiVersion: "podstorm.dev/v1alpha1",
    kind: "Scenario",
    spec: {
      kubernetesVersion: `1.${minor ?? ""}`,
      duration: `${Math.ceil(originMs + trace.lengthMs)}ms`,
      start: "empty",
      settings: rigSettings,
      manifests: written.before,
      nodes: [{ count: 1 }],
      applications: written.hasPods ? [rigApplication] : [],
      actions: written.actions(originMs),
      faults: written.faults(originMs),
    },
  };
  const [document] = parseYaml(JSON.stringify(value), file).documents;
  if (document === undefined) return failed([{ file, line: 1, column: 1, path: "", found: "nothing", expected: "a trace" }]);
  const { spec, issues } = readScenario(document, {
    readManifestFile: (name) => written.file(name),
    manifests: null,
    overrides: [],
    defaultName: "trace",
    nodes: nodes.map(nodeOf),
  });
  if (spec === null) return { ...failed(issues), trace };
  const { notModelled } = spec.notes;
  if (notModelled.length > 0)
    return {
      trace,
      case: null,
      skipped: `needs ${[...new Set(notModelled.map((object) => object.split("/")[0]!))].join(", ")}`,
      issues: [],
    };
  return {
    trace,
    case: {
      spec: { ...spec, name: trace.name, placement: written.placement() },
      origin: Math.round(originMs * MILLISECOND),
      unknown: { relistCost: RELIST_COST, otherCases: otherCasesOf(trace, nodes), debts: debtsOf(trace, spec) },
    },
    skipped: null,
    issues: [],
  };
}

function debtsOf({ observed }: Trace, { settings, nodes }: ScenarioSpec): RigUnknowns["debts"] {
  const { kcmQps, kcmBurst, kubeletQps, kubeletBurst } = settings;
  const debts = clientDebts(observed, {
    controller: { intervalMs: 1_000 / kcmQps, burst: kcmBurst },
    kubelet: { intervalMs: 1_000 / kubeletQps, burst: kubeletBurst },
  });
  // A recording without its nodes.json may name others than the model has.
  return debts.filter(({ node }) => node === null || nodes.some(({ name }) => name === node));
}

/** A node without Pods of this case. */
function otherCasesOf({ name, observed }: Trace, nodes: readonly TraceNode[]): RigUnknowns["otherCases"] {
  if (!waitsForRoom.test(name)) return null;
  const used = new Set(observed.map(({ change }) => change["node"]));
  const node = nodes.find((candidate) => !used.has(candidate.name) && candidate.labels["pool"]?.startsWith("loss"))?.name;
  return node === undefined ? null : { node, every: OTHER_CASES_MS * MILLISECOND };
}

/** Instants that come out of the API are cut to whole seconds: the model's seconds begin where the recorded ones did. */
function fraction({ observed }: Trace): number {
  const counts = new Map<number, number>();
  for (const { change } of observed) {
    for (const [key, value] of Object.entries(change)) {
      if (!/(?:startedAt|finishedAt|startTime|completionTime)_ms$/.test(key) || typeof value !== "number") continue;
      const part = ((-value % 1000) + 1000) % 1000;
      counts.set(part, (counts.get(part) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a, many], [b, more]) => more - many || a - b)[0]?.[0] ?? 0;
}

/** The manifests as they change, and the scenario's actions that make them so. */
class WrittenCase {
  /** Files that are applied before the trace begins. */
  readonly before: string[] = [];
  private readonly trace: Trace;
  private readonly place: string;
  private readonly texts = new Map<string, string>();
  /** By kind and name: the object as last applied. */
  private readonly objects = new Map<string, Record<string, unknown>>();
  /** Sightings don't say which of them is meant. */
  private readonly twice: string[] = [];

  constructor(trace: Trace, file: string) {
    this.trace = trace;
    this.place = file;
    trace.manifests.forEach((text, index) => {
      for (const { value } of parseYaml(text, `${file}: manifests[${index}]`, { hasOldBooleans: true }).documents) {
        if (!isMapping(value)) continue;
        const key = `${String(value["kind"])}/${nameOf(value)}`;
        if (this.objects.has(key)) this.twice.push(key);
        this.objects.set(key, value);
      }
    });
    const applied = new Set(trace.actions.filter((action) => action.do === "apply").map(keyOf));
    for (const [key, object] of this.objects) if (!applied.has(key)) this.before.push(this.save(key, object));
  }

  get hasPods(): boolean {
    return [...this.objects.values()].some(({ kind }) => workloadKinds.has(String(kind)));
  }

  /** Actions on objects that no manifest has. */
  strangers(): Issues {
    const issues = new Issues();
    this.trace.actions.forEach((action, index) => {
      if (!changes.has(action.do) || this.objects.has(keyOf(action))) return;
      issues.add(`actions[${index}].name`, describe(action.name), `a ${action.kind} of the manifests`);
    });
    return issues;
  }

  /** What the model doesn't have of what the trace does; null: nothing. */
  missing(): string | null {
    const objects = [...this.objects.keys()].map((key) => key.split("/")[0]!).filter((kind) => !(kind in kinds));
    const actions = this.trace.actions
      .filter((action) => !this.isKnown(action))
      .map((action) => `action "${action.do}"${action.do === "delete" || action.do === "set image" ? ` of a ${action.kind}` : ""}`);
    const lacking = [...new Set([...objects, ...actions, ...this.twice.map((key) => `other names: there are two ${key}`)])];
    return lacking.length === 0 ? null : `needs ${lacking.join(", ")}`;
  }

  file(name: string): YamlFile {
    return parseYaml(this.texts.get(name) ?? "", `${this.place}: ${name}`, { hasOldBooleans: true });
  }

  actions(originMs: number): readonly unknown[] {
    return this.trace.actions.flatMap((action, index): readonly unknown[] => {
      const at = `${Math.round(originMs + action.atMs)}ms`;
      if (action.do === "drain start") return [{ at, drain: drainOf(action) }];
      if (action.do === "cordon" || action.do === "uncordon") return [{ at, [action.do]: { node: action.name } }];
      if (action.do.startsWith("drain ") || action.do.startsWith("node ")) return [];
      if (action.do === "delete" && action.kind === "Node") return [{ at, delete: { node: action.name } }];
      const namespace = namespaceOf(this.objects.get(keyOf(action)));
      if (action.do === "set image" && action.kind === "Pod")
        return [{ at, setImage: { pod: action.name, namespace, image: action.fields["image"] } }];
      if (action.do !== "delete") return [{ at, apply: this.changed(action, index) }];
      const grace = action.fields["gracePeriodSeconds"];
      const options = typeof grace === "number" ? { gracePeriod: `${grace}s`, ...(grace === 0 ? { force: true } : {}) } : {};
      return [{ at, delete: { [camel(action.kind)]: action.name, ...(namespace === "default" ? {} : { namespace }), ...options } }];
    });
  }

  /** What happens to nodes: standing still until they go on, dead until they start again with an empty runtime. */
  faults(originMs: number): readonly unknown[] {
    return this.trace.actions.flatMap((action, index): readonly unknown[] => {
      const ending = action.do === "node freeze" ? "node thaw" : action.do === "node kill" ? "node start" : null;
      if (ending === null) return [];
      const end = this.trace.actions.slice(index + 1).find((other) => other.do === ending && other.name === action.name);
      const type = ending === "node thaw" ? "node-freeze" : end === undefined ? "node-loss" : "node-reboot";
      const at = Math.round(originMs + action.atMs);
      return [
        {
          at: `${at}ms`,
          type,
          selector: { node: action.name },
          ...(end === undefined ? {} : { duration: `${Math.round(originMs + end.atMs) - at}ms` }),
          ...(type === "node-reboot" ? { runtime: "empty" } : {}),
        },
      ];
    });
  }

  private isKnown(action: TraceAction): boolean {
    switch (action.do) {
      case "set image":
        return this.canSetImage(action);
      case "apply":
      case "scale":
      case "pause":
      case "resume":
      case "patch strategy":
        return this.objects.has(keyOf(action));
      case "delete":
        return Object.hasOwn(kinds, action.kind) || action.kind === "Node";
      case "drain start":
        return drainArguments(action).every((argument) => drainFlag(argument).length > 0);
      case "cordon":
      case "uncordon":
      case "drain output":
      case "drain end":
      case "node freeze":
      case "node thaw":
      case "node kill":
      case "node start":
        return true;
      default:
        return false;
    }
  }

  /** A container that exists keeps its script. */
  private canSetImage(action: TraceAction): boolean {
    const object = this.objects.get(keyOf(action));
    if (action.kind === "Pod") return object !== undefined && action.fields["script"] === undefined;
    const spec = object?.["spec"];
    return isMapping(spec) && isMapping(spec["template"]);
  }

  /** The recorded nodes of each workload's Pods. */
  placement(): readonly GivenNodes[] {
    const names = new TraceNames(this.trace.observed);
    for (const entry of this.trace.observed) names.named(entry);
    const byWorkload = new Map<string, (readonly string[])[]>();
    for (const [owner, nodes] of names.placement) {
      const [workload = "", rank] = owner.split("/");
      const lists = byWorkload.get(workload) ?? [];
      lists[rank === undefined ? 0 : Number(rank) - 1] = nodes;
      byWorkload.set(workload, lists);
    }
    return [...this.objects.values()].flatMap((object) => {
      const kind = placedKinds.find((placed) => placed === object["kind"]);
      const lists = byWorkload.get(nameOf(object));
      if (lists === undefined || kind === undefined) return [];
      return [{ kind, namespace: namespaceOf(object), name: nameOf(object), nodes: Array.from(lists, (list) => list ?? []) }];
    });
  }

  /** The object's next version, as a file. */
  private changed(action: TraceAction, index: number): string {
    const before = this.objects.get(keyOf(action))!;
    const object = structuredClone(before);
    const spec = (object["spec"] ?? {}) as Record<string, unknown>;
    const { fields } = action;
    switch (action.do) {
      case "set image":
        setImage(spec, fields);
        break;
      case "scale":
        spec["replicas"] = fields["replicas"];
        break;
      case "pause":
      case "resume":
        spec["paused"] = action.do === "pause";
        break;
      case "patch strategy":
        spec["strategy"] = {
          type: "RollingUpdate",
          rollingUpdate: { maxSurge: fields["maxSurge"], maxUnavailable: fields["maxUnavailable"] },
        };
    }
    this.objects.set(keyOf(action), object);
    return this.save(`actions[${index}]`, object);
  }

  private save(name: string, object: unknown): string {
    this.texts.set(name, JSON.stringify(object));
    return name;
  }
}

function drainArguments({ fields }: TraceAction): readonly string[] {
  const { args } = fields;
  return Array.isArray(args) ? args.map(String) : [];
}

/** A flag of kubectl drain, as a field of the action drain; none: the model doesn't know it. */
function drainFlag(argument: string): readonly (readonly [string, string | boolean])[] {
  const [, flag = "", value] = /^--([a-z-]+)(?:=(.*))?$/.exec(argument) ?? [];
  switch (flag) {
    case "force":
      return [["force", value !== "false"]];
    case "ignore-daemonsets":
      return [["ignoreDaemonSets", value !== "false"]];
    case "disable-eviction":
      return [["disableEviction", value !== "false"]];
    case "timeout":
      return [["timeout", value ?? ""]];
    case "grace-period":
      return [["gracePeriod", `${value ?? ""}s`]];
    default:
      return [];
  }
}

function drainOf(action: TraceAction): Readonly<Record<string, unknown>> {
  return { node: action.name, ...Object.fromEntries(drainArguments(action).flatMap(drainFlag)) };
}

/** One patch of the template: all regular containers' image, and the first one's script if it is replaced. */
function setImage(spec: Record<string, unknown>, { image, script }: TraceAction["fields"]): void {
  const template = spec["template"] as {
    metadata?: { annotations?: Record<string, string> };
    spec?: { containers?: Record<string, unknown>[] };
  };
  const containers = template.spec?.containers ?? [];
  for (const container of containers) container["image"] = image;
  if (script === undefined) return;
  template.metadata ??= {};
  template.metadata.annotations = {
    ...template.metadata.annotations,
    [`script/${String(containers[0]?.["name"])}`]: JSON.stringify(script),
  };
}

function nodeOf({ name, cpu, memory, pods, labels }: TraceNode): NodeTemplate {
  const zone = labels["topology.kubernetes.io/zone"] ?? "";
  return { name, zone, labels, cpu: nano(cpu) / 1e6, memory: nano(memory) / 1e9, pods, taints: [] };
}

function nano(quantity: string): number {
  return Number(parseQuantity(quantity)?.nano ?? 0n);
}

function keyOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind}/${name}`;
}

function namespaceOf(object: Record<string, unknown> | undefined): string {
  const metadata = object?.["metadata"];
  return isMapping(metadata) && typeof metadata["namespace"] === "string" ? metadata["namespace"] : "default";
}

function nameOf(object: Record<string, unknown>): string {
  const { metadata } = object;
  return isMapping(metadata) ? String(metadata["name"]) : describe(metadata);
}

function camel(kind: string): string {
  return kind.charAt(0).toLowerCase() + kind.slice(1);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
