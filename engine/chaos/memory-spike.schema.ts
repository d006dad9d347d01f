/** Shape of a memory-spike fault. */
import { z } from "zod";
import { quantitySchema, type WrittenQuantity } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenMemorySpike extends WrittenFaultBase {
  readonly type: "memory-spike";
  readonly container?: string | undefined;
  readonly size: WrittenQuantity;
}

export const memorySpikeSchema: z.ZodType<WrittenMemorySpike> = z
  .strictObject({
    type: z.literal("memory-spike"),
    ...faultBase,
    container: z.string().optional().meta({ description: "Default: every regular container of the Pod." }),
    size: quantitySchema.meta({ description: "Bytes more than before." }),
  })
  .meta({
    title: "memory spike",
    description: "Processes of the targets need more memory while it lasts, as under a stress test. It ends with the process.",
  });
