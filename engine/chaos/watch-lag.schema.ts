/** Shape of a watch-lag fault. It hits the cluster, so it selects nobody. */
import { z } from "zod";
import { durationSchema, type WrittenDuration } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenWatchLag extends Omit<WrittenFaultBase, "selector" | "mode" | "value"> {
  readonly type: "watch-lag";
  readonly delay?: WrittenDuration | undefined;
}

const { at, name, duration, schedule, when } = faultBase;

export const watchLagSchema: z.ZodType<WrittenWatchLag> = z
  .strictObject({
    type: z.literal("watch-lag"),
    at,
    name,
    duration,
    schedule,
    when,
    delay: durationSchema.optional().meta({ description: "How much later; default 1s." }),
  })
  .meta({ title: "watch lag", description: "Watches are late: components and kubelets learn of each change that much later, in order." });
