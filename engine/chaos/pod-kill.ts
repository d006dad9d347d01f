/** Pods are deleted through the API, as Chaos Mesh's pod-kill does: their controllers make others. */
import type { PodKill } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { choosePods } from "./targets.ts";

export const podKill: Fault<PodKill> = {
  targets: "pods",
  liveSupport: "full",
  apply(spec, control) {
    const pods = choosePods(spec, control);
    for (const pod of pods) control.deletePod(pod, spec.gracePeriodSeconds);
    return pods;
  },
  // A deletion is over at once: what follows is the kubelet's.
  end() {},
};
