/** Shape of a container-crash fault. */
import { z } from "zod";
import { wholeNumber } from "../values/shape.schema.ts";
import { rateSchema } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenContainerCrash extends WrittenFaultBase {
  readonly type: "container-crash";
  readonly container?: string | undefined;
  readonly code?: number | undefined;
  readonly rate?: string | undefined;
}

export const containerCrashSchema: z.ZodType<WrittenContainerCrash> = z
  .strictObject({
    type: z.literal("container-crash"),
    ...faultBase,
    container: z.string().optional().meta({ description: "Default: every regular container of the Pod." }),
    code: wholeNumber(0, 255).optional().meta({ description: "Exit code; default 1." }),
    rate: rateSchema.optional().meta({ description: "Crashes of each process, such as 2/m, at random; default: one, at once." }),
  })
  .meta({ title: "container crash", description: "The main process of the targets ends with an exit code, once or at a rate." });
