/**
 * Node-pressure eviction (pkg/kubelet/eviction/eviction_manager.go): the kubelet looks at what is left of the
 * node's memory, disk and process numbers, sets its conditions, and evicts one Pod at a time.
 *
 *   asleep ─the node might get short─▶ pass ─nobody to evict─▶ pass, a period later (asleep again where nothing can be short)
 *                                       └─evicts─▶ kills, one Pod after another ─▶ waits for their clean-up ─▶ pass
 *
 * A pass that would find every threshold unmet and no condition to end changes nothing: it isn't made.
 * Differs: local disk. A container's part of it is its running process's, images take none.
 */
import { CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { streamKey, uniform } from "../../kernel/random.ts";
import { SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import { canonicalQuantity } from "../../values/quantity.ts";
import { defaultKubeletConfiguration } from "../objects/kubelet-configuration.ts";
import { NodePressure, nodePressureNames } from "../objects/node.ts";
import type { PodId } from "../api-server/pod-record.ts";
import type { PodSpec } from "../objects/pod.ts";
import { podRequest } from "../objects/pod-request.ts";
import {
  amountOf,
  byEvictionPriority,
  evictionGrace,
  parseThresholds,
  pressureOf,
  rankByRequest,
  rankByUsage,
  rankForEviction,
  signalResources,
  thresholdsMet,
  thresholdsOverdue,
  type Observations,
  type ObservedThreshold,
  type Signal,
  type Threshold,
} from "./eviction-thresholds.ts";
import { hasStorageLimit, storageExcess, type DiskUsage } from "./local-storage.ts";
import { nextOnGrid, type NodeContext } from "./node-context.ts";
import { isCriticalPod } from "./oom-score.ts";
import { isTerminalPhase } from "./pod-status.ts";
import { endPod } from "./pod-verdict.ts";
import { PodFlag } from "./tables.ts";
import { NodeTimer } from "./timers.ts";

type Resource = "memory" | "ephemeral-storage" | "inodes" | "pids";
type Disk = "local" | "image";

/** bytes */
const PAGE = 4096;

/** A Pod that is to be evicted. */
interface Victim {
  readonly pod: PodId;
  readonly kind: number;
  readonly message: string;
  /** s */
  readonly grace: number;
  /** Why, beside its own use; none: nothing else. */
  readonly detail: number;
  readonly cause: CauseId | null;
}

/** One pass's evictions: each kill is awaited (killPodNow), then the clean-up of all (waitForPodsCleanup). */
interface Round {
  /** The first one is being killed. */
  victims: readonly Victim[];
  readonly evicted: PodId[];
  /** No more is waited for the clean-up; Infinity: kills go on. */
  until: VirtualTime;
}

export class Eviction {
  private readonly node: NodeContext;
  private readonly thresholds: readonly Threshold[];
  private readonly maxPodGrace: number;
  /** A pass that evicted nobody: others follow a period apart. */
  private anchor: VirtualTime;
  private met: readonly Threshold[] = [];
  private observed: readonly ObservedThreshold[] = [];
  /** When each condition was seen last, by bit. */
  private readonly lastSeen = new Map<number, VirtualTime>();
  private round: Round | null = null;
  private cause: CauseId = NO_CAUSE;
  private readonly limited = new Map<number, boolean>();
  /** Bits of NodePressure: what the kubelet reports and admits by. */
  pressure = 0;

  constructor(node: NodeContext) {
    this.node = node;
    const configuration = node.template.kubelet ?? defaultKubeletConfiguration;
    this.thresholds = parseThresholds({ enforceNodeAllocatable: ["pods"], ...configuration }).thresholds;
    this.maxPodGrace = configuration.evictionMaxPodGracePeriod;
    const key = streamKey(node.seed, "eviction phase", node.name);
    this.anchor = Math.floor(this.period * node.settings.evictionMonitoringPhase * uniform(key.hi, key.lo, 0));
  }

  /** The kubelet process starts: nothing was observed yet. */
  restart(now: VirtualTime): void {
    this.met = [];
    this.observed = [];
    this.lastSeen.clear();
    this.round = null;
    this.pressure = 0;
    this.node.cancelNodeTimer(NodeTimer.eviction);
    this.watch(now);
  }

  /** A process began. */
  watch(now: VirtualTime): void {
    const { node } = this;
    if (node.isStopped || node.isNodeArmed(NodeTimer.eviction) || !this.mayBeShort()) return;
    node.armNode(NodeTimer.eviction, nextOnGrid(this.anchor, this.period, now));
  }

  onTimer(now: VirtualTime): void {
    if (this.round !== null && !this.isOver(now, this.round)) return;
    this.round = null;
    this.pass(now);
    if (this.round !== null) return;
    this.anchor = now;
    if (this.pressure !== 0 || this.observed.length > 0 || this.mayBeShort())
      this.node.armNode(NodeTimer.eviction, nextOnGrid(this.anchor, this.period, now));
  }

  /** The last container and the sandbox of a Pod that ends have stopped. */
  stopped(now: VirtualTime, row: number): void {
    if (this.round !== null && this.round.victims[0]?.pod === this.node.table.records[row]!.id)
      this.node.armNode(NodeTimer.eviction, now + 1);
  }

  /** Why this Pod may not start here now; null: it may. */
  refusal(qosClass: string, isCritical: boolean, toleratesMemoryPressure: boolean): string | null {
    if (this.pressure === 0 || isCritical) return null;
    if (this.pressure === NodePressure.MemoryPressure && (qosClass !== "BestEffort" || toleratesMemoryPressure)) return null;
    return `The node had condition: [${namesOf(this.pressure).join(" ")}]. `;
  }

  /** synchronize */
  private pass(now: VirtualTime): void {
    const observations = this.observe(now);
    const hasEvicted = this.evictForOwnLimits(now);
    const crossed = thresholdsMet(this.thresholds, observations, false);
    const unresolved = thresholdsMet(this.met, observations, true).filter((threshold) => !crossed.includes(threshold));
    const thresholds = [...crossed, ...unresolved];
    this.observed = thresholds.map(
      (threshold) => this.observed.find((known) => known.threshold === threshold) ?? { threshold, firstObservedAt: now },
    );
    this.setPressure(now, pressureOf(thresholds.map(({ signal }) => signal)));
    this.met = thresholdsOverdue(this.observed, now);
    if (hasEvicted) return;
    for (const threshold of byEvictionPriority(this.met)) {
      const resource = signalResources[threshold.signal];
      this.node.recordNode(now, "Warning", "EvictionThresholdMet", `Attempting to reclaim ${resource}`);
      return this.reclaim(now, threshold, resource, observations);
    }
  }

  /** Conditions seen within the transition period stay. */
  private setPressure(now: VirtualTime, seen: number): void {
    for (const bit of Object.values(NodePressure)) if ((seen & bit) !== 0) this.lastSeen.set(bit, now);
    const { evictionPressureTransition } = this.node.settings;
    const pressure = Object.values(NodePressure)
      .filter((bit) => now - (this.lastSeen.get(bit) ?? -Infinity) < evictionPressureTransition || (seen & bit) !== 0)
      .reduce((bits, bit) => bits | bit, 0);
    if (pressure === this.pressure) return;
    const { node } = this;
    this.cause = node.causes.note(node.lp, CauseKind.nodePressure, node.node, now, NO_CAUSE, seen === 0 ? pressure : seen);
    this.pressure = pressure;
    node.heartbeat.changed(now, this.cause);
  }

  /** localStorageEviction: all that use more than they may, whatever the node has left. */
  private evictForOwnLimits(now: VirtualTime): boolean {
    const { node } = this;
    const victims = node.rows.flatMap((row): Victim[] => {
      const message = this.isActive(row) ? this.excessOf(now, row) : null;
      if (message === null) return [];
      const grace = Math.floor(node.settings.evictionHardGrace / SECOND);
      return [{ pod: node.table.records[row]!.id, kind: CauseKind.storageEviction, message, grace, detail: 0, cause: null }];
    });
    if (victims.length > 0) this.evict(now, victims);
    return victims.length > 0;
  }

  /** Null: it keeps within its limits, or may do as it likes. */
  private excessOf(now: VirtualTime, row: number): string | null {
    const { node } = this;
    const { spec } = node.table.plan(row).template;
    if (!this.isLimited(row) || isCriticalPod(spec, node.isStatic(row))) return null;
    const usage = node.table.plan(row).containers.map((_, container): DiskUsage => {
      const used = node.port.usageOf?.(now, row, container) ?? null;
      if (used === null) return { layer: 0, logs: 0 };
      if (used.volume !== undefined) return { layer: 0, logs: 0, volume: used.volume };
      return used.isLogs ? { layer: 0, logs: used.disk } : { layer: used.disk, logs: 0 };
    });
    return storageExcess(spec, usage, node.template.imageDisk !== undefined, binary);
  }

  private evict(now: VirtualTime, victims: readonly Victim[]): void {
    this.round = { victims, evicted: [], until: Infinity };
    this.killFirst(now, this.round);
  }

  /** evictPod: its kill is awaited, but not for ever. */
  private killFirst(now: VirtualTime, round: Round): void {
    const { node } = this;
    const { killTimeout, evictionCleanupPoll, evictionCleanupWait } = node.settings;
    while (round.victims.length > 0) {
      const { pod, kind, message, grace, detail, cause } = round.victims[0]!;
      const row = node.table.rowOf(pod);
      if (row !== -1 && this.isActive(row)) {
        round.evicted.push(pod);
        node.note(row, kind, now, detail, cause ?? node.causes.current);
        node.record(now, row, "Warning", "Evicted", message);
        if (kind === CauseKind.pressureEviction) node.watch?.evicted(now, row);
        node.armNode(NodeTimer.eviction, now + Math.max(1, killTimeout, Math.round(1.5 * grace * SECOND)));
        return endPod(node, now, row, { reason: "Evicted", message, keepsSuccess: true, isDisruption: true }, grace);
      }
      round.victims = round.victims.slice(1);
    }
    round.until = now + evictionCleanupWait;
    node.armNode(NodeTimer.eviction, now + Math.max(1, evictionCleanupPoll));
  }

  private isActive(row: number): boolean {
    const { table } = this.node;
    return !table.has(row, PodFlag.finished) && !isTerminalPhase(table.statuses[row]!.phase);
  }

  /** By template: whether its Pods have a limit of their own. */
  private isLimited(row: number): boolean {
    const { id, template } = this.node.table.plan(row);
    let isLimited = this.limited.get(id);
    if (isLimited === undefined) this.limited.set(id, (isLimited = hasStorageLimit(template.spec)));
    return isLimited;
  }

  /** Evicts the first Pod that can be. */
  private reclaim(now: VirtualTime, threshold: Threshold, resource: Resource, observations: Observations): void {
    const { node } = this;
    const disk = this.diskOf(threshold);
    const pods = node.rows.filter((row) => this.isActive(row)).map((row) => this.candidate(now, row, resource, disk));
    const ranked = rankForEviction(pods, resource === "pids" ? rankByUsage : rankByRequest);
    const victim = ranked.find(({ row }) => !isCriticalPod(node.table.plan(row).template.spec, node.isStatic(row)));
    if (victim === undefined) return;
    const { row } = victim;
    const { spec } = node.table.plan(row).template;
    const message = this.messageFor(now, row, resource, threshold, observations);
    const grace = evictionGrace(
      threshold.grace === 0,
      spec.terminationGracePeriodSeconds,
      this.maxPodGrace,
      node.settings.evictionHardGrace,
      node.version.softEvictionKnowsPodGrace,
    );
    const pod = node.table.records[row]!.id;
    this.evict(now, [{ pod, kind: CauseKind.pressureEviction, message, grace, detail: this.pressure, cause: this.cause }]);
  }

  /** Where a disk for images of its own is short, only what lies there counts. Null: all that a container wrote. */
  private diskOf({ signal }: Threshold): Disk | null {
    if (this.node.template.imageDisk === undefined) return null;
    return signal.startsWith("imagefs") ? "image" : "local";
  }

  private candidate(
    now: VirtualTime,
    row: number,
    resource: Resource,
    disk: Disk | null,
  ): { row: number; priority: number; request: number; usage: number } {
    const { table } = this.node;
    const { template, containers } = table.plan(row);
    const total = podRequest(template.spec);
    const request = resource === "memory" ? total.memory : resource === "ephemeral-storage" ? storageRequest(template.spec) : 0;
    const usage = containers.reduce((sum, _, container) => sum + this.usage(now, row, container, resource, disk), 0);
    return { row, priority: template.spec.priority, request, usage };
  }

  private usage(now: VirtualTime, row: number, container: number, resource: Resource, disk: Disk | null): number {
    const usage = this.node.port.usageOf?.(now, row, container) ?? null;
    if (usage === null) return 0;
    if (resource === "memory") return usage.memory;
    if (resource === "pids") return usage.processes;
    if (disk !== null && usage.isLogs === (disk === "image")) return 0;
    return resource === "inodes" ? usage.inodes : usage.disk;
  }

  /** evictionMessage */
  private messageFor(now: VirtualTime, row: number, resource: Resource, threshold: Threshold, observations: Observations): string {
    const { version, table } = this.node;
    let message = `The node was low on resource: ${resource}. `;
    const observed = observations[threshold.signal];
    if (version.evictionTellsThreshold && observed !== undefined) {
      const quantity = binary(amountOf(threshold.value, observed.capacity));
      message += `Threshold quantity: ${quantity}, available: ${binary(Math.max(0, observed.available))}. `;
    }
    if (resource === "pids" || resource === "inodes") return message;
    table.plan(row).containers.forEach(({ name, resources: { requests } }, container) => {
      const used = wholePages(this.usage(now, row, container, resource, null));
      const request = (resource === "memory" ? requests.memory : requests.storage) ?? 0;
      if (used <= request) return;
      message += version.evictionTellsThreshold
        ? `Container ${name} was using ${binary(used)}, request is ${binary(request)}, has larger consumption of ${resource}. `
        : `Container ${name} was using ${binary(used)}, which exceeds its request of ${binary(request)}. `;
    });
    return message;
  }

  private observe(now: VirtualTime): Observations {
    const { template, rows } = this.node;
    const { imageDisk } = template;
    let memory = 0;
    const disks = { local: { bytes: 0, inodes: 0 }, image: { bytes: 0, inodes: 0 } };
    let processes = 0;
    for (const row of rows) {
      const count = this.node.table.plan(row).containers.length;
      for (let container = 0; container < count; container++) {
        const usage = this.node.port.usageOf?.(now, row, container) ?? null;
        if (usage === null) continue;
        memory += wholePages(usage.memory);
        const disk = disks[imageDisk !== undefined && !usage.isLogs ? "image" : "local"];
        disk.bytes += usage.disk;
        disk.inodes += usage.inodes;
        processes += usage.processes;
      }
    }
    const left = { available: template.memory - memory, capacity: template.memory };
    const { storage, inodes, pids } = template;
    const images = imageDisk ?? { storage, inodes };
    const ofImages = imageDisk === undefined ? disks.local : disks.image;
    return {
      "memory.available": left,
      "allocatableMemory.available": left,
      ...seen("nodefs.available", storage, disks.local.bytes),
      ...seen("nodefs.inodesFree", inodes, disks.local.inodes),
      ...seen("imagefs.available", images.storage, ofImages.bytes),
      ...seen("imagefs.inodesFree", images.inodes, ofImages.inodes),
      ...(pids === undefined ? {} : { "pid.available": { available: pids - processes, capacity: pids } }),
    };
  }

  /** Whether any signal might be crossed, whatever the containers do. */
  private mayBeShort(): boolean {
    const { usage } = this.node;
    // Who grows without an end meets a limit of its own some day.
    if (usage.diskMax > 0 && this.node.rows.some((row) => this.isLimited(row) && this.isActive(row))) return true;
    return this.thresholds.some(({ signal, value }) => {
      const capacity = this.capacityOf(signal);
      if (capacity === undefined) return false;
      const resource = signalResources[signal];
      const most =
        resource === "memory"
          ? usage.memoryMax
          : resource === "pids"
            ? usage.processesMax
            : resource === "inodes"
              ? usage.inodesMax
              : usage.diskMax;
      return capacity - most < amountOf(value, capacity);
    });
  }

  private capacityOf(signal: Signal): number | undefined {
    const { memory, pids, storage, inodes, imageDisk } = this.node.template;
    const resource = signalResources[signal];
    if (resource === "memory") return memory;
    if (resource === "pids") return pids;
    const disk = signal.startsWith("imagefs") && imageDisk !== undefined ? imageDisk : { storage, inodes };
    return resource === "inodes" ? disk.inodes : disk.storage;
  }

  /** False: the next kill, or the next look at the clean-up, is under way. */
  private isOver(now: VirtualTime, round: Round): boolean {
    const { table, settings } = this.node;
    if (round.until === Infinity) {
      round.victims = round.victims.slice(1);
      this.killFirst(now, round);
      return false;
    }
    const isClean = round.evicted.every((pod) => {
      const row = table.rowOf(pod);
      return row === -1 || table.has(row, PodFlag.finished);
    });
    if (isClean || now >= round.until) return true;
    this.node.armNode(NodeTimer.eviction, now + Math.max(1, settings.evictionCleanupPoll));
    return false;
  }

  private get period(): Duration {
    return Math.max(1, this.node.settings.evictionMonitoringPeriod);
  }
}

function seen(signal: Signal, capacity: number | undefined, used: number): Observations {
  return capacity === undefined ? {} : { [signal]: { available: capacity - used, capacity } };
}

function storageRequest({ containers }: PodSpec): number {
  return containers.reduce((sum, { resources: { requests } }) => sum + (requests.storage ?? 0), 0);
}

/** Conditions of a set, in the order in which the kubelet lists them. */
export function namesOf(pressure: number): readonly string[] {
  return nodePressureNames.filter((name) => (pressure & NodePressure[name]) !== 0);
}

function binary(units: number): string {
  return canonicalQuantity({ nano: BigInt(Math.floor(units)) * 1_000_000_000n, family: "binary" });
}

/** Memory and disk come in pages. */
function wholePages(bytes: number): number {
  return Math.floor(bytes / PAGE) * PAGE;
}
