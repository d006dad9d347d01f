/** Requests to the targets take longer, waiting for something else: a slow dependency. Probes only wait for workers. */
import { disturbPods } from "./disturb-pods.ts";
import type { SlowService } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const slowService: Fault<SlowService> = {
  targets: "pods",
  liveSupport: "none",
  apply: (spec, control, until) => disturbPods(spec, control, until, { container: spec.container, effect: "slow", amount: spec.slowdown }),
  // The lever was given its end.
  end() {},
};
