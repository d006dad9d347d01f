/** Shape of a network-loss fault. */
import { z } from "zod";
import { shareSchema } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenNetworkLoss extends WrittenFaultBase {
  readonly type: "network-loss";
  readonly rate?: string | number | undefined;
}

export const networkLossSchema: z.ZodType<WrittenNetworkLoss> = z
  .strictObject({
    type: z.literal("network-loss"),
    ...faultBase,
    rate: shareSchema.optional().meta({ description: "Share of the packets; default 1: nobody reaches the targets." }),
  })
  .meta({ title: "network loss", description: "Packets that leave the targets are lost, and sent again by TCP." });
