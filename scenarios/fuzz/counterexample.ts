/** A counterexample as two files that a person can run (JSON is YAML), and the command that draws it again. */
import type { FuzzCase } from "./arbitrary.ts";

export function counterexampleText(found: FuzzCase, message: string, seed: number, runs: number): string {
  return [
    `A law is broken: ${message}`,
    "",
    "The smallest scenario that breaks it (save as scenario.json):",
    JSON.stringify(found.scenario),
    "",
    "and its manifests (save as manifests.json beside it):",
    manifestsText(found),
    "",
    `It was drawn with --seed ${seed} --runs ${runs}.`,
  ].join("\n");
}

/** One document: a List holds them all. */
export function manifestsText(found: FuzzCase): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: found.manifests });
}
