/** Shape of a api-server-slow fault. It hits the cluster, so it selects nobody. */
import { z } from "zod";
import { durationSchema, type WrittenDuration } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenApiServerSlow extends Omit<WrittenFaultBase, "selector" | "mode" | "value"> {
  readonly type: "api-server-slow";
  readonly delay?: WrittenDuration | undefined;
}

const { at, name, duration, schedule, when } = faultBase;

export const apiServerSlowSchema: z.ZodType<WrittenApiServerSlow> = z
  .strictObject({
    type: z.literal("api-server-slow"),
    at,
    name,
    duration,
    schedule,
    when,
    delay: durationSchema.optional().meta({ description: "How much later; default 1s." }),
  })
  .meta({
    title: "API server slow",
    description: "The API server is slow: each request waits before it is served, in the order of arrival.",
  });
