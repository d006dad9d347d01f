/**
 * A trace's entries → facts that can be compared: what one aspect of an object became, and when. An aspect is a
 * line of values (a container's states, one condition, membership in a Service's endpoints); the same value
 * again is its next occurrence.
 */
import { TraceNames } from "./trace-names.ts";
import { ALL_REPLICAS, eventRule, SPAM_BURST } from "./trace-rules.ts";
import type { FieldValue, Trace, TraceEntry } from "./trace.ts";

/** What decides how exactly instants of a fact are compared (trace-rules.ts). */
export type FactClass =
  | "created"
  | "scheduled"
  | "seen"
  | "restarted"
  | "apiTime"
  | "deleted"
  | "removed"
  | "endpoints"
  | "workload"
  | "node"
  | "event";

export interface Fact {
  readonly object: string;
  readonly group: string;
  readonly aspect: string;
  readonly value: string;
  readonly class: FactClass;
  /** Restarts of the Pod's containers so far: which of many equal values this is, also where some were seen by nobody. */
  readonly restarts: number;
  /** From 1, among equal values at this count of restarts. */
  readonly occurrence: number;
  readonly atMs: number;
}

export interface EventCount {
  readonly object: string;
  readonly group: string;
  readonly source: string;
  /** Normal or Warning. */
  readonly type: string;
  readonly reason: string;
  /** With names that don't depend on chance. */
  readonly message: string;
  readonly count: number;
  /** Those among the first 24 of this source about the object: its spam filter may drop any after them. */
  readonly early: number;
}

/** Where a trace's objects may be: what its manifests and Events say; where they say nothing, a namespace of its name. */
export function namespacesOf({ name, manifests, observed }: Trace): readonly string[] {
  const found = new Set([name, "default"]);
  for (const manifest of manifests)
    for (const [, namespace] of manifest.matchAll(/\bnamespace["']?:\s*["']?([-a-z0-9]+)/g)) found.add(namespace!);
  for (const { kind, change } of observed) {
    const namespace = kind === "Event" ? /^Successfully assigned ([-a-z0-9]+)\//.exec(String(change["message"]))?.[1] : undefined;
    if (namespace !== undefined) found.add(namespace);
  }
  return [...found].filter((namespace) => namespace !== "");
}

/** How the recorder's client begins the 10th text of one reason, and all later ones. */
const COMBINED = "(combined from similar events)";

export interface TraceFacts {
  /** In order of time. */
  readonly facts: readonly Fact[];
  readonly events: readonly EventCount[];
}

/** Aspect of all Events about a Pod, each as `REASON: MESSAGE #N`: their order, and instants of the first ones. */
export const ALL_EVENTS = "Events";

/** `namespaces`: where the objects are, so that texts of Events can be compared without them. */
/** Recordings may leave field paths out: then nobody asks for them. */
export function namesFieldPaths(entries: readonly TraceEntry[]): boolean {
  return entries.some(({ kind, change }) => kind === "Event" && typeof change["fieldPath"] === "string");
}

/** `hasFieldPaths`: Events are told apart by what of their object they are about. */
export function factsOf(entries: readonly TraceEntry[], namespaces: readonly string[], hasFieldPaths: boolean): TraceFacts {
  const collector = new FactCollector(entries, namespaces, hasFieldPaths);
  for (const entry of entries) collector.take(entry);
  return { facts: collector.facts, events: collector.eventCounts() };
}

type Fields = Record<string, FieldValue>;

/** Fields of the format (docs/traces.md) by kind; names of containers and conditions left out. */
const knownFields: Readonly<Record<string, string>> = {
  Pod: "phase reason node ip uid owner image conditions deletion.deadline_ms deletion.graceSeconds state exitCode startedAt_ms finishedAt_ms ready started restartCount last.state last.reason last.exitCode last.startedAt_ms last.finishedAt_ms",
  EndpointSlice: "ready notReady readyCount notReadyCount",
  Endpoints: "ready notReady readyCount notReadyCount",
  ReplicaSet: "spec.replicas replicas ready available revision image owner conditions generation observedGeneration",
  Deployment: "spec.replicas replicas ready available updated unavailable generation observedGeneration revision paused conditions",
  StatefulSet:
    "spec.replicas replicas ready available current updated generation observedGeneration currentRevision updateRevision conditions",
  DaemonSet: "desired current ready updated available unavailable misscheduled generation observedGeneration conditions",
  Job: "active ready succeeded failed startTime_ms completionTime_ms conditions",
  PodDisruptionBudget:
    "disruptionsAllowed currentHealthy desiredHealthy expectedPods disruptedPods conditions generation observedGeneration",
  Node: "conditions taints unschedulable",
  Event: "reason type from object count message fieldPath",
};

/** What stands in a recording and no rule looks at: `Pod color`, or a kind that isn't the format's. */
export function unknownFields(entries: readonly TraceEntry[]): readonly string[] {
  const found = new Set<string>();
  const known = new Map(Object.entries(knownFields).map(([kind, fields]) => [kind, new Set(`event ${fields}`.split(" "))]));
  for (const { kind, change } of entries) {
    const fields = known.get(kind);
    if (fields === undefined) found.add(kind);
    else
      for (const key of Object.keys(change)) {
        const field = key.startsWith("conditions.")
          ? "conditions"
          : key.replace(/^(?:initContainers|containers|ephemeralContainers)\.[^.]+\./, "");
        if (!fields.has(field)) found.add(`${kind} ${key}`);
      }
  }
  return [...found];
}

interface Series {
  readonly object: string;
  readonly group: string;
  readonly source: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  total: number;
  early: number;
  last: number;
}

class FactCollector {
  readonly facts: Fact[] = [];
  private readonly names: TraceNames;
  private readonly namespaces: readonly string[];
  private readonly hasFieldPaths: boolean;
  /** Of each series, as written last. */
  private readonly fieldPaths = new Map<string, string>();
  private readonly states = new Map<string, Fields>();
  private readonly values = new Map<string, string>();
  private readonly occurrences = new Map<string, number>();
  /** Of each container's runs, as told first. */
  private readonly instants = new Map<string, Map<string, number>>();
  private readonly members = new Map<string, ReadonlyMap<string, string>>();
  private readonly series = new Map<string, Series>();
  /** By object and source. */
  private readonly eventTotals = new Map<string, number>();

  constructor(entries: readonly TraceEntry[], namespaces: readonly string[], hasFieldPaths: boolean) {
    this.names = new TraceNames(entries);
    this.namespaces = namespaces;
    this.hasFieldPaths = hasFieldPaths;
  }

  take(entry: TraceEntry): void {
    const { object, group, rename } = this.names.named(entry);
    switch (entry.kind) {
      case "Pod":
        return this.takePod(entry, object, group);
      case "EndpointSlice":
      case "Endpoints":
        return this.takeEndpoints(entry, object, rename);
      case "Event":
        return this.takeEvent(entry, object, group, rename);
      case "Node":
        return this.takeNode(entry, object);
      case "ReplicaSet":
      case "Deployment":
      case "StatefulSet":
      case "DaemonSet":
      case "Job":
        return this.takeWorkload(entry, object);
    }
  }

  eventCounts(): EventCount[] {
    return [...this.series.values()].map(({ object, group, source, type, reason, message, total, early }) => ({
      object,
      group,
      source,
      type,
      reason,
      message,
      count: total,
      early,
    }));
  }

  private takePod(entry: TraceEntry, object: string, group: string): void {
    const { atMs, change } = entry;
    const say = (aspect: string, value: string, kind: FactClass, at: number = atMs): void =>
      this.say(object, group, aspect, value, kind, at);
    if (change["event"] === "removed") {
      this.states.delete(object);
      this.instants.delete(object);
      return say("object", "removed", "removed");
    }
    const isNew = !this.states.has(object);
    const fields = this.merged(object, change);
    if (isNew) say("object", "created", "created");
    // Which node is no news: placement is taken from the trace.
    if (fields["node"] !== undefined) say("node", "bound", "scheduled");
    // Which address is no news either. A stopped Pod may lose it, once its sandbox is forgotten.
    const hasIp = fields["ip"] !== undefined;
    if (hasIp || (this.values.has(`${object}\nip`) && fields["deletion.graceSeconds"] === undefined))
      say("ip", hasIp ? "one" : "none", "seen");
    say("phase", join([fields["phase"], fields["reason"]]), "seen");
    for (const [key, value] of Object.entries(fields)) {
      if (key.startsWith("conditions.") && key !== "conditions.PodReadyToStartContainers")
        say(`condition ${key.slice("conditions.".length)}`, String(value), "seen");
      if (key === "deletion.graceSeconds") {
        // The last step of the kubelet's own deletion is the beginning of the removal.
        const isLastStep = value === 0 && this.values.has(`${object}\ndeletion`);
        say("deletion", `grace ${String(value)} s`, isLastStep ? "removed" : "deleted");
      }
      if (key === "deletion.deadline_ms")
        say("deletion deadline", `grace ${String(fields["deletion.graceSeconds"])} s`, "apiTime", Number(value));
      if (key.endsWith(".state") && !key.endsWith(".last.state"))
        this.takeContainer(key.slice(0, -".state".length), fields, say, atMs, object);
    }
  }

  /** A run's instants don't change. */
  private isToldAlike(object: string, run: string, at: number): boolean {
    const ofObject = this.instants.get(object) ?? new Map<string, number>();
    this.instants.set(object, ofObject);
    const known = ofObject.get(run) ?? at;
    ofObject.set(run, known);
    return known === at;
  }

  private takeContainer(
    path: string,
    fields: Fields,
    say: (aspect: string, value: string, kind: FactClass, at?: number) => void,
    seenAt: number,
    object: string,
  ): void {
    const name = path.replace(/^containers\./, "container ").replace(/^initContainers\./, "init container ");
    const restarts = Number(fields[`${path}.restartCount`] ?? 0);
    const state = String(fields[`${path}.state`]);
    const text = join([state, state === "running" ? undefined : fields[`${path}.reason`], fields[`${path}.exitCode`]]);
    say(name, `${text}, ${restarts} restarts`, restarts > 0 || text === "waiting CrashLoopBackOff" ? "restarted" : "seen");
    if (path.startsWith("containers.")) {
      // One that doesn't run is neither: the model never says so.
      const where = state === "running" ? "" : `, ${state}`;
      for (const field of ["ready", "started"])
        say(`${name} ${field}`, fields[`${path}.${field}`] === true ? `true${where}` : "false", "seen");
    }
    const last = fields[`${path}.last.state`];
    // A waiting container counts the restart that comes only when it runs.
    const next = state === "waiting" ? restarts + 1 : restarts;
    if (last !== undefined)
      say(
        `${name} last state`,
        join([last, fields[`${path}.last.reason`], fields[`${path}.last.exitCode`], `before restart ${next}`]),
        "restarted",
      );
    for (const [prefix, run] of [
      [`${path}.`, restarts],
      [`${path}.last.`, next - 1],
    ] as const) {
      for (const field of ["startedAt", "finishedAt"]) {
        const at = fields[`${prefix}${field}_ms`];
        // Cut to whole seconds, it lies before the sighting; the model shows no other.
        if (typeof at !== "number") continue;
        const isSame = this.isToldAlike(object, `${path}\n${run}\n${field}`, at);
        const text = isSame ? field : `${field}, told otherwise before`;
        say(`${name} run ${run}`, at > seenAt ? `${field} after its sighting` : text, "apiTime", at);
      }
    }
  }

  /** An EndpointSlice, or the older Endpoints. */
  private takeEndpoints(entry: TraceEntry, object: string, rename: (text: string) => string): void {
    if (entry.change["event"] === "removed") this.states.delete(object);
    const fields = this.merged(object, entry.change);
    const now = new Map<string, string>();
    for (const list of ["notReady", "ready"] as const) {
      const written = fields[list];
      const names = Array.isArray(written) ? (written as readonly string[]) : [];
      for (const name of names) now.set(rename(name), list === "ready" ? "ready" : "not ready");
      const count = fields[`${list}Count`] ?? names.length;
      this.say(
        object,
        object,
        `${list}Count`,
        count === names.length ? "as listed" : `${String(count)} of ${names.length} listed`,
        "endpoints",
        entry.atMs,
      );
    }
    const before = this.members.get(object) ?? new Map<string, string>();
    this.members.set(object, now);
    const say = (pod: string, value: string): void =>
      this.say(`${object}: ${pod}`, `${object}: ${pod.split("#")[0]!}`, "membership", value, "endpoints", entry.atMs);
    for (const pod of before.keys()) if (!now.has(pod)) say(pod, "absent");
    for (const [pod, value] of now) if (before.get(pod) !== value) say(pod, value);
  }

  private takeWorkload(entry: TraceEntry, object: string): void {
    const fields = this.merged(object, entry.change);
    for (const [key, value] of Object.entries(fields)) {
      if (!judgedCounters.has(key) && !key.startsWith("conditions.")) continue;
      this.say(object, object, key, String(value), "workload", entry.atMs);
    }
    if (entry.kind !== "ReplicaSet" || entry.change["spec.replicas"] === undefined || !object.includes("/")) return;
    const deployment = object.slice("ReplicaSet ".length, object.lastIndexOf("/"));
    let sum = 0;
    for (const [name, state] of this.states) if (name.startsWith(`ReplicaSet ${deployment}/`)) sum += Number(state["spec.replicas"] ?? 0);
    this.say(`Deployment ${deployment}`, `Deployment ${deployment}`, ALL_REPLICAS, String(sum), "workload", entry.atMs);
  }

  private takeNode(entry: TraceEntry, object: string): void {
    const fields = this.merged(object, entry.change);
    if (fields["conditions.Ready"] !== undefined)
      this.say(object, object, "condition Ready", String(fields["conditions.Ready"]).split(":")[0]!, "node", entry.atMs);
    const taints = fields["taints"];
    if (taints !== undefined)
      this.say(
        object,
        object,
        "taints",
        Array.isArray(taints) ? [...(taints as readonly string[])].sort().join(" ") : String(taints),
        "node",
        entry.atMs,
      );
  }

  private takeEvent(entry: TraceEntry, object: string, group: string, rename: (text: string) => string): void {
    const { change, atMs } = entry;
    const reason = String(change["reason"]);
    const source = String(change["from"]);
    const type = String(change["type"] ?? "");
    const text = this.normalized(String(change["message"] ?? ""), reason, rename);
    const about = `${object}\n${source}\n${type}\n${reason}\n${text}`;
    // Rows of a count that grows leave it out.
    const fieldPath = change["fieldPath"] || this.fieldPaths.get(about);
    if (typeof fieldPath === "string") this.fieldPaths.set(about, fieldPath);
    const message = this.hasFieldPaths && text !== COMBINED && typeof fieldPath === "string" ? `${text} [${fieldPath}]` : text;
    const count = Number(change["count"] ?? 1);
    const key = `${object}\n${source}\n${type}\n${reason}\n${message}`;
    const known = this.series.get(key);
    // A count that doesn't grow begins another Event object; a jump stands for what came merged.
    const added = known === undefined || count <= known.last ? count : count - known.last;
    const before = this.eventTotals.get(`${object}\n${source}`) ?? 0;
    this.eventTotals.set(`${object}\n${source}`, before + added);
    const early = Math.max(0, Math.min(added, SPAM_BURST - 1 - before));
    if (known === undefined) this.series.set(key, { object, group, source, type, reason, message, total: added, early, last: count });
    else {
      known.total += added;
      known.early += early;
      known.last = count;
    }
    this.say(object, group, `Event ${reason}`, message, "event", atMs, true);
    const rule = eventRule({ object, reason, message });
    const total = known?.total ?? added;
    if (!object.startsWith("Pod ") || early < added || rule === "none" || (rule === "existence" && total > 1)) return;
    this.say(object, group, ALL_EVENTS, `${reason}: ${message} #${total}`, "event", atMs, true);
  }

  /** Without the namespace and what belongs to a rig. Whether an image was there is the node's history: both forms are one. */
  private normalized(message: string, reason: string, rename: (text: string) => string): string {
    if (reason === "Pulled" || reason === "Pulling") return "image";
    // Its text is that of the last of them, its count that of all.
    if (message.startsWith(COMBINED)) return COMBINED;
    let bare = message;
    for (const namespace of this.namespaces) bare = bare.replaceAll(`${namespace}/`, "");
    // Hooks' texts name the Pod as NAME_NAMESPACE(UID).
    return rename(bare.replaceAll(/_[-a-z0-9]+\([-0-9a-f]+\)/g, ""));
  }

  private merged(object: string, change: Readonly<Record<string, FieldValue>>): Fields {
    const fields = { ...this.states.get(object) };
    for (const [key, value] of Object.entries(change)) {
      if (value === null) delete fields[key];
      else fields[key] = value;
    }
    this.states.set(object, fields);
    return fields;
  }

  private restartsOf(object: string): number {
    const pod = object.startsWith("Endpoint") ? object.slice(object.indexOf(": ") + 2) : object;
    return restartsIn(this.states.get(pod) ?? {});
  }

  /** A fact only if the value is another one than before (or `isRepeated`: each sighting counts). */
  private say(object: string, group: string, aspect: string, value: string, kind: FactClass, atMs: number, isRepeated = false): void {
    const key = `${object}\n${aspect}`;
    if (kind === "apiTime" ? this.occurrences.has(`${key}\n${value}\n0`) : !isRepeated && this.values.get(key) === value) return;
    this.values.set(key, value);
    const isCountedElsewhere = kind === "apiTime" || kind === "restarted" || aspect === "phase" || aspect === ALL_EVENTS;
    const restarts = isCountedElsewhere ? 0 : this.restartsOf(object);
    const at = `${key}\n${value}\n${restarts}`;
    const occurrence = (this.occurrences.get(at) ?? 0) + 1;
    this.occurrences.set(at, occurrence);
    this.facts.push({ object, group, aspect, value, class: kind, restarts, occurrence, atMs });
  }
}

/** Of a Pod's state, or a Service's endpoint `EndpointSlice web: Pod web/1#3`. */
function restartsIn(fields: Fields): number {
  let sum = 0;
  for (const [key, value] of Object.entries(fields)) if (key.endsWith(".restartCount")) sum += Number(value);
  return sum;
}

const judgedCounters: ReadonlySet<string> = new Set([
  "spec.replicas",
  "replicas",
  "ready",
  "available",
  "updated",
  "unavailable",
  "active",
  "failed",
  "succeeded",
  "current",
  "desired",
]);

function join(parts: readonly (FieldValue | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== null && part !== "").join(" ");
}
