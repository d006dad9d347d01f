/** What faults on processes share: their targets are Pods, and each gets the same disturbance. */
import type { VirtualTime } from "../kernel/time.ts";
import type { Disturbance, FaultControl } from "./fault-control.ts";
import { choosePods, type Aim } from "./targets.ts";

export function disturbPods(aim: Aim, control: FaultControl, until: VirtualTime, disturbance: Disturbance): readonly number[] {
  const pods = choosePods(aim, control);
  for (const pod of pods) control.disturb(pod, disturbance, until);
  return pods;
}
