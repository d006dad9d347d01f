/** The calls between Services that a spec's applications make: numbered, and named for their draws and books. */
import type { CallSpec } from "../application/calls.ts";
import type { ApplicationRule, ScenarioSpec } from "../scenario-spec.ts";

export interface NamedCall {
  /** Unique together with the Service. */
  readonly caller: string;
  readonly call: CallSpec;
}

/** By rule: what requests call, then what health endpoints ask. */
export function callsOf({ applications }: Pick<ScenarioSpec, "applications">): readonly NamedCall[] {
  const named: NamedCall[] = [];
  const names = new Set<string>();
  const known = new Set<CallSpec>();
  const add = (caller: string, call: CallSpec): void => {
    // Rules of one workload, for several images, may share what it forwards.
    if (known.has(call)) return;
    known.add(call);
    const keyOf = (name: string): string => `${name} ${call.namespace}/${call.service}`;
    let name = caller;
    for (let number = 2; names.has(keyOf(name)); number++) name = `${caller} (${number})`;
    names.add(keyOf(name));
    named.push({ caller: name, call });
  };
  for (const rule of applications) {
    const caller = callerOf(rule);
    for (const call of rule.behaviour.calls ?? []) add(call.onlyFor === undefined ? caller : `${caller} for ${call.onlyFor}`, call);
    for (const call of rule.behaviour.healthChecks?.calls ?? []) add(`${caller} health`, call);
  }
  return named;
}

/** Of a rule, what tells its containers apart best. Signs that series names need for themselves give way. */
function callerOf({ selector, image, container }: ApplicationRule): string {
  const labels = Object.entries(selector.labels ?? {}).map(([name, value]) => `${name} ${value}`);
  const own = selector.deployment ?? selector.replicaSet ?? selector.pod ?? (labels.length > 0 ? labels.join(" ") : null);
  const parts = [own, image, container].filter((part) => part !== null);
  return parts.length === 0 ? "everybody" : parts.join(" ").replace(/[{},=]/g, " ");
}
