/** `applications`: how containers behave, completed with defaults, and a last rule for everybody else. */
import type { ApplicationBehaviour, AwaitedService, HookBehaviour, PullBehaviour } from "../engine/application/application.ts";
import { applicationSchema, type WrittenApplication, type WrittenHookBehaviour } from "../engine/application/application.schema.ts";
import { readContainerScript, type ContainerScript } from "../engine/application/container-script.ts";
import { defaultBehaviour } from "../engine/application/defaults.ts";
import { MILLISECOND, SECOND } from "../engine/kernel/time.ts";
import type { ApplicationRule, WorkloadSelector } from "../engine/scenario-spec.ts";
import type { WrittenTargetSelector } from "../engine/kubernetes/objects/selector.schema.ts";
import { describe, Issues } from "../engine/values/issue.ts";
import { hintOf, type Inventory } from "./inventory.ts";
import type { ScenarioSections } from "./section.ts";
import { readShare } from "./share.ts";

/** In the order in which the report names them. */
const defaultable = [
  "startUp",
  "serviceTime",
  "concurrency",
  "queue",
  "probeTime",
  "probesShareWorkers",
  "memory.base",
  "memory.perRequest",
  "memory.growth",
  "shutdown",
  "image.size",
  "image.present",
] as const;

export function readApplications(
  written: readonly unknown[],
  inventory: Inventory,
  images: readonly string[],
  sections: ScenarioSections,
  path: string,
): readonly ApplicationRule[] {
  const rules: ApplicationRule[] = [];
  written.forEach((value, index) => {
    const at = `${path}[${index}]`;
    const application = sections.shaped(applicationSchema, value, at);
    if (application === null) return;
    const rule = readRule(application, sections, at);
    checkTargets(rule, inventory, images, sections, at);
    rules.push(rule);
  });
  return [...rules, { selector: {}, image: null, container: null, behaviour: defaultBehaviour, defaulted: defaultable }];
}

function readRule(written: WrittenApplication, sections: ScenarioSections, path: string): ApplicationRule {
  const image = typeof written.image === "string" ? { name: written.image } : (written.image ?? {});
  const { memory = {} } = written;
  const given = new Set<string>([
    ...Object.keys(written).filter((field) => field !== "memory" && field !== "image"),
    ...Object.keys(memory).map((field) => `memory.${field}`),
    ...Object.keys(image).map((field) => `image.${field}`),
  ]);
  return {
    selector: readSelector(written.selector ?? {}),
    image: image.name ?? null,
    container: written.container ?? null,
    behaviour: readBehaviour({ ...written, image, memory }, sections, path),
    defaulted: defaultable.filter((field) => !given.has(field)),
  };
}

type Completed = WrittenApplication & {
  readonly image: Exclude<WrittenApplication["image"], string | undefined>;
  readonly memory: NonNullable<WrittenApplication["memory"]>;
};

function readBehaviour(written: Completed, sections: ScenarioSections, path: string): ApplicationBehaviour {
  const { image, memory } = written;
  const bytes = (field: "base" | "perRequest", fallback: number): number =>
    memory[field] === undefined ? fallback : sections.quantity(memory[field], `${path}.memory.${field}`).units;
  const random = (field: "startUp" | "serviceTime" | "probeTime"): ApplicationBehaviour[typeof field] =>
    written[field] === undefined ? defaultBehaviour[field] : sections.distribution(written[field], `${path}.${field}`);
  const concurrency = written.concurrency ?? defaultBehaviour.concurrency;
  if (concurrency < 1 || concurrency > 1_000_000) sections.report(`${path}.concurrency`, String(concurrency), "1 to 1000000");
  const queue = written.queue ?? defaultBehaviour.queue;
  if (queue > 10_000_000) sections.report(`${path}.queue`, String(queue), "at most 10000000");
  const script = readScript(written.script, sections, `${path}.script`);
  return {
    ...(script === null ? {} : { script }),
    startUp: random("startUp"),
    serviceTime: random("serviceTime"),
    concurrency,
    queue,
    probeTime: random("probeTime"),
    probesShareWorkers: written.probesShareWorkers ?? defaultBehaviour.probesShareWorkers,
    memory: {
      base: bytes("base", defaultBehaviour.memory.base),
      perRequest: bytes("perRequest", defaultBehaviour.memory.perRequest),
      growth: readGrowth(memory.growth, sections, `${path}.memory.growth`),
      ...(memory.growsIn === undefined ? {} : { growsIn: memory.growsIn }),
    },
    ...(written.disk === undefined
      ? {}
      : {
          disk: {
            base: written.disk.base === undefined ? 0 : sections.quantity(written.disk.base, `${path}.disk.base`).units,
            growth: readGrowth(written.disk.growth ?? 0, sections, `${path}.disk.growth`),
          },
        }),
    ...(written.processes === undefined ? {} : { processes: written.processes }),
    shutdown: readShutdown(written.shutdown, sections, `${path}.shutdown`),
    exit:
      written.exit === undefined
        ? null
        : { after: sections.distribution(written.exit.after, `${path}.exit.after`), code: written.exit.code ?? 0 },
    ...(written.awaits === undefined ? {} : { awaits: readAwaits(written.awaits, sections, `${path}.awaits`) }),
    unhealthyAfter: written.unhealthyAfter === undefined ? null : sections.duration(written.unhealthyAfter, `${path}.unhealthyAfter`),
    image: {
      size: image.size === undefined ? defaultBehaviour.image.size : sections.quantity(image.size, `${path}.image.size`).units,
      present: image.present ?? defaultBehaviour.image.present,
      ...(image.pull === undefined ? {} : { pull: readPull(image.pull) }),
      ...(image.rate === undefined ? {} : { rate: readGrowth(image.rate, sections, `${path}.image.rate`) }),
    },
    ...(written.startFails === undefined ? {} : { startFails: readChance(written.startFails, sections, `${path}.startFails`) }),
    ...(written.hooks === undefined ? {} : { hooks: readHooks(written.hooks, sections, `${path}.hooks`) }),
  };
}

/** `sleep 2` between two lookups. */
const LOOK_PERIOD = 2 * SECOND;

/** What a registry says of an image that it doesn't have. */
const NO_SUCH_IMAGE = "rpc error: code = NotFound desc = failed to pull and unpack image: not found";

function readPull(written: NonNullable<Completed["image"]["pull"]>): PullBehaviour {
  if (written === "fails") return { failures: Infinity, error: NO_SUCH_IMAGE };
  return { failures: written.failures, error: written.error ?? NO_SUCH_IMAGE };
}

function readHooks(
  { postStart, preStop }: NonNullable<WrittenApplication["hooks"]>,
  sections: ScenarioSections,
  path: string,
): NonNullable<ApplicationBehaviour["hooks"]> {
  return {
    ...(postStart === undefined ? {} : { postStart: readHook(postStart, sections, `${path}.postStart`) }),
    ...(preStop === undefined ? {} : { preStop: readHook(preStop, sections, `${path}.preStop`) }),
  };
}

function readHook(
  { duration, fails = false, exitCode = 1 }: WrittenHookBehaviour,
  sections: ScenarioSections,
  path: string,
): HookBehaviour {
  return {
    duration: duration === undefined ? null : sections.distribution(duration, `${path}.duration`),
    fails: readChance(fails, sections, `${path}.fails`),
    exitCode,
  };
}

function readAwaits(
  { service, namespace, every }: NonNullable<WrittenApplication["awaits"]>,
  sections: ScenarioSections,
  path: string,
): AwaitedService {
  const period = every === undefined ? LOOK_PERIOD : sections.duration(every, `${path}.every`);
  if (period < MILLISECOND) sections.report(`${path}.every`, describe(every), "at least 1ms");
  return { service, namespace: namespace ?? null, every: Math.max(MILLISECOND, period) };
}

function readChance(written: boolean | string | number, sections: ScenarioSections, path: string): number {
  return typeof written === "boolean" ? Number(written) : readShare(written, sections, path);
}

function readScript(written: WrittenApplication["script"], sections: ScenarioSections, path: string): ContainerScript | null {
  if (written === undefined) return null;
  const issues = new Issues();
  const script = readContainerScript(written, path, issues);
  for (const issue of issues.list) sections.add(issue);
  return script;
}

/** Bytes per second; a unit of time other than seconds divides. */
function readGrowth(written: string | number | undefined, sections: ScenarioSections, path: string): number {
  if (written === undefined) return defaultBehaviour.memory.growth;
  const [amount = "0", unit = "s"] = String(written).split("/");
  return sections.quantity(amount, path).units / (unit === "h" ? 3600 : unit === "m" ? 60 : 1);
}

function readShutdown(written: WrittenApplication["shutdown"], sections: ScenarioSections, path: string): ApplicationBehaviour["shutdown"] {
  if (written === undefined) return defaultBehaviour.shutdown;
  return typeof written === "string" ? { type: written } : { type: "drain", atMost: sections.duration(written.drain, `${path}.drain`) };
}

/** Without undefined fields, which the engine's types don't know. */
export function readSelector(written: WrittenTargetSelector): WorkloadSelector {
  return Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined));
}

function checkTargets(
  rule: ApplicationRule,
  inventory: Inventory,
  images: readonly string[],
  sections: ScenarioSections,
  path: string,
): void {
  if (!inventory.isComplete) return;
  const workloads = inventory.selected(rule.selector);
  if (workloads.length === 0) {
    const isForAll = Object.keys(rule.selector).length === 0;
    return sections.report(
      isForAll ? path : `${path}.selector`,
      isForAll ? "no workload at all" : "a selector that matches nothing",
      "at least one workload of the manifests",
      isForAll ? undefined : inventory.hintForSelector(rule.selector),
    );
  }
  const { awaits } = rule.behaviour;
  const isThere = ({ namespace }: { readonly namespace: string }): boolean =>
    inventory.service(awaits?.namespace ?? namespace, awaits?.service ?? "") !== undefined;
  if (awaits !== undefined && !workloads.some(isThere))
    sections.report(
      `${path}.awaits.service`,
      describe(awaits.service),
      "a Service of the manifests or of an apply action",
      inventory.hintFor("Service", awaits.service),
    );
  const containers = inventory.containers(workloads);
  const known = [...new Set([...containers.map((container) => container.image), ...images])];
  if (rule.image !== null && !known.includes(rule.image))
    sections.report(
      `${path}.image`,
      describe(rule.image),
      "the image of a container or of a setImage action",
      hintOf("images", rule.image, known),
    );
  const names = containers.map((container) => container.name);
  if (rule.container !== null && !names.includes(rule.container))
    sections.report(
      `${path}.container`,
      describe(rule.container),
      "a container of the selected workloads",
      hintOf("containers", rule.container, names),
    );
}
