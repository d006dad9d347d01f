/** The eviction subresource, as a controller calls it: looks at the budgets, spends one disruption, deletes the Pod. Source: pkg/registry/core/pod/storage/eviction.go. */
import { wholeSeconds } from "../../kernel/time.ts";
import { spentStatus, type ApiResponse, type Client } from "../api-server/client.ts";
import type { PodId } from "../api-server/pod-record.ts";
import { call, type Sync } from "./controller.ts";

/** Source: EvictionsRetry; a conflict is tried again at once here. */
const CONFLICT_TRIES = 20;
const disruption = { reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" } as const;

/** "ok": the Pod was told to end. */
export function* evictPod(client: Client, pod: PodId, gracePeriodSeconds: number | null = null): Sync<ApiResponse> {
  for (let tries = 0; tries < CONFLICT_TRIES; tries++) {
    const checked = yield* call({ kind: "checkEviction", pod });
    if (checked.status !== "ok") return checked;
    const budget = checked.object;
    if (budget?.kind === "PodDisruptionBudget") {
      const status = spentStatus(budget.status, pod, wholeSeconds(client.now));
      const spent = yield* call({ kind: "updateObjectStatus", object: budget.id, resourceVersion: budget.resourceVersion, status });
      if (spent.status !== "ok") continue;
    }
    if (client.host.versions.disruptionTargetCondition) yield* call({ kind: "markDisruptionTarget", pod, ...disruption });
    return yield* call({ kind: "deletePod", pod, gracePeriodSeconds });
  }
  return { status: "internalError", message: "couldn't update PodDisruptionBudget due to conflicts" };
}
