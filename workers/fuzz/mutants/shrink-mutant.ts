/** One mutant through whole scenarios: found as `podstorm fuzz --self` would, then shrunk, each in a process of its own. */
import type { Mutant } from "../../../scenarios/fuzz/mutants/mutant.ts";
import type { Prey } from "./hunt.ts";
import type { Shrunk, ShrinkTask } from "./shrink.ts";
import { answerOf, findPrey, type Trial } from "./try-mutant.ts";

const shrinker = new URL("shrink.ts", import.meta.url).pathname;

/** A text: why its process ended. */
export function preyOf(mutant: Mutant, trial: Trial): Promise<Prey | string> {
  return findPrey(mutant, "scenarios", trial);
}

/** Null: nothing was found, or it doesn't fail any more. A text: why its process ended. */
export async function shrunkPrey(mutant: Mutant, { bucket, found, runs }: Prey): Promise<Shrunk | string | null> {
  if (bucket === null || found === null) return null;
  const task: ShrinkTask = { found, bucket, run: runs - 1 };
  const shrunk = await answerOf<Shrunk>(mutant, shrinker, task);
  return typeof shrunk !== "string" && shrunk.smallest === null ? null : shrunk;
}
