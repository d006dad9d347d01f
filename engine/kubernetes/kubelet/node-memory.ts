/**
 * A node whose containers need more memory than it has: the kernel kills the process with the highest badness
 * until the rest fits. No limit of any container has to be reached, and the kubelet's eviction may be too slow.
 *
 *   nobody might need more than there is ─▶ asleep ─a process begins─▶ looks ─▶ asleep until it might be used up
 *                                                                        └─ used up ─▶ kills ─▶ looks again
 *
 * Differs: instants of a node out of memory. Growth is known beforehand; requests in flight are looked at once a second.
 */
import { CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE } from "../../kernel/causes.ts";
import { MILLISECOND, SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { NodeContext } from "./node-context.ts";
import type { ContainerUsage } from "./node-usage.ts";
import { oomScoreAdjustment, oomVictim } from "./oom-score.ts";
import { NodeTimer } from "./timers.ts";

const LEAST_PAUSE: Duration = 100 * MILLISECOND;
const PAUSE_WHILE_IT_VARIES: Duration = SECOND;

interface Process {
  readonly row: number;
  readonly container: number;
  readonly usage: ContainerUsage;
}

export class NodeMemory {
  private readonly node: NodeContext;

  constructor(node: NodeContext) {
    this.node = node;
  }

  /** A process began. */
  watch(now: VirtualTime): void {
    const { node } = this;
    if (node.usage.memoryMax > node.template.memory && !node.isNodeArmed(NodeTimer.memory)) node.armNode(NodeTimer.memory, now + 1);
  }

  look(now: VirtualTime): void {
    const { node } = this;
    if (node.usage.memoryMax <= node.template.memory) return;
    const processes = processesOf(node, now);
    const used = processes.reduce((sum, { usage }) => sum + usage.memory, 0);
    const free = node.template.memory - used;
    if (free < 0) {
      this.kill(now, processes);
      return node.armNode(NodeTimer.memory, now + LEAST_PAUSE);
    }
    const rate = processes.reduce((sum, { usage }) => sum + usage.memoryRate, 0);
    const untilUsedUp = rate > 0 ? Math.floor((free / rate) * SECOND) + 1 : Infinity;
    const pause = Math.min(untilUsedUp, processes.some(({ usage }) => usage.memoryVaries) ? PAUSE_WHILE_IT_VARIES : Infinity);
    if (pause !== Infinity) node.armNode(NodeTimer.memory, now + Math.max(LEAST_PAUSE, pause));
  }

  private kill(now: VirtualTime, processes: readonly Process[]): void {
    const { node } = this;
    const { memory } = node.template;
    const candidates = processes.map(({ row, container, usage }) => {
      const plan = node.table.plan(row);
      const { spec } = plan.template;
      const isStatic = node.isStatic(row);
      return {
        usage: usage.memory,
        scoreAdjustment: oomScoreAdjustment(spec, plan.containers[container]!, memory, isStatic, node.version),
      };
    });
    const index = oomVictim(candidates, memory);
    if (index === -1) return;
    const { row, container } = processes[index]!;
    node.causes.note(node.lp, CauseKind.nodeOutOfMemory, node.node, now, NO_CAUSE);
    const name = node.table.plan(row).containers[container]!.name;
    // Nobody knows the number of a process that was never one; this names the container.
    const pid = 1000 + node.table.records[row]!.id * 16 + container;
    node.recordNode(now, "Warning", "SystemOOM", `System OOM encountered, victim process: ${name}, pid: ${pid}`);
    node.port.runOutOfMemory?.(now, row, container);
  }
}

/** Every container of the node that has a process, in the order of admission. */
function processesOf(node: NodeContext, now: VirtualTime): readonly Process[] {
  const processes: Process[] = [];
  for (const row of node.rows)
    node.table.plan(row).containers.forEach((_, container) => {
      const usage = node.port.usageOf?.(now, row, container) ?? null;
      if (usage !== null) processes.push({ row, container, usage });
    });
  return processes;
}
