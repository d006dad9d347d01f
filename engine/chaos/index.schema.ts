/** Shapes of all faults, by type. A type that is missing here doesn't compile. */
import type { Schema } from "../values/shape.schema.ts";
import type { FaultType } from "./fault.ts";
import { imagePullFailureSchema, type WrittenImagePullFailure } from "./image-pull-failure.schema.ts";
import { imagePullSlowSchema, type WrittenImagePullSlow } from "./image-pull-slow.schema.ts";
import { kubeletRestartSchema, type WrittenKubeletRestart } from "./kubelet-restart.schema.ts";
import { nodeLossSchema, type WrittenNodeLoss } from "./node-loss.schema.ts";
import { nodeRebootSchema, type WrittenNodeReboot } from "./node-reboot.schema.ts";
import { nodeShutdownSchema, type WrittenNodeShutdown } from "./node-shutdown.schema.ts";
import { oomKillSchema, type WrittenOomKill } from "./oom-kill.schema.ts";
import { probeFailureSchema, type WrittenProbeFailure } from "./probe-failure.schema.ts";

export type WrittenFault =
  | WrittenProbeFailure
  | WrittenNodeLoss
  | WrittenNodeReboot
  | WrittenNodeShutdown
  | WrittenKubeletRestart
  | WrittenOomKill
  | WrittenImagePullFailure
  | WrittenImagePullSlow;

export const faultSchemas: { readonly [Type in FaultType]: Schema<Extract<WrittenFault, { type: Type }>> } = {
  "probe-failure": probeFailureSchema,
  "node-loss": nodeLossSchema,
  "node-reboot": nodeRebootSchema,
  "node-shutdown": nodeShutdownSchema,
  "kubelet-restart": kubeletRestartSchema,
  "oom-kill": oomKillSchema,
  "image-pull-failure": imagePullFailureSchema,
  "image-pull-slow": imagePullSlowSchema,
};
