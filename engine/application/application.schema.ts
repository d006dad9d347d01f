/** Shape of an entry of `applications`: how the containers of some workloads behave. */
import { z } from "zod";
import { workloadSelectorSchema, type WrittenSelector } from "../kubernetes/objects/selector.schema.ts";
import { expecting, wholeNumber } from "../values/shape.schema.ts";
import {
  countSchema,
  distributionSchema,
  durationSchema,
  quantitySchema,
  type WrittenDistribution,
  type WrittenDuration,
  type WrittenQuantity,
} from "../values/values.schema.ts";

type Random = WrittenDuration | WrittenDistribution;

export interface WrittenApplication {
  readonly selector?: WrittenSelector | undefined;
  readonly image?:
    | string
    | { readonly name?: string | undefined; readonly size?: WrittenQuantity | undefined; readonly present?: boolean | undefined }
    | undefined;
  readonly container?: string | undefined;
  readonly startUp?: Random | undefined;
  readonly serviceTime?: Random | undefined;
  readonly concurrency?: number | undefined;
  readonly queue?: number | undefined;
  readonly probeTime?: Random | undefined;
  readonly probesShareWorkers?: boolean | undefined;
  readonly memory?:
    | {
        readonly base?: WrittenQuantity | undefined;
        readonly perRequest?: WrittenQuantity | undefined;
        readonly growth?: WrittenQuantity | undefined;
      }
    | undefined;
  readonly shutdown?: "exit" | "ignore" | { readonly drain: WrittenDuration } | undefined;
  readonly exit?: { readonly after: Random; readonly code?: number | undefined } | undefined;
  readonly unhealthyAfter?: WrittenDuration | undefined;
}

/** `1Mi/s`, or a plain quantity per second. */
const bytesPerSecond = expecting("bytes per second, such as 1Mi/s");
const growth = z.union(
  [z.string().regex(/^(?:\d+\.?\d*|\.\d+)(?:[KMGT]i|[kMGT])?(?:\/(?:s|m|h))?$/, bytesPerSecond), z.number().min(0, bytesPerSecond)],
  bytesPerSecond,
);

export const applicationSchema: z.ZodType<WrittenApplication> = z
  .strictObject({
    selector: workloadSelectorSchema
      .optional()
      .meta({ description: "Whose containers; all given fields must match. Absent: everybody's." }),
    image: z
      .union(
        [
          z.string(),
          z.strictObject({
            name: z.string().optional().meta({ description: "Only containers of this image, exactly as in the manifest." }),
            size: quantitySchema.optional().meta({ description: "Bytes to pull." }),
            present: z.boolean().optional().meta({ description: "Nodes have the image already." }),
          }),
        ],
        expecting("an image, or a mapping of name, size and present"),
      )
      .optional()
      .meta({ description: "Only containers of this image; or its name, size and presence." }),
    container: z.string().optional().meta({ description: "Only the container of this name." }),
    startUp: distributionSchema.optional().meta({ description: "From the start of the process until it listens and answers." }),
    serviceTime: distributionSchema.optional().meta({ description: "Time a worker spends on one request." }),
    concurrency: countSchema.optional().meta({ description: "Requests served at once." }),
    queue: countSchema.optional().meta({ description: "Requests that may wait beyond those." }),
    probeTime: distributionSchema.optional().meta({ description: "Time a worker spends on one probe." }),
    probesShareWorkers: z.boolean().optional().meta({ description: "Probes wait for a worker like requests." }),
    memory: z
      .strictObject({
        base: quantitySchema.optional().meta({ description: "Bytes of a process that does nothing." }),
        perRequest: quantitySchema.optional().meta({ description: "Bytes for each request being served or queued." }),
        growth: growth.optional().meta({ description: "Bytes per second of life: a leak." }),
      })
      .optional(),
    shutdown: z
      .union(
        [z.enum(["exit", "ignore"]), z.strictObject({ drain: durationSchema })],
        expecting("exit, ignore, or a mapping such as { drain: 5s }"),
      )
      .optional()
      .meta({ description: "Reaction to SIGTERM." }),
    exit: z
      .strictObject({ after: distributionSchema, code: wholeNumber(0, 255).optional() })
      .optional()
      .meta({ description: "Exit by itself so long after each start." }),
    unhealthyAfter: durationSchema.optional().meta({ description: 'Health endpoints answer "failed" from this age of the process on.' }),
  })
  .meta({ title: "application" });
