/** The containers of one node that some load reaches, as those who share its CPU. */
import type { ContainerServer } from "../../application/server.ts";
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import type { CpuReader } from "./node-cpu.ts";
import type { VirtualContext } from "./virtual-context.ts";
import type { ContainerModel } from "./virtual-table.ts";

/** A starving process still gets a hundredth of a core. */
const LEAST = 0.01;

export class VirtualCpu {
  private readonly model: VirtualContext;
  /** CPU µs used at the last look. */
  private readonly readings = new WeakMap<ContainerServer, { readonly at: VirtualTime; readonly used: number }>();

  constructor(model: VirtualContext) {
    this.model = model;
  }

  /** In the order of admission. */
  readers(): readonly CpuReader[] {
    const { model } = this;
    const readers: CpuReader[] = [];
    for (const row of model.kubelet.node.rows)
      model.table.plan(row).containers.forEach((_, container) => {
        const server = model.serverAt(row, container);
        if (server !== undefined) readers.push(this.readerOf(server, model.modelsOf(row)[container]!));
      });
    return readers;
  }

  private readerOf(server: ContainerServer, { behaviour, cpuLimit, cpuWeight }: ContainerModel): CpuReader {
    const idle = (behaviour.cpu?.idle ?? 0) / 1000;
    return {
      weight: cpuWeight,
      wanted: (now) => Math.min(cpuLimit, Math.max(this.usedSince(server, now), server.cpuWanted(now)) + idle),
      give: (now, cores, cause) => server.shareCpu(now, Math.max(LEAST, cores - idle), cause),
    };
  }

  /** cores on average since the last look */
  private usedSince(server: ContainerServer, now: VirtualTime): number {
    const before = this.readings.get(server) ?? { at: now - SECOND, used: 0 };
    const used = server.cpuTime(now);
    this.readings.set(server, { at: now, used });
    return now > before.at ? (used - before.used) / (now - before.at) : 0;
  }
}
