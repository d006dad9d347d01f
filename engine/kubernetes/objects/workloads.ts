/**
 * The workloads of a run by number: every Deployment, ReplicaSet and bare Pod of the manifests and of
 * the apply actions, in order of appearance. Fixed before the run, so a workload crosses shards as its number.
 */
import type { KubernetesObject } from "./index.ts";

export interface Workload {
  readonly kind: "Deployment" | "ReplicaSet" | "Pod";
  readonly namespace: string;
  readonly name: string;
}

export class Workloads {
  private readonly list: Workload[] = [];
  private readonly byKey = new Map<string, number>();

  add(object: KubernetesObject): number {
    if (object.kind === "Namespace" || object.kind === "Service") return -1;
    const { namespace, name } = object.metadata;
    const key = `${object.kind}/${namespace}/${name}`;
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    this.byKey.set(key, this.list.length);
    return this.list.push({ kind: object.kind, namespace, name }) - 1;
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
