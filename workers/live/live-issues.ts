/** What of a spec can't be done live: found before anything starts. Pure. */
import { faults as faultKinds } from "../../engine/chaos/index.ts";
import { isWorkload, podTemplateOf, replicasOf } from "../../engine/kubernetes/objects/index.ts";
import { Issues, type Issue } from "../../engine/values/issue.ts";
import type { PodTemplate } from "../../engine/kubernetes/objects/pod.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import type { LoadSpec } from "../../engine/traffic/load-model.ts";
import { isLoopback } from "./addresses.ts";
import { asksForPorts } from "./container-command.ts";

/** More Pods than this is no laptop's work. */
const PODS_MAX = 64;
const DURATION_MAX = 3_600_000_000;
const liveFaults: readonly string[] = Object.entries(faultKinds)
  .flatMap(([type, { liveSupport }]) => (liveSupport === "none" ? [] : [type]))
  .sort();

interface LiveTemplate {
  readonly name: string;
  readonly replicas: number;
  readonly template: PodTemplate;
}

/** `hasNetwork`: each Pod gets an address of its own. */
export function liveIssues(spec: ScenarioSpec, hasNetwork: boolean): readonly Issue[] {
  const issues = new Issues();
  const templates = liveTemplates(spec);
  const pods = templates.reduce((sum, { replicas }) => sum + replicas, 0);
  if (pods > PODS_MAX)
    issues.add("spec.manifests", `${pods} Pods`, `at most ${PODS_MAX} in a live run`, "each container is a process of this machine");
  if (spec.duration > DURATION_MAX)
    issues.add("spec.duration", `${spec.duration / 1_000_000}s`, "at most 1h in a live run", "the wall clock runs at its own speed");
  for (const template of templates) checkContainers(template, issues);
  spec.load.forEach((load, index) => checkLoad(load, `spec.load[${index}]`, issues));
  for (const { faults } of spec.conditions ?? [])
    issues.add(
      `fault ${spec.faults[faults[0]!]!.name}: when`,
      "a condition",
      "none in a live run",
      "its measures come in with the wall clock",
    );
  checkFaults(spec, issues);
  checkCalls(spec, issues);
  if (!hasNetwork) checkClashes(templates, issues);
  return issues.list;
}

/** What a fault does to the model has no counterpart on real processes, but for a few. */
function checkFaults({ faults }: ScenarioSpec, issues: Issues): void {
  for (const { name, type } of faults)
    if (faultKinds[type].liveSupport === "none")
      issues.add(`fault ${name}: type`, type, `one of ${liveFaults.join(", ")} in a live run`, "nothing of this machine can do it");
}

/** Calls between Services are made by the application model; real processes make their own, or none. */
function checkCalls({ applications }: ScenarioSpec, issues: Issues): void {
  applications.forEach(({ behaviour: { calls = [], healthChecks } }, index) => {
    const hint = "real processes call each other by themselves";
    if (calls.length > 0) issues.add(`spec.applications[${index}].calls`, `${calls.length}`, "none in a live run", hint);
    if (healthChecks !== undefined) issues.add(`spec.applications[${index}].health`, "checks", "none in a live run", hint);
  });
}

/** The live client sends at a constant rate, each request by a connection of its own to an endpoint at random. */
function checkLoad(load: LoadSpec, path: string, issues: Issues): void {
  const { connections, discovery, executor, hedging, plan, policy, retries } = load;
  const isSteady = (executor === "poisson-arrival-rate" || executor === "constant-arrival-rate") && plan === undefined;
  if (!isSteady)
    issues.add(
      `${path}.executor`,
      executor,
      "a constant rate in a live run",
      "poisson-arrival-rate or constant-arrival-rate without a shape",
    );
  const ways = { connections, discovery, hedging, policy, "retries.budget": retries.budget };
  for (const [field, value] of Object.entries(ways))
    if (value !== undefined)
      issues.add(`${path}.${field}`, "a value", "none in a live run", "its client chooses at random and keeps no connections");
}

function liveTemplates(spec: ScenarioSpec): LiveTemplate[] {
  const applied = spec.actions.flatMap((action) => (action.type === "apply" ? action.objects : []));
  return [...spec.objects, ...applied].flatMap((object): LiveTemplate[] => {
    if (!isWorkload(object)) return [];
    const replicas = replicasOf(object, spec.nodes.length);
    return [{ name: `${object.kind}/${object.metadata.name}`, replicas, template: podTemplateOf(object) }];
  });
}

function checkContainers({ name, template }: LiveTemplate, issues: Issues): void {
  for (const container of [...template.spec.initContainers, ...template.spec.containers]) {
    const path = `${name}: container ${container.name}`;
    if (container.command.length === 0) {
      issues.add(
        `${path}: command`,
        "none",
        "a command",
        "live containers are processes of this machine, so their image's own command is not known",
      );
    }
    for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      if (probe === null || !("host" in probe.handler) || probe.handler.host === "" || isLoopback(probe.handler.host)) continue;
      issues.add(`${path}: probe`, probe.handler.host, "a loopback address", "a live run reaches nothing beyond this machine");
    }
  }
}

/** With one address for all, a fixed containerPort can be had once. */
function checkClashes(templates: readonly LiveTemplate[], issues: Issues): void {
  const owners = new Map<number, string>();
  for (const { name, replicas, template } of templates) {
    if (asksForPorts(template)) continue;
    for (const { containerPort } of template.spec.containers.flatMap((container) => container.ports)) {
      const owner = owners.get(containerPort);
      owners.set(containerPort, name);
      if (owner === undefined && replicas === 1) continue;
      issues.add(
        `${name}: containerPort`,
        `${containerPort}, also of ${owner ?? "its other replicas"}`,
        "a port of its own",
        "this machine has one loopback address: take the port from $(POD_PORT)",
      );
    }
  }
}
