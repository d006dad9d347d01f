/**
 * The workloads of a run by number: everything of which Pods come, and bare Pods, of the manifests and of
 * the apply actions, in order of appearance. Fixed before the run, so a workload crosses shards as its number.
 */
import type { KubernetesObject } from "./index.ts";
import { isWorkload, type WorkloadObject } from "./workload-object.ts";
import type { LabelSelector } from "./meta.ts";

export type WorkloadKind = WorkloadObject["kind"];

export interface Workload {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  /** By which its controller knows its Pods, where the scheduler spreads by that; else null. */
  readonly selector?: LabelSelector | null;
}

export class Workloads {
  private readonly list: Workload[] = [];
  private readonly byKey = new Map<string, number>();

  add(object: KubernetesObject): number {
    if (!isWorkload(object)) return -1;
    const { namespace, name } = object.metadata;
    const key = `${object.kind}/${namespace}/${name}`;
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    this.byKey.set(key, this.list.length);
    return this.list.push({ kind: object.kind, namespace, name, selector: selectorOf(object) }) - 1;
  }

  indexOf(kind: Workload["kind"], namespace: string, name: string): number {
    return this.byKey.get(`${kind}/${namespace}/${name}`) ?? -1;
  }

  workload(index: number): Workload {
    return this.list[index]!;
  }

  get size(): number {
    return this.list.length;
  }

  /** `default/web`: the label of metrics and the name of random streams. */
  label(index: number): string {
    const { namespace, name } = this.list[index]!;
    return `${namespace}/${name}`;
  }
}

/** Source: plugins/helper/spread.go DefaultSelector, which knows these controllers. */
function selectorOf(object: WorkloadObject): LabelSelector | null {
  switch (object.kind) {
    case "Deployment":
    case "ReplicaSet":
    case "StatefulSet":
      return object.spec.selector;
    case "ReplicationController":
      return { matchLabels: object.spec.selector, matchExpressions: [] };
    default:
      return null;
  }
}
