/** Shape of an entry of `sometimes`: what has to be reached at least once. */
import { z } from "zod";

export interface WrittenSometimes {
  readonly name?: string | undefined;
  readonly rollout?: string | undefined;
  readonly unavailable?: string | undefined;
  readonly fault?: string | readonly string[] | undefined;
  readonly metric?: string | undefined;
  readonly threshold?: string | undefined;
}

const workload = z.string();

export const sometimesSchema: z.ZodType<WrittenSometimes> = z
  .strictObject({
    name: z.string().optional().meta({ description: "In the report; default: what it speaks of." }),
    rollout: workload.optional().meta({ description: "A rollout is going on: of default/web, or of any." }),
    unavailable: workload.optional().meta({ description: "Desired replicas are missing: of default/web, or of any." }),
    fault: z
      .union([z.string(), z.array(z.string()).min(1)])
      .optional()
      .meta({ description: "A fault of this name or type is on and had an effect; of several, all of them." }),
    metric: z.string().optional().meta({ description: "As in thresholds: restarts{workload:default/web}." }),
    threshold: z.string().optional().meta({ description: "As in thresholds, of the whole run: count>0." }),
  })
  .meta({
    title: "sometimes",
    description: "All that it speaks of has to go on at one instant; a threshold is looked at when the run is over.",
  });
