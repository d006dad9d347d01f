/** Watches are late: components and kubelets learn of each change that much later, in order. */
import type { WatchLag } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const watchLag: Fault<WatchLag> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control) {
    control.delayApiServer("watch", spec.delay);
    return [];
  },
  end(_spec, _targets, control) {
    control.delayApiServer("watch", 0);
  },
};
