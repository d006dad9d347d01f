/** Shape of a slow-probe fault. */
import { z } from "zod";
import { durationSchema, type WrittenDuration } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";
import type { SlowProbe } from "./fault.ts";

export interface WrittenSlowProbe extends WrittenFaultBase {
  readonly type: "slow-probe";
  readonly container?: string | undefined;
  readonly probe?: SlowProbe["probe"] | undefined;
  readonly latency: WrittenDuration;
}

export const slowProbeSchema: z.ZodType<WrittenSlowProbe> = z
  .strictObject({
    type: z.literal("slow-probe"),
    ...faultBase,
    container: z.string().optional().meta({ description: "Default: every regular container of the Pod." }),
    probe: z.enum(["startup", "readiness", "liveness", "all"]).optional().meta({ description: "Which probes; default all." }),
    latency: durationSchema.meta({ description: "How much later each answer comes." }),
  })
  .meta({ title: "slow probe", description: "Answers to probes of the targets come later." });
