/**
 * What POST pods/NAME/eviction decides: delete, spend a budget first, or refuse. The handler's own steps (write the
 * budget's status, begin again after a conflict, delete) are requests like any others; engine/actions/evict.ts
 * makes them. Source: pkg/registry/core/pod/storage/eviction.go.
 */
import { selectorMatches } from "../objects/label-selector.ts";
import { PodPhase } from "../objects/pod.ts";
import { withDisruptionAllowed, type PodDisruptionBudgetStatus } from "../objects/pod-disruption-budget.ts";
import type { Versions } from "../versions.ts";
import type { ObjectRecord } from "./object-record.ts";
import { isDeleting, isReady, isTerminal } from "./pod-facts.ts";
import type { PodId, PodRecord } from "./pod-record.ts";
import type { ApiResponse } from "./requests.ts";
import type { Store } from "./store.ts";

type Budget = ObjectRecord<"PodDisruptionBudget">;

/** Of a status; a budget that many evictions are on record of grants no more. Source: MaxDisruptedPodSize. */
const DISRUPTED_PODS_MAX = 2000;
const VIOLATION = "Cannot evict pod as it would violate the pod's disruption budget.";
const SEVERAL_BUDGETS = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";

export type EvictionDecision =
  | { readonly type: "delete" }
  /** One disruption is taken from its status first. */
  | { readonly type: "spend"; readonly budget: Budget }
  /** `budget` null: several. */
  | {
      readonly type: "refuse";
      readonly status: "tooManyRequests" | "internalError" | "forbidden";
      readonly message: string;
      readonly budget: Budget | null;
    };

/** `budgets`: those that select the Pod. */
export function decideEviction(pod: PodRecord, budgets: readonly Budget[], versions: Versions): EvictionDecision {
  if (isTerminal(pod) || pod.status.phase === PodPhase.Pending || isDeleting(pod)) return { type: "delete" };
  const [budget] = budgets;
  if (budget === undefined) return { type: "delete" };
  if (budgets.length > 1) return { type: "refuse", status: "internalError", message: SEVERAL_BUDGETS, budget: null };
  if (!isReady(pod) && mayGoUnready(budget, versions)) return { type: "delete" };
  const { status, generation } = budget;
  if (status.observedGeneration < generation || status.disruptionsAllowed === 0)
    return { type: "refuse", status: "tooManyRequests", message: VIOLATION, budget };
  if (status.disruptedPods.length > DISRUPTED_PODS_MAX)
    return {
      type: "refuse",
      status: "forbidden",
      message: "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
      budget,
    };
  return { type: "spend", budget };
}

/** A Pod that isn't Ready is no loss to the budget. */
function mayGoUnready({ spec, status }: Budget, versions: Versions): boolean {
  if (versions.budgetUnhealthyPolicy && spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  return versions.evictsUnreadyFreely && status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
}

/** The status once an eviction is granted. `at`: whole seconds. */
export function spentStatus(status: PodDisruptionBudgetStatus, pod: PodId, at: number): PodDisruptionBudgetStatus {
  const others = status.disruptedPods.filter((entry) => entry.pod !== pod);
  const disruptedPods = [...others, { pod, at }].sort((a, b) => a.pod - b.pod);
  const spent = { ...status, disruptionsAllowed: status.disruptionsAllowed - 1, disruptedPods };
  const isLast = spent.disruptionsAllowed === 0 && status.allowed !== undefined;
  return isLast ? withDisruptionAllowed(spent, status.allowed, null, at) : spent;
}

export function checkEviction(id: PodId, store: Store, versions: Versions): ApiResponse {
  const pod = store.pods[id];
  if (pod === undefined) return { status: "notFound" };
  const decision = decideEviction(pod, budgetsOf(pod, store), versions);
  switch (decision.type) {
    case "delete":
      return { status: "ok", pod };
    case "spend":
      return { status: "ok", pod, object: decision.budget };
    case "refuse": {
      const { status, message, budget } = decision;
      return { status, message, pod, ...(budget === null ? {} : { object: budget }) };
    }
  }
}

function budgetsOf(pod: PodRecord, store: Store): Budget[] {
  const { namespace } = store.workloads.workload(pod.workload);
  const labels = store.podLabels.of(pod);
  return store
    .objectsIn("PodDisruptionBudget", namespace)
    .filter(({ spec: { selector } }) => selector !== null && selectorMatches(selector, labels));
}
