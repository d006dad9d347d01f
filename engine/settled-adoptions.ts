/**
 * Bare Pods of the manifests that a ReplicaSet or ReplicationController of them has taken for its own long ago
 * (pod-claims.ts), so that it made fewer itself. Pure.
 */
import { selectorMatches } from "./kubernetes/objects/label-selector.ts";
import { podTemplateOf, replicasOf, type KubernetesObject } from "./kubernetes/objects/index.ts";
import type { LabelSelector } from "./kubernetes/objects/meta.ts";
import { isStaticPod } from "./kubernetes/objects/static-pods.ts";

type TakingObject = Extract<KubernetesObject, { readonly kind: "ReplicaSet" | "ReplicationController" }>;

export class Adoptions {
  /** The objects, with adopted Pods after all others: their owner must be there. */
  readonly order: readonly KubernetesObject[];
  private readonly takers = new Map<KubernetesObject, TakingObject>();
  private readonly counts = new Map<KubernetesObject, number>();
  private readonly surplus = new Set<KubernetesObject>();
  private readonly ids = new Map<KubernetesObject, number>();

  constructor(objects: readonly KubernetesObject[]) {
    const sets = objects.filter((object) => object.kind === "ReplicaSet" || object.kind === "ReplicationController");
    for (const object of sets.length === 0 ? [] : objects) {
      const taker = sets.find((set) => wouldTake(set, object));
      if (taker === undefined) continue;
      const count = this.counts.get(taker) ?? 0;
      if (count >= replicasOf(taker, 0)) this.surplus.add(object);
      else {
        this.takers.set(object, taker);
        this.counts.set(taker, count + 1);
      }
    }
    this.order = this.takers.size === 0 ? objects : [...objects.filter((object) => !this.takers.has(object)), ...this.takers.keys()];
  }

  /** Why it doesn't stay; null: it does. */
  obstacleOf(object: KubernetesObject): string | null {
    return this.surplus.has(object) ? "it is one replica too many of the set that adopts it" : null;
  }

  /** Undefined: nobody adopted it. */
  ownerOf(object: KubernetesObject): number | undefined {
    return this.ids.get(this.takers.get(object) ?? object);
  }

  /** A set was made. */
  adopted(object: KubernetesObject, id: number): void {
    if (this.counts.has(object)) this.ids.set(object, id);
  }

  /** Replicas that a set didn't have to make. */
  countOf(object: KubernetesObject): number {
    return this.ids.has(object) ? (this.counts.get(object) ?? 0) : 0;
  }
}

function wouldTake(set: TakingObject, object: KubernetesObject): boolean {
  if (object.kind !== "Pod" || object.metadata.namespace !== set.metadata.namespace) return false;
  const { labels, annotations } = podTemplateOf(object);
  return !isStaticPod(annotations) && selectorMatches(selectorOf(set), labels);
}

function selectorOf(set: TakingObject): LabelSelector {
  return set.kind === "ReplicaSet" ? set.spec.selector : { matchLabels: set.spec.selector, matchExpressions: [] };
}
