/** A deletion isn't taken back, and its grace only shrinks. Source: apiserver registry/rest/delete.go BeforeDelete. */
import type { InvariantDefinition } from "./invariant.ts";

export const deletionsOnlyAdvanceDefinition: InvariantDefinition = {
  name: "deletions-only-advance",
  scope: "control",
  meaning: "an object that is being deleted stays so, and its grace period never grows",
};

export interface Deletion {
  /** Whole seconds; -1: it isn't being deleted. */
  readonly deletionTimestamp: number;
  /** Seconds. */
  readonly deletionGracePeriodSeconds: number;
}

export function deletionsOnlyAdvance(pod: string, before: Deletion, after: Deletion): string | null {
  if (before.deletionTimestamp < 0) return null;
  if (after.deletionTimestamp < 0) return `${pod}: its deletion was taken back`;
  const [was, is] = [before.deletionGracePeriodSeconds, after.deletionGracePeriodSeconds];
  return is > was ? `${pod}: its grace grew from ${was} s to ${is} s` : null;
}
