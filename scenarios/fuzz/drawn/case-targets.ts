/** Whom a fault or an action of a case can be about, read from its documents. */
import { isMapping } from "../document-path.ts";
import type { FuzzCase } from "../fuzz-case.ts";
import type { Targets } from "./happenings.arbitrary.ts";
import { ruleKinds, workloadKinds, type WorkloadKind } from "./objects.arbitrary.ts";

export function targetsIn({ manifests, scenario }: FuzzCase): Targets {
  const named = manifests.map((manifest) => ({
    manifest,
    kind: String(manifest["kind"]),
    name: String(isMapping(manifest["metadata"]) ? manifest["metadata"]["name"] : ""),
  }));
  const services = new Set(named.filter(({ kind }) => kind === "Service").map(({ name }) => name));
  return {
    workloads: named
      .filter(({ kind }) => (workloadKinds as readonly string[]).includes(kind))
      .map(({ manifest, kind, name }) => ({
        name,
        kind: kind as WorkloadKind,
        hasService: services.has(name),
        hasProbes: JSON.stringify(manifest).includes("Probe"),
      })),
    nodes: nodesOf(isMapping(scenario["spec"]) ? scenario["spec"]["nodes"] : undefined),
    rules: named.filter(({ kind }) => (ruleKinds as readonly string[]).includes(kind)).map(({ kind, name }) => ({ kind, name })),
  };
}

function nodesOf(groups: unknown): readonly string[] {
  if (!Array.isArray(groups)) return ["node-0"];
  return groups
    .filter(isMapping)
    .flatMap(({ count = 1, namePrefix = "node" }) =>
      Array.from({ length: Math.max(1, Number(count)) }, (_, index) => `${String(namePrefix)}-${index}`),
    );
}
