/** `applications`: how containers behave, completed with defaults, and a last rule for everybody else. */
import type {
  ApplicationBehaviour,
  AwaitedService,
  CpuBehaviour,
  HookBehaviour,
  MissingObject,
  PullBehaviour,
} from "../engine/application/application.ts";
import { applicationSchema, type WrittenApplication, type WrittenHookBehaviour } from "../engine/application/application.schema.ts";
import { readContainerScript, type ContainerScript } from "../engine/application/container-script.ts";
import { defaultBehaviour, defaultCpu } from "../engine/application/defaults.ts";
import { meanOf, type Distribution } from "../engine/kernel/distribution.ts";
import { MILLISECOND, SECOND, type VirtualTime } from "../engine/kernel/time.ts";
import { formatDuration } from "../engine/values/duration.ts";
import type { WrittenDuration, WrittenQuantity } from "../engine/values/values.schema.ts";
import type { ApplicationRule, WorkloadSelector } from "../engine/scenario-spec.ts";
import type { WrittenTargetSelector } from "../engine/kubernetes/objects/selector.schema.ts";
import { describe, Issues } from "../engine/values/issue.ts";
import { hintOf, type Inventory, type KnownWorkload } from "./inventory.ts";
import { checkCycles, readDependencies } from "./calls.ts";
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
  "cpu",
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
  appliedAt: (file: string) => VirtualTime | null,
  sections: ScenarioSections,
  path: string,
): readonly ApplicationRule[] {
  const rules: ApplicationRule[] = [];
  written.forEach((value, index) => {
    const at = `${path}[${index}]`;
    const application = sections.shaped(applicationSchema, value, at);
    if (application === null) return;
    const read = readRule(application, appliedAt, sections, at);
    const rule = { ...read, behaviour: { ...read.behaviour, ...readDependencies(application, inventory, sections, at) } };
    checkTargets(rule, inventory, images, sections, at);
    rules.push(rule);
  });
  checkCycles(rules, inventory, sections, path);
  return [...rules, { selector: {}, image: null, container: null, behaviour: defaultBehaviour, defaulted: defaultable }];
}

function readRule(
  written: WrittenApplication,
  appliedAt: (file: string) => VirtualTime | null,
  sections: ScenarioSections,
  path: string,
): ApplicationRule {
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
    behaviour: {
      ...readBehaviour({ ...written, image, memory }, sections, path),
      ...(written.configMissing === undefined
        ? {}
        : { configMissing: readMissing(written.configMissing, appliedAt, sections, `${path}.configMissing`) }),
    },
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
  if (memory.killedChild !== undefined && memory.growsIn !== "children")
    sections.report(`${path}.memory.killedChild`, describe(memory.killedChild), "growsIn: children beside it");
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
      ...(memory.killedChild === "missed" ? { missesKilledChild: true as const } : {}),
      ...(memory.spike === undefined ? {} : { spike: readSpike(memory.spike, sections, `${path}.memory.spike`) }),
    },
    ...(written.disk === undefined
      ? {}
      : {
          disk: {
            base: written.disk.base === undefined ? 0 : sections.quantity(written.disk.base, `${path}.disk.base`).units,
            growth: readGrowth(written.disk.growth ?? 0, sections, `${path}.disk.growth`),
            ...(written.disk.writes === "logs" ? { isLogs: true as const } : {}),
            ...(typeof written.disk.writes === "object" ? { emptyDir: written.disk.writes.emptyDir } : {}),
            ...(written.disk.inodes === undefined
              ? {}
              : {
                  inodes: {
                    base:
                      written.disk.inodes.base === undefined
                        ? 0
                        : sections.quantity(written.disk.inodes.base, `${path}.disk.inodes.base`).units,
                    growth: readGrowth(written.disk.inodes.growth ?? 0, sections, `${path}.disk.inodes.growth`),
                  },
                }),
          },
        }),
    ...(written.processes === undefined ? {} : { processes: written.processes }),
    cpu: written.cpu === undefined ? defaultCpu : readCpu(written.cpu, random("serviceTime"), sections, `${path}.cpu`),
    ...(written.warmUp === undefined ? {} : { warmUp: readWarmUp(written.warmUp, sections, `${path}.warmUp`) }),
    ...(written.phases === undefined ? {} : { phases: readPhases(written.phases, sections, `${path}.phases`) }),
    ...(written.gc === undefined
      ? {}
      : {
          gc: {
            every: sections.distribution(written.gc.every, `${path}.gc.every`),
            pause: sections.distribution(written.gc.pause, `${path}.gc.pause`),
          },
        }),
    ...(written.crash === undefined
      ? {}
      : { crash: { rate: sections.rate(written.crash.rate, 1000, `${path}.crash.rate`), code: written.crash.code ?? 1 } }),
    ...(written.ready === undefined ? {} : { neverReady: true }),
    ...(written.async === true ? { freesWorkers: true as const } : {}),
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

type Written<Field extends keyof WrittenApplication> = NonNullable<WrittenApplication[Field]>;

function readCpu(
  { perRequest, share, idle, startUp }: Written<"cpu">,
  serviceTime: Distribution,
  sections: ScenarioSections,
  path: string,
): CpuBehaviour {
  if (perRequest !== undefined && share !== undefined)
    sections.report(`${path}.share`, describe(share), "one of perRequest and share, not both");
  const millicores = (written: WrittenQuantity, field: string): number => sections.quantity(written, `${path}.${field}`).milli;
  return {
    share:
      perRequest !== undefined
        ? shareOf(perRequest, serviceTime, sections, `${path}.perRequest`)
        : share === undefined
          ? defaultCpu.share
          : readShare(share, sections, `${path}.share`),
    idle: idle === undefined ? 0 : millicores(idle, "idle"),
    startUp: startUp === undefined ? 0 : millicores(startUp, "startUp") / 1000,
  };
}

/** CPU time as a share of the mean service time. */
function shareOf(perRequest: WrittenDuration, serviceTime: Distribution, sections: ScenarioSections, path: string): number {
  const cpuTime = sections.duration(perRequest, path);
  const mean = meanOf(serviceTime);
  if (mean === null) {
    sections.report(path, describe(perRequest), "a service time whose mean is known", "give cpu.share instead");
    return 1;
  }
  if (cpuTime > mean) {
    sections.report(path, describe(perRequest), `at most the mean service time, ${formatDuration(Math.round(mean))}`);
    return 1;
  }
  return mean === 0 ? 0 : cpuTime / mean;
}

function readWarmUp(
  { requests, for: span, factor }: Written<"warmUp">,
  sections: ScenarioSections,
  path: string,
): NonNullable<ApplicationBehaviour["warmUp"]> {
  if ((requests === undefined) === (span === undefined)) sections.report(path, "requests and for", "one of them");
  if (factor < 1) sections.report(`${path}.factor`, String(factor), "1 or more");
  return { requests: requests ?? 0, for: span === undefined ? 0 : sections.duration(span, `${path}.for`), factor };
}

function readPhases(written: Written<"phases">, sections: ScenarioSections, path: string): NonNullable<ApplicationBehaviour["phases"]> {
  let before = -1;
  return written.map((phase, index) => {
    const from = sections.duration(phase.from, `${path}[${index}].from`);
    if (from <= before) sections.report(`${path}[${index}].from`, describe(phase.from), "later than the phase before");
    if (phase.serviceTime <= 0) sections.report(`${path}[${index}].serviceTime`, String(phase.serviceTime), "more than 0");
    before = from;
    return { from, factor: phase.serviceTime };
  });
}

function readSpike(
  { at, size, for: span }: NonNullable<Written<"memory">["spike"]>,
  sections: ScenarioSections,
  path: string,
): NonNullable<ApplicationBehaviour["memory"]["spike"]> {
  return {
    at: sections.duration(at, `${path}.at`),
    size: sections.quantity(size, `${path}.size`).units,
    for: span === undefined ? Infinity : sections.duration(span, `${path}.for`),
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
  { duration, fails = false, exitCode = 1, plainHttp = false }: WrittenHookBehaviour,
  sections: ScenarioSections,
  path: string,
): HookBehaviour {
  return {
    duration: duration === undefined ? null : sections.distribution(duration, `${path}.duration`),
    fails: readChance(fails, sections, `${path}.fails`),
    exitCode,
    ...(plainHttp ? { isPlainHttp: true } : {}),
  };
}

/** `appliedAt`: when an action first applies a file; null: none does. */
function readMissing(
  { configMap, secret, volume, until }: Written<"configMissing">,
  appliedAt: (file: string) => VirtualTime | null,
  sections: ScenarioSections,
  path: string,
): MissingObject {
  if ((configMap === undefined) === (secret === undefined)) sections.report(path, "configMap and secret", "one of them");
  const isConfigMap = configMap !== undefined;
  const name = configMap ?? secret ?? "";
  if (name === "") sections.report(`${path}.${isConfigMap ? "configMap" : "secret"}`, describe(name), "the name of an object");
  const what = { kind: isConfigMap ? "configmap" : "secret", name, volume: volume ?? null } as const;
  if (until === undefined) return { ...what, until: Infinity };
  if (typeof until !== "object") return { ...what, until: sections.duration(until, `${path}.until`) };
  const at = appliedAt(until.apply);
  if (at === null) sections.report(`${path}.until.apply`, describe(until.apply), "a file of an apply action");
  return { ...what, until: at ?? Infinity, isApplied: true };
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
export function readGrowth(written: string | number | undefined, sections: ScenarioSections, path: string): number {
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

/** Where it is to write is a volume of one of the Pods that the rule may be about. */
function checkEmptyDir(
  { behaviour }: ApplicationRule,
  workloads: readonly KnownWorkload[],
  sections: ScenarioSections,
  path: string,
): void {
  const name = behaviour.disk?.emptyDir;
  if (name === undefined) return;
  const names = workloads.flatMap(({ template }) => template.spec.emptyDirs ?? []).map((volume) => volume.name);
  if (!names.includes(name))
    sections.report(path, describe(name), "an emptyDir among the volumes of the selected Pods", hintOf("emptyDirs", name, names));
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
  checkEmptyDir(rule, workloads, sections, `${path}.disk.writes.emptyDir`);
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
