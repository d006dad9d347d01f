/**
 * kubectl label and annotate. A Pod's labels are those by which Services, budgets and its controller find it; a node's,
 * those by which the scheduler and DaemonSets choose. Source: kubectl pkg/cmd/label, pkg/cmd/annotate.
 */
import { ownTemplate, PodLabels } from "../kubernetes/api-server/client.ts";
import { changedTexts, withMetadata } from "../kubernetes/objects/pod-template.ts";
import type { PodTemplate } from "../kubernetes/objects/pod.ts";
import type { Label, LabelNode, LabelPods } from "./action.ts";
import { nodeIndex } from "./cordon.ts";
import type { Operator, Steps } from "./operator.ts";
import { podsOf } from "./pods-of.ts";
import { notFoundText, refuse, sayChecked, sayDone } from "./workload.ts";

type Texts = Readonly<Record<string, string>>;

export function* label(action: Label, operator: Operator): Steps {
  const { kind, namespace, name, field, change } = action;
  const { deployment, replicaSet, object, pod } = yield { kind: "find", type: kind, namespace, name };
  const labelled = deployment ?? replicaSet ?? object;
  const template = pod === undefined ? undefined : operator.definitions.template(pod.template);
  const before = template?.[field] ?? labelled?.[field] ?? writtenTexts(action, operator);
  if (pod === undefined && labelled === undefined) return refuse(action, notFoundText(kind, name), operator);
  if (isTaken(action, before, operator)) return;
  const answer =
    pod !== undefined && template !== undefined
      ? yield {
          kind: "updatePodTemplate",
          pod: pod.id,
          template: operator.definitions.idOf(labelledTemplate(action, template)),
          ...takenLabels(action),
        }
      : yield {
          kind: "patchWorkload",
          type: kind as Exclude<Label["kind"], "Pod">,
          namespace,
          name,
          patch: (part) => ({ [field]: changedTexts({ ...before, ...part[field] }, change) }),
        };
  sayDone(action, answer, operator);
}

/** kubectl label pods --selector: one by one, up to the first that has another value. */
export function* labelPods(action: LabelPods, operator: Operator): Steps {
  const { definitions, workloads } = operator;
  const pods = yield* podsOf(action.selector, operator);
  const labels = new PodLabels(definitions, workloads);
  for (const pod of pods.slice(0, action.count)) {
    const template = definitions.template(pod.template);
    const before = action.field === "labels" ? labels.of(pod) : labels.annotations(pod);
    if (isTaken(action, before, operator)) return;
    const changed = labelledTemplate(action, ownTemplate(workloads.workload(pod.workload).kind, template));
    sayDone(
      action,
      yield { kind: "updatePodTemplate", pod: pod.id, template: definitions.idOf(changed), ...takenLabels(action) },
      operator,
    );
  }
}

export function* labelNode(action: LabelNode, operator: Operator): Steps {
  const { change, overwrite } = action;
  sayChecked(action, yield { kind: "patchNodeLabels", node: nodeIndex(action.node, operator), change, overwrite }, operator);
}

/** Keys that no controller's label stands for any more. */
function takenLabels({ field, change }: Label | LabelPods): { readonly labels?: readonly string[] } {
  return field === "labels" ? { labels: Object.keys(change) } : {};
}

/** Says so, if it isn't to be overwritten. */
function isTaken(action: Label | LabelPods, before: Texts, operator: Operator): boolean {
  const { change, overwrite } = action;
  const taken = Object.entries(change).find(([key, value]) => value !== null && before[key] !== undefined && before[key] !== value);
  if (taken === undefined || overwrite) return false;
  refuse(action, `error: '${taken[0]}' already has a value (${before[taken[0]] ?? ""}), and --overwrite is false`, operator);
  return true;
}

/** Deployments and ReplicaSets have their manifest's until an operator changes them. */
function writtenTexts({ kind, namespace, name, field }: Label, { lastApplied }: Operator): Texts {
  return lastApplied.get(`${kind}/${namespace}/${name}`)?.metadata[field] ?? {};
}

export function labelledTemplate({ field, change }: Label | LabelPods, template: PodTemplate): PodTemplate {
  return withMetadata(template, field, change);
}
