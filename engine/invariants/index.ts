/** Every invariant, by name. */
import { backOffRespectedDefinition } from "./back-off-respected.ts";
import { everyRequestAccountedDefinition } from "./every-request-accounted.ts";
import type { InvariantDefinition } from "./invariant.ts";
import { keysStrictlyGrowDefinition } from "./keys-strictly-grow.ts";
import { maxSurgeRespectedDefinition } from "./max-surge-respected.ts";

export const invariants: readonly InvariantDefinition[] = [
  keysStrictlyGrowDefinition,
  everyRequestAccountedDefinition,
  maxSurgeRespectedDefinition,
  backOffRespectedDefinition,
];

export const invariantNames: readonly string[] = invariants.map((invariant) => invariant.name);
