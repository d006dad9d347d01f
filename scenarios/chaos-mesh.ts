/**
 * Chaos Mesh's documents among the manifests → entries of `faults`: PodChaos, NetworkChaos, StressChaos, and Schedule and
 * Workflow of these. What is wrong in them is a problem of their file; what the model hasn't got is listed, and left out.
 */
import type { FaultSpec } from "../engine/chaos/fault.ts";
import type { VirtualTime } from "../engine/kernel/time.ts";
import { closest, describe } from "../engine/values/issue.ts";
import { durationMax, formatDuration, parseDuration } from "../engine/values/duration.ts";
import { parseSchedule } from "../engine/kubernetes/controllers/cron-schedule.ts";
import { withoutZone } from "../engine/kubernetes/objects/cron-job.ts";
import { readFaultEntry, type FaultContext } from "./faults.ts";
import { locateIssue, type LocatedIssue } from "./issues.ts";
import type { YamlDocument } from "./yaml.ts";

export const chaosGroup = "chaos-mesh.org/";
/** Kinds that have something in the model; others are listed as not modelled. */
export const chaosKinds: ReadonlySet<string> = new Set(["PodChaos", "NetworkChaos", "StressChaos", "Schedule", "Workflow"]);

/** One document, as it was written, and where. */
export interface PlacedChaos {
  readonly document: YamlDocument;
  /** Of the object in its document: "" or `items[3]`. */
  readonly path: string;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface ChaosReading {
  readonly faults: readonly FaultSpec[];
  /** `NetworkChaos/slow-down: bandwidth limits need sizes of answers`. */
  readonly notModelled: readonly string[];
  /** Fields without effect, once for each time that they were written. */
  readonly noEffect: readonly string[];
  readonly issues: readonly LocatedIssue[];
}

/** Documents that are applied together, and when. */
export interface AppliedChaos {
  readonly placed: readonly PlacedChaos[];
  /** Their faults begin then. */
  readonly at: VirtualTime;
}

/** Of each time in turn: what stands in the cluster already stays as it is. */
export function readChaos(applied: readonly AppliedChaos[], context: FaultContext): ChaosReading {
  const reading = { faults: [] as FaultSpec[], notModelled: [] as string[], noEffect: [] as string[], issues: [] as LocatedIssue[] };
  const standing = new Set<string>();
  let generated = 0;
  for (const { placed, at } of applied) {
    const here = new Set<string>();
    for (const each of placed) {
      const reader = new ChaosReader(each, () => ++generated);
      const { label } = reader;
      if (here.has(label)) reader.reportAgain();
      else if (standing.has(label)) reader.leftOut.push(`${label}: stands already when it is applied again`);
      else reading.faults.push(...faultsOf(reader, at, context));
      here.add(label);
      reading.notModelled.push(...reader.leftOut);
      reading.noEffect.push(...reader.noEffect);
      reading.issues.push(...reader.issues);
    }
    for (const label of here) standing.add(label);
  }
  return reading;
}

/** What passed the document's own rules and can't be a fault here is listed, as all that the model hasn't got. */
function faultsOf(reader: ChaosReader, begin: VirtualTime, context: FaultContext): readonly FaultSpec[] {
  const entry = reader.read();
  if (entry === null || reader.issues.length > 0) return [];
  const { faults, issues } = readFaultEntry(entry, begin, { ...context, isForeign: true });
  for (const { found, expected } of issues) reader.leftOut.push(`${reader.label}: ${found}, where the model takes ${expected}`);
  if (issues.length > 0) return [];
  const begun = faults.filter(({ at }) => at < context.duration);
  const late = new Set(faults.map((fault) => reader.wholeOf(fault).split("#")[0]!));
  for (const fault of begun) late.delete(reader.wholeOf(fault).split("#")[0]!);
  for (const name of late) reader.leftOut.push(`${name}: begins when the run is over`);
  return begun.map((fault) => {
    const whole = reader.wholeOf(fault);
    return whole === fault.name ? fault : { ...fault, drawnAs: whole };
  });
}

/** A fault, a group of faults, or a pause, as a scenario writes it. */
type Entry = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, unknown>>;

/** A template of a workflow. */
interface Step {
  /** Null: nothing that the model has. */
  readonly entry: Entry | null;
  /** What follows it in a series begins some time. */
  readonly ends: boolean;
}

/** Leaves the document out: the model hasn't got it. */
class NotModelled extends Error {}

class ChaosReader {
  readonly label: string;
  readonly issues: LocatedIssue[] = [];
  readonly noEffect: string[] = [];
  /** What the model hasn't got, of the whole document or of its parts. */
  readonly leftOut: string[] = [];
  private readonly placed: PlacedChaos;
  private readonly kind: string;
  private readonly namespace: string;
  private readonly names = new Map<string, number>();
  /** A part's name → that of the first part: they act on the same targets. */
  private readonly firstParts = new Map<string, string>();

  /** `generate`: what makes a name of a `generateName`. */
  constructor(placed: PlacedChaos, generate: () => number) {
    this.placed = placed;
    this.kind = String(placed.value["kind"]);
    const metadata = isMapping(placed.value["metadata"]) ? placed.value["metadata"] : {};
    const { name, generateName } = metadata;
    const written = typeof name === "string" ? name : typeof generateName === "string" ? `${generateName}${generate()}` : "";
    this.namespace = typeof metadata["namespace"] === "string" ? metadata["namespace"] : "default";
    const inNamespace = this.namespace === "default" ? "" : `${this.namespace}/`;
    this.label = `${this.kind}/${inNamespace}${written}`;
  }

  read(): Entry | null {
    const { metadata, spec } = this.placed.value;
    if (!isMapping(metadata) || typeof (metadata["name"] ?? metadata["generateName"]) !== "string")
      this.report("metadata.name", metadata, "a name");
    if (!isMapping(spec)) {
      this.report("spec", spec, "a mapping");
      return null;
    }
    return this.unlessMissing(this.label, () => {
      if (isMapping(metadata) && isMapping(metadata["annotations"]) && metadata["annotations"][PAUSED] === "true")
        throw new NotModelled(`paused by its annotation ${PAUSED}`);
      return this.readKind(this.kind, spec, "spec", this.label, undefined);
    });
  }

  /** The name whose draws choose the targets of all parts of a fault; each time of a schedule has draws of its own. */
  wholeOf({ name }: Pick<FaultSpec, "name">): string {
    const [part = "", ...times] = name.split("#");
    return [this.firstParts.get(part) ?? part, ...times].join("#");
  }

  reportAgain(): void {
    this.report("metadata.name", this.label, "each object once");
  }

  private unlessMissing(name: string, read: () => Entry | null): Entry | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof NotModelled)) throw error;
      this.leftOut.push(`${name}: ${error.message}`);
      return null;
    }
  }

  add(issue: { readonly path: string; readonly found: string; readonly expected: string; readonly hint?: string }): void {
    const { path, document } = this.placed;
    this.issues.push(locateIssue({ ...issue, path: path === "" ? issue.path : `${path}.${issue.path}` }, document));
  }

  /** `deadline`: of a workflow's node, which is its duration. */
  private readKind(kind: string, spec: Fields, path: string, name: string, deadline: unknown): Entry | null {
    if (spec["remoteCluster"] !== undefined) throw new NotModelled("remoteCluster is another cluster");
    if (spec["scheduler"] !== undefined) throw new NotModelled("scheduler is of Chaos Mesh 1; since then a Schedule says it");
    switch (kind) {
      case "PodChaos":
        return this.readPodChaos(spec, path, name, deadline);
      case "NetworkChaos":
        return this.readNetworkChaos(spec, path, name, deadline);
      case "StressChaos":
        return this.readStressChaos(spec, path, name, deadline);
      case "Schedule":
        return this.readSchedule(spec, path, name);
      case "Workflow":
        return withoutPauseAlone(this.readWorkflow(spec, path, name).entry);
      default:
        throw new NotModelled(`${kind} isn't modelled`);
    }
  }

  private readPodChaos(spec: Fields, path: string, name: string, deadline: unknown): Entry | null {
    this.know(spec, path, ["action", "selector", "mode", "value", "duration", "gracePeriod", "containerNames"]);
    const action = this.word(spec["action"], `${path}.action`, ["pod-kill", "pod-failure", "container-kill"]);
    const target = this.targetOf(spec, path);
    switch (action) {
      case "pod-kill": {
        if (spec["duration"] !== undefined) this.without("duration of pod-kill");
        const grace = spec["gracePeriod"] ?? 0;
        if (typeof grace !== "number" || !Number.isInteger(grace) || grace < 0)
          this.report(`${path}.gracePeriod`, grace, "whole seconds, 0 or more");
        return { type: "pod-kill", name: this.unique(name), ...target, gracePeriod: `${Number(grace)}s` };
      }
      case "container-kill": {
        const containers = this.texts(spec["containerNames"], `${path}.containerNames`);
        if (containers.length === 0) this.report(`${path}.containerNames`, spec["containerNames"], "at least one container");
        if (spec["duration"] !== undefined) this.without("duration of container-kill");
        return this.together(
          name,
          containers.map((container) => ({ type: "container-crash", ...target, container, code: KILLED })),
        );
      }
      case "pod-failure":
        this.without("pod-failure's pause image: processes hang instead, so probes time out where they would be refused");
        return { type: "hang", name: this.unique(name), ...target, ...this.durationOf(spec, path, deadline) };
      default:
        return null;
    }
  }

  private readNetworkChaos(spec: Fields, path: string, name: string, deadline: unknown): Entry | null {
    this.know(spec, path, [
      "action",
      "selector",
      "mode",
      "value",
      "duration",
      "direction",
      "target",
      "externalTargets",
      "device",
      "targetDevice",
      "delay",
      "loss",
      "duplicate",
      "corrupt",
      "bandwidth",
      "rate",
    ]);
    const actions = ["netem", "delay", "loss", "duplicate", "corrupt", "partition", "bandwidth"];
    const action = this.word(spec["action"], `${path}.action`, actions);
    const target = this.targetOf(spec, path);
    if (!isEmpty(spec["target"]) || !isEmpty(spec["externalTargets"]))
      throw new NotModelled("the model's clients are no Pods, so there is nobody for target or externalTargets");
    if (spec["direction"] !== undefined && spec["direction"] !== "to") this.without("direction of NetworkChaos");
    const base = { ...target, ...this.durationOf(spec, path, deadline) };
    if (action === "bandwidth") throw new NotModelled("bandwidth limits need sizes of answers");
    if (action === "partition") return { type: "network-loss", name: this.unique(name), ...base };
    if (action === null) return null;
    const entries: Entry[] = [];
    const { delay, loss, corrupt } = spec;
    if (delay !== undefined || action === "delay") {
      const fields = this.mapping(delay, `${path}.delay`);
      this.know(fields, `${path}.delay`, ["latency", "jitter", "correlation", "reorder"]);
      for (const field of ["correlation", "reorder"]) if (isSet(fields[field])) this.without(`delay.${field} of NetworkChaos`);
      const latency = this.duration(fields["latency"], `${path}.delay.latency`);
      const jitter = fields["jitter"] === undefined ? {} : { jitter: this.duration(fields["jitter"], `${path}.delay.jitter`) };
      entries.push({ type: "network-delay", ...base, latency, ...jitter });
    }
    // A packet with wrong bits is dropped by its checksum.
    for (const [field, written] of [
      ["loss", loss],
      ["corrupt", corrupt],
    ] as const) {
      if (written === undefined && action !== field) continue;
      const fields = this.mapping(written, `${path}.${field}`);
      this.know(fields, `${path}.${field}`, [field, "correlation"]);
      if (isSet(fields["correlation"])) this.without(`${field}.correlation of NetworkChaos`);
      entries.push({
        type: "network-loss",
        ...base,
        rate: `${this.percent(fields[field], `${path}.${field}.${field}`)}%`,
      });
    }
    if (spec["duplicate"] !== undefined) this.without("duplicate of NetworkChaos: TCP drops what comes twice");
    if (spec["rate"] !== undefined) this.without("rate of NetworkChaos");
    if (entries.length === 0 && this.issues.length === 0) throw new NotModelled(`${action} alone changes nothing over TCP`);
    return this.together(name, entries);
  }

  private readStressChaos(spec: Fields, path: string, name: string, deadline: unknown): Entry | null {
    this.know(spec, path, ["selector", "mode", "value", "duration", "stressors", "stressngStressors", "containerNames"]);
    if (spec["stressngStressors"] !== undefined) throw new NotModelled("stressngStressors are options of another program");
    const target = { ...this.targetOf(spec, path), ...this.durationOf(spec, path, deadline) };
    const containers = this.texts(spec["containerNames"], `${path}.containerNames`);
    const stressors = this.mapping(spec["stressors"], `${path}.stressors`);
    this.know(stressors, `${path}.stressors`, ["cpu", "memory"]);
    const entries: Entry[] = [];
    const add = (entry: Entry): void => {
      for (const container of containers.length === 0 ? [undefined] : containers)
        entries.push({ ...entry, ...target, ...(container === undefined ? {} : { container }) });
    };
    if (stressors["memory"] !== undefined) {
      const memory = this.mapping(stressors["memory"], `${path}.stressors.memory`);
      this.know(memory, `${path}.stressors.memory`, ["workers", "size", "time", "options", "oomScoreAdj"]);
      for (const field of ["time", "options", "oomScoreAdj"])
        if (memory[field] !== undefined) this.without(`stressors.memory.${field} of StressChaos`);
      const at = `${path}.stressors.memory.size`;
      const { size } = memory;
      if (size === undefined || (typeof size === "string" && size.endsWith("%")))
        throw new NotModelled("stressors.memory.size must be an amount: shares are of a memory that isn't the container's");
      add({ type: "memory-spike", size: this.bytes(size, at) });
    }
    if (stressors["cpu"] !== undefined) {
      const at = `${path}.stressors.cpu`;
      const cpu = this.mapping(stressors["cpu"], at);
      this.know(cpu, at, ["workers", "load", "options"]);
      if (cpu["options"] !== undefined) this.without("stressors.cpu.options of StressChaos");
      const workers = this.number(cpu["workers"], `${at}.workers`, 1, 10_000);
      const load = cpu["load"] === undefined ? 100 : this.number(cpu["load"], `${at}.load`, 0, 100 * 10_000);
      // Each stressing thread is one more that wants the application's core.
      if (load > 0) add({ type: "cpu-starvation", slowdown: 1 + (workers * load) / 100 });
    }
    if (entries.length === 0 && stressors["cpu"] !== undefined) throw new NotModelled("a load of 0 % changes nothing");
    if (entries.length === 0 && this.issues.length === 0) this.report(`${path}.stressors`, spec["stressors"], "cpu or memory");
    return this.together(name, entries);
  }

  private readSchedule(spec: Fields, path: string, name: string): Entry | null {
    const { schedule, type } = spec;
    const field = this.word(type, `${path}.type`, ["PodChaos", "NetworkChaos", "StressChaos", "Workflow", ...otherChaos]);
    if (field === null) return null;
    if (otherChaos.includes(field)) throw new NotModelled(`${field} isn't modelled`);
    const inner = innerOf(field);
    this.know(spec, path, ["schedule", "type", "historyLimit", "concurrencyPolicy", "startingDeadlineSeconds", inner]);
    if (spec["startingDeadlineSeconds"] !== undefined) this.without("startingDeadlineSeconds of Schedule");
    const concurrencyPolicy = this.word(spec["concurrencyPolicy"] ?? "Forbid", `${path}.concurrencyPolicy`, ["Forbid", "Allow"]);
    const entry = this.readKind(field, this.mapping(spec[inner], `${path}.${inner}`), `${path}.${inner}`, name, undefined);
    const every = /^@every\s+(\S+)$/.exec(String(schedule))?.[1];
    if (typeof schedule !== "string" || (every === undefined && parseSchedule(schedule) === null)) {
      this.report(`${path}.schedule`, schedule, 'a schedule such as "*/10 * * * *" or "@every 10m"');
      return null;
    }
    if (withoutZone(schedule) !== schedule) this.without("time zone of Schedule");
    if (entry === null) return null;
    // In a group of its own: what it holds may be one.
    if (every === undefined) return { parallel: [entry], schedule: { cron: schedule, concurrencyPolicy } };
    const period = this.duration(every, `${path}.schedule`);
    return { parallel: [entry], at: period, schedule: { every: period, concurrencyPolicy } };
  }

  private readWorkflow(spec: Fields, path: string, name: string): Step {
    this.know(spec, path, ["entry", "templates"]);
    const { entry, templates } = spec;
    if (!Array.isArray(templates)) {
      this.report(`${path}.templates`, templates, "a list");
      return nothing;
    }
    const known = new Map<string, { readonly template: Fields; readonly path: string }>();
    templates.forEach((template: unknown, index) => {
      const at = `${path}.templates[${index}]`;
      const fields = this.mapping(template, at);
      if (typeof fields["name"] === "string") known.set(fields["name"], { template: fields, path: at });
      else this.report(`${at}.name`, fields["name"], "a name");
    });
    return this.readTemplate(entry, `${path}.entry`, known, name, []);
  }

  private readTemplate(
    reference: unknown,
    at: string,
    known: ReadonlyMap<string, { readonly template: Fields; readonly path: string }>,
    name: string,
    within: readonly string[],
  ): Step {
    const found = typeof reference === "string" ? known.get(reference) : undefined;
    if (typeof reference !== "string" || found === undefined || within.includes(reference)) {
      const expected = found === undefined ? `one of ${[...known.keys()].join(", ")}` : "a template that doesn't hold itself";
      this.report(at, reference, expected);
      return nothing;
    }
    const { template, path } = found;
    const { templateType, deadline } = template;
    const type = this.word(templateType, `${path}.templateType`, templateTypes);
    switch (type) {
      case null:
        return nothing;
      case "Suspend":
        return { entry: { pause: this.duration(deadline, `${path}.deadline`) }, ends: true };
      case "Serial":
      case "Parallel": {
        const children = this.texts(template["children"], `${path}.children`);
        const readChild = (child: string, index: number): Step =>
          this.readTemplate(child, `${path}.children[${index}]`, known, `${name}.${child}`, [...within, reference]);
        const steps = children.map(readChild);
        const group = type === "Serial" ? this.inSeries(steps, children, name) : { parallel: entriesOf(steps) };
        return this.until(
          deadline,
          `${path}.deadline`,
          group,
          steps.every(({ ends }) => ends),
        );
      }
      case "Task":
      case "StatusCheck":
        throw new NotModelled(`${type} isn't modelled`);
      default: {
        const inner = innerOf(type);
        const spec = otherChaos.includes(type) ? {} : this.mapping(template[inner], `${path}.${inner}`);
        const entry = this.unlessMissing(name, () => this.readKind(type, spec, `${path}.${inner}`, name, deadline));
        // What is over at once is still there until its deadline, and without one for ever.
        return this.until(deadline ?? spec["duration"], `${path}.deadline`, { parallel: entriesOf([{ entry, ends: true }]) }, false);
      }
    }
  }

  /** Behind what never ends nothing begins. */
  private inSeries(steps: readonly Step[], children: readonly string[], name: string): Entry {
    const last = steps.findIndex(({ ends }) => !ends);
    const reached = last === -1 ? steps : steps.slice(0, last + 1);
    for (const child of children.slice(reached.length))
      this.leftOut.push(`${name}.${child}: never begins, as ${name}.${children[last] ?? ""} before it has no deadline`);
    return { serial: entriesOf(reached) };
  }

  /** A group until its deadline; `isOver`: without one it ends by itself. */
  private until(deadline: unknown, path: string, group: Entry, isOver: boolean): Step {
    const isEmpty = Object.values(group).every((members) => Array.isArray(members) && members.length === 0);
    if (deadline === undefined) return { entry: isEmpty ? null : group, ends: isOver };
    const duration = this.duration(deadline, path);
    // A series and its parts end by themselves; a fault holds its place until the deadline.
    if (isOver) return { entry: isEmpty ? null : { ...group, duration }, ends: true };
    return { entry: { parallel: [...(isEmpty ? [] : [group]), { pause: duration }], duration }, ends: true };
  }

  private targetOf(spec: Fields, path: string): Entry {
    const mode = this.word(spec["mode"], `${path}.mode`, ["one", "all", "fixed", "fixed-percent", "random-max-percent"]);
    const { value } = spec;
    const takesValue = mode !== null && mode !== "one" && mode !== "all";
    const [least, most] = mode === "fixed" ? [1, 1_000_000] : [0, 100];
    const amount = takesValue ? { value: this.whole(value, `${path}.value`, least, most) } : {};
    return {
      selector: this.selectorOf(this.mapping(spec["selector"], `${path}.selector`), `${path}.selector`),
      mode: mode ?? "all",
      ...amount,
    };
  }

  private selectorOf(selector: Fields, path: string): Entry {
    this.know(selector, path, [
      "namespaces",
      "labelSelectors",
      "annotationSelectors",
      "expressionSelectors",
      "fieldSelectors",
      "nodes",
      "nodeSelectors",
      "pods",
      "podPhaseSelectors",
    ]);
    for (const field of ["annotationSelectors", "expressionSelectors", "fieldSelectors"])
      if (!isEmpty(selector[field])) throw new NotModelled(`selector.${field} has no counterpart`);
    const namespaces = this.texts(selector["namespaces"], `${path}.namespaces`);
    const nodes = this.texts(selector["nodes"], `${path}.nodes`);
    const pods = Object.entries(this.mapping(selector["pods"] ?? {}, `${path}.pods`)).flatMap(([namespace, names]) =>
      this.texts(names, `${path}.pods.${namespace}`).map((pod) => ({ namespace, pod })),
    );
    const phases = this.texts(selector["podPhaseSelectors"], `${path}.podPhaseSelectors`);
    if (phases.length > 0 && !phases.includes("Running")) throw new NotModelled("faults meet Pods that run");
    const labels = this.mapping(selector["labelSelectors"] ?? {}, `${path}.labelSelectors`);
    // Where Pods are named, Chaos Mesh looks at nothing else (pkg/selector/pod SelectPods).
    if (pods.length > 0) return oneOf(pods);
    const selectors = this.mapping(selector["nodeSelectors"] ?? {}, `${path}.nodeSelectors`);
    // Nodes by name and those by label are added up (pkg/selector/pod ParseNodeSelector).
    const places: Entry[] = nodes.map((node) => ({ node }));
    if (!isEmpty(selectors) || places.length === 0) places.push(this.placeOf(selectors));
    const names = namespaces.length === 0 ? [this.namespace] : namespaces;
    return {
      ...oneOf(names.flatMap((namespace) => places.map((place) => ({ namespace, ...place })))),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
    };
  }

  private placeOf(nodeSelectors: Fields): Entry {
    const place: Record<string, unknown> = {};
    for (const [label, value] of Object.entries(nodeSelectors)) {
      if (label === "topology.kubernetes.io/zone") place["zone"] = value;
      else if (label === "kubernetes.io/hostname") place["node"] = value;
      else throw new NotModelled("selector.nodeSelectors knows zones and host names");
    }
    return place;
  }

  private durationOf(spec: Fields, path: string, deadline: unknown): Entry {
    const written = deadline ?? spec["duration"];
    if (written === undefined) return {};
    return { duration: this.duration(written, deadline === undefined ? `${path}.duration` : path.replace(/\.\w+$/, ".deadline")) };
  }

  private duration(written: unknown, path: string): string {
    if (typeof written === "string" && parseDuration(written) !== null) return written;
    const micros = typeof written === "string" ? goDuration(written) : null;
    if (micros !== null && micros < 0) throw new NotModelled(`${written as string} is over before it begins`);
    if (micros !== null) return formatDuration(micros);
    this.report(path, written, "a duration such as 250ms, 30s or 1m30s");
    return "1s";
  }

  private percent(written: unknown, path: string): number {
    return this.number(written, path, 0, 100);
  }

  private whole(written: unknown, path: string, min: number, max: number): number {
    const value = this.number(written, path, min, max);
    if (!Number.isInteger(value)) this.report(path, written, `a whole number from ${min} to ${max}`);
    return value;
  }

  /** Numbers may stand in quotes. */
  private number(written: unknown, path: string, min: number, max: number): number {
    const value = typeof written === "string" && written.trim() !== "" ? Number(written) : written;
    if (typeof value === "number" && value >= min && value <= max) return value;
    this.report(path, written, `a number from ${min} to ${max}`);
    return min;
  }

  /** As Docker's units: all powers of 1024. */
  private bytes(written: unknown, path: string): number {
    const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(String(written)) ?? [];
    if (amount === "") this.report(path, written, "an amount such as 256MB");
    return Math.round(Number(amount) * 1024 ** ["", "k", "m", "g", "t"].indexOf(unit.toLowerCase()));
  }

  private texts(written: unknown, path: string): readonly string[] {
    if (written === undefined) return [];
    if (Array.isArray(written) && written.every((each) => typeof each === "string")) return written;
    this.report(path, written, "a list of texts");
    return [];
  }

  private mapping(written: unknown, path: string): Fields {
    if (isMapping(written)) return written;
    this.report(path, written, "a mapping");
    return {};
  }

  private word(written: unknown, path: string, known: readonly string[]): string | null {
    if (typeof written === "string" && known.includes(written)) return written;
    const meant = typeof written === "string" ? closest(written, known) : null;
    this.report(path, written, `one of ${known.join(", ")}`, meant === null ? undefined : `did you mean ${meant}?`);
    return null;
  }

  private know(fields: Fields, path: string, known: readonly string[]): void {
    for (const field of Object.keys(fields)) {
      if (known.includes(field)) continue;
      const meant = closest(field, known);
      // Of another version of Chaos Mesh, or of none.
      if (meant === null) this.without(`${path.replace(/^spec\.?/, "")}${path === "spec" ? "" : "."}${field} of ${this.kind}`);
      else
        this.add({
          path: `${path}.${field}`,
          found: `unknown field ${describe(field)}`,
          expected: "a known field",
          hint: `did you mean ${meant}?`,
        });
    }
  }

  private report(path: string, found: unknown, expected: string, hint?: string): void {
    this.add({ path, found: describe(found), expected, ...(hint === undefined ? {} : { hint }) });
  }

  private without(field: string): void {
    this.noEffect.push(field);
  }

  /** Parts of one fault, which has chosen its targets once. */
  private together(name: string, parts: readonly Entry[]): Entry | null {
    const entries = parts.map((part) => ({ name: this.unique(name), ...part }));
    const [first] = entries;
    for (const entry of entries) this.firstParts.set(entry.name, first!.name);
    return entries.length < 2 ? (first ?? null) : { parallel: entries };
  }

  private unique(name: string): string {
    const count = (this.names.get(name) ?? 0) + 1;
    this.names.set(name, count);
    return count === 1 ? name : `${name}-${count}`;
  }
}

const KILLED = 137;
const PAUSED = "experiment.chaos-mesh.org/pause";
/** What is wrong with it has been told. */
const nothing: Step = { entry: null, ends: true };
const otherChaos = [
  "IOChaos",
  "TimeChaos",
  "KernelChaos",
  "DNSChaos",
  "HTTPChaos",
  "JVMChaos",
  "BlockChaos",
  "AWSChaos",
  "GCPChaos",
  "AzureChaos",
  "PhysicalMachineChaos",
  "CloudStackVMChaos",
  "K8SChaos",
];
const templateTypes = [
  "Serial",
  "Parallel",
  "Suspend",
  "Task",
  "StatusCheck",
  "Schedule",
  "PodChaos",
  "NetworkChaos",
  "StressChaos",
  ...otherChaos,
];

/** PodChaos stands in the field podChaos. */
function innerOf(kind: string): string {
  return `${kind[0]!.toLowerCase()}${kind.slice(1)}`;
}

/** A pause is none of a scenario's faults: it stands in groups. */
function withoutPauseAlone(entry: Entry | null): Entry | null {
  return entry !== null && "pause" in entry ? null : entry;
}

function oneOf(selectors: readonly Entry[]): Entry {
  return selectors.length === 1 ? selectors[0]! : { anyOf: selectors };
}

function entriesOf(steps: readonly Step[]): readonly Entry[] {
  return steps.flatMap(({ entry }) => (entry === null ? [] : [entry]));
}

const microsOf: Readonly<Record<string, number>> = {
  ns: 0.001,
  us: 1,
  µs: 1,
  μs: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
};

/** µs of what Go's time.ParseDuration takes beyond a scenario's durations: a sign, "0", ".5s", nanoseconds. Null: it takes it neither. */
function goDuration(text: string): number | null {
  const [, sign = "", amounts = ""] = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text) ?? [];
  if (amounts === "") return null;
  let micros = 0;
  for (const [, amount = "", unit = ""] of amounts.matchAll(/([\d.]+)([a-zµμ]+)/g)) micros += Number(amount) * microsOf[unit]!;
  return micros > durationMax ? null : Math.round(micros) * (sign === "-" ? -1 : 1);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === "object" && Object.keys(value ?? {}).length === 0);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && Number(value) !== 0;
}

function isMapping(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
