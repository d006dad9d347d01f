/**
 * Which Pods are a ReplicaSet's: Pods without a controller that its selector matches are adopted, Pods of its own that
 * it doesn't match any more are released. Each is one patch, and the ReplicaSet is read live before the first adoption.
 *
 *   no controller ──selector matches──▶ owned ──selector doesn't match──▶ no controller (it runs on, and is replaced)
 *
 * Source: pkg/controller/controller_ref_manager.go PodControllerRefManager.ClaimPods.
 */
import { isActive, isReady, templateHash, type ApiRequest, type InformerCache, type ReplicaSetRecord } from "../api-server/client.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import { selectorMatches } from "../objects/label-selector.ts";
import { TEMPLATE_HASH } from "../objects/scheduling.ts";
import { isStaticPod } from "../objects/static-pods.ts";
import type { Workloads } from "../objects/workloads.ts";
import { call, type Sync } from "./controller.ts";
import type { PodCounts } from "./owned-pods.ts";
import type { ReplicaSource } from "./replica-source.ts";

/** What a sync takes for its own beyond what the cache says, and the other way round. */
export interface Claims {
  readonly adopted: readonly PodRecord[];
  readonly released: readonly PodRecord[];
}

export const noClaims: Claims = Object.freeze({ adopted: Object.freeze([]), released: Object.freeze([]) });

/** The counts of a set's Pods with what it claims. */
export function withClaims(counts: PodCounts, { adopted, released }: Claims): PodCounts {
  return {
    active: counts.active + adopted.length - released.length,
    ready: counts.ready + adopted.filter(isReady).length - released.filter(isReady).length,
    terminating: counts.terminating,
  };
}

type LabelledPod = Pick<PodRecord, "workload" | "template">;

/** Groups of orphans that a ReplicaSet has been held against so far, and those that match. */
interface Matches {
  seen: number;
  readonly groups: number[];
}

export class PodClaims {
  private readonly cache: InformerCache;
  private readonly definitions: Definitions;
  private readonly workloads: Workloads;
  private readonly source: ReplicaSource;
  /** Pods whose labels may have changed under their owner, by owner. */
  private readonly suspects = new Map<number, Set<PodId>>();
  private readonly matches = new Map<number, Matches>();
  private readonly hashes = new Map<TemplateId, string>();
  /** Workloads of this kind of set whose selector matches Pods of a namespace and template, hash left aside. */
  private readonly takers = new Map<string, readonly number[]>();

  constructor(cache: InformerCache, definitions: Definitions, workloads: Workloads, source: ReplicaSource) {
    this.cache = cache;
    this.definitions = definitions;
    this.workloads = workloads;
    this.source = source;
  }

  /** The cache took this change in: the sets that have to look, in the order in which they became known. */
  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): readonly number[] {
    if (before === undefined && after !== undefined && after.owner >= 0) return [];
    const hasChanged = before?.owner !== after?.owner || before?.template !== after?.template;
    if (!hasChanged) return [];
    if (before !== undefined && before.owner >= 0) this.suspects.get(before.owner)?.delete(before.id);
    if (after === undefined) return [];
    if (after.owner < 0) return this.takersOf(after);
    const known = this.suspects.get(after.owner);
    if (known === undefined) this.suspects.set(after.owner, new Set([after.id]));
    else known.add(after.id);
    return [];
  }

  forget(id: number): void {
    this.suspects.delete(id);
    this.matches.delete(id);
  }

  /** Null: a patch was refused, and the sync must be repeated. */
  *claim(set: ReplicaSetRecord): Sync<Claims | null> {
    const strangers = this.pods(this.suspects.get(set.id)).filter((pod) => pod.owner === set.id && !this.isMatch(set, pod));
    const orphans = this.orphansOf(set);
    if (strangers.length + orphans.length === 0) return noClaims;
    const adopted: PodRecord[] = [];
    const released: PodRecord[] = [];
    let mayAdopt: boolean | null = null;
    for (const pod of [...strangers, ...orphans].sort((a, b) => a.id - b.id)) {
      const isOwn = pod.owner === set.id;
      if (!isOwn) mayAdopt ??= yield* this.isThere(set);
      if (!isOwn && !mayAdopt) return null;
      const request: ApiRequest = { kind: "setPodOwner", pod: pod.id, owner: isOwn ? -1 : set.id };
      const { status } = yield* call(request);
      if (status !== "ok" && status !== "notFound") return null;
      if (isOwn) released.push(pod);
      else if (status === "ok") adopted.push(pod);
    }
    // Those that the watch has brought meanwhile are counted already.
    const ownerOf = ({ id }: PodRecord): number | undefined => this.cache.pods[id]?.owner;
    return { adopted: adopted.filter((pod) => ownerOf(pod) === -1), released: released.filter((pod) => ownerOf(pod) === set.id) };
  }

  private *isThere({ id }: ReplicaSetRecord): Sync<boolean> {
    const live = this.source.recordOf(yield* call(this.source.read(id)));
    return live !== undefined && (live.deletionTimestamp ?? -1) < 0;
  }

  private orphansOf(set: ReplicaSetRecord): readonly PodRecord[] {
    const { orphanGroups } = this.cache;
    if (orphanGroups.length === 0) return [];
    let known = this.matches.get(set.id);
    if (known === undefined) this.matches.set(set.id, (known = { seen: 0, groups: [] }));
    for (; known.seen < orphanGroups.length; known.seen++) if (this.isMatch(set, orphanGroups[known.seen]!)) known.groups.push(known.seen);
    return known.groups.flatMap((group) => this.pods(orphanGroups[group]!.pods));
  }

  private pods(ids: ReadonlySet<PodId> | undefined): readonly PodRecord[] {
    if (ids === undefined) return [];
    return [...ids].flatMap((id) => {
      const pod = this.cache.pods[id];
      return pod !== undefined && isActive(pod) ? [pod] : [];
    });
  }

  /** Whether the set's selector matches these labels: that of a Deployment's sets asks for the hash of their template. */
  private isMatch(set: ReplicaSetRecord, pod: LabelledPod): boolean {
    if (!this.takersOfLabels(pod).includes(set.workload)) return false;
    if (this.workloads.workload(set.workload).kind !== "Deployment") return true;
    return this.hashLabel(pod) === this.hash(set.template);
  }

  private takersOf(pod: PodRecord): readonly number[] {
    if (this.takersOfLabels(pod).length === 0) return [];
    return this.source.all().flatMap((set) => (this.isMatch(set, pod) ? [set.id] : []));
  }

  private takersOfLabels({ workload, template }: LabelledPod): readonly number[] {
    const { namespace } = this.workloads.workload(workload);
    const key = `${namespace}/${template}`;
    const known = this.takers.get(key);
    if (known !== undefined) return known;
    const { labels, annotations } = this.definitions.template(template);
    const found: number[] = [];
    for (let index = 0; index < this.workloads.size; index++) {
      const { kind, namespace: where, selector = null } = this.workloads.workload(index);
      if (where !== namespace || selector === null || !this.source.workloadKinds.includes(kind)) continue;
      if (!isStaticPod(annotations) && selectorMatches(selector, labels)) found.push(index);
    }
    this.takers.set(key, found);
    return found;
  }

  /** Pods of a Deployment have it; it stands in their template only if they were changed by themselves. */
  private hashLabel({ workload, template }: LabelledPod): string | undefined {
    const written = this.definitions.template(template).labels[TEMPLATE_HASH];
    return written ?? (this.workloads.workload(workload).kind === "Deployment" ? this.hash(template) : undefined);
  }

  private hash(template: TemplateId): string {
    let hash = this.hashes.get(template);
    if (hash === undefined) this.hashes.set(template, (hash = templateHash(this.definitions.template(template))));
    return hash;
  }
}
