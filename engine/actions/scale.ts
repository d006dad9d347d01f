/** kubectl scale: a patch of the scale subresource. */
import type { Scale } from "./action.ts";
import type { Operator, Steps } from "./operator.ts";
import { findWorkload, sayDone } from "./workload.ts";

export function* scale(action: Scale, operator: Operator): Steps {
  const { namespace, kind, name, replicas } = action;
  if ((yield* findWorkload(action, operator)) === null) return;
  sayDone(action, yield { kind: "patchWorkload", type: kind, namespace, name, patch: () => ({ replicas }) }, operator);
}
