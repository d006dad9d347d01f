/**
 * The Pod garbage collector: each pass deletes ended Pods beyond the number that is kept, Pods that were deleted
 * before they had a node, Pods of nodes that are no longer there, and, since 1.26, Pods being deleted on nodes that
 * are out of service.
 *
 *   Pod on a node without a Node ─pass─▶ node in quarantine ─first pass 40 s later─▶ (still none) its Pods are deleted
 *
 * Passes lie on a grid, of which only those are looked at that have something to find.
 * Source: pkg/controller/podgc/gc_controller.go.
 */
import { CauseKind } from "../../cause-kinds.ts";
import type { CauseId } from "../../kernel/causes.ts";
import { streamKey, uniform } from "../../kernel/random.ts";
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import { isDeleting, isTerminal, type ApiRequest, type CacheListener, type Client, type InformerCache } from "../api-server/client.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import type { Definitions } from "../objects/definitions.ts";
import { NodeReady, type NodeRecord } from "../objects/node.ts";
import { runDetached } from "./controller-runner.ts";
import type { Sync } from "./controller.ts";

/** Source: quarantineTime. */
const QUARANTINE = 40 * SECOND;
export const OUT_OF_SERVICE_TAINT = "node.kubernetes.io/out-of-service";

export class PodGarbageCollector implements CacheListener {
  readonly name = "pod-garbage-collector";
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly definitions: Definitions;
  private readonly phase: number;
  private readonly ended = new Set<PodId>();
  /** Being deleted, without a node. */
  private readonly homeless = new Set<PodId>();
  /** Assigned by their manifest to nodes that never were, by the pass that found them. */
  private readonly strays = new Map<PodId, VirtualTime>();
  private readonly outOfService = new Set<number>();
  /** Nodes without a Node, by the pass that found them. */
  private readonly quarantine = new Map<number, VirtualTime>();
  /** Why each Node was deleted. */
  private readonly deletions = new Map<number, CauseId>();
  private isArmed = false;

  constructor(client: Client, cache: InformerCache, definitions: Definitions) {
    this.client = client;
    this.definitions = definitions;
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
      this.strays.delete(pod.id);
      return;
    }
    if (before === undefined && after.node < 0 && this.isStray(after)) this.strays.set(after.id, -1);
    if (isTerminal(after)) this.ended.add(after.id);
    if (after.node >= 0 && before?.node !== after.node && this.isMissing(after.node)) this.seek(after.node);
    if (!isDeleting(after)) {
      this.armIfNeeded();
      return;
    }
    if (after.node < 0 && !this.strays.has(after.id)) this.homeless.add(after.id);
    this.armIfNeeded();
  }

  nodeChanged(before: NodeRecord, after: NodeRecord): void {
    if (after.isAbsent === true) {
      this.deletions.set(after.index, this.client.host.causes.current);
      this.seek(after.index);
    }
    if (before.taints === after.taints && before.ready === after.ready) return;
    const { outOfServiceTaint } = this.client.host.versions;
    const isOut = outOfServiceTaint && after.ready !== NodeReady.True && after.taints.some(({ key }) => key === OUT_OF_SERVICE_TAINT);
    if (isOut) this.outOfService.add(after.index);
    else this.outOfService.delete(after.index);
    this.armIfNeeded();
  }

  /** A node without a Node has Pods: the next pass puts it into quarantine. */
  private seek(node: number): void {
    if (!this.quarantine.has(node) && this.cache.podsOn(node).length > 0) this.quarantine.set(node, -1);
    this.armIfNeeded();
  }

  private isStray({ template }: PodRecord): boolean {
    return this.definitions.template(template).spec.nodeName !== "";
  }

  private isMissing(node: number): boolean {
    return this.cache.nodes[node]?.isAbsent === true;
  }

  private get hasWork(): boolean {
    const { podGcTerminatedThreshold: threshold } = this.client.host.settings;
    return (
      this.quarantine.size > 0 ||
      this.strays.size > 0 ||
      this.homeless.size > 0 ||
      this.outOfService.size > 0 ||
      (threshold > 0 && this.ended.size > threshold)
    );
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
    const orphans = this.orphans();
    const stranded = [...this.outOfService].flatMap((node) => this.cache.podsOn(node)).filter(isDeleting);
    // A Pod that was bound meanwhile is its kubelet's.
    for (const id of this.homeless) if ((this.cache.pods[id]?.node ?? 0) >= 0) this.homeless.delete(id);
    const { current } = this.client.host.causes;
    for (const pod of orphans) this.markOrphan(pod);
    for (const pod of [...surplus, ...homeless, ...stranded]) {
      this.client.host.causes.current = pod.cause;
      runDetached(this.client, this.remove(pod), () => {});
    }
    this.client.host.causes.current = current;
    this.armIfNeeded();
  }

  /** Pods of nodes whose quarantine is over. Source: gcOrphaned, discoverDeletedNodes. */
  private orphans(): PodRecord[] {
    const { now } = this.client;
    const found: PodRecord[] = [];
    for (const [node, since] of this.quarantine) {
      if (!this.isMissing(node) || this.cache.podsOn(node).length === 0) this.quarantine.delete(node);
      else if (since < 0) this.quarantine.set(node, now);
      else if (now >= since + QUARANTINE) found.push(...this.cache.podsOn(node));
    }
    for (const [id, since] of this.strays) {
      const pod = this.cache.pods[id];
      if (since < 0) this.strays.set(id, now);
      else if (now >= since + QUARANTINE && pod !== undefined) found.push(pod);
    }
    return found;
  }

  private markOrphan(pod: PodRecord): void {
    const { host } = this.client;
    host.causes.current = isDeleting(pod)
      ? pod.cause
      : host.causes.note(host.lp, CauseKind.podOrphaned, pod.id, host.now, this.deletions.get(pod.node) ?? pod.cause);
    runDetached(this.client, this.remove(pod, true), () => {});
  }

  private *remove(pod: PodRecord, isOrphan = false): Sync<void> {
    const { podGcFailsPods, disruptionTargetCondition } = this.client.host.versions;
    if (isOrphan && disruptionTargetCondition)
      yield [{ kind: "markDisruptionTarget", pod: pod.id, reason: "DeletionByPodGC", message: "PodGC: node no longer exists" }];
    if (podGcFailsPods && !isTerminal(pod)) yield [{ kind: "failPod", pod: pod.id }];
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
