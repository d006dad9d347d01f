/** Changes of a Pod that exists: another image (kubectl set image pod/…), an ephemeral container (kubectl debug), labels. */
import { ownTemplate } from "../kubernetes/api-server/client.ts";
import { withEphemeral, withImage } from "../kubernetes/objects/pod-template.ts";
import type { PodTemplate } from "../kubernetes/objects/pod.ts";
import type { Workload, WorkloadKind } from "../kubernetes/objects/workloads.ts";
import type { ActionSpec, Debug, Label, LabelPods, PodSelector, SetPodImage } from "./action.ts";
import { labelledTemplate } from "./label.ts";
import type { Operator, Steps } from "./operator.ts";
import { isChosen, podsOf } from "./pods-of.ts";

/** What gives a Pod another template; of labels, those of Pods. */
export type PodChange = SetPodImage | Debug | Label | LabelPods;

export function isPodChange(action: ActionSpec): action is PodChange {
  const { type } = action;
  return type === "setPodImage" || type === "debug" || type === "labelPods" || (type === "label" && action.kind === "Pod");
}

export function* changePod(action: SetPodImage | Debug, operator: Operator): Steps {
  const { definitions } = operator;
  for (const pod of yield* podsOf(selectorOf(action), operator)) {
    const changed = changedTemplate(action, definitions.template(pod.template), operator.workloads.workload(pod.workload).kind);
    if (changed !== null) yield { kind: "updatePodTemplate", pod: pod.id, template: definitions.idOf(changed) };
  }
}

/** Null: nothing changes. */
export function changedTemplate(action: PodChange, template: PodTemplate, kind: WorkloadKind): PodTemplate | null {
  const own = ownTemplate(kind, template);
  if (action.type === "label" || action.type === "labelPods") return labelledTemplate(action, own);
  if (action.type === "debug") return withEphemeral(own, action.name, action.image);
  return withImage(own, action.container, action.image);
}

/** Whether a workload's Pods may be meant; their labels aren't looked at. */
export function mayChange(action: PodChange, workload: Pick<Workload, "kind" | "namespace" | "name">): boolean {
  return isChosen(selectorOf(action), workload);
}

function selectorOf(action: PodChange): PodSelector {
  if (action.type === "debug" || action.type === "labelPods") return action.selector;
  return { namespace: action.namespace, pod: action.type === "label" ? action.name : action.pod };
}
