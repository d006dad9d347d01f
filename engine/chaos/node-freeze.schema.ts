/** Shape of a node-freeze fault. */
import { z } from "zod";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenNodeFreeze extends WrittenFaultBase {
  readonly type: "node-freeze";
}

export const nodeFreezeSchema: z.ZodType<WrittenNodeFreeze> = z.strictObject({ type: z.literal("node-freeze"), ...faultBase }).meta({
  title: "node freeze",
  description: "All processes of the nodes stand still, as in a paused virtual machine; after `duration` they go on.",
});
