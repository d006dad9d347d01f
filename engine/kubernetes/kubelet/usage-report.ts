/**
 * What metrics-server reads from this node: CPU time and working set of the containers of those Pods that an
 * autoscaler looks at. Without an autoscaler nobody reads, and nothing of this costs anything.
 * Differs: usage read at the instant.
 */
import { streamKey, uniform } from "../../kernel/random.ts";
import type { TimerId } from "../../kernel/timer-table.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import { addReading } from "../api-server/node-messages.ts";
import type { NodeContext } from "./node-context.ts";
import { NodeTimer } from "./timers.ts";

export class UsageReport {
  private readonly node: NodeContext;
  private readonly isMeasured: (workload: number) => boolean;
  /** Its own, so that it goes on while the node is lost: the reader comes from outside. */
  private timer: TimerId | null = null;

  constructor(node: NodeContext, isMeasured: (workload: number) => boolean) {
    this.node = node;
    this.isMeasured = isMeasured;
  }

  /** All nodes are read in one pass, each a little later than its begin. */
  start(now: VirtualTime): void {
    const { simulator, settings, seed, lp, name } = this.node;
    const phase = streamKey(seed, "metrics scrape", "");
    const scatter = streamKey(seed, "metrics scrape", name);
    const pass = Math.floor(uniform(phase.hi, phase.lo, 0) * settings.metricsScrapePhase * settings.metricsScrape);
    const own = Math.floor(uniform(scatter.hi, scatter.lo, 0) * settings.metricsScrapeScatter);
    this.timer = simulator.timers.create(lp, NodeTimer.usage, 0);
    simulator.arm(this.timer, now + 1 + pass + own);
  }

  read(now: VirtualTime): void {
    const { simulator, settings, node, send, write } = this.node;
    if (this.timer !== null) simulator.arm(this.timer, now + Math.max(1, settings.metricsScrape));
    // Nobody answers, and metrics-server drops what it had.
    if (this.node.isStopped || this.node.isFrozen) return;
    send({ kind: "reportUsage", node, at: now, usage: this.usage(now) }, now + Math.ceil(write.least / 2));
  }

  private usage(now: VirtualTime): readonly number[] {
    const { table, rows, port } = this.node;
    const usage: number[] = [];
    for (const row of rows) {
      const record = table.records[row]!;
      if (!this.isMeasured(record.workload)) continue;
      const { containers, initCount } = table.plan(row);
      for (let container = initCount; container < containers.length; container++) {
        const cpu = port.cpuTimeOf?.(now, row, container) ?? null;
        if (cpu === null) continue;
        const memory = port.usageOf?.(now, row, container)?.memory ?? 0;
        // What ran before the run had nothing to do until it began.
        addReading(usage, record.id, container - initCount, Math.max(0, cpu.startedAt), Math.round(cpu.used), Math.round(memory));
      }
    }
    return usage;
  }
}
