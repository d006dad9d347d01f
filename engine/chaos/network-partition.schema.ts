/** Shape of a network-partition fault. */
import { z } from "zod";
import { targetSelectorSchema, type WrittenTargetSelector } from "../kubernetes/objects/selector.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";
import type { PartitionSide } from "./fault.ts";

export interface WrittenNetworkPartition extends WrittenFaultBase {
  readonly type: "network-partition";
  readonly from?: PartitionSide | "both" | undefined;
  readonly target?: WrittenTargetSelector | undefined;
  readonly direction?: "to" | "from" | "both" | undefined;
}

export const networkPartitionSchema: z.ZodType<WrittenNetworkPartition> = z
  .strictObject({
    type: z.literal("network-partition"),
    ...faultBase,
    from: z
      .enum(["api-server", "clients", "both"])
      .optional()
      .meta({ description: "Whom the nodes are cut off from: the API server, the clients of their Pods, or both; default both." }),
    target: targetSelectorSchema
      .optional()
      .meta({ description: "Instead of from: other nodes; clients on either side can't reach Pods on the other." }),
    direction: z
      .enum(["to", "from", "both"])
      .optional()
      .meta({ description: "Which way packets to the target are dropped; no difference for TCP, which needs both." }),
  })
  .meta({ title: "network partition", description: "Packets to and from nodes are dropped; nodes and containers go on." });
