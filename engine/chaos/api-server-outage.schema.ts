/** Shape of an api-server-outage fault. It hits the cluster, so it selects nobody. */
import { z } from "zod";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenApiServerOutage extends Omit<WrittenFaultBase, "selector" | "mode" | "value"> {
  readonly type: "api-server-outage";
}

const { at, name, duration, schedule, when } = faultBase;

export const apiServerOutageSchema: z.ZodType<WrittenApiServerOutage> = z
  .strictObject({ type: z.literal("api-server-outage"), at, name, duration, schedule, when })
  .meta({ title: "API server outage", description: "The API server refuses every connection; watches break and are made anew." });
