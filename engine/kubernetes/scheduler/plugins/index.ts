/** The filters' reasons in the order in which they reject, and the weights of the scores (1.36). */

/** Which filter rejected, as bits: what wakes a Pod depends on it. */
export const Rejection = { unschedulable: 1, nodeName: 2, taints: 4, nodeSelector: 8, resources: 16 } as const;

export const rejectionTexts: Readonly<Record<Exclude<keyof typeof Rejection, "resources">, string>> = {
  unschedulable: "node(s) were unschedulable",
  nodeName: "node(s) didn't match the requested node name",
  taints: "node(s) had untolerated taint(s)",
  nodeSelector: "node(s) didn't match Pod's node affinity/selector",
};

export const TAINT_WEIGHT = 3;
export { admitsByAffinity, type NodeDemand, type NodeRequirement, type NodeTerm, type SelectableNode } from "./node-affinity.ts";
export { balancedScore, deviationScore, differenceScore } from "./node-resources-balanced-allocation.ts";
export { leastAllocatedScore, misfits, mostAllocatedScore, nonZeroRequest, podRequest, type ResourceTotals } from "./node-resources-fit.ts";
export { spreadVerdicts, type SpreadVerdict } from "./pod-topology-spread.ts";
export { UNSCHEDULABLE_TAINT, admitsByTaints, dislikedTaints, taintScores } from "./taint-toleration.ts";
