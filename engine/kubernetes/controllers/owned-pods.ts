/**
 * How many Pods of an owner count for it, counted once and kept in step with the cache from then on: a sync of a
 * large ReplicaSet doesn't look at all its Pods each time one of them changes.
 */
import { isActive, isDeleting, isReady, type InformerCache } from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";

export interface PodCounts {
  /** Neither ended nor being deleted; and those of them that are Ready. */
  readonly active: number;
  readonly ready: number;
  /** Being deleted. */
  readonly terminating: number;
}

type Counting = { -readonly [Field in keyof PodCounts]: PodCounts[Field] };

export class OwnedPods {
  private readonly cache: InformerCache;
  private readonly byOwner = new Map<number, Counting>();

  constructor(cache: InformerCache) {
    this.cache = cache;
  }

  /** As the cache has them now: a copy. */
  of(owner: number): PodCounts {
    let counts = this.byOwner.get(owner);
    if (counts === undefined) {
      counts = { active: 0, ready: 0, terminating: 0 };
      for (const pod of this.cache.podsOf(owner)) count(counts, pod, 1);
      this.byOwner.set(owner, counts);
    }
    return { ...counts };
  }

  /** The cache took this change in. */
  changed(before: PodRecord | undefined, after: PodRecord | undefined): void {
    const old = before === undefined ? undefined : this.byOwner.get(before.owner);
    if (old !== undefined) count(old, before!, -1);
    const now = after === undefined ? undefined : this.byOwner.get(after.owner);
    if (now !== undefined) count(now, after!, 1);
  }

  forget(owner: number): void {
    this.byOwner.delete(owner);
  }
}

function count(counts: Counting, pod: PodRecord, by: 1 | -1): void {
  if (isActive(pod)) {
    counts.active += by;
    if (isReady(pod)) counts.ready += by;
  } else if (isDeleting(pod)) counts.terminating += by;
}
