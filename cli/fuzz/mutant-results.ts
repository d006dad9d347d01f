/** What is known of mutants, kept under .podstorm/ until the sources change, so that an interrupted call goes on where it was. */
import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Mutant } from "../../scenarios/fuzz/mutants/mutant.ts";

/** Of the sources and the settings that results are about. */
export function digestOfSources(settings: string): string {
  const hash = createHash("sha256").update(settings);
  const files = globSync("{engine,scenarios,workers}/**/*.ts", { exclude: ["scenarios/fuzz/mutants/**", "scenarios/library/**"] });
  for (const file of files.sort()) hash.update(file).update(readFileSync(file));
  return hash.digest("hex");
}

/** A mutant that is written otherwise is another one. */
export function keyOf(mutant: Mutant): string {
  return `${mutant.name} ${createHash("sha256").update(JSON.stringify(mutant)).digest("hex").slice(0, 8)}`;
}

/** Null: there is none, or it was cut short. */
export function readKept<Kept>(file: string): Kept | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Kept;
  } catch {
    return null;
  }
}

export function writeKept(file: string, kept: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(kept, null, 1));
}

/** `workers` of them side by side, in order. */
export async function inParallel<Item>(workers: number, items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  const one = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.max(1, workers) }, one));
}
