/** `faults`: what goes wrong on purpose, when and on whom. */
import { faultGroupFrame, pauseSchema } from "../engine/chaos/fault-group.schema.ts";
import type { WrittenFaultBase } from "../engine/chaos/fault.schema.ts";
import { faultSchemas, type WrittenFault } from "../engine/chaos/index.schema.ts";
import type { FaultMode, FaultSpec, FaultType, ProcessFault, TargetSelector } from "../engine/chaos/fault.ts";
import type { FaultCondition, ThresholdSpec } from "../engine/scenario-spec.ts";
import type { NodeTemplate } from "../engine/kubernetes/objects/node.ts";
import { SECOND, type VirtualTime } from "../engine/kernel/time.ts";
import { formatDuration } from "../engine/values/duration.ts";
import { closest, describe, type Issue } from "../engine/values/issue.ts";
import type { WrittenDuration } from "../engine/values/values.schema.ts";
import type { Schema } from "../engine/values/shape.schema.ts";
import { readGrowth, readSelector } from "./applications.ts";
import { repeated, repetitions } from "./fault-times.ts";
import { readWatched } from "./thresholds.ts";
import { hintOf, type Inventory } from "./inventory.ts";
import { ScenarioSections } from "./section.ts";
import { readShare } from "./share.ts";

/** From power off to a running kubelet, and of a kubelet's process alone, if the scenario doesn't say (model choice). */
const DEFAULT_BOOT = 60 * SECOND;
const DEFAULT_RESTART = SECOND;
const DEFAULT_LAG = SECOND;
export interface FaultContext {
  readonly inventory: Inventory;
  /** Null if some could not be read: then none is said to be missing. */
  readonly nodes: readonly NodeTemplate[] | null;
  readonly duration: number;
  /** Images that actions bring. */
  readonly images: readonly string[];
  readonly sections: ScenarioSections;
  /** What conditions may be about. */
  readonly loads: readonly string[];
  /** Written for a real cluster: what is selected needn't be in the manifests, and what begins after the end doesn't begin. */
  readonly isForeign?: boolean;
}

/** Faults of an entry, and when it is over: Infinity for what lasts to the end. */
interface Part {
  readonly faults: readonly FaultSpec[];
  readonly end: VirtualTime;
}

export interface ReadFaults {
  readonly faults: readonly FaultSpec[];
  readonly conditions: readonly FaultCondition[];
}

export function readFaults(written: readonly unknown[], context: FaultContext, path: string): ReadFaults {
  const reader = new FaultReader(context);
  const faults = written.flatMap((value, index) => reader.read(value, `${path}[${index}]`, null).faults);
  const indexes = new Map(faults.map((fault, index) => [fault, index]));
  const conditions = reader.waiting.map(({ faults: waiting, ...rest }) => ({
    faults: waiting.flatMap((fault) => indexes.get(fault) ?? []),
    ...rest,
  }));
  return { faults, conditions };
}

/** An entry that stands elsewhere than in the scenario's list, begun at `begin`; problems are told by their path within it. */
export function readFaultEntry(
  entry: object,
  begin: VirtualTime,
  context: FaultContext,
): { readonly faults: readonly FaultSpec[]; readonly issues: readonly Issue[] } {
  const sections = new ScenarioSections({ file: "", value: entry, locate: () => ({ line: 1, column: 1 }) }, []);
  const { faults } = new FaultReader({ ...context, sections }).read(entry, "", begin);
  return { faults, issues: sections.issues.map(({ file: _file, line: _line, column: _column, ...issue }) => issue) };
}

class FaultReader {
  readonly waiting: { readonly faults: readonly FaultSpec[]; readonly from: VirtualTime; readonly threshold: ThresholdSpec }[] = [];
  private readonly context: FaultContext;
  private readonly names = new Set<string>();
  private readonly perType = new Map<FaultType, number>();

  constructor(context: FaultContext) {
    this.context = context;
  }

  /** `turn`: when the group around it comes to it; null: there is none. */
  read(value: unknown, path: string, turn: VirtualTime | null): Part {
    if (isMapping(value) && ("serial" in value || "parallel" in value)) return this.readGroup(value, path, turn);
    return this.readOne(value, path, turn);
  }

  private readOne(value: unknown, path: string, turn: VirtualTime | null): Part {
    const { sections, duration } = this.context;
    const written = shapedFault(value, path, sections);
    if (written === null) return { faults: [], end: turn ?? 0 };
    const from =
      (turn ?? 0) + this.readAt(written, path, turn === null && written.schedule?.cron === undefined && written.when === undefined);
    this.checkBegin(from, written.at, path);
    const fault = { ...readFault(written, this.nameOf(written, path), this.context, path), at: from };
    this.await(written, [fault], from, path, turn);
    if (written.schedule === undefined) return { faults: [fault], end: from + fault.duration };
    const repetition = { from, length: fault.duration, horizon: duration };
    return { faults: repeated(fault, from, repetitions(written.schedule, repetition, sections, `${path}.schedule`)), end: Infinity };
  }

  private readGroup(value: object, path: string, turn: VirtualTime | null): Part {
    const { sections, duration } = this.context;
    const written = sections.shaped(faultGroupFrame, value, path);
    if (written === null) return { faults: [], end: turn ?? 0 };
    if (written.serial !== undefined && written.parallel !== undefined)
      sections.report(`${path}.parallel`, "serial and parallel", "one of serial and parallel");
    const from =
      (turn ?? 0) + this.readAt(written, path, turn === null && written.schedule?.cron === undefined && written.when === undefined);
    this.checkBegin(from, written.at, path);
    const { serial, parallel = [] } = written;
    const limit = written.duration === undefined ? Infinity : from + sections.duration(written.duration, `${path}.duration`);
    if (limit === from) sections.report(`${path}.duration`, describe(written.duration), "more than 0");
    const { faults, end } = cutAt(
      limit,
      serial === undefined ? this.readParallel(parallel, `${path}.parallel`, from) : this.readSerial(serial, `${path}.serial`, from),
    );
    this.await(written, faults, from, path, turn);
    if (written.schedule === undefined) return { faults, end };
    const times = repetitions(written.schedule, { from, length: end - from, horizon: duration }, sections, `${path}.schedule`);
    return { faults: faults.flatMap((fault) => repeated(fault, from, times)), end: Infinity };
  }

  private readParallel(members: readonly unknown[], path: string, turn: VirtualTime): Part {
    const parts = members.map((member, index) => this.readMember(member, `${path}[${index}]`, turn));
    return { faults: parts.flatMap(({ faults }) => faults), end: parts.reduce((latest, { end }) => Math.max(latest, end), turn) };
  }

  private readSerial(members: readonly unknown[], path: string, turn: VirtualTime): Part {
    const { sections } = this.context;
    const faults: FaultSpec[] = [];
    let end = turn;
    members.forEach((member, index) => {
      const at = `${path}[${index}]`;
      if (end === Infinity) {
        sections.report(at, "a member behind one that never ends", "the last member", "give the one before it a duration, and no schedule");
        end = turn;
      }
      const part = this.readMember(member, at, end);
      faults.push(...part.faults);
      ({ end } = part);
    });
    return { faults, end };
  }

  private readMember(member: unknown, path: string, turn: VirtualTime): Part {
    if (!isMapping(member) || !("pause" in member)) return this.read(member, path, turn);
    const { sections } = this.context;
    const pause = sections.shaped(pauseSchema, member, path);
    return { faults: [], end: pause === null ? turn : turn + sections.duration(pause.pause, `${path}.pause`) };
  }

  private await(
    { when, schedule }: Pick<WrittenFaultBase, "when" | "schedule">,
    faults: readonly FaultSpec[],
    from: VirtualTime,
    path: string,
    turn: VirtualTime | null,
  ): void {
    if (when === undefined) return;
    const { inventory, loads, sections } = this.context;
    if (turn !== null) return sections.report(`${path}.when`, describe(when), "nothing within a group", "say it of the whole group");
    if (schedule !== undefined) return sections.report(`${path}.when`, describe(when), "nothing beside a schedule");
    const threshold = readWatched(when, { loads, inventory }, sections, `${path}.when`);
    if (threshold !== null) this.waiting.push({ faults, from, threshold });
  }

  private readAt({ at }: Pick<WrittenFaultBase, "at">, path: string, isRequired: boolean): VirtualTime {
    const { sections } = this.context;
    if (at !== undefined) return sections.duration(at, `${path}.at`);
    if (isRequired) sections.report(`${path}.at`, "nothing", "a duration with a unit, such as 250ms, 30s or 1m30s");
    return 0;
  }

  private checkBegin(from: VirtualTime, at: unknown, path: string): void {
    const { duration, isForeign = false, sections } = this.context;
    if (isForeign) return;
    const expected = `less than the duration, ${formatDuration(duration)}`;
    if (from < duration) return;
    if (at === undefined) sections.report(path, `a beginning at ${formatDuration(from)}`, expected);
    else sections.report(`${path}.at`, describe(at), expected);
  }

  /** Counted by type, so that a fault of another type more or less leaves the names, and so the draws, of the rest. */
  private nameOf({ name, type }: WrittenFault, path: string): string {
    const number = (this.perType.get(type) ?? 0) + 1;
    this.perType.set(type, number);
    const chosen = name ?? `${type}-${number}`;
    if (this.names.has(chosen))
      this.context.sections.report(
        `${path}.name`,
        `${describe(chosen)} again`,
        "a name that no other fault has",
        "random choices are drawn by name",
      );
    this.names.add(chosen);
    return chosen;
  }
}

/** What isn't over by then ends, and what would begin later doesn't. */
function cutAt(limit: VirtualTime, { faults, end }: Part): Part {
  const begun = faults.filter(({ at }) => at < limit);
  return { faults: begun.map((fault) => ({ ...fault, duration: Math.min(fault.duration, limit - fault.at) })), end: Math.min(end, limit) };
}

function isMapping(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shapedFault(value: unknown, path: string, sections: ScenarioSections): WrittenFault | null {
  const type: unknown = isMapping(value) ? (value as { readonly type?: unknown }).type : undefined;
  if (typeof type === "string" && isFaultType(type))
    return sections.shaped<WrittenFault>(faultSchemas[type] as Schema<WrittenFault>, value, path);
  const known = Object.keys(faultSchemas);
  const meant = typeof type === "string" ? closest(type, known) : null;
  if (isMapping(value))
    sections.report(`${path}.type`, describe(type), `one of ${known.join(", ")}`, meant === null ? undefined : `did you mean ${meant}?`);
  else sections.report(path, describe(value), "a fault");
  return null;
}

function isFaultType(type: string): type is FaultType {
  return Object.hasOwn(faultSchemas, type);
}

/** Its `at` is the caller's to say. */
function readFault(written: WrittenFault, name: string, context: FaultContext, path: string): FaultSpec {
  const { sections } = context;
  const shared: Partial<WrittenFaultBase> = written;
  const mode = shared.mode ?? "all";
  const selector: TargetSelector = readSelector(shared.selector ?? {});
  checkSelector(selector, context, `${path}.selector`);
  const base = { name, at: 0, selector, mode, value: readValue(shared.value, mode, sections, `${path}.value`) };
  switch (written.type) {
    case "probe-failure":
      return {
        type: "probe-failure",
        ...base,
        duration: readDuration(written.duration, sections, path),
        probe: written.probe ?? "all",
        rate: readShare(written.rate ?? 1, sections, `${path}.rate`),
      };
    case "network-partition": {
      const { from = "both", target } = written;
      const duration = readDuration(written.duration, sections, path);
      if (target !== undefined) {
        if (written.from !== undefined) sections.report(`${path}.target`, "target and from", "one of both");
        checkSelector(readSelector(target), context, `${path}.target`);
        return { type: "network-partition", ...base, duration, from: [], target: readSelector(target) };
      }
      if (written.direction !== undefined) sections.report(`${path}.direction`, describe(written.direction), "nothing without a target");
      return { type: "network-partition", ...base, duration, from: from === "both" ? ["api-server", "clients"] : [from] };
    }
    case "pod-kill":
      // A deletion is over at once.
      return { type: "pod-kill", ...base, duration: 0, gracePeriodSeconds: readGrace(written.gracePeriod ?? 0, sections, path) };
    case "network-delay": {
      const latency = sections.duration(written.latency, `${path}.latency`);
      const jitter = sections.duration(written.jitter ?? 0, `${path}.jitter`);
      if (latency + jitter === 0) sections.report(`${path}.latency`, describe(written.latency), "more than 0");
      return { type: "network-delay", ...base, duration: readDuration(written.duration, sections, path), latency, jitter };
    }
    case "network-loss": {
      const rate = readShare(written.rate ?? 1, sections, `${path}.rate`);
      return { type: "network-loss", ...base, duration: readDuration(written.duration, sections, path), rate };
    }
    case "zone-loss":
      return { type: "zone-loss", ...base, duration: readDuration(written.duration, sections, path) };
    case "node-drain": {
      const { force = true, ignoreDaemonSets = true, disableEviction = false } = written;
      const timeout = written.timeout === undefined ? Infinity : sections.duration(written.timeout, `${path}.timeout`);
      const duration = readDuration(written.duration, sections, path);
      return { type: "node-drain", ...base, duration, force, ignoreDaemonSets, disableEviction, timeout };
    }
    case "api-server-outage":
      return { type: "api-server-outage", ...base, duration: readDuration(written.duration, sections, path) };
    case "api-server-slow":
    case "watch-lag":
    case "endpoint-lag": {
      const delay = written.delay === undefined ? DEFAULT_LAG : sections.duration(written.delay, `${path}.delay`);
      if (delay === 0) sections.report(`${path}.delay`, describe(written.delay), "more than 0");
      return { type: written.type, ...base, duration: readDuration(written.duration, sections, path), delay };
    }
    case "node-freeze":
      return { type: "node-freeze", ...base, duration: readDuration(written.duration, sections, path) };
    case "node-loss":
      return { type: "node-loss", ...base, duration: readDuration(written.duration, sections, path) };
    case "node-reboot":
      return {
        type: "node-reboot",
        ...base,
        duration: written.duration === undefined ? DEFAULT_BOOT : readDuration(written.duration, sections, path),
        keepsRecords: written.runtime !== "empty",
      };
    case "node-shutdown":
      return { type: "node-shutdown", ...base, duration: readDuration(written.duration, sections, path) };
    case "kubelet-restart":
      return {
        type: "kubelet-restart",
        ...base,
        duration: written.duration === undefined ? DEFAULT_RESTART : readDuration(written.duration, sections, path),
      };
    case "image-pull-failure":
      return {
        type: "image-pull-failure",
        ...base,
        duration: readDuration(written.duration, sections, path),
        image: readImage(written.image, context, path),
        rate: readShare(written.rate ?? 1, sections, `${path}.rate`),
      };
    case "image-pull-slow": {
      const { slowdown = 10 } = written;
      if (slowdown <= 1) sections.report(`${path}.slowdown`, String(slowdown), "more than 1");
      const duration = readDuration(written.duration, sections, path);
      return { type: "image-pull-slow", ...base, duration, image: readImage(written.image, context, path), slowdown };
    }
    case "container-crash":
    case "hang":
    case "slow-probe":
    case "memory-leak":
    case "memory-spike":
    case "cpu-starvation":
    case "slow-service":
    case "failing-service": {
      checkContainer(written.container, selector, context, `${path}.container`);
      return readProcessFault(written, { ...base, container: written.container ?? null }, sections, path);
    }
    case "oom-kill":
      checkContainer(written.container, selector, context, `${path}.container`);
      // A kill is over at once.
      return { type: "oom-kill", ...base, duration: 0, container: written.container ?? null };
  }
}

type WrittenProcessFault = Extract<WrittenFault, { type: ProcessFault["type"] }>;

function readProcessFault(
  written: WrittenProcessFault,
  target: Pick<ProcessFault, "name" | "at" | "selector" | "mode" | "value" | "container">,
  sections: ScenarioSections,
  path: string,
): ProcessFault {
  const base = { ...target, duration: readDuration(written.duration, sections, path) };
  switch (written.type) {
    case "container-crash": {
      const { code = 1, rate } = written;
      if (rate !== undefined) return { type: written.type, ...base, code, rate: sections.rate(rate, 1000, `${path}.rate`) };
      if (written.duration !== undefined)
        sections.report(`${path}.duration`, describe(written.duration), "nothing without a rate: one crash is over at once");
      return { type: written.type, ...base, duration: 0, code, rate: 0 };
    }
    case "hang":
      return { type: written.type, ...base };
    case "slow-probe": {
      const latency = sections.duration(written.latency, `${path}.latency`);
      if (latency === 0) sections.report(`${path}.latency`, describe(written.latency), "more than 0");
      return { type: written.type, ...base, probe: written.probe ?? "all", latency };
    }
    case "memory-leak":
      return { type: written.type, ...base, growth: readGrowth(written.growth, sections, `${path}.growth`) };
    case "memory-spike":
      return { type: written.type, ...base, size: sections.quantity(written.size, `${path}.size`).units };
    case "cpu-starvation":
    case "slow-service": {
      const { slowdown = 10 } = written;
      if (slowdown <= 1) sections.report(`${path}.slowdown`, String(slowdown), "more than 1");
      return { type: written.type, ...base, slowdown: Math.max(1, slowdown) };
    }
    case "failing-service":
      return { type: written.type, ...base, rate: readShare(written.rate ?? 1, sections, `${path}.rate`) };
  }
}

function readGrace(written: WrittenDuration, sections: ScenarioSections, path: string): number | null {
  if (written === "own") return null;
  const grace = sections.duration(written, `${path}.gracePeriod`);
  if (grace % SECOND !== 0) sections.report(`${path}.gracePeriod`, describe(written), "whole seconds");
  return Math.ceil(grace / SECOND);
}

/** The image that a fault on pulls is about; null: all of them. */
function readImage(image: string | undefined, { inventory, images, sections }: FaultContext, path: string): string | null {
  if (image === undefined) return null;
  const known = [...new Set([...inventory.containers(inventory.selected({})).map((container) => container.image), ...images])];
  if (inventory.isComplete && !known.includes(image))
    sections.report(`${path}.image`, describe(image), "the image of a container or of a setImage action", hintOf("images", image, known));
  return image;
}

function readDuration(written: string | 0 | undefined, sections: ScenarioSections, path: string): number {
  if (written === undefined) return Infinity;
  const duration = sections.duration(written, `${path}.duration`);
  if (duration === 0) sections.report(`${path}.duration`, describe(written), "more than 0");
  return duration;
}

function readValue(value: number | undefined, mode: FaultMode, sections: ScenarioSections, path: string): number {
  switch (mode) {
    case "one":
    case "all":
      if (value !== undefined)
        sections.report(path, String(value), `nothing with mode ${mode}`, "modes fixed, fixed-percent and random-max-percent take a value");
      return 0;
    case "fixed":
      if (value === undefined || !Number.isInteger(value) || value < 1)
        sections.report(path, describe(value), "a count of 1 or more with mode fixed");
      return value ?? 0;
    case "fixed-percent":
    case "random-max-percent":
      if (value === undefined || value < 0 || value > 100)
        sections.report(path, describe(value), `a percentage from 0 to 100 with mode ${mode}`);
      return value ?? 0;
  }
}

function checkSelector(selector: TargetSelector, context: FaultContext, path: string): void {
  const { inventory, nodes, sections, isForeign = false } = context;
  if (isForeign) return;
  const { node, zone, anyOf = [], ...ofPods } = selector;
  for (const [index, each] of anyOf.entries()) checkSelector(each, context, `${path}.anyOf[${index}]`);
  if (node !== undefined && nodes !== null && !nodes.some((candidate) => candidate.name === node))
    sections.report(
      `${path}.node`,
      describe(node),
      "a node of the scenario",
      hintOf(
        "nodes",
        node,
        nodes.map((candidate) => candidate.name),
      ),
    );
  if (zone !== undefined && nodes !== null && !nodes.some((candidate) => candidate.zone === zone))
    sections.report(
      `${path}.zone`,
      describe(zone),
      "a zone of the scenario",
      hintOf(
        "zones",
        zone,
        nodes.map((candidate) => candidate.zone),
      ),
    );
  if (!inventory.isComplete || Object.keys(ofPods).length === 0) return;
  if (inventory.withPods(ofPods).length === 0)
    sections.report(path, "a selector that matches nothing", "at least one workload of the manifests", inventory.hintForSelector(ofPods));
}

function checkContainer(
  container: string | undefined,
  selector: TargetSelector,
  { inventory, sections, isForeign = false }: FaultContext,
  path: string,
): void {
  if (isForeign || container === undefined || !inventory.isComplete) return;
  // Inventory.selected looks at no nodes: which Pod runs where isn't known before the run.
  const names = inventory.containers(inventory.withPods(selector)).map(({ name }) => name);
  if (names.length > 0 && !names.includes(container))
    sections.report(path, describe(container), "a container of the selected workloads", hintOf("containers", container, names));
}
