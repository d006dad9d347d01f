/** Once nothing is under way any more, the slices of a Service list its ready Pods, and no others as ready. */
import type { InvariantDefinition } from "./invariant.ts";

export const slicesMatchAtRestDefinition: InvariantDefinition = {
  name: "slices-match-at-rest",
  scope: "control",
  isLiveness: true,
  meaning: "with the control plane at rest at the end, the ready endpoints of each Service are the Ready Pods that it selects",
};

export function slicesMatchAtRest(service: string, listed: readonly number[], ready: readonly number[]): string | null {
  if (listed.length === ready.length && listed.every((pod, index) => pod === ready[index])) return null;
  const [known, wanted] = [new Set(listed), new Set(ready)];
  const missing = ready.find((pod) => !known.has(pod));
  if (missing !== undefined) return `${service}: Pod ${missing} is Ready, but no ready endpoint`;
  const surplus = listed.find((pod) => !wanted.has(pod));
  return surplus === undefined ? null : `${service}: Pod ${surplus} is a ready endpoint, but not Ready`;
}
