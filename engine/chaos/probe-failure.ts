/** Probes of the targets answer "failed", whatever the application would have said. */
import type { ProbeFailure } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { choosePods } from "./targets.ts";

export const probeFailure: Fault<ProbeFailure> = {
  targets: "pods",
  liveSupport: "full",
  apply(spec, control, until) {
    const pods = choosePods(spec, control);
    for (const pod of pods) control.failProbes(pod, spec.probe, spec.rate, until);
    return pods;
  },
  // The lever was given its end.
  end() {},
};
