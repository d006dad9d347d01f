/**
 * kubectl label and annotate. A Pod's labels are those by which Services and budgets find it. Source: kubectl
 * pkg/cmd/label, pkg/cmd/annotate.
 *
 * Differs: no adoption of orphans
 */
import { changedTexts, withMetadata } from "../kubernetes/objects/pod-template.ts";
import type { PodTemplate } from "../kubernetes/objects/pod.ts";
import type { Label } from "./action.ts";
import type { Operator, Steps } from "./operator.ts";
import { notFoundText, refuse, sayDone } from "./workload.ts";

type Texts = Readonly<Record<string, string>>;

export function* label(action: Label, operator: Operator): Steps {
  const { kind, namespace, name, field, change } = action;
  const { deployment, replicaSet, object, pod } = yield { kind: "find", type: kind, namespace, name };
  const labelled = deployment ?? replicaSet ?? object;
  const template = pod === undefined ? undefined : operator.definitions.template(pod.template);
  const before = template?.[field] ?? labelled?.[field] ?? writtenTexts(action, operator);
  if (pod === undefined && labelled === undefined) return refuse(action, notFoundText(kind, name), operator);
  const taken = Object.entries(change).find(([key, value]) => value !== null && before[key] !== undefined && before[key] !== value);
  if (taken !== undefined && !action.overwrite)
    return refuse(action, `error: '${taken[0]}' already has a value (${before[taken[0]] ?? ""}), and --overwrite is false`, operator);
  const answer =
    pod !== undefined && template !== undefined
      ? yield { kind: "updatePodTemplate", pod: pod.id, template: operator.definitions.idOf(labelledTemplate(action, template)) }
      : yield {
          kind: "patchWorkload",
          type: kind as Exclude<Label["kind"], "Pod">,
          namespace,
          name,
          patch: (part) => ({ [field]: changedTexts({ ...before, ...part[field] }, change) }),
        };
  sayDone(action, answer, operator);
}

/** Deployments and ReplicaSets have their manifest's until an operator changes them. */
function writtenTexts({ kind, namespace, name, field }: Label, { lastApplied }: Operator): Texts {
  return lastApplied.get(`${kind}/${namespace}/${name}`)?.metadata[field] ?? {};
}

export function labelledTemplate({ field, change }: Label, template: PodTemplate): PodTemplate {
  return withMetadata(template, field, change);
}
