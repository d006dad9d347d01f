/** How long a Pod stays on a node that has NoExecute taints (pure). Source: pkg/controller/tainteviction/taint_eviction.go. */
import type { Taint, Toleration } from "../objects/meta.ts";
import { tolerates } from "../objects/toleration.ts";

/** Seconds until eviction: 0 at once, Infinity never. */
export function evictionDelay(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  const used: Toleration[] = [];
  for (const taint of taints) {
    const first = tolerations.find((toleration) => tolerates(toleration, taint));
    if (first === undefined) return 0;
    used.push(first);
  }
  return minTolerationSeconds(used);
}

/** The shortest of the used ones; none at all means now. */
export function minTolerationSeconds(used: readonly Pick<Toleration, "tolerationSeconds">[]): number {
  if (used.length === 0) return 0;
  return used.reduce(
    (least, { tolerationSeconds }) => (tolerationSeconds === null ? least : Math.min(least, Math.max(0, tolerationSeconds))),
    Infinity,
  );
}
