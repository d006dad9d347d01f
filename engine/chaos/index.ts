/** Every kind of fault. A kind that is missing here doesn't compile. */
import type { VirtualTime } from "../kernel/time.ts";
import type { FaultSpec, FaultType } from "./fault.ts";
import type { Fault, FaultControl } from "./fault-control.ts";
import { imagePullFailure } from "./image-pull-failure.ts";
import { imagePullSlow } from "./image-pull-slow.ts";
import { kubeletRestart } from "./kubelet-restart.ts";
import { apiServerOutage } from "./api-server-outage.ts";
import { apiServerSlow } from "./api-server-slow.ts";
import { endpointLag } from "./endpoint-lag.ts";
import { networkPartition } from "./network-partition.ts";
import { nodeDrain } from "./node-drain.ts";
import { watchLag } from "./watch-lag.ts";
import { zoneLoss } from "./zone-loss.ts";
import { nodeFreeze } from "./node-freeze.ts";
import { nodeLoss } from "./node-loss.ts";
import { nodeReboot } from "./node-reboot.ts";
import { nodeShutdown } from "./node-shutdown.ts";
import { containerCrash } from "./container-crash.ts";
import { hang } from "./hang.ts";
import { slowProbe } from "./slow-probe.ts";
import { memoryLeak } from "./memory-leak.ts";
import { memorySpike } from "./memory-spike.ts";
import { cpuStarvation } from "./cpu-starvation.ts";
import { slowService } from "./slow-service.ts";
import { failingService } from "./failing-service.ts";
import { networkDelay } from "./network-delay.ts";
import { networkLoss } from "./network-loss.ts";
import { podKill } from "./pod-kill.ts";
import { oomKill } from "./oom-kill.ts";
import { probeFailure } from "./probe-failure.ts";

export const faults: { readonly [Type in FaultType]: Fault<Extract<FaultSpec, { type: Type }>> } = {
  "probe-failure": probeFailure,
  "node-freeze": nodeFreeze,
  "api-server-outage": apiServerOutage,
  "api-server-slow": apiServerSlow,
  "endpoint-lag": endpointLag,
  "network-partition": networkPartition,
  "node-drain": nodeDrain,
  "watch-lag": watchLag,
  "zone-loss": zoneLoss,
  "node-loss": nodeLoss,
  "node-reboot": nodeReboot,
  "node-shutdown": nodeShutdown,
  "kubelet-restart": kubeletRestart,
  "oom-kill": oomKill,
  "image-pull-failure": imagePullFailure,
  "image-pull-slow": imagePullSlow,
  "container-crash": containerCrash,
  hang: hang,
  "slow-probe": slowProbe,
  "memory-leak": memoryLeak,
  "memory-spike": memorySpike,
  "cpu-starvation": cpuStarvation,
  "slow-service": slowService,
  "failing-service": failingService,
  "pod-kill": podKill,
  "network-delay": networkDelay,
  "network-loss": networkLoss,
};

export function applyFault(spec: FaultSpec, control: FaultControl, until: VirtualTime): readonly number[] {
  const fault: Fault<FaultSpec> = faults[spec.type];
  return fault.apply(spec, control, until);
}

export function endFault(spec: FaultSpec, targets: readonly number[], control: FaultControl): void {
  const fault: Fault<FaultSpec> = faults[spec.type];
  fault.end(spec, targets, control);
}
