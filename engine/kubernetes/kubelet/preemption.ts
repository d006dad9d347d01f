/**
 * A critical Pod that lacks room makes some (pkg/kubelet/preemption/preemption.go evictPodsToFreeRequests): the
 * kubelet ends the Pods that critical-pods.ts chooses, one after another, and takes the new one when the last
 * has stopped.
 *
 *   short ─nobody to end─▶ refused        short ─victims─▶ waiting ─each has stopped─▶ admitted
 *
 * Meanwhile the kubelet's sync loop is blocked: it hears of no other Pod, and of no change, until the new one is admitted.
 * Differs: syncs while room is made. Workers of other Pods are still woken by relists, probes and ticks.
 */
import { CauseKind } from "../../cause-kinds.ts";
import type { CauseId } from "../../kernel/causes.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { PodNotice } from "../api-server/node-messages.ts";
import type { PodId } from "../api-server/pod-record.ts";
import type { NodeContext } from "./node-context.ts";
import type { PodVerdict } from "./pod-detail.ts";
import { endPod } from "./pod-verdict.ts";
import { PodFlag } from "./tables.ts";
import { NodeTimer } from "./timers.ts";

const REASON = "Preempting";
const MESSAGE = "Preempted in order to admit critical pod";

const verdict: PodVerdict = Object.freeze({
  reason: REASON,
  message: MESSAGE,
  disruptionMessage: "Pod was preempted by Kubelet to accommodate a critical pod.",
  keepsSuccess: true,
  isDisruption: true,
});

interface Wait {
  readonly pod: PodId;
  /** Those still to end; the first one is being ended. */
  victims: readonly PodId[];
}

export class Preemption {
  private readonly node: NodeContext;
  private readonly admitted: (now: VirtualTime, row: number) => void;
  private readonly deliver: (now: VirtualTime, notice: PodNotice) => void;
  private waits: readonly Wait[] = [];
  /** What came while the loop was blocked, in that order. */
  private held: readonly { readonly notice: PodNotice; readonly cause: CauseId }[] = [];

  constructor(
    node: NodeContext,
    admitted: (now: VirtualTime, row: number) => void,
    deliver: (now: VirtualTime, notice: PodNotice) => void,
  ) {
    this.node = node;
    this.admitted = admitted;
    this.deliver = deliver;
  }

  /** `victims`: rows, in order. A kubelet that starts anew may ask for the same Pod once more. */
  begin(now: VirtualTime, row: number, victims: readonly number[]): void {
    const wait: Wait = { pod: this.podOf(row), victims: victims.map((victim) => this.podOf(victim)) };
    this.waits = [...this.waits.filter(({ pod }) => pod !== wait.pod), wait];
    this.endNext(now, wait);
  }

  /** True: the sync loop is blocked, and takes it afterwards. */
  holdsBack(notice: PodNotice): boolean {
    if (this.waits.length === 0 && this.held.length === 0) return false;
    this.held = [...this.held, { notice, cause: this.node.causes.current }];
    return true;
  }

  /** The loop goes on, until it has to make room once more. */
  goOn(now: VirtualTime): void {
    while (this.waits.length === 0 && this.held.length > 0) {
      const { notice, cause } = this.held[0]!;
      this.held = this.held.slice(1);
      this.node.causes.current = cause;
      this.deliver(now, notice);
    }
  }

  /** The kubelet ends: what it hasn't taken yet. */
  abandon(): readonly PodNotice[] {
    const notices = this.held.map(({ notice }) => notice);
    this.held = [];
    this.waits = [];
    return notices;
  }

  /** The last container and the sandbox of a Pod that ends have stopped. */
  stopped(now: VirtualTime, row: number): void {
    if (this.waits.length === 0) return;
    const pod = this.podOf(row);
    for (const wait of this.waits) {
      if (wait.victims[0] !== pod) continue;
      wait.victims = wait.victims.slice(1);
      this.endNext(now, wait);
    }
  }

  private endNext(now: VirtualTime, wait: Wait): void {
    const { node } = this;
    const row = node.table.rowOf(wait.pod);
    while (wait.victims.length > 0) {
      const victim = node.table.rowOf(wait.victims[0]!);
      // Gone meanwhile, for whatever reason.
      if (victim !== -1 && !node.table.has(victim, PodFlag.finished)) return this.end(now, victim, row);
      wait.victims = wait.victims.slice(1);
    }
    this.waits = this.waits.filter((other) => other !== wait);
    if (row !== -1) this.admitted(now, row);
    if (this.waits.length === 0 && this.held.length > 0) this.node.armNode(NodeTimer.held, now + 1);
  }

  private end(now: VirtualTime, victim: number, preemptor: number): void {
    const { node } = this;
    const because = preemptor === -1 ? node.causes.current : node.table.cause(preemptor);
    node.causes.current = node.note(victim, CauseKind.criticalPreemption, now, 0, because);
    node.record(now, victim, "Warning", REASON, MESSAGE);
    endPod(node, now, victim, verdict, -1);
  }

  private podOf(row: number): PodId {
    return this.node.table.records[row]!.id;
  }
}
