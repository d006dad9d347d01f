/** A Pod is bound to one node and stays there; one that is being deleted is bound nowhere. Source: pkg/registry/core/pod/storage BindingREST. */
import type { InvariantDefinition } from "./invariant.ts";

export const boundOnceDefinition: InvariantDefinition = {
  name: "bound-once",
  scope: "control",
  meaning: "a Pod gets a node once, and never while it is being deleted",
};

/** Index of the node, -1: none. */
export function boundOnce(pod: string, before: number, after: number, isDeleting: boolean): string | null {
  if (before === after) return null;
  if (before >= 0) return `${pod}: moved from node ${before} to ${after}`;
  return isDeleting ? `${pod}: bound to node ${after} while it is being deleted` : null;
}
