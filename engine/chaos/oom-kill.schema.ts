/** Shape of an oom-kill fault. It is over at once, so it has no duration. */
import { z } from "zod";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenOomKill extends Omit<WrittenFaultBase, "duration"> {
  readonly type: "oom-kill";
  readonly container?: string | undefined;
}

const { at, name, selector, mode, value, schedule, when } = faultBase;

export const oomKillSchema: z.ZodType<WrittenOomKill> = z
  .strictObject({
    type: z.literal("oom-kill"),
    at,
    name,
    selector,
    mode,
    value,
    schedule,
    when,
    container: z.string().optional().meta({ description: "Default: every regular container of the Pod." }),
  })
  .meta({ title: "OOM kill", description: "The main process of the targets is killed for memory." });
