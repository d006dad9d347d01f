/** What a scenario's manifests hold, to check what refers to them and to say what there is instead. */
import { mayHaveLabels } from "../engine/kubernetes/objects/given-labels.ts";
import { isWorkload, podTemplateOf, type KubernetesObject } from "../engine/kubernetes/objects/index.ts";
import { labelsInclude } from "../engine/kubernetes/objects/label-selector.ts";
import type { Container, PodTemplate } from "../engine/kubernetes/objects/pod.ts";
import type { Service } from "../engine/kubernetes/objects/service.ts";
import type { WorkloadKind } from "../engine/kubernetes/objects/workloads.ts";
import type { WrittenSelector } from "../engine/kubernetes/objects/selector.schema.ts";
import { closest } from "../engine/values/issue.ts";

export type { WorkloadKind } from "../engine/kubernetes/objects/workloads.ts";

export interface KnownWorkload {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly template: PodTemplate;
}

/** How many names a hint lists. */
const listedMax = 8;

export class Inventory {
  readonly workloads: KnownWorkload[] = [];
  readonly services: Service[] = [];
  /** False if some manifest could not be read: then nothing is said to be missing. */
  readonly isComplete: boolean;

  constructor(objects: readonly KubernetesObject[], isComplete: boolean) {
    this.isComplete = isComplete;
    for (const object of objects) {
      if (object.kind === "Service") this.services.push(object);
      else if (isWorkload(object)) {
        const { namespace, name } = object.metadata;
        this.workloads.push({ kind: object.kind, namespace, name, template: podTemplateOf(object) });
      }
    }
  }

  service(namespace: string, name: string): Service | undefined {
    return this.services.findLast(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  }

  find(kind: WorkloadKind, namespace: string, name: string): readonly KnownWorkload[] {
    return this.workloads.filter((workload) => workload.kind === kind && workload.namespace === namespace && workload.name === name);
  }

  /** Whether a StatefulSet gives its Pods such a name: its own and an ordinal. */
  hasStatefulPod(namespace: string, name: string): boolean {
    const set = /^(.+)-\d+$/.exec(name)?.[1];
    return set !== undefined && this.find("StatefulSet", namespace, set).length > 0;
  }

  /** Workloads that a selector may mean; all given fields must match. */
  selected(selector: WrittenSelector): readonly KnownWorkload[] {
    return this.chosen(selector, ({ template }, labels) => labelsInclude(template.labels, labels));
  }

  /** Those of which it may mean some Pods: by the labels that controllers add, too. */
  withPods(selector: WrittenSelector): readonly KnownWorkload[] {
    return this.chosen(selector, (workload, labels) => mayHaveLabels(workload, workload.template.labels, labels));
  }

  private chosen(
    selector: WrittenSelector,
    hasLabels: (workload: KnownWorkload, labels: Readonly<Record<string, string>>) => boolean,
  ): readonly KnownWorkload[] {
    return this.workloads.filter((workload) => {
      const { kind, namespace, name } = workload;
      return (
        (selector.namespace === undefined || selector.namespace === namespace) &&
        (selector.deployment === undefined || (kind === "Deployment" && name === selector.deployment)) &&
        (selector.replicaSet === undefined || (kind === "ReplicaSet" && name === selector.replicaSet)) &&
        (selector.pod === undefined || (kind === "Pod" && name === selector.pod)) &&
        hasLabels(workload, selector.labels ?? {})
      );
    });
  }

  /** "did you mean web? (Deployments: web, api)" */
  hintFor(kind: WorkloadKind | "Service", name: string): string {
    const objects =
      kind === "Service" ? this.services.map(({ metadata }) => metadata) : this.workloads.filter((workload) => workload.kind === kind);
    return hintOf(
      `${kind}s`,
      name,
      objects.map((object) => (object.namespace === "default" ? object.name : `${object.namespace}/${object.name}`)),
    );
  }

  hintForSelector(selector: WrittenSelector): string {
    if (selector.deployment !== undefined) return this.hintFor("Deployment", selector.deployment);
    if (selector.replicaSet !== undefined) return this.hintFor("ReplicaSet", selector.replicaSet);
    if (selector.pod !== undefined) return this.hintFor("Pod", selector.pod);
    if (selector.namespace !== undefined && !this.workloads.some(({ namespace }) => namespace === selector.namespace)) {
      return hintOf("namespaces", selector.namespace, [...new Set(this.workloads.map(({ namespace }) => namespace))]);
    }
    const labels = new Set(
      this.workloads.flatMap(({ template }) => Object.entries(template.labels).map(([key, value]) => `${key}: ${value}`)),
    );
    return hintOf("labels", Object.entries(selector.labels ?? {}).map(([key, value]) => `${key}: ${value}`)[0] ?? "", [...labels]);
  }

  containers(workloads: readonly KnownWorkload[]): readonly Container[] {
    return workloads.flatMap(({ template }) => [...template.spec.containers, ...template.spec.initContainers]);
  }
}

/** Names what there is, and the one that was probably meant. */
export function hintOf(what: string, word: string, known: readonly string[]): string {
  const unique = [...new Set(known)];
  if (unique.length === 0) return `there are no ${what}`;
  const meant = closest(word, unique);
  const listed = unique.slice(0, listedMax).join(", ") + (unique.length > listedMax ? ", ..." : "");
  return `${meant === null ? "" : `did you mean ${meant}? `}${what}: ${listed}`;
}
