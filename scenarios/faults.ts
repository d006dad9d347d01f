/** `faults`: what goes wrong on purpose, when and on whom. */
import { faultSchemas, type WrittenFault } from "../engine/chaos/index.schema.ts";
import type { FaultMode, FaultSpec, FaultType, TargetSelector } from "../engine/chaos/fault.ts";
import type { NodeTemplate } from "../engine/kubernetes/objects/node.ts";
import { SECOND } from "../engine/kernel/time.ts";
import { formatDuration } from "../engine/values/duration.ts";
import { closest, describe } from "../engine/values/issue.ts";
import type { Schema } from "../engine/values/shape.schema.ts";
import { readSelector } from "./applications.ts";
import { hintOf, type Inventory } from "./inventory.ts";
import type { ScenarioSections } from "./section.ts";
import { readShare } from "./share.ts";

/** From power off to a running kubelet, and of a kubelet's process alone, if the scenario doesn't say (model choice). */
const DEFAULT_BOOT = 60 * SECOND;
const DEFAULT_RESTART = SECOND;

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
    faults.push(readFault(fault, name, context, at));
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

function isFaultType(type: string): type is FaultType {
  return Object.hasOwn(faultSchemas, type);
}

function readFault(written: WrittenFault, name: string, context: FaultContext, path: string): FaultSpec {
  const { sections } = context;
  const at = sections.duration(written.at, `${path}.at`);
  if (at > context.duration)
    sections.report(`${path}.at`, describe(written.at), `at most the duration, ${formatDuration(context.duration)}`);
  const mode = written.mode ?? "all";
  const selector: TargetSelector = readSelector(written.selector ?? {});
  checkSelector(selector, context, `${path}.selector`);
  const base = { name, at, selector, mode, value: readValue(written.value, mode, sections, `${path}.value`) };
  switch (written.type) {
    case "probe-failure":
      return {
        type: "probe-failure",
        ...base,
        duration: readDuration(written.duration, sections, path),
        probe: written.probe ?? "all",
        rate: readShare(written.rate ?? 1, sections, `${path}.rate`),
      };
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
    case "oom-kill":
      checkContainer(written.container, selector, context, `${path}.container`);
      // A kill is over at once.
      return { type: "oom-kill", ...base, duration: 0, container: written.container ?? null };
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
