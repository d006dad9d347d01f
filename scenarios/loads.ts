/** `load`: requests on Services. */
import { loadSchema, type WrittenLoad } from "../engine/traffic/load-model.schema.ts";
import type { WayIn } from "../engine/kubernetes/network/service-route.ts";
import type { Service } from "../engine/kubernetes/objects/service.ts";
import type { LoadSpec } from "../engine/traffic/load-model.ts";
import { formatDuration, parseDuration } from "../engine/values/duration.ts";
import { describe } from "../engine/values/issue.ts";
import { hintOf, type Inventory } from "./inventory.ts";
import { readArrivals } from "./load-arrivals.ts";
import { readIngress, type Forward } from "./ingress.ts";
import { readRetries, readWays } from "./load-ways.ts";
import type { ScenarioSections } from "./section.ts";

const SECOND = 1_000_000;
/** As patient as a gateway: longer than any healthy request takes. */
const defaultTimeout = 10 * SECOND;
/** More places than that see the same as one of them does. */
const placesMax = 1_000;
/** Per second and load: gaps are whole microseconds, so at shorter ones the rounding would show in the count. */
const rateMax = 500_000;

export interface LoadContext {
  readonly inventory: Inventory;
  readonly nodes: number;
  readonly duration: number;
  readonly sections: ScenarioSections;
  /** What ingresses forward is added here. */
  readonly forwards: Forward[];
  /** The text of a file beside the scenario, or null: it can't be read, which is reported at `at`. */
  readonly readText: (file: string, at: string) => string | null;
}

export function readLoads(written: readonly unknown[], context: LoadContext, path: string): readonly LoadSpec[] {
  const loads: LoadSpec[] = [];
  const names = new Set<string>();
  written.forEach((value, index) => {
    const at = `${path}[${index}]`;
    const load = context.sections.shaped(loadSchema, value, at);
    if (load !== null) loads.push(readLoad(load, new Set(Object.keys(value as object)), names, context, at));
  });
  return loads;
}

/** `given`: the fields that are there, also those whose value is reported already. */
function readLoad(written: WrittenLoad, given: ReadonlySet<string>, names: Set<string>, context: LoadContext, path: string): LoadSpec {
  const { sections } = context;
  const asked = readTarget(written, context, path);
  const name = uniqueName(written.name, asked.service, names, sections, `${path}.name`);
  const ingress = typeof written.via === "object" ? readIngress(written.via, name, asked, context, `${path}.via`) : null;
  const way = typeof written.via === "object" ? undefined : written.via;
  const target = ingress ?? asked;
  const service = context.inventory.service(target.namespace, target.service);
  if (service !== undefined) checkWayIn(way ?? "cluster-ip", service, sections, `${path}.via`);
  const from = sections.duration(written.from ?? 0, `${path}.from`);
  const until =
    written.until === undefined
      ? Math.min(context.duration, from + stagesLength(written))
      : sections.duration(written.until, `${path}.until`);
  if (until > context.duration)
    sections.report(`${path}.until`, describe(written.until), `at most the duration, ${formatDuration(context.duration)}`);
  else if (from >= until)
    sections.report(
      `${path}.from`,
      describe(written.from),
      `less than ${written.until === undefined ? "the duration" : "until"}, ${formatDuration(until)}`,
    );
  const timeout = written.timeout === undefined ? defaultTimeout : sections.duration(written.timeout, `${path}.timeout`);
  if (timeout === 0) sections.report(`${path}.timeout`, describe(written.timeout), "more than 0");
  return {
    name,
    ...target,
    from,
    ...readArrivals(written, { readText: context.readText, sections, given, rateMax }, path),
    until,
    timeout,
    retries: readRetries(written.retries ?? {}, sections, `${path}.retries`),
    places: written.places ?? Math.max(1, Math.min(placesMax, context.nodes)),
    ...(way === undefined ? {} : { via: way }),
    ...(written.clients === undefined ? {} : { clients: written.clients }),
    ...readWays(written, sections, path),
  };
}

/** A ramp is over after its last stage, as in k6. */
function stagesLength({ stages }: WrittenLoad): number {
  return stages === undefined
    ? Infinity
    : stages.reduce((sum, { duration }) => sum + (duration === 0 ? 0 : (parseDuration(duration) ?? 0)), 0);
}

/** A Service has only the ways in that its type opens. */
function checkWayIn(via: WayIn, service: Service, sections: ScenarioSections, path: string): void {
  const { type } = service.spec;
  const isOpen = via === "cluster-ip" || type === "LoadBalancer" || (via === "node-port" && type === "NodePort");
  if (!isOpen) sections.report(path, describe(via), "a way into the Service", `${service.metadata.name} is of type ${type}`);
}

/** Loads are told apart by name in random streams and reports. */
function uniqueName(written: string | undefined, service: string, names: Set<string>, sections: ScenarioSections, path: string): string {
  if (written !== undefined && names.has(written)) sections.report(path, `${describe(written)} again`, "a name that no other load has");
  let name = written ?? service;
  for (let number = 2; names.has(name); number++) name = `${written ?? service}-${number}`;
  names.add(name);
  return name;
}

function readTarget(
  written: WrittenLoad,
  { inventory, sections }: LoadContext,
  path: string,
): { readonly namespace: string; readonly service: string; readonly port: number | string | null } {
  const parts = written.target.split("/");
  const [namespace, kind, service] = parts.length === 2 ? ["default", ...parts] : parts;
  const port = written.port ?? null;
  if (parts.length > 3 || namespace === undefined || kind !== "service" || service === undefined || service === "" || namespace === "") {
    sections.report(
      `${path}.target`,
      describe(written.target),
      "service/web, or namespace/service/web",
      inventory.isComplete ? inventory.hintFor("Service", parts[parts.length - 1] ?? "") : undefined,
    );
    return { namespace: "default", service: written.target, port };
  }
  const known = inventory.service(namespace, service);
  if (known === undefined) {
    if (inventory.isComplete)
      sections.report(`${path}.target`, describe(written.target), "a Service of the manifests", inventory.hintFor("Service", service));
  } else if (known.spec.type === "ExternalName") {
    sections.report(
      `${path}.target`,
      describe(written.target),
      "a Service with endpoints",
      `${service} is an ExternalName: its traffic leaves the cluster`,
    );
  } else if (port !== null && !known.spec.ports.some((candidate) => candidate.port === port || candidate.name === port)) {
    const ports = known.spec.ports.map((candidate) =>
      candidate.name === "" ? String(candidate.port) : `${candidate.port} (${candidate.name})`,
    );
    sections.report(`${path}.port`, describe(port), `a port of Service ${service}`, hintOf("ports", String(port), ports));
  }
  return { namespace, service, port };
}
