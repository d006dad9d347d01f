/** Shape of a failing-service fault. */
import { z } from "zod";
import { shareSchema } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenFailingService extends WrittenFaultBase {
  readonly type: "failing-service";
  readonly container?: string | undefined;
  readonly rate?: string | number | undefined;
}

export const failingServiceSchema: z.ZodType<WrittenFailingService> = z
  .strictObject({
    type: z.literal("failing-service"),
    ...faultBase,
    container: z.string().optional().meta({ description: "Default: every regular container of the Pod." }),
    rate: shareSchema.optional().meta({ description: "Share of the requests; default 1." }),
  })
  .meta({
    title: "failing service",
    description: "A share of the requests to the targets is answered at once with a server error: a failing dependency.",
  });
