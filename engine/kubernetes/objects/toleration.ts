/** Taints and tolerations: who may stay where. Source: k8s.io/api/core/v1 Toleration.ToleratesTaint. */
import { SECOND } from "../../kernel/time.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import type { Taint, Toleration } from "./meta.ts";

export const NOT_READY_TAINT = "node.kubernetes.io/not-ready";
export const UNREACHABLE_TAINT = "node.kubernetes.io/unreachable";
export const MEMORY_PRESSURE_TAINT = "node.kubernetes.io/memory-pressure";
export const DISK_PRESSURE_TAINT = "node.kubernetes.io/disk-pressure";
export const PID_PRESSURE_TAINT = "node.kubernetes.io/pid-pressure";

/** An empty key with Exists matches every taint, an empty effect every effect. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== "" && toleration.effect !== taint.effect) return false;
  if (toleration.key !== "" && toleration.key !== taint.key) return false;
  return toleration.operator === "Exists" || (toleration.key !== "" && toleration.value === taint.value);
}

export function toleratesAny(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some((toleration) => tolerates(toleration, taint));
}

/**
 * A Pod's tolerations after admission: a time on the node for each of the two taints of a lost node that it
 * doesn't speak of, whatever the operator (plugin/pkg/admission/defaulttolerationseconds).
 */
export function admittedTolerations(own: readonly Toleration[], defaults: AdmissionDefaults): readonly Toleration[] {
  const stays = [
    [NOT_READY_TAINT, defaults.tolerationSecondsNotReady],
    [UNREACHABLE_TAINT, defaults.tolerationSecondsUnreachable],
  ] as const;
  const added = stays
    .filter(([taint]) => !own.some(({ key, effect }) => (key === taint || key === "") && (effect === "NoExecute" || effect === "")))
    .map(([key, stay]): Toleration => ({
      key,
      operator: "Exists",
      value: "",
      effect: "NoExecute",
      tolerationSeconds: Math.floor(stay / SECOND),
    }));
  return added.length === 0 ? own : [...own, ...added];
}
