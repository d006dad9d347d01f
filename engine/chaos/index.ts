/** Every kind of fault. A kind that is missing here doesn't compile. */
import type { VirtualTime } from "../kernel/time.ts";
import type { FaultSpec, FaultType } from "./fault.ts";
import type { Fault, FaultControl } from "./fault-control.ts";
import { imagePullFailure } from "./image-pull-failure.ts";
import { imagePullSlow } from "./image-pull-slow.ts";
import { kubeletRestart } from "./kubelet-restart.ts";
import { nodeLoss } from "./node-loss.ts";
import { nodeReboot } from "./node-reboot.ts";
import { nodeShutdown } from "./node-shutdown.ts";
import { oomKill } from "./oom-kill.ts";
import { probeFailure } from "./probe-failure.ts";

export const faults: { readonly [Type in FaultType]: Fault<Extract<FaultSpec, { type: Type }>> } = {
  "probe-failure": probeFailure,
  "node-loss": nodeLoss,
  "node-reboot": nodeReboot,
  "node-shutdown": nodeShutdown,
  "kubelet-restart": kubeletRestart,
  "oom-kill": oomKill,
  "image-pull-failure": imagePullFailure,
  "image-pull-slow": imagePullSlow,
};

export function applyFault(spec: FaultSpec, control: FaultControl, until: VirtualTime): readonly number[] {
  const fault: Fault<FaultSpec> = faults[spec.type];
  return fault.apply(spec, control, until);
}

export function endFault(spec: FaultSpec, targets: readonly number[], control: FaultControl): void {
  const fault: Fault<FaultSpec> = faults[spec.type];
  fault.end(spec, targets, control);
}
