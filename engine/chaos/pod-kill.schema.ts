/** Shape of a pod-kill fault. */
import { z } from "zod";
import { durationSchema, type WrittenDuration } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenPodKill extends Omit<WrittenFaultBase, "duration"> {
  readonly type: "pod-kill";
  /** Or "own". */
  readonly gracePeriod?: WrittenDuration | undefined;
}

const { at, name, selector, mode, value, schedule, when } = faultBase;

export const podKillSchema: z.ZodType<WrittenPodKill> = z
  .strictObject({
    type: z.literal("pod-kill"),
    at,
    name,
    selector,
    mode,
    value,
    schedule,
    when,
    gracePeriod: z
      .union([durationSchema, z.literal("own")])
      .optional()
      .meta({
        description: "Whole seconds; default 0: the Pod is gone from the API at once, as with kubectl's --force; own: as the Pod says.",
      }),
  })
  .meta({ title: "Pod kill", description: "Pods are deleted; their controllers make others." });
