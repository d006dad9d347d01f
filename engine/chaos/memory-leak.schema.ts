/** Shape of a memory-leak fault. */
import { z } from "zod";
import { growthSchema, type WrittenQuantity } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenMemoryLeak extends WrittenFaultBase {
  readonly type: "memory-leak";
  readonly container?: string | undefined;
  readonly growth: WrittenQuantity;
}

export const memoryLeakSchema: z.ZodType<WrittenMemoryLeak> = z
  .strictObject({
    type: z.literal("memory-leak"),
    ...faultBase,
    container: z.string().optional().meta({ description: "Default: every regular container of the Pod." }),
    growth: growthSchema.meta({ description: "Bytes per second of the fault, such as 1Mi/s." }),
  })
  .meta({
    title: "memory leak",
    description: "Memory of the targets grows, in processes that start meanwhile too; what leaked stays until they end.",
  });
