/** Taints keep Pods off (NoSchedule, NoExecute) or are avoided if possible (PreferNoSchedule). Pure. */
import type { Taint, Toleration } from "../../objects/meta.ts";
import { toleratesAny } from "../../objects/toleration.ts";

export const UNSCHEDULABLE_TAINT: Taint = { key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" };

export function admitsByTaints(taints: readonly Taint[], tolerations: readonly Toleration[]): boolean {
  return taints.every((taint) => taint.effect === "PreferNoSchedule" || toleratesAny(tolerations, taint));
}

/** PreferNoSchedule taints that the Pod doesn't tolerate. */
export function dislikedTaints(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  return taints.filter((taint) => taint.effect === "PreferNoSchedule" && !toleratesAny(tolerations, taint)).length;
}

/** 0..100 for each node: the fewer the better. Source: helper.DefaultNormalizeScore, reversed. */
export function taintScores(counts: readonly number[]): number[] {
  const most = Math.max(0, ...counts);
  return counts.map((count) => (most === 0 ? 100 : 100 - Math.floor((100 * count) / most)));
}
