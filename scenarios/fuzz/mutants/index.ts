/** All mutants, and the one by a name. */
import { controlPlaneMutants } from "./control-plane.ts";
import { kernelAndTrafficMutants } from "./kernel-and-traffic.ts";
import { kubeletMutants } from "./kubelet.ts";
import type { Mutant } from "./mutant.ts";

export const mutants: readonly Mutant[] = [...kubeletMutants, ...controlPlaneMutants, ...kernelAndTrafficMutants];

export function mutantNamed(name: string): Mutant {
  const found = mutants.find((mutant) => mutant.name === name);
  if (found === undefined) throw new Error(`there is no mutant ${name}`);
  return found;
}
