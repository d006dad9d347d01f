/**
 * Services by one label that they select by, so that those which may select a Pod are found without asking all: there are
 * as many as workloads. Labels that controllers give don't count, for templates don't have them.
 */
import { isGivenKey } from "./given-labels.ts";
import type { Service } from "./service.ts";

export class ServiceIndex {
  private readonly byLabel = new Map<string, number[]>();

  /** One that changes is given in each of its forms. */
  constructor(services: Iterable<{ readonly service: Service; readonly index: number }>) {
    for (const { service, index } of services) {
      const { selector } = service.spec;
      if (selector === null) continue;
      const { namespace } = service.metadata;
      const entry = Object.entries(selector).find(([name]) => !isGivenKey(name));
      const key = entry === undefined ? namespace : keyOf(namespace, ...entry);
      const known = this.byLabel.get(key);
      if (known === undefined) this.byLabel.set(key, [index]);
      else known.push(index);
    }
  }

  /** Numbers of the Services that may select Pods with these labels, ascending: those that do, and a few more. */
  candidates(namespace: string, labels: Readonly<Record<string, string>>): readonly number[] {
    const found = [...(this.byLabel.get(namespace) ?? [])];
    for (const [name, value] of Object.entries(labels)) found.push(...(this.byLabel.get(keyOf(namespace, name, value)) ?? []));
    return [...new Set(found)].sort((a, b) => a - b);
  }
}

/** No name of a namespace has a `/`. */
function keyOf(namespace: string, name: string, value: string): string {
  return `${namespace}/${name}=${value}`;
}
