/** Shape of a node-loss fault. */
import { z } from "zod";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenNodeLoss extends WrittenFaultBase {
  readonly type: "node-loss";
}

export const nodeLossSchema: z.ZodType<WrittenNodeLoss> = z
  .strictObject({ type: z.literal("node-loss"), ...faultBase })
  .meta({ title: "node loss", description: "Nodes stop at once; after `duration` they come back rebooted." });
