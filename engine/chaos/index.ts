/** Every kind of fault. A kind that is missing here doesn't compile. */
import type { VirtualTime } from "../kernel/time.ts";
import type { FaultSpec, FaultType } from "./fault.ts";
import type { Fault, FaultControl } from "./fault-control.ts";
import { nodeLoss } from "./node-loss.ts";
import { oomKill } from "./oom-kill.ts";
import { probeFailure } from "./probe-failure.ts";

export const faults: { readonly [Type in FaultType]: Fault<Extract<FaultSpec, { type: Type }>> } = {
  "probe-failure": probeFailure,
  "node-loss": nodeLoss,
  "oom-kill": oomKill,
};

export function applyFault(spec: FaultSpec, control: FaultControl, until: VirtualTime): readonly number[] {
  const fault: Fault<FaultSpec> = faults[spec.type];
  return fault.apply(spec, control, until);
}

export function endFault(spec: FaultSpec, targets: readonly number[], control: FaultControl): void {
  const fault: Fault<FaultSpec> = faults[spec.type];
  fault.end(spec, targets, control);
}
