/** Memory of the containers of one node: when a growing process crosses its limit, and its kill for it. */
import { crossingAge, inFlightMax, workingSet } from "../../application/memory-profile.ts";
import type { ContainerServer } from "../../application/server.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { MILLISECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import { ContainerTimer } from "./timers.ts";
import type { VirtualContext } from "./virtual-context.ts";

/** Least gap between two looks at a growing memory. */
const MEMORY_STEP: Duration = 100 * MILLISECOND;

/** Kills a container's process for memory at `at`, unless it ends earlier. */
export type MemoryKill = (row: number, container: number, at: VirtualTime, cause: CauseId) => void;

export class VirtualMemory {
  private readonly model: VirtualContext;
  private readonly kill: MemoryKill;

  constructor(model: VirtualContext, kill: MemoryKill) {
    this.model = model;
    this.kill = kill;
  }

  /** Requests that a server that has just begun may hold at once. */
  limitServer(server: ContainerServer, row: number, container: number): void {
    const { behaviour, memoryLimit } = this.model.modelsOf(row)[container]!;
    server.memoryLimitInFlight = inFlightMax(behaviour.memory, memoryLimit, 0);
  }

  watch(now: VirtualTime, row: number, container: number): void {
    const { behaviour, memoryLimit } = this.model.modelsOf(row)[container]!;
    const { memory } = behaviour;
    if (memoryLimit === Infinity) return;
    const start = this.model.startedAt(row, container);
    const crossing = crossingAge(memory, memoryLimit, 0);
    // The base is there once the process has started up.
    if (crossing === 0) return this.kill(row, container, Math.max(now + 1, this.model.listensAt(row, container)), NO_CAUSE);
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
    const { behaviour, memoryLimit } = this.model.modelsOf(row)[container]!;
    const used = workingSet(
      behaviour.memory,
      now - this.model.startedAt(row, container),
      this.model.serverAt(row, container)?.inFlight(now) ?? 0,
    );
    if (used > memoryLimit) this.runOutOfMemory(now, row, container);
    else this.watch(now, row, container);
  }

  runOutOfMemory(now: VirtualTime, row: number, container: number): void {
    if (!this.model.isAlive(row, container)) return;
    this.kill(row, container, now + Math.max(1, this.model.settings.oomDetection), this.model.kubelet.node.causes.current);
  }

  killForMemory(server: ContainerServer, now: VirtualTime): void {
    for (const row of this.model.kubelet.node.rows) {
      const count = this.model.table.plan(row).containers.length;
      for (let container = 0; container < count; container++)
        if (this.model.serverAt(row, container) === server) return this.runOutOfMemory(now, row, container);
    }
  }
}
