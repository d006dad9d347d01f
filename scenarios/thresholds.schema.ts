/** Shape of one condition of a threshold: k6's short form, or its long one. */
import { z } from "zod";
import { expecting, type Schema } from "../engine/values/shape.schema.ts";
import { durationSchema, type WrittenDuration } from "../engine/values/values.schema.ts";

export interface WrittenLongThreshold {
  readonly threshold: string;
  readonly abortOnFail?: boolean | undefined;
  readonly delayAbortEval?: WrittenDuration | undefined;
  readonly severity?: "warn" | "error" | undefined;
}

export type WrittenThreshold = string | WrittenLongThreshold;

const long = z.strictObject({
  threshold: z.string().meta({ description: "The condition, such as p(99)<500ms." }),
  abortOnFail: z.boolean().optional().meta({ description: "End the run as soon as it is broken; looked at once a second. Default false." }),
  delayAbortEval: durationSchema.optional().meta({ description: "With abortOnFail: not before this instant. Default: the warm-up." }),
  severity: z.enum(["warn", "error"]).optional().meta({ description: "warn: told, but the run passes all the same. Default error." }),
});

export const thresholdSchema: Schema<WrittenThreshold> = z.union(
  [z.string(), long],
  expecting("a condition such as count<20, or threshold with abortOnFail, delayAbortEval and severity"),
);
