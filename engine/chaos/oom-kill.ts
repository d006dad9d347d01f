/** The main process of the targets is killed as the kernel does at the memory limit: exit code 137, reason OOMKilled, no grace. */
import type { OomKill } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { choosePods } from "./targets.ts";

export const oomKill: Fault<OomKill> = {
  targets: "pods",
  liveSupport: "full",
  apply(spec, control) {
    const pods = choosePods(spec, control);
    for (const pod of pods) control.killForMemory(pod, spec.container);
    return pods;
  },
  // A kill is over at once: what follows is the kubelet's.
  end() {},
};
