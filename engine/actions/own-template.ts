/**
 * The template of a Pod that is about to be changed by itself. Of a Deployment's Pod the label pod-template-hash stands in
 * no template, since it follows from one; once the Pod's own template is another, the label has to be written there.
 */
import { templateHash } from "../kubernetes/api-server/client.ts";
import type { PodTemplate } from "../kubernetes/objects/pod.ts";
import { TEMPLATE_HASH } from "../kubernetes/objects/scheduling.ts";
import type { WorkloadKind } from "../kubernetes/objects/workloads.ts";

export function ownTemplate(kind: WorkloadKind, template: PodTemplate): PodTemplate {
  if (kind !== "Deployment" || template.labels[TEMPLATE_HASH] !== undefined) return template;
  return { ...template, labels: { ...template.labels, [TEMPLATE_HASH]: templateHash(template) } };
}
