/** The filters' reasons in the order in which they reject, and the weights of the scores. */
import type { Versions } from "../../versions.ts";

/** Which filter rejected, as bits: what wakes a Pod depends on it. */
export const Rejection = {
  unschedulable: 1,
  nodeName: 2,
  taints: 4,
  nodeSelector: 8,
  ports: 16,
  resources: 32,
  spread: 64,
  affinity: 128,
} as const;

export const rejectionTexts = {
  unschedulable: "node(s) were unschedulable",
  nodeName: "node(s) didn't match the requested node name",
  taints: "node(s) had untolerated taint(s)",
  nodeSelector: "node(s) didn't match Pod's node affinity/selector",
  nodeAffinity: "node(s) didn't match Pod's node affinity",
  /** Of the nodes that the Pod's affinity doesn't name. */
  unnamed: "node(s) didn't satisfy plugin(s) [NodeAffinity]",
  filteredOut: "node is filtered out by the prefilter result",
  ports: "node(s) didn't have free ports for the requested pod ports",
  spread: "node(s) didn't match pod topology spread constraints",
  spreadKey: "node(s) didn't match pod topology spread constraints (missing required label)",
  affinity: "node(s) didn't match pod affinity rules",
  antiAffinity: "node(s) didn't match pod anti-affinity rules",
  existingAntiAffinity: "node(s) didn't satisfy existing pods anti-affinity rules",
  /** Said before each of the three by older releases. */
  eitherAffinity: "node(s) didn't match pod affinity/anti-affinity",
} as const;

export interface ScoreWeights {
  readonly taints: number;
  readonly nodeAffinity: number;
  readonly spread: number;
  readonly podAffinity: number;
}

/** Of those that aren't 1. Source: pkg/scheduler/apis/config/v1/default_plugins.go. */
export function scoreWeights({ preferencesWeighMore }: Versions): ScoreWeights {
  return preferencesWeighMore
    ? { taints: 3, nodeAffinity: 2, spread: 2, podAffinity: 2 }
    : { taints: 1, nodeAffinity: 1, spread: 2, podAffinity: 1 };
}

export { imageLocalityScore, normalizedImageName, scaledImageSize } from "./image-locality.ts";
export { termNamespaces } from "./inter-pod-affinity.ts";
export { admitsByAffinity, affinityPreference } from "../../objects/node-selection.ts";
export { hostPortsOf } from "./node-ports.ts";
export { balancedScore, deviationScore, differenceScore } from "./node-resources-balanced-allocation.ts";
export { leastAllocatedScore, misfits, mostAllocatedScore, nonZeroRequest, podRequest, type ResourceTotals } from "./node-resources-fit.ts";
export { normalizedByGreatest, normalizedByRange } from "./normalize.ts";
export {
  DEFAULT_HOSTNAME_SKEW,
  DEFAULT_ZONE_SKEW,
  HOSTNAME_KEY,
  ZONE_KEY,
  fewestPods,
  isWithinSkew,
  spreadScore,
  spreadShare,
  spreadWeight,
} from "./pod-topology-spread.ts";
export { UNSCHEDULABLE_TAINT, admitsByTaints, dislikedTaints, taintScores } from "./taint-toleration.ts";
