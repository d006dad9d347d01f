/**
 * What a DELETE does to a Pod (pure). Source: apiserver registry/rest/delete.go BeforeDelete,
 * pkg/registry/core/pod/strategy.go CheckGracefulDelete.
 */
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import { PodPhase } from "../objects/pod.ts";
import type { Versions } from "../versions.ts";
import type { PodRecord } from "./pod-record.ts";

export type DeletionDecision =
  /** Already deleting, and not sooner than now asked. */
  | { readonly type: "unchanged" }
  | { readonly type: "remove" }
  /** Times in whole seconds; `removeAtOnce`: written once with grace 0, then removed. */
  | { readonly type: "mark"; readonly deletionTimestamp: number; readonly gracePeriodSeconds: number; readonly removeAtOnce: boolean };

/** `asked` in seconds, null: the Pod's own grace period. */
export function decideDeletion(
  pod: PodRecord,
  ownGraceSeconds: number,
  asked: number | null,
  now: VirtualTime,
  versions: Pick<Versions, "deadlineNotInPast">,
): DeletionDecision {
  const nowSeconds = Math.floor(now / SECOND);
  if (pod.deletionTimestamp >= 0) {
    if (pod.deletionGracePeriodSeconds <= 0) return { type: "remove" };
    if (asked === null || asked >= pod.deletionGracePeriodSeconds) return { type: "unchanged" };
    const shortened = pod.deletionTimestamp - pod.deletionGracePeriodSeconds + asked;
    const removeAtOnce = asked === 0;
    if (shortened >= nowSeconds || !versions.deadlineNotInPast)
      return { type: "mark", deletionTimestamp: shortened, gracePeriodSeconds: asked, removeAtOnce };
    return { type: "mark", deletionTimestamp: nowSeconds, gracePeriodSeconds: removeAtOnce ? 0 : 1, removeAtOnce };
  }
  const neverRan = pod.node < 0 || pod.status.phase === PodPhase.Failed || pod.status.phase === PodPhase.Succeeded;
  const wanted = neverRan ? 0 : (asked ?? ownGraceSeconds);
  const period = wanted < 0 ? 1 : wanted;
  return { type: "mark", deletionTimestamp: nowSeconds + period, gracePeriodSeconds: period, removeAtOnce: period === 0 };
}
