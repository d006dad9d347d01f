/** Shape of a probe-failure fault. */
import { z } from "zod";
import { shareSchema } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";
import type { ProbeFailure } from "./fault.ts";

export interface WrittenProbeFailure extends WrittenFaultBase {
  readonly type: "probe-failure";
  readonly probe?: ProbeFailure["probe"] | undefined;
  readonly rate?: string | number | undefined;
}

export const probeFailureSchema: z.ZodType<WrittenProbeFailure> = z
  .strictObject({
    type: z.literal("probe-failure"),
    ...faultBase,
    probe: z.enum(["startup", "readiness", "liveness", "all"]).optional().meta({ description: "Which probes; default all." }),
    rate: shareSchema.optional().meta({ description: "Chance that an attempt fails; default 1." }),
  })
  .meta({ title: "probe failure", description: 'Probes of the targets answer "failed".' });
