/** Taints and tolerations: who may stay where. Source: k8s.io/api/core/v1 Toleration.ToleratesTaint. */
import type { Taint, Toleration } from "./meta.ts";

export const NOT_READY_TAINT = "node.kubernetes.io/not-ready";
export const UNREACHABLE_TAINT = "node.kubernetes.io/unreachable";
/** Seconds that admission lets a Pod stay on a lost node. Source: plugin/pkg/admission/defaulttolerationseconds. */
const DEFAULT_TOLERATION_SECONDS = 300;

/** An empty key with Exists matches every taint, an empty effect every effect. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== "" && toleration.effect !== taint.effect) return false;
  if (toleration.key !== "" && toleration.key !== taint.key) return false;
  return toleration.operator === "Exists" || (toleration.key !== "" && toleration.value === taint.value);
}

export function toleratesAny(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some((toleration) => tolerates(toleration, taint));
}

/** A Pod's tolerations after admission: 300 s for each of the two taints of a lost node that it doesn't speak of. */
export function admittedTolerations(own: readonly Toleration[]): readonly Toleration[] {
  const added = [NOT_READY_TAINT, UNREACHABLE_TAINT]
    .filter((key) => !toleratesAny(own, { key, value: "", effect: "NoExecute" }))
    .map((key): Toleration => ({ key, operator: "Exists", value: "", effect: "NoExecute", tolerationSeconds: DEFAULT_TOLERATION_SECONDS }));
  return added.length === 0 ? own : [...own, ...added];
}
