/** `faults`: what goes wrong on purpose, when and on whom. */
import type { WrittenFaultBase } from "../engine/chaos/fault.schema.ts";
import { faultSchemas, type WrittenFault } from "../engine/chaos/index.schema.ts";
import type { FaultMode, FaultSpec, FaultType, ProcessFault, TargetSelector } from "../engine/chaos/fault.ts";
import type { NodeTemplate } from "../engine/kubernetes/objects/node.ts";
import { SECOND } from "../engine/kernel/time.ts";
import { formatDuration } from "../engine/values/duration.ts";
import { closest, describe } from "../engine/values/issue.ts";
import type { Schema } from "../engine/values/shape.schema.ts";
import { readGrowth, readSelector } from "./applications.ts";
import { hintOf, type Inventory } from "./inventory.ts";
import type { ScenarioSections } from "./section.ts";
import { readShare } from "./share.ts";

/** From power off to a running kubelet, and of a kubelet's process alone, if the scenario doesn't say (model choice). */
const DEFAULT_BOOT = 60 * SECOND;
const DEFAULT_RESTART = SECOND;
const DEFAULT_LAG = SECOND;
/** Times that a schedule may begin its fault. */
const MOST_TIMES = 1000;

export interface FaultContext {
  readonly inventory: Inventory;
  /** Null if some could not be read: then none is said to be missing. */
  readonly nodes: readonly NodeTemplate[] | null;
  readonly duration: number;
  /** Images that actions bring. */
  readonly images: readonly string[];
  readonly sections: ScenarioSections;
}

export function readFaults(written: readonly unknown[], context: FaultContext, path: string): readonly FaultSpec[] {
  const faults: FaultSpec[] = [];
  const names = new Set<string>();
  const perType = new Map<FaultType, number>();
  written.forEach((value, index) => {
    const at = `${path}[${index}]`;
    const fault = shapedFault(value, at, context.sections);
    if (fault === null) return;
    // Counted by type, so that a fault of another type more or less leaves the names, and so the draws, of the rest.
    const number = (perType.get(fault.type) ?? 0) + 1;
    perType.set(fault.type, number);
    const { name = `${fault.type}-${number}` } = fault;
    if (names.has(name))
      context.sections.report(
        `${at}.name`,
        `${describe(name)} again`,
        "a name that no other fault has",
        "random choices are drawn by name",
      );
    names.add(name);
    faults.push(...repeated(readFault(fault, name, context, at), fault, context, at));
  });
  return faults;
}

function shapedFault(value: unknown, path: string, sections: ScenarioSections): WrittenFault | null {
  const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
  const type: unknown = isMapping ? (value as Record<string, unknown>)["type"] : undefined;
  if (typeof type === "string" && isFaultType(type))
    return sections.shaped<WrittenFault>(faultSchemas[type] as Schema<WrittenFault>, value, path);
  const known = Object.keys(faultSchemas);
  const meant = typeof type === "string" ? closest(type, known) : null;
  if (isMapping)
    sections.report(`${path}.type`, describe(type), `one of ${known.join(", ")}`, meant === null ? undefined : `did you mean ${meant}?`);
  else sections.report(path, describe(value), "a fault");
  return null;
}

/** `schedule: { every }`: the fault at each of its times, named name, name#2, name#3, … */
function repeated(first: FaultSpec, { schedule }: WrittenFault, { duration, sections }: FaultContext, path: string): readonly FaultSpec[] {
  if (schedule === undefined) return [first];
  const every = sections.duration(schedule.every, `${path}.schedule.every`);
  const expected = first.duration === Infinity ? "a fault with a duration" : `more than the duration, ${formatDuration(first.duration)}`;
  if (every <= first.duration) sections.report(`${path}.schedule.every`, describe(schedule.every), expected);
  const times = every === 0 ? 1 : Math.floor(Math.max(0, duration - first.at) / every) + 1;
  if (times > MOST_TIMES)
    sections.report(`${path}.schedule.every`, describe(schedule.every), `at most ${MOST_TIMES} times within the duration`);
  return Array.from({ length: Math.min(times, MOST_TIMES) }, (_, index) =>
    index === 0 ? first : { ...first, name: `${first.name}#${index + 1}`, at: first.at + index * every },
  );
}

function isFaultType(type: string): type is FaultType {
  return Object.hasOwn(faultSchemas, type);
}

function readFault(written: WrittenFault, name: string, context: FaultContext, path: string): FaultSpec {
  const { sections } = context;
  const at = sections.duration(written.at, `${path}.at`);
  if (at > context.duration)
    sections.report(`${path}.at`, describe(written.at), `at most the duration, ${formatDuration(context.duration)}`);
  const shared: Partial<WrittenFaultBase> = written;
  const mode = shared.mode ?? "all";
  const selector: TargetSelector = readSelector(shared.selector ?? {});
  checkSelector(selector, context, `${path}.selector`);
  const base = { name, at, selector, mode, value: readValue(shared.value, mode, sections, `${path}.value`) };
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
      const { from = "both" } = written;
      const duration = readDuration(written.duration, sections, path);
      return { type: "network-partition", ...base, duration, from: from === "both" ? ["api-server", "clients"] : [from] };
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

function checkSelector(selector: TargetSelector, { inventory, nodes, sections }: FaultContext, path: string): void {
  const { node, zone, ...ofPods } = selector;
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
  if (inventory.selected(ofPods).length === 0)
    sections.report(path, "a selector that matches nothing", "at least one workload of the manifests", inventory.hintForSelector(ofPods));
}

function checkContainer(
  container: string | undefined,
  selector: TargetSelector,
  { inventory, sections }: FaultContext,
  path: string,
): void {
  if (container === undefined || !inventory.isComplete) return;
  // Inventory.selected looks at no nodes: which Pod runs where isn't known before the run.
  const names = inventory.containers(inventory.selected(selector)).map(({ name }) => name);
  if (names.length > 0 && !names.includes(container))
    sections.report(path, describe(container), "a container of the selected workloads", hintOf("containers", container, names));
}
