/** When a StatefulSet or DaemonSet looks again because a Pod of its turned Ready: once that Pod is surely available. */
import { SECOND } from "../../kernel/time.ts";
import { isReady } from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import type { WorkQueue } from "./work-queue.ts";

/** Beyond minReadySeconds. Source: daemon_controller.go and stateful_set.go updatePod. */
const READY_MARGIN = SECOND;

/** A change of a Pod of the set was seen. */
export function queueOfPod(
  queue: WorkQueue,
  set: { readonly id: number; readonly spec: { readonly minReadySeconds: number } },
  before: PodRecord | undefined,
  after: PodRecord | undefined,
): void {
  queue.add(set.id);
  const { minReadySeconds } = set.spec;
  const turnsReady = before !== undefined && after !== undefined && !isReady(before) && isReady(after);
  if (minReadySeconds > 0 && turnsReady) queue.addAfter(set.id, minReadySeconds * SECOND + READY_MARGIN);
}
