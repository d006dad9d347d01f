/** Shape of a zone-loss fault. */
import { z } from "zod";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenZoneLoss extends WrittenFaultBase {
  readonly type: "zone-loss";
}

export const zoneLossSchema: z.ZodType<WrittenZoneLoss> = z.strictObject({ type: z.literal("zone-loss"), ...faultBase }).meta({
  title: "zone loss",
  description: "All nodes of zones stop at once; mode and value count zones. After `duration` they come back rebooted.",
});
