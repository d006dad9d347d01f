/** Shape of a node-reboot fault. */
import { z } from "zod";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenNodeReboot extends WrittenFaultBase {
  readonly type: "node-reboot";
  readonly runtime?: "kept" | "empty" | undefined;
}

export const nodeRebootSchema: z.ZodType<WrittenNodeReboot> = z
  .strictObject({
    type: z.literal("node-reboot"),
    ...faultBase,
    runtime: z
      .enum(["kept", "empty"])
      .optional()
      .meta({ description: "Whether the container runtime remembers its containers; default kept." }),
  })
  .meta({
    title: "node reboot",
    description: "Nodes lose their power; after `duration` (default 60s) they have booted again.",
  });
