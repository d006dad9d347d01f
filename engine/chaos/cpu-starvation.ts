/** Everything that the targets compute takes longer: requests, probes, start-up. */
import { disturbPods } from "./disturb-pods.ts";
import type { CpuStarvation } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const cpuStarvation: Fault<CpuStarvation> = {
  targets: "pods",
  liveSupport: "none",
  apply: (spec, control, until) =>
    disturbPods(spec, control, until, { container: spec.container, effect: "starve", amount: spec.slowdown }),
  // The lever was given its end.
  end() {},
};
