/** Shapes of all faults, by type. A type that is missing here doesn't compile. */
import type { Schema } from "../values/shape.schema.ts";
import type { FaultType } from "./fault.ts";
import { imagePullFailureSchema, type WrittenImagePullFailure } from "./image-pull-failure.schema.ts";
import { imagePullSlowSchema, type WrittenImagePullSlow } from "./image-pull-slow.schema.ts";
import { kubeletRestartSchema, type WrittenKubeletRestart } from "./kubelet-restart.schema.ts";
import { apiServerOutageSchema, type WrittenApiServerOutage } from "./api-server-outage.schema.ts";
import { apiServerSlowSchema, type WrittenApiServerSlow } from "./api-server-slow.schema.ts";
import { endpointLagSchema, type WrittenEndpointLag } from "./endpoint-lag.schema.ts";
import { networkPartitionSchema, type WrittenNetworkPartition } from "./network-partition.schema.ts";
import { nodeDrainSchema, type WrittenNodeDrain } from "./node-drain.schema.ts";
import { watchLagSchema, type WrittenWatchLag } from "./watch-lag.schema.ts";
import { zoneLossSchema, type WrittenZoneLoss } from "./zone-loss.schema.ts";
import { nodeFreezeSchema, type WrittenNodeFreeze } from "./node-freeze.schema.ts";
import { nodeLossSchema, type WrittenNodeLoss } from "./node-loss.schema.ts";
import { nodeRebootSchema, type WrittenNodeReboot } from "./node-reboot.schema.ts";
import { nodeShutdownSchema, type WrittenNodeShutdown } from "./node-shutdown.schema.ts";
import { containerCrashSchema, type WrittenContainerCrash } from "./container-crash.schema.ts";
import { hangSchema, type WrittenHang } from "./hang.schema.ts";
import { slowProbeSchema, type WrittenSlowProbe } from "./slow-probe.schema.ts";
import { memoryLeakSchema, type WrittenMemoryLeak } from "./memory-leak.schema.ts";
import { memorySpikeSchema, type WrittenMemorySpike } from "./memory-spike.schema.ts";
import { cpuStarvationSchema, type WrittenCpuStarvation } from "./cpu-starvation.schema.ts";
import { slowServiceSchema, type WrittenSlowService } from "./slow-service.schema.ts";
import { failingServiceSchema, type WrittenFailingService } from "./failing-service.schema.ts";
import { networkDelaySchema, type WrittenNetworkDelay } from "./network-delay.schema.ts";
import { networkLossSchema, type WrittenNetworkLoss } from "./network-loss.schema.ts";
import { podKillSchema, type WrittenPodKill } from "./pod-kill.schema.ts";
import { oomKillSchema, type WrittenOomKill } from "./oom-kill.schema.ts";
import { probeFailureSchema, type WrittenProbeFailure } from "./probe-failure.schema.ts";

export type WrittenFault =
  | WrittenProbeFailure
  | WrittenNodeLoss
  | WrittenNodeFreeze
  | WrittenApiServerOutage
  | WrittenApiServerSlow
  | WrittenEndpointLag
  | WrittenNetworkPartition
  | WrittenNodeDrain
  | WrittenWatchLag
  | WrittenZoneLoss
  | WrittenNodeReboot
  | WrittenNodeShutdown
  | WrittenKubeletRestart
  | WrittenOomKill
  | WrittenImagePullFailure
  | WrittenImagePullSlow
  | WrittenContainerCrash
  | WrittenHang
  | WrittenSlowProbe
  | WrittenMemoryLeak
  | WrittenMemorySpike
  | WrittenCpuStarvation
  | WrittenSlowService
  | WrittenFailingService
  | WrittenPodKill
  | WrittenNetworkDelay
  | WrittenNetworkLoss;

export const faultSchemas: { readonly [Type in FaultType]: Schema<Extract<WrittenFault, { type: Type }>> } = {
  "probe-failure": probeFailureSchema,
  "node-freeze": nodeFreezeSchema,
  "api-server-outage": apiServerOutageSchema,
  "api-server-slow": apiServerSlowSchema,
  "endpoint-lag": endpointLagSchema,
  "network-partition": networkPartitionSchema,
  "node-drain": nodeDrainSchema,
  "watch-lag": watchLagSchema,
  "zone-loss": zoneLossSchema,
  "node-loss": nodeLossSchema,
  "node-reboot": nodeRebootSchema,
  "node-shutdown": nodeShutdownSchema,
  "kubelet-restart": kubeletRestartSchema,
  "oom-kill": oomKillSchema,
  "image-pull-failure": imagePullFailureSchema,
  "image-pull-slow": imagePullSlowSchema,
  "container-crash": containerCrashSchema,
  hang: hangSchema,
  "slow-probe": slowProbeSchema,
  "memory-leak": memoryLeakSchema,
  "memory-spike": memorySpikeSchema,
  "cpu-starvation": cpuStarvationSchema,
  "slow-service": slowServiceSchema,
  "failing-service": failingServiceSchema,
  "pod-kill": podKillSchema,
  "network-delay": networkDelaySchema,
  "network-loss": networkLossSchema,
};
