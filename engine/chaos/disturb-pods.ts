/** What faults on processes share: their targets are Pods, and each gets the same disturbance. */
import type { VirtualTime } from "../kernel/time.ts";
import type { FaultSpec } from "./fault.ts";
import type { Disturbance, FaultControl } from "./fault-control.ts";
import { chooseTargets } from "./targets.ts";

export function disturbPods(
  { selector, mode, value }: Pick<FaultSpec, "selector" | "mode" | "value">,
  control: FaultControl,
  until: VirtualTime,
  disturbance: Disturbance,
): readonly number[] {
  const pods = chooseTargets(
    control.selectPods(selector),
    mode,
    value,
    (pod) => control.drawForPod(pod),
    () => control.drawForFault(),
  );
  for (const pod of pods) control.disturb(pod, disturbance, until);
  return pods;
}
