/** What all faults share in a scenario: when, on whom, for how long. */
import { z } from "zod";
import { targetSelectorSchema, type WrittenTargetSelector } from "../kubernetes/objects/selector.schema.ts";
import { durationSchema, type WrittenDuration } from "../values/values.schema.ts";
import type { FaultMode } from "./fault.ts";

export interface WrittenFaultBase {
  /** Required but in a group, where it counts from its turn, and with a cron schedule. */
  readonly at?: WrittenDuration | undefined;
  readonly name?: string | undefined;
  readonly selector?: WrittenTargetSelector | undefined;
  readonly mode?: FaultMode | undefined;
  readonly value?: number | undefined;
  readonly duration?: WrittenDuration | undefined;
  readonly schedule?: WrittenSchedule | undefined;
  readonly when?: WrittenCondition | undefined;
}

/** What has to be measured before it begins. */
export interface WrittenCondition {
  readonly metric: string;
  readonly threshold: string;
}

/** One of both. */
export interface WrittenSchedule {
  readonly every?: WrittenDuration | undefined;
  readonly cron?: string | undefined;
  readonly concurrencyPolicy?: ConcurrencyPolicy | undefined;
}

/** Chaos Mesh's words, and a CronJob's. */
export type ConcurrencyPolicy = "Forbid" | "Allow";

interface BaseShape {
  readonly at: z.ZodOptional<z.ZodType<WrittenDuration>>;
  readonly name: z.ZodOptional<z.ZodString>;
  readonly selector: z.ZodOptional<z.ZodType<WrittenTargetSelector>>;
  readonly mode: z.ZodOptional<z.ZodType<FaultMode>>;
  readonly value: z.ZodOptional<z.ZodNumber>;
  readonly duration: z.ZodOptional<z.ZodType<WrittenDuration>>;
  readonly schedule: z.ZodOptional<z.ZodType<WrittenSchedule>>;
  readonly when: z.ZodOptional<z.ZodType<WrittenCondition>>;
}

export const scheduleSchema: z.ZodType<WrittenSchedule> = z
  .strictObject({
    every: durationSchema
      .optional()
      .meta({ description: "From one beginning to the next; more than the duration, unless concurrencyPolicy is given." }),
    cron: z.string().optional().meta({ description: "Five fields or a macro, in UTC, as a CronJob's; the first time from `at` on." }),
    concurrencyPolicy: z
      .enum(["Forbid", "Allow"])
      .optional()
      .meta({ description: "When it comes again while it still lasts: Forbid skips the time, Allow overlaps. Default: that is an error." }),
  })
  .meta({ description: "It comes again and again from `at` on; default: once. One of every and cron." });

export const conditionSchema: z.ZodType<WrittenCondition> = z
  .strictObject({
    metric: z.string().meta({ description: "As in thresholds: probe_duration{role:liveness}. Counters and histograms." }),
    threshold: z.string().meta({ description: "As in thresholds: p(99)>1s, of all that was measured since the warm-up." }),
  })
  .meta({ description: "It begins once this holds, looked at each second from `at` on (default 0)." });

export const faultBase: BaseShape = {
  at: durationSchema.optional().meta({ description: "When it begins; in a group, from its turn on (default 0)." }),
  name: z.string().optional().meta({ description: "In the report; default: type and number of that type." }),
  selector: targetSelectorSchema.optional(),
  mode: z
    .enum(["one", "all", "fixed", "fixed-percent", "random-max-percent"])
    .optional()
    .meta({ description: "How many of those that match; default all." }),
  value: z.number().optional().meta({ description: "Count (fixed) or percent (fixed-percent, random-max-percent)." }),
  duration: durationSchema.optional().meta({ description: "Default: to the end of the run." }),
  schedule: scheduleSchema.optional(),
  when: conditionSchema.optional(),
};
