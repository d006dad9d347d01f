/** A controller can't have seen what wasn't written yet, nor unsee what it has seen. */
import type { InvariantDefinition } from "./invariant.ts";

export const observedGenerationHonestDefinition: InvariantDefinition = {
  name: "observed-generation-honest",
  scope: "control",
  meaning: "status.observedGeneration is never above the generation, and never falls",
};

/** `before`: what the version before said, -1: there was none. */
export function observedGenerationHonest(what: string, before: number, observed: number, generation: number): string | null {
  if (observed > generation) return `${what}: generation ${observed} observed, the object is at ${generation}`;
  return observed < before ? `${what}: generation ${observed} observed after ${before}` : null;
}
