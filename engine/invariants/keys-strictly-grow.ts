/**
 * Causality: within a logical process no event is dispatched after one with a later (or the same) key. The
 * kernel's ledger holds every single event against it (kernel/fingerprint.ts) and ends the run at once: after a
 * breach nothing that follows means anything.
 */
import type { InvariantDefinition } from "./invariant.ts";

export const keysStrictlyGrowDefinition: InvariantDefinition = {
  name: "keys-strictly-grow",
  scope: "kernel",
  meaning: "the keys (time, class, origin, number) of one logical process's events strictly grow",
};
