/** Shapes of all faults, by type. A type that is missing here doesn't compile. */
import type { Schema } from "../values/shape.schema.ts";
import type { FaultType } from "./fault.ts";
import { nodeLossSchema, type WrittenNodeLoss } from "./node-loss.schema.ts";
import { oomKillSchema, type WrittenOomKill } from "./oom-kill.schema.ts";
import { probeFailureSchema, type WrittenProbeFailure } from "./probe-failure.schema.ts";

export type WrittenFault = WrittenProbeFailure | WrittenNodeLoss | WrittenOomKill;

export const faultSchemas: { readonly [Type in FaultType]: Schema<Extract<WrittenFault, { type: Type }>> } = {
  "probe-failure": probeFailureSchema,
  "node-loss": nodeLossSchema,
  "oom-kill": oomKillSchema,
};
