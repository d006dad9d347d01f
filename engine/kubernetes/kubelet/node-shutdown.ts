/**
 * Graceful node shutdown (pkg/kubelet/nodeshutdown): the kubelet holds the operating system back for
 * `shutdownGracePeriod` and ends its Pods, critical ones last; then the power goes.
 *
 *   announced ─▶ ordinary Pods ─all gone | time over─▶ critical Pods ─all gone | time over─▶ off
 *      └─ no grace configured ──────────────────────────────────────────────────────────────▶ off
 */
import { CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { NodeContext } from "./node-context.ts";
import { isCriticalPod } from "./oom-score.ts";
import { isTerminalPhase } from "./pod-status.ts";
import { endPod } from "./pod-verdict.ts";
import { PodFlag } from "./tables.ts";
import { NodeTimer } from "./timers.ts";

/** How often the kubelet looks whether a group has ended, and what the operating system needs after the last (model choice). */
const LOOK: Duration = SECOND;

const verdict = Object.freeze({
  reason: "Terminated",
  message: "Pod was terminated in response to imminent node shutdown.",
  keepsSuccess: true,
  isDisruption: true,
});

interface Group {
  readonly isCritical: boolean;
  readonly time: Duration;
}

export class NodeShutdown {
  private readonly node: NodeContext;
  private readonly powerOff: (now: VirtualTime) => void;
  private groups: readonly Group[] = [];
  private current: { readonly pods: readonly number[]; readonly until: VirtualTime } | null = null;
  private cause: CauseId = NO_CAUSE;

  constructor(node: NodeContext, powerOff: (now: VirtualTime) => void) {
    this.node = node;
    this.powerOff = powerOff;
  }

  begin(now: VirtualTime): void {
    const { node } = this;
    if (node.isLost || node.isShuttingDown) return;
    this.cause = node.causes.note(node.lp, CauseKind.nodeShutdown, node.node, now);
    node.isShuttingDown = true;
    const total = node.template.kubelet?.shutdownGracePeriod ?? 0;
    const critical = node.template.kubelet?.shutdownGracePeriodCriticalPods ?? 0;
    // A kubelet that isn't there holds nothing back.
    if (total === 0 || node.isStopped || !node.version.nodeShutdown) return this.powerOff(now);
    node.heartbeat.reportNow(now, this.cause);
    this.groups = [
      { isCritical: false, time: total - critical },
      { isCritical: true, time: critical },
    ];
    this.next(now);
  }

  /** The node is off, or its kubelet stopped. */
  reset(): void {
    this.groups = [];
    this.current = null;
  }

  onTimer(now: VirtualTime): void {
    const { current, node } = this;
    if (current === null) {
      this.node.causes.current = this.cause;
      return this.powerOff(now);
    }
    const areGone = current.pods.every((pod) => {
      const row = node.table.rowOf(pod);
      return row === -1 || node.table.has(row, PodFlag.finished);
    });
    if (areGone || now >= current.until) return this.next(now);
    this.lookLater(now, current.until);
  }

  private next(now: VirtualTime): void {
    const [group, ...others] = this.groups;
    this.groups = others;
    if (group === undefined) {
      this.current = null;
      return this.node.armNode(NodeTimer.shutdown, now + LOOK);
    }
    const rows = this.node.rows.filter((row) => this.isIn(row, group));
    const seconds = Math.floor(group.time / SECOND);
    for (const row of rows) {
      this.node.causes.current = this.cause;
      const own = this.node.table.plan(row).template.spec.terminationGracePeriodSeconds;
      endPod(this.node, now, row, verdict, Math.min(own, seconds));
    }
    this.current = { pods: rows.map((row) => this.node.table.records[row]!.id), until: now + group.time };
    if (rows.length === 0) this.next(now);
    else this.lookLater(now, now + group.time);
  }

  private isIn(row: number, { isCritical }: Group): boolean {
    const { table } = this.node;
    if (table.has(row, PodFlag.finished) || isTerminalPhase(table.statuses[row]!.phase)) return false;
    return isCriticalPod(table.plan(row).template.spec, this.node.isStatic(row)) === isCritical;
  }

  private lookLater(now: VirtualTime, until: VirtualTime): void {
    this.node.armNode(NodeTimer.shutdown, Math.max(now + 1, Math.min(now + LOOK, until)));
  }
}
