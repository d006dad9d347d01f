/** `calls` and `health` of an application: which Services its requests and its health endpoints ask. */
import type { WrittenApplication, WrittenCall } from "../engine/application/application.schema.ts";
import type { ApplicationBehaviour } from "../engine/application/application.ts";
import type { CallSpec } from "../engine/application/calls.ts";
import { SECOND } from "../engine/kernel/time.ts";
import { labelsInclude } from "../engine/kubernetes/objects/label-selector.ts";
import type { ApplicationRule } from "../engine/scenario-spec.ts";
import { describe } from "../engine/values/issue.ts";
import { hintOf, type Inventory, type KnownWorkload } from "./inventory.ts";
import { readRetries } from "./load-ways.ts";
import type { ScenarioSections } from "./section.ts";
import { readShare } from "./share.ts";

/** Of a client inside a cluster: shorter than what users wait for. */
const defaultTimeout = SECOND;
/** Calls of one request on one Service. */
const mostCalls = 100;

type Dependencies = Pick<ApplicationBehaviour, "calls" | "healthChecks">;

export function readDependencies(
  { calls, health, selector }: WrittenApplication,
  inventory: Inventory,
  sections: ScenarioSections,
  path: string,
): Dependencies {
  const own = selector?.namespace ?? "default";
  return {
    ...(calls === undefined
      ? {}
      : { calls: calls.map((call, index) => readCall(call, own, inventory, sections, `${path}.calls[${index}]`)) }),
    ...(health === undefined
      ? {}
      : {
          healthChecks: {
            on: health.on ?? "both",
            calls: health.checks.map((check, index) =>
              callOf(
                { service: check, ...(health.timeout === undefined ? {} : { timeout: health.timeout }) },
                own,
                inventory,
                sections,
                `${path}.health.checks[${index}]`,
                `${path}.health.timeout`,
              ),
            ),
          },
        }),
  };
}

function readCall(written: WrittenCall, own: string, inventory: Inventory, sections: ScenarioSections, path: string): CallSpec {
  return callOf(written, own, inventory, sections, `${path}.service`, `${path}.timeout`, path);
}

/** `path`: of the entry's other fields; a health check has none. */
function callOf(
  written: WrittenCall,
  own: string,
  inventory: Inventory,
  sections: ScenarioSections,
  servicePath: string,
  timeoutPath: string,
  path: string = servicePath,
): CallSpec {
  const timeout = written.timeout === undefined ? defaultTimeout : sections.duration(written.timeout, timeoutPath);
  if (timeout === 0) sections.report(timeoutPath, describe(written.timeout), "more than 0");
  const { perRequest = 1 } = written;
  const count = typeof perRequest === "number" ? perRequest : readShare(perRequest, sections, `${path}.perRequest`);
  if (!(count > 0 && count <= mostCalls)) sections.report(`${path}.perRequest`, describe(perRequest), `more than 0, at most ${mostCalls}`);
  const target = readService(written.service, own, inventory, sections, servicePath);
  const port = written.port ?? null;
  const known = inventory.service(target.namespace, target.service);
  if (port !== null && known !== undefined && !known.spec.ports.some((each) => each.port === port || each.name === port)) {
    const ports = known.spec.ports.map((each) => (each.name === "" ? String(each.port) : `${each.port} (${each.name})`));
    sections.report(`${path}.port`, describe(port), `a port of Service ${target.service}`, hintOf("ports", String(port), ports));
  }
  return {
    ...target,
    port,
    perRequest: count,
    timeout,
    retries: readRetries(written.retries ?? {}, sections, `${path}.retries`),
    fallback: written.fallback ?? "fail",
    order: written.order ?? "sequential",
  };
}

function readService(
  written: string,
  own: string,
  inventory: Inventory,
  sections: ScenarioSections,
  path: string,
): { readonly namespace: string; readonly service: string } {
  const parts = written.split("/");
  const [namespace = "", kind, service = ""] = parts.length === 2 ? [own, ...parts] : parts;
  if (parts.length > 3 || kind !== "service" || service === "" || namespace === "") {
    const last = parts[parts.length - 1] ?? "";
    const hint = inventory.isComplete ? inventory.hintFor("Service", last) : undefined;
    sections.report(path, describe(written), "a Service, such as service/db, or namespace/service/db", hint);
    return { namespace: own, service: written };
  }
  const known = inventory.service(namespace, service);
  if (known === undefined && inventory.isComplete)
    sections.report(path, describe(written), "a Service of the manifests", inventory.hintFor("Service", service));
  else if (known?.spec.type === "ExternalName")
    sections.report(path, describe(written), "a Service with endpoints", `${service} is an ExternalName: its traffic leaves the cluster`);
  return { namespace, service };
}

/** A request that comes back to a Service that it came from would never end. */
export function checkCycles(rules: readonly ApplicationRule[], inventory: Inventory, sections: ScenarioSections, path: string): void {
  const targets = new Map<string, Set<string>>();
  const reported = new Set<string>();
  rules.forEach((rule, index) => {
    for (const { namespace, service } of rule.behaviour.calls ?? []) {
      const target = `${namespace}/${service}`;
      for (const source of servicesOf(rules, index, inventory)) {
        const way = wayBetween(targets, target, source);
        targets.set(source, (targets.get(source) ?? new Set()).add(target));
        if (way === null || reported.has(way.join())) continue;
        reported.add(way.join());
        sections.report(`${path}[${index}].calls`, [source, ...way].join(" → "), "calls that never come back to where they came from");
      }
    }
  });
}

/** From `from` to `to`, both included; null: no calls lead there. */
function wayBetween(
  targets: ReadonlyMap<string, ReadonlySet<string>>,
  from: string,
  to: string,
  seen: readonly string[] = [],
): string[] | null {
  if (from === to) return [to];
  if (seen.includes(from)) return null;
  for (const next of targets.get(from) ?? []) {
    const rest = wayBetween(targets, next, to, [...seen, from]);
    if (rest !== null) return [from, ...rest];
  }
  return null;
}

/** Services whose Pods follow a rule, as far as no rule before it takes all of them. */
function servicesOf(rules: readonly ApplicationRule[], index: number, inventory: Inventory): readonly string[] {
  const earlier = rules.slice(0, index).filter(({ image, container }) => image === null && container === null);
  const taken = new Set<KnownWorkload>(earlier.flatMap(({ selector }) => inventory.selected(selector)));
  const services = inventory
    .selected(rules[index]!.selector)
    .filter((workload) => !taken.has(workload))
    .flatMap(({ namespace, template }) =>
      inventory.services.filter(
        ({ metadata, spec }) => metadata.namespace === namespace && spec.selector !== null && labelsInclude(template.labels, spec.selector),
      ),
    );
  return [...new Set(services.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`))];
}
