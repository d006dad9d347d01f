/**
 * The Pod garbage collector: each pass deletes ended Pods beyond the number that is kept, Pods that were deleted
 * before they had a node, and, since 1.26, Pods being deleted on nodes that are out of service. Nodes aren't
 * removed from the model, so there are no orphans of nodes.
 *
 * Passes lie on a grid, of which only those are looked at that have something to find.
 * Source: pkg/controller/podgc/gc_controller.go.
 */
import { streamKey, uniform } from "../../kernel/random.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import { isDeleting, isTerminal, type ApiRequest, type CacheListener, type Client, type InformerCache } from "../api-server/client.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import { NodeReady, type NodeRecord } from "../objects/node.ts";
import { runDetached } from "./controller-runner.ts";
import type { Sync } from "./controller.ts";

export const OUT_OF_SERVICE_TAINT = "node.kubernetes.io/out-of-service";

export class PodGarbageCollector implements CacheListener {
  readonly name = "pod-garbage-collector";
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly phase: number;
  private readonly ended = new Set<PodId>();
  /** Being deleted, without a node. */
  private readonly homeless = new Set<PodId>();
  private readonly outOfService = new Set<number>();
  private isArmed = false;

  constructor(client: Client, cache: InformerCache) {
    this.client = client;
    this.cache = cache;
    const { settings, seed } = client.host;
    const key = streamKey(seed, "phase", this.name);
    this.phase = Math.round(uniform(key.hi, key.lo, 0) * settings.podGcPeriodPhase * settings.podGcPeriod);
  }

  /** Passes to come don't count. */
  get isQuiet(): boolean {
    return this.client.isQuiet;
  }

  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    const pod = after ?? before;
    if (pod === undefined) return;
    // Most changes are neither an end nor a deletion.
    if (after === undefined) {
      this.ended.delete(pod.id);
      this.homeless.delete(pod.id);
      return;
    }
    if (isTerminal(after)) this.ended.add(after.id);
    if (!isDeleting(after)) {
      this.armIfNeeded();
      return;
    }
    if (after.node < 0) this.homeless.add(after.id);
    this.armIfNeeded();
  }

  nodeChanged(before: NodeRecord, after: NodeRecord): void {
    if (before.taints === after.taints && before.ready === after.ready) return;
    const { outOfServiceTaint } = this.client.host.versions;
    const isOut = outOfServiceTaint && after.ready !== NodeReady.True && after.taints.some(({ key }) => key === OUT_OF_SERVICE_TAINT);
    if (isOut) this.outOfService.add(after.index);
    else this.outOfService.delete(after.index);
    this.armIfNeeded();
  }

  private get hasWork(): boolean {
    const { podGcTerminatedThreshold: threshold } = this.client.host.settings;
    return this.homeless.size > 0 || this.outOfService.size > 0 || (threshold > 0 && this.ended.size > threshold);
  }

  private armIfNeeded(): void {
    if (this.isArmed || !this.hasWork) return;
    this.isArmed = true;
    const { host } = this.client;
    host.agenda.at(nextPass(host.now, this.phase, host.settings.podGcPeriod), () => this.pass());
  }

  private pass(): void {
    this.isArmed = false;
    const { settings } = this.client.host;
    const known = (ids: ReadonlySet<PodId>): PodRecord[] => [...ids].map((id) => this.cache.pods[id]).filter((pod) => pod !== undefined);
    const surplus = surplusOf(known(this.ended), settings.podGcTerminatedThreshold);
    const homeless = known(this.homeless).filter(({ node }) => node < 0);
    const stranded = [...this.outOfService].flatMap((node) => this.cache.podsOn(node)).filter(isDeleting);
    // A Pod that was bound meanwhile is its kubelet's.
    for (const id of this.homeless) if ((this.cache.pods[id]?.node ?? 0) >= 0) this.homeless.delete(id);
    const { current } = this.client.host.causes;
    for (const pod of [...surplus, ...homeless, ...stranded]) {
      this.client.host.causes.current = pod.cause;
      runDetached(this.client, this.remove(pod), () => {});
    }
    this.client.host.causes.current = current;
    this.armIfNeeded();
  }

  private *remove(pod: PodRecord): Sync<void> {
    const request: ApiRequest = { kind: "deletePod", pod: pod.id, gracePeriodSeconds: 0 };
    yield [request];
  }
}

/** The oldest ended Pods above the threshold, evicted ones first; 0: none goes. */
export function surplusOf(ended: readonly PodRecord[], threshold: number): PodRecord[] {
  if (threshold <= 0 || ended.length <= threshold) return [];
  const isEvicted = ({ status: { reason } }: PodRecord): boolean => reason === "Evicted";
  return ended
    .toSorted((a, b) => Number(isEvicted(b)) - Number(isEvicted(a)) || a.createdAt - b.createdAt || a.id - b.id)
    .slice(0, ended.length - threshold);
}

/** The first instant of the grid after `now`. */
function nextPass(now: VirtualTime, phase: number, period: number): VirtualTime {
  return phase + (Math.floor((now - phase) / period) + 1) * period;
}
