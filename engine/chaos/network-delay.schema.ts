/** Shape of a network-delay fault. */
import { z } from "zod";
import { durationSchema, type WrittenDuration } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenNetworkDelay extends WrittenFaultBase {
  readonly type: "network-delay";
  readonly latency: WrittenDuration;
  readonly jitter?: WrittenDuration | undefined;
}

export const networkDelaySchema: z.ZodType<WrittenNetworkDelay> = z
  .strictObject({
    type: z.literal("network-delay"),
    ...faultBase,
    latency: durationSchema.meta({ description: "How late each packet is." }),
    jitter: durationSchema.optional().meta({ description: "Up to so much more or less; default 0." }),
  })
  .meta({ title: "network delay", description: "What leaves the targets is late: answers, handshakes, answers to probes." });
