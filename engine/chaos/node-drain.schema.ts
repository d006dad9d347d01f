/** Shape of a node-drain fault. */
import { z } from "zod";
import { durationSchema, type WrittenDuration } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenNodeDrain extends WrittenFaultBase {
  readonly type: "node-drain";
  readonly force?: boolean | undefined;
  readonly ignoreDaemonSets?: boolean | undefined;
  readonly disableEviction?: boolean | undefined;
  readonly timeout?: WrittenDuration | undefined;
}

export const nodeDrainSchema: z.ZodType<WrittenNodeDrain> = z
  .strictObject({
    type: z.literal("node-drain"),
    ...faultBase,
    force: z.boolean().optional().meta({ description: "Also Pods without a controller; default: yes." }),
    ignoreDaemonSets: z.boolean().optional().meta({ description: "Leave Pods of DaemonSets alone; default: yes." }),
    disableEviction: z.boolean().optional().meta({ description: "Delete instead of evict; default: no." }),
    timeout: durationSchema.optional().meta({ description: "Default: none." }),
  })
  .meta({ title: "node drain", description: "Nodes are drained as by kubectl drain; after `duration` they are uncordoned." });
