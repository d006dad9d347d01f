/**
 * Why a Service has no endpoint from the first instant on. In a settled cluster nothing happened that a
 * lost request could be blamed on, so what the manifests say is its cause; an empty one has yet to start them.
 */
import { CauseKind } from "../cause-kinds.ts";
import type { Store } from "./api-server/store.ts";
import { mayHaveLabels } from "./objects/given-labels.ts";
import { isWorkload, podTemplateOf, replicasOf, type KubernetesObject, type WorkloadObject } from "./objects/index.ts";
import { labelsInclude } from "./objects/label-selector.ts";
import type { Service } from "./objects/service.ts";

/** A cause row without its parent and time. */
export interface MissingEndpoints {
  readonly kind: CauseKind;
  readonly subject: number;
}

/** The nearest reason first: Pods that run, Pods that don't, workloads to come, workloads without Pods. `unsettled` comes at t = 0. */
export function whyNoEndpoint(service: number, store: Store, unsettled: readonly KubernetesObject[]): MissingEndpoints {
  const record = store.services[service];
  if (record === undefined) return { kind: CauseKind.noService, subject: service };
  const { object } = record;
  const selected = store.pods.filter(
    (pod) => pod !== undefined && selects(object, store.workloads.workload(pod.workload).namespace, store.podLabels.of(pod)),
  );
  if (selected.some((pod) => pod !== undefined && pod.node >= 0)) return { kind: CauseKind.portNotDeclared, subject: service };
  if (selected[0] !== undefined) return { kind: CauseKind.unschedulable, subject: selected[0].id };
  const [toCome] = workloadsOf(object, unsettled);
  if (toCome !== undefined) return { kind: CauseKind.notAtRest, subject: numberOf(toCome, store) };
  for (const { namespace, template, workload } of store.replicaSets.values())
    if (selects(object, namespace, store.definitions.template(template).labels)) return { kind: CauseKind.scaledToZero, subject: workload };
  return { kind: CauseKind.noPodSelected, subject: service };
}

/** Before the first Pod of an empty cluster has an address: `objects` are applied at t = 0. */
export function whyNoEndpointYet(number: number, service: Service, store: Store, objects: readonly KubernetesObject[]): MissingEndpoints {
  const { namespace, name } = service.metadata;
  const isThere = objects.some(({ kind, metadata }) => kind === "Service" && metadata.name === name && metadata.namespace === namespace);
  if (!isThere) return { kind: CauseKind.noService, subject: number };
  const selected = workloadsOf(service, objects);
  const starting = selected.find((object) => replicasOf(object, store.nodes.length) > 0);
  if (starting !== undefined) return { kind: CauseKind.notStartedYet, subject: numberOf(starting, store) };
  const [empty] = selected;
  if (empty !== undefined) return { kind: CauseKind.scaledToZero, subject: numberOf(empty, store) };
  return { kind: CauseKind.noPodSelected, subject: number };
}

/** In the order of the manifests. */
function workloadsOf(service: Service, objects: readonly KubernetesObject[]): readonly WorkloadObject[] {
  return objects.filter((object): object is WorkloadObject => {
    return isWorkload(object) && maySelect(service, object);
  });
}

function selects({ metadata, spec }: Service, namespace: string, labels: Readonly<Record<string, string>>): boolean {
  return spec.selector !== null && namespace === metadata.namespace && labelsInclude(labels, spec.selector);
}

/** Its Pods will have labels that no template has. */
function maySelect({ metadata, spec }: Service, object: WorkloadObject): boolean {
  const { namespace, name } = object.metadata;
  if (spec.selector === null || namespace !== metadata.namespace) return false;
  return mayHaveLabels({ kind: object.kind, name }, podTemplateOf(object).labels, spec.selector);
}

function numberOf({ kind, metadata }: WorkloadObject, store: Store): number {
  return store.workloads.indexOf(kind, metadata.namespace, metadata.name);
}
