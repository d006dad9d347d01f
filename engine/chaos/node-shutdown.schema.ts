/** Shape of a node-shutdown fault. */
import { z } from "zod";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenNodeShutdown extends WrittenFaultBase {
  readonly type: "node-shutdown";
}

export const nodeShutdownSchema: z.ZodType<WrittenNodeShutdown> = z
  .strictObject({
    type: z.literal("node-shutdown"),
    ...faultBase,
  })
  .meta({
    title: "node shutdown",
    description: "Nodes shut down: their kubelets end all Pods, within shutdownGracePeriod; after `duration` they boot again.",
  });
