/**
 * Pods that the kubelet itself ends (killPodNow with a function on the status): evictions, shutdowns, deadlines.
 * The verdict shows in the status when everything has stopped; in older releases at once.
 */
import type { VirtualTime } from "../../kernel/time.ts";
import { PodPhase, type PodStatus } from "../objects/pod.ts";
import type { NodeContext } from "./node-context.ts";
import { detailOf, type PodVerdict } from "./pod-detail.ts";
import { isTerminalPhase } from "./pod-status.ts";

/** Ends a Pod under the current cause. `grace` in seconds, -1: the Pod's own. */
export function endPod(node: NodeContext, now: VirtualTime, row: number, verdict: PodVerdict, grace: number): void {
  const detail = detailOf(node.table, row);
  // Who is being killed by then keeps what its kill began with (pod_workers.go acknowledgeTerminating).
  if (detail.termination === null || !node.version.podWorkerStates) detail.verdict ??= verdict;
  node.worker.terminate(now, row, grace, true);
}

/** The verdict, if the status is to show it now; a phase that was terminal before stays as it was. */
export function ruling(verdict: PodVerdict | null, old: PodStatus, isDue: boolean): PodVerdict | null {
  return verdict !== null && isDue && !isTerminalPhase(old.phase) ? verdict : null;
}

export function ruledPhase(ruled: PodVerdict | null, own: PodPhase): PodPhase {
  return ruled === null || (ruled.keepsSuccess && own === PodPhase.Succeeded) ? own : PodPhase.Failed;
}

export function messageOf(ruled: PodVerdict | null, old: PodStatus): { readonly message?: string } {
  if (ruled !== null) return { message: ruled.message };
  return old.message === undefined ? {} : { message: old.message };
}
