/** Memory of the containers of one node: when a growing process crosses its limit, and its kill for it. */
import type { ApplicationBehaviour } from "../../application/application.ts";
import { crossingAge, inFlightMax, workingSet, workingSetMax, type Memory } from "../../application/memory-profile.ts";
import type { ContainerServer } from "../../application/server.ts";
import type { CauseId } from "../../kernel/causes.ts";
import { CauseKind } from "../../cause-kinds.ts";
import { MILLISECOND, SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { EmptyDir } from "../objects/pod.ts";
import type { ContainerUsage, UsageCeiling } from "./node-usage.ts";
import { ContainerTimer } from "./timers.ts";
import { execProbeCores } from "./virtual-cpu.ts";
import type { VirtualContext } from "./virtual-context.ts";
import type { VirtualDisturbances } from "./virtual-disturbances.ts";

/** Least gap between two looks at a growing memory. */
const MEMORY_STEP: Duration = 100 * MILLISECOND;

/** Kills a container's process for memory at `at`, unless it ends earlier. */
export type MemoryKill = (row: number, container: number, at: VirtualTime, cause: CauseId) => void;

export class VirtualMemory {
  private readonly model: VirtualContext;
  private readonly disturbances: VirtualDisturbances;
  /** Of processes whose memory is disturbed: as it was counted last. */
  private readonly told = new Map<number, { readonly memory: Memory; readonly ceiling: UsageCeiling }>();
  private readonly kill: MemoryKill;
  /** When growth began anew because a child was killed; otherwise it began with the process. */
  private readonly growthStarts = new Map<number, VirtualTime>();

  constructor(model: VirtualContext, disturbances: VirtualDisturbances, kill: MemoryKill) {
    this.model = model;
    this.disturbances = disturbances;
    this.kill = kill;
  }

  /** Requests that a server that has just begun may hold at once. */
  limitServer(server: ContainerServer, row: number, container: number): void {
    const { behaviour, memoryLimit } = this.model.modelsOf(row)[container]!;
    server.memoryLimitInFlight = inFlightMax(behaviour.memory, memoryLimit, 0);
  }

  /** A process began, or ended. */
  began(row: number, container: number): void {
    this.model.kubelet.node.usage.began(this.ceilingOf(row, container, this.model.modelsOf(row)[container]!.behaviour.memory));
  }

  ended(row: number, container: number): void {
    this.growthStarts.delete(this.slot(row, container));
    const slot = this.slot(row, container);
    const ceiling = this.told.get(slot)?.ceiling;
    this.told.delete(slot);
    this.model.kubelet.node.usage.ended(ceiling ?? this.ceilingOf(row, container, this.model.modelsOf(row)[container]!.behaviour.memory));
  }

  /** Null: no process. Whoever asks has looked at nothing else before. */
  usageOf(now: VirtualTime, row: number, container: number): ContainerUsage | null {
    if (!this.model.isAlive(row, container)) return null;
    const { disk, processes } = this.model.modelsOf(row)[container]!.behaviour;
    const memory = this.memoryOf(now, row, container);
    const age = now - this.model.startedAt(row, container);
    return {
      memory: this.used(now, row, container),
      memoryRate: memory.growth,
      memoryVaries: memory.perRequest > 0 && this.model.serverAt(row, container) !== undefined,
      ...diskUsage(disk, age, this.emptyDirOf(row, container)),
      inodes: disk?.inodes === undefined ? 0 : disk.inodes.base + Math.floor((disk.inodes.growth * age) / SECOND),
      processes: processes ?? 1,
    };
  }

  /** Into which it writes; undefined: into none. */
  private emptyDirOf(row: number, container: number): EmptyDir | undefined {
    const name = this.model.modelsOf(row)[container]!.behaviour.disk?.emptyDir;
    return name === undefined ? undefined : this.model.table.plan(row).template.spec.emptyDirs?.find((volume) => volume.name === name);
  }

  watch(now: VirtualTime, row: number, container: number): void {
    const { memoryLimit } = this.model.modelsOf(row)[container]!;
    const memory = this.memoryOf(now, row, container);
    if (memoryLimit === Infinity) return;
    const start = this.growthStart(row, container);
    const crossing = crossingAge(memory, memoryLimit, 0);
    // The base is there once the process has started up.
    if (crossing === 0)
      return this.kill(row, container, Math.max(now + 1, this.model.listensAt(row, container)), this.limitMet(now, row, container));
    if (memory.growth <= 0) return;
    const server = this.model.serverAt(row, container);
    const allowed = server === undefined ? Infinity : inFlightMax(memory, memoryLimit, now - start);
    if (server !== undefined) server.memoryLimitInFlight = allowed;
    // One more request than is allowed now would cross the limit at the present age; the next step is where one fewer is allowed.
    const step =
      allowed === Infinity ? crossing : Math.min(crossing, Math.max(now - start + MEMORY_STEP, crossingAge(memory, memoryLimit, allowed)));
    this.model.kubelet.armPortTimer(row, this.model.kind(row, container, ContainerTimer.memory), Math.max(now + 1, start + step));
  }

  step(now: VirtualTime, row: number, container: number): void {
    const { memoryLimit } = this.model.modelsOf(row)[container]!;
    if (this.used(now, row, container) <= memoryLimit) return this.watch(now, row, container);
    if (this.killsChild(row, container)) return this.killChild(now, row, container);
    this.limitMet(now, row, container);
    this.runOutOfMemory(now, row, container);
  }

  /** The kernel kills the child that grew: the container lives on, and another child grows, or none ever. */
  private killChild(now: VirtualTime, row: number, container: number): void {
    if (this.model.modelsOf(row)[container]!.behaviour.memory.missesKilledChild === true) {
      const cause = this.limitMet(now, row, container);
      return this.disturbances.childKilled(now, row, container, cause);
    }
    this.growthStarts.set(this.slot(row, container), now);
    this.watch(now, row, container);
  }

  /** Without memory.oom.group one process dies, the largest: a child, if that is what grows. */
  private killsChild(row: number, container: number): boolean {
    const { memory } = this.model.modelsOf(row)[container]!.behaviour;
    return memory.growsIn === "children" && !this.model.kubelet.node.version.oomKillsGroup;
  }

  /** Where a chain of causes that begins with memory ends: nobody but the manifest set the limit. */
  private limitMet(now: VirtualTime, row: number, container: number): CauseId {
    const { node } = this.model.kubelet;
    return node.causes.note(
      node.lp,
      CauseKind.memoryLimit,
      this.model.kubelet.recordOf(row).id,
      now,
      this.disturbances.memoryBlame(now, row, container),
      container,
    );
  }

  /** Faults and spikes change what the process holds; whoever watches learns of it. */
  change(now: VirtualTime, row: number, container: number, change: () => void): void {
    change();
    if (!this.model.isAlive(row, container)) return;
    const slot = this.slot(row, container);
    const after = this.memoryOf(now, row, container);
    const before = this.told.get(slot);
    if (before === undefined ? !this.disturbances.takesMemory(row, container) : isSameMemory(before.memory, after)) return;
    const { node } = this.model.kubelet;
    node.usage.ended(before?.ceiling ?? this.ceilingOf(row, container, this.model.modelsOf(row)[container]!.behaviour.memory));
    const ceiling = this.ceilingOf(row, container, after);
    this.told.set(slot, { memory: after, ceiling });
    node.usage.began(ceiling);
    const { memoryLimit } = this.model.modelsOf(row)[container]!;
    const server = this.model.serverAt(row, container);
    if (server !== undefined) server.memoryLimitInFlight = inFlightMax(after, memoryLimit, now - this.growthStart(row, container));
    if (now >= this.model.listensAt(row, container)) this.step(now, row, container);
    else this.watch(now, row, container);
  }

  /** Memory of the process as it is now: what it holds by itself and what is added to it. */
  private memoryOf(now: VirtualTime, row: number, container: number): Memory {
    const { memory: given } = this.model.modelsOf(row)[container]!.behaviour;
    const memory = this.disturbances.missesChild(row, container) ? { ...given, growth: 0 } : given;
    return this.disturbances.memoryOf(now, row, container, memory, this.growthStart(row, container));
  }

  private used(now: VirtualTime, row: number, container: number): number {
    const memory = this.memoryOf(now, row, container);
    return workingSet(memory, now - this.growthStart(row, container), this.model.serverAt(row, container)?.inFlight(now) ?? 0);
  }

  private growthStart(row: number, container: number): VirtualTime {
    return this.growthStarts.get(this.slot(row, container)) ?? this.model.startedAt(row, container);
  }

  private ceilingOf(row: number, container: number, memory: Memory): UsageCeiling {
    const { behaviour, cpuLimit, memoryLimit } = this.model.modelsOf(row)[container]!;
    const { cpu, disk, processes, concurrency, queue } = behaviour;
    const inFlight = this.model.serverAt(row, container) === undefined ? 0 : concurrency + queue + 1;
    return {
      memory: workingSetMax(memory, memoryLimit, inFlight),
      disk: disk === undefined ? 0 : disk.growth > 0 ? Infinity : disk.base,
      inodes: disk?.inodes === undefined ? 0 : disk.inodes.growth > 0 ? Infinity : disk.inodes.base,
      processes: processes ?? 1,
      cpu:
        (inFlight === 0 ? 0 : Math.min(cpuLimit, concurrency * (cpu?.share ?? 1)) + (cpu?.idle ?? 0) / 1000) +
        execProbeCores(this.model.table.plan(row), container, this.model.settings.execProbeCpu),
    };
  }

  private slot(row: number, container: number): number {
    return this.model.slot(row, this.model.kind(row, container, ContainerTimer.memory));
  }

  runOutOfMemory(now: VirtualTime, row: number, container: number): void {
    if (!this.model.isAlive(row, container)) return;
    this.kill(row, container, now + Math.max(1, this.model.settings.oomDetection), this.model.kubelet.node.causes.current);
  }

  killForMemory(server: ContainerServer, now: VirtualTime): void {
    for (const row of this.model.kubelet.node.rows) {
      const count = this.model.table.plan(row).containers.length;
      for (let container = 0; container < count; container++)
        if (this.model.serverAt(row, container) === server) return this.crossedByRequests(now, row, container);
    }
  }

  /** It is the limit's doing, whichever request or probe was one too many. */
  crossedByRequests(now: VirtualTime, row: number, container: number): void {
    this.limitMet(now, row, container);
    this.runOutOfMemory(now, row, container);
  }
}

/**
 * Who is to write into a volume that its Pod doesn't have writes into its layer.
 * Differs: volumes in memory. Its bytes take no memory.
 */
function diskUsage(
  disk: ApplicationBehaviour["disk"],
  age: Duration,
  emptyDir: EmptyDir | undefined,
): Pick<ContainerUsage, "disk" | "isLogs" | "volume"> {
  const bytes = disk === undefined ? 0 : disk.base + (disk.growth * age) / SECOND;
  if (emptyDir === undefined) return { disk: bytes, isLogs: disk?.isLogs === true };
  const { name, isMemory } = emptyDir;
  return { disk: isMemory ? 0 : bytes, isLogs: true, volume: { name, bytes } };
}

function isSameMemory(one: Memory, other: Memory): boolean {
  return one.base === other.base && one.growth === other.growth;
}
