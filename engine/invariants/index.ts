/** Every invariant, by name. */
import { backOffRespectedDefinition } from "./back-off-respected.ts";
import { endsBeforeGoneDefinition } from "./ends-before-gone.ts";
import { everyRequestAccountedDefinition } from "./every-request-accounted.ts";
import { graceRespectedDefinition } from "./grace-respected.ts";
import { initOrderRespectedDefinition } from "./init-order-respected.ts";
import type { InvariantDefinition } from "./invariant.ts";
import { keysStrictlyGrowDefinition } from "./keys-strictly-grow.ts";
import { maxSurgeRespectedDefinition } from "./max-surge-respected.ts";
import { oneInstanceAtATimeDefinition } from "./one-instance-at-a-time.ts";
import { probesInOrderDefinition } from "./probes-in-order.ts";
import { readyAfterProbeDefinition } from "./ready-after-probe.ts";
import { statusesOnlyAdvanceDefinition } from "./statuses-only-advance.ts";

/** Those about a kubelet that are judged where a Pod changes, so that they cost nothing while nothing happens. */
const ofChanges: readonly InvariantDefinition[] = [
  statusesOnlyAdvanceDefinition,
  oneInstanceAtATimeDefinition,
  initOrderRespectedDefinition,
  graceRespectedDefinition,
  endsBeforeGoneDefinition,
];

/** Those that look at every probe: for the kubelet's own tests. */
const ofProbes: readonly InvariantDefinition[] = [probesInOrderDefinition, readyAfterProbeDefinition];

export const invariants: readonly InvariantDefinition[] = [
  keysStrictlyGrowDefinition,
  everyRequestAccountedDefinition,
  maxSurgeRespectedDefinition,
  backOffRespectedDefinition,
  ...ofChanges,
];

/** What the rules of KubeletRules are called (engine/kubelet-rules.ts), beside back-off-respected. */
export const kubeletRules: readonly InvariantDefinition[] = [...ofChanges, ...ofProbes];

export const invariantNames: readonly string[] = invariants.map((invariant) => invariant.name);
