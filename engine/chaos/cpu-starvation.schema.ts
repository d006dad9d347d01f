/** Shape of a cpu-starvation fault. */
import { z } from "zod";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenCpuStarvation extends WrittenFaultBase {
  readonly type: "cpu-starvation";
  readonly container?: string | undefined;
  readonly slowdown?: number | undefined;
}

export const cpuStarvationSchema: z.ZodType<WrittenCpuStarvation> = z
  .strictObject({
    type: z.literal("cpu-starvation"),
    ...faultBase,
    container: z.string().optional().meta({ description: "Default: every regular container of the Pod." }),
    slowdown: z.number().optional().meta({ description: "So many times as long; default 10." }),
  })
  .meta({ title: "CPU starvation", description: "Everything that the targets compute takes longer: requests, probes, start-up." });
