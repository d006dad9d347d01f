/** Answers to probes of the targets come later. */
import { disturbPods } from "./disturb-pods.ts";
import type { SlowProbe } from "./fault.ts";
import type { Fault } from "./fault-control.ts";

export const slowProbe: Fault<SlowProbe> = {
  targets: "pods",
  liveSupport: "none",
  apply: (spec, control, until) =>
    disturbPods(spec, control, until, { container: spec.container, effect: "slowProbes", amount: spec.latency, probe: spec.probe }),
  // The lever was given its end.
  end() {},
};
