/**
 * Why a Service of a settled cluster has no endpoint from the first instant on. Nothing happened that a
 * lost request could be blamed on, so what the manifests say is its cause.
 */
import { CauseKind } from "../cause-kinds.ts";
import type { Store } from "./api-server/store.ts";
import type { KubernetesObject } from "./objects/index.ts";
import { labelsInclude } from "./objects/label-selector.ts";

/** A cause row without its parent and time. */
export interface MissingEndpoints {
  readonly kind: CauseKind;
  readonly subject: number;
}

/** The nearest reason first: Pods that run, Pods that don't, workloads to come, workloads without Pods. `unsettled` comes at t = 0. */
export function whyNoEndpoint(service: number, store: Store, unsettled: readonly KubernetesObject[]): MissingEndpoints {
  const record = store.services[service];
  if (record === undefined) return { kind: CauseKind.noService, subject: service };
  const { metadata, spec } = record.object;
  const selects = (namespace: string, labels: Readonly<Record<string, string>>): boolean =>
    spec.selector !== null && namespace === metadata.namespace && labelsInclude(labels, spec.selector);
  const selected = store.pods.filter(
    (pod) =>
      pod !== undefined && selects(store.workloads.workload(pod.workload).namespace, store.definitions.template(pod.template).labels),
  );
  if (selected.some((pod) => pod !== undefined && pod.node >= 0)) return { kind: CauseKind.portNotDeclared, subject: service };
  if (selected[0] !== undefined) return { kind: CauseKind.unschedulable, subject: selected[0].id };
  for (const other of unsettled) {
    if (other.kind === "Service" || other.kind === "Namespace") continue;
    const { labels } = other.kind === "Pod" ? other.template : other.spec.template;
    const { namespace, name } = other.metadata;
    if (selects(namespace, labels)) return { kind: CauseKind.notAtRest, subject: store.workloads.indexOf(other.kind, namespace, name) };
  }
  for (const { namespace, template, workload } of store.replicaSets.values())
    if (selects(namespace, store.definitions.template(template).labels)) return { kind: CauseKind.scaledToZero, subject: workload };
  return { kind: CauseKind.noPodSelected, subject: service };
}
