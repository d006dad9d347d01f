/** Shape of a slow-service fault. */
import { z } from "zod";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenSlowService extends WrittenFaultBase {
  readonly type: "slow-service";
  readonly container?: string | undefined;
  readonly slowdown?: number | undefined;
}

export const slowServiceSchema: z.ZodType<WrittenSlowService> = z
  .strictObject({
    type: z.literal("slow-service"),
    ...faultBase,
    container: z.string().optional().meta({ description: "Default: every regular container of the Pod." }),
    slowdown: z.number().optional().meta({ description: "So many times as long; default 10." }),
  })
  .meta({
    title: "slow service",
    description: "Requests to the targets take longer, waiting for something else: a slow dependency. Probes only wait for workers.",
  });
