/** `via: { ingress }` of a load: requests go to Pods in front of the Service, which forward them by a list of their own. */
import type { CallSpec } from "../engine/application/calls.ts";
import { SECOND } from "../engine/kernel/time.ts";
import { labelsInclude } from "../engine/kubernetes/objects/label-selector.ts";
import type { ApplicationRule } from "../engine/scenario-spec.ts";
import type { WrittenIngress } from "../engine/traffic/load-model.schema.ts";
import { describe } from "../engine/values/issue.ts";
import type { Inventory, KnownWorkload } from "./inventory.ts";
import { readRetries } from "./load-ways.ts";
import type { ScenarioSections } from "./section.ts";

/** An ingress controller learns of endpoints by a watch, and then reloads or reconfigures its proxy: about a second. */
const defaultPropagation = SECOND;
/** nginx' proxy_read_timeout. */
const defaultTimeout = 60 * SECOND;

interface Target {
  readonly namespace: string;
  readonly service: string;
  readonly port: number | string | null;
}

/** What the Pods of a Deployment forward. */
export interface Forward {
  readonly workload: KnownWorkload;
  readonly call: CallSpec;
}

/** The Service in front of the ingress's Pods, where the load goes; null: there is none, as reported. */
export function readIngress(
  written: WrittenIngress,
  load: string,
  asked: Target,
  { inventory, sections, forwards }: { readonly inventory: Inventory; readonly sections: ScenarioSections; readonly forwards: Forward[] },
  path: string,
): Target | null {
  const duration = (field: "propagation" | "timeout", fallback: number): number =>
    written[field] === undefined ? fallback : sections.duration(written[field], `${path}.${field}`);
  const timeout = duration("timeout", defaultTimeout);
  if (timeout === 0) sections.report(`${path}.timeout`, describe(written.timeout), "more than 0");
  const call: CallSpec = {
    ...asked,
    perRequest: 1,
    timeout,
    retries: readRetries(written.retries ?? {}, sections, `${path}.retries`),
    fallback: "fail",
    order: "sequential",
    onlyFor: load,
    propagation: duration("propagation", defaultPropagation),
  };
  const parts = written.ingress.split("/");
  const [namespace = "", kind, name = ""] = parts.length === 2 ? ["default", ...parts] : parts;
  const workload = kind === "deployment" && parts.length <= 3 ? inventory.find("Deployment", namespace, name)[0] : undefined;
  const front = workload === undefined ? undefined : serviceOf(workload, inventory);
  if (workload === undefined || front === undefined) {
    if (inventory.isComplete)
      sections.report(
        `${path}.ingress`,
        describe(written.ingress),
        workload === undefined ? "a Deployment of the manifests, such as deployment/gateway" : "a Deployment with a Service of its own",
        workload === undefined ? inventory.hintFor("Deployment", name) : undefined,
      );
    return null;
  }
  if (front === asked.service && namespace === asked.namespace)
    sections.report(`${path}.ingress`, describe(written.ingress), "another Deployment than that of the target");
  forwards.push({ workload, call });
  return { namespace, service: front, port: null };
}

function serviceOf({ namespace, template }: KnownWorkload, { services }: Inventory): string | undefined {
  return services.find(
    ({ metadata, spec }) => metadata.namespace === namespace && spec.selector !== null && labelsInclude(template.labels, spec.selector),
  )?.metadata.name;
}

/** The rules with what ingresses forward. They wait for nobody: proxies serve others meanwhile. */
export function withForwards(
  rules: readonly ApplicationRule[],
  forwards: readonly Forward[],
  inventory: Inventory,
): readonly ApplicationRule[] {
  let all = rules;
  for (const { workload, call } of forwards) {
    const { namespace, name } = workload;
    // Behind a rule that takes all of its containers, none is of any consequence to it.
    let isTaken = false;
    all = all.flatMap((rule) => {
      if (isTaken || !inventory.selected(rule.selector).includes(workload)) return [rule];
      isTaken = rule.image === null && rule.container === null;
      const { behaviour, selector } = rule;
      const own: ApplicationRule = {
        ...rule,
        selector: { ...selector, namespace, deployment: name },
        behaviour: { ...behaviour, freesWorkers: true, calls: [...(behaviour.calls ?? []), call] },
      };
      const isOnlyIts = selector.deployment === name && selector.namespace === namespace;
      return isOnlyIts ? [own] : [own, rule];
    });
  }
  return all;
}
