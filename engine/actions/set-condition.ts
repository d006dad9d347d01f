/** A patch of a readiness gate's condition, as the controller behind it writes it (a load balancer's, say), for each Pod that is there. */
import { GateStatus } from "../kubernetes/objects/readiness-gates.ts";
import type { SetCondition } from "./action.ts";
import type { Operator, Steps } from "./operator.ts";
import { podsOf } from "./pods-of.ts";

export function* setCondition({ selector, condition, status }: SetCondition, operator: Operator): Steps {
  for (const pod of yield* podsOf(selector, operator)) {
    const gate = (operator.definitions.template(pod.template).spec.readinessGates ?? []).indexOf(condition);
    if (gate !== -1) yield { kind: "setPodGate", pod: pod.id, gate, status: GateStatus[status] };
  }
}
