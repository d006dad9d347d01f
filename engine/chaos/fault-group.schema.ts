/** Shape of faults that belong together: one after the other, or at once. */
import { z } from "zod";
import { durationSchema, type WrittenDuration } from "../values/values.schema.ts";
import { conditionSchema, scheduleSchema, type WrittenCondition, type WrittenSchedule } from "./fault.schema.ts";

/** One of `serial` and `parallel`. Members are faults, groups and pauses; they are looked at one by one. */
export interface WrittenFaultGroup {
  readonly at?: WrittenDuration | undefined;
  readonly serial?: readonly unknown[] | undefined;
  readonly parallel?: readonly unknown[] | undefined;
  readonly duration?: WrittenDuration | undefined;
  readonly schedule?: WrittenSchedule | undefined;
  readonly when?: WrittenCondition | undefined;
}

export interface WrittenPause {
  readonly pause: WrittenDuration;
}

/** The group with its members' shapes, for editors. */
export function faultGroupSchema(member: z.ZodType): z.ZodType<WrittenFaultGroup> {
  const members = z.array(member).min(1);
  return z
    .strictObject({
      at: durationSchema.optional().meta({ description: "When it begins; in a group, from its turn on (default 0)." }),
      serial: members.optional().meta({ description: "Each begins when the one before is over; { pause: 30s } waits." }),
      parallel: members.optional().meta({ description: "All begin at once; over when the last one is, or its { pause: 30s }." }),
      duration: durationSchema.optional().meta({ description: "What isn't over by then ends, and what would begin later doesn't." }),
      schedule: scheduleSchema.optional(),
      when: conditionSchema.optional(),
    })
    .meta({ title: "group of faults", description: "Faults one after the other (serial) or at once (parallel)." });
}

/** The group alone: its members are looked at one by one. */
export const faultGroupFrame: z.ZodType<WrittenFaultGroup> = faultGroupSchema(z.unknown());

export const pauseSchema: z.ZodType<WrittenPause> = z.strictObject({ pause: durationSchema }).meta({ title: "pause in a group" });
