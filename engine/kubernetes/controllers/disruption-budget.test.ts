/** How many Pods a budget lets go, beyond upstream's own cases, which are among the vectors (engine/conformance). */
import { expect, test } from "vitest";
import { budgetStatus, type BudgetedPod } from "./disruption-budget.ts";

const pod = (evictedSecondsAgo: number | null): BudgetedPod => ({ name: "a", isReady: true, isTerminating: false, evictedSecondsAgo });

test.each([
  [null, 1],
  [0, 0],
  [120, 0],
  [121, 1],
])("a Pod that was evicted %s s ago and stayed counts among the healthy ones: %i", (ago, healthy) => {
  const { currentHealthy, disruptedPods } = budgetStatus({ minAvailable: 0, maxUnavailable: null }, 1, [pod(ago)]);
  expect([currentHealthy, disruptedPods.length]).toEqual([healthy, 1 - healthy]);
});
