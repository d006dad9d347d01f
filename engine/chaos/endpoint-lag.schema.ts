/** Shape of a endpoint-lag fault. It hits the cluster, so it selects nobody. */
import { z } from "zod";
import { durationSchema, type WrittenDuration } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenEndpointLag extends Omit<WrittenFaultBase, "selector" | "mode" | "value"> {
  readonly type: "endpoint-lag";
  readonly delay?: WrittenDuration | undefined;
}

const { at, name, duration, schedule, when } = faultBase;

export const endpointLagSchema: z.ZodType<WrittenEndpointLag> = z
  .strictObject({
    type: z.literal("endpoint-lag"),
    at,
    name,
    duration,
    schedule,
    when,
    delay: durationSchema.optional().meta({ description: "How much later; default 1s." }),
  })
  .meta({ title: "endpoint lag", description: "Endpoints spread slowly: Service proxies learn of each change that much later, in order." });
