/** Every action, by type. */
import type { ActionSpec, ActionType } from "./action.ts";
import { apply } from "./apply.ts";
import { changePod } from "./change-pod.ts";
import { cordon, taintNode } from "./cordon.ts";
import { remove } from "./delete.ts";
import { deleteNode } from "./delete-node.ts";
import { drain } from "./drain.ts";
import { evict } from "./evict.ts";
import { label, labelNode, labelPods } from "./label.ts";
import { carryOut, CONNECTION_REFUSED, type Operator, type Steps } from "./operator.ts";
import { pause, rolloutStatus, undo } from "./rollout.ts";
import { scale } from "./scale.ts";
import { setCondition } from "./set-condition.ts";
import { changeTemplate } from "./template-change.ts";

export type { Operator } from "./operator.ts";

interface Act<Spec> {
  steps(action: Spec, operator: Operator): Steps;
}

export const actions: { readonly [Type in ActionType]: Act<Extract<ActionSpec, { type: Type }>> } = {
  apply: { steps: apply },
  setImage: { steps: changeTemplate },
  setEnv: { steps: changeTemplate },
  setResources: { steps: changeTemplate },
  restart: { steps: changeTemplate },
  undo: { steps: undo },
  pause: { steps: pause },
  resume: { steps: pause },
  rolloutStatus: { steps: rolloutStatus },
  label: { steps: label },
  labelPods: { steps: labelPods },
  labelNode: { steps: labelNode },
  scale: { steps: scale },
  delete: { steps: remove },
  setCondition: { steps: setCondition },
  setPodImage: { steps: changePod },
  debug: { steps: changePod },
  cordon: { steps: cordon },
  taint: { steps: taintNode },
  deleteNode: { steps: deleteNode },
  evict: { steps: evict },
  drain: { steps: drain },
};

/** Begins at once, under the current cause; its later steps follow the API's answers. */
export function applyAction(action: ActionSpec, operator: Operator): void {
  const act: Act<ActionSpec> = actions[action.type];
  carryOut(act.steps(action, operator), operator, undefined, () =>
    operator.outcomes.set(action, { status: "failed", text: CONNECTION_REFUSED }),
  );
}
