/** Shape of an entry of `applications`: how the containers of some workloads behave. */
import { z } from "zod";
import type { CallSpec, HealthChecks } from "./calls.ts";
import { retriesSchema, type WrittenRetries } from "../traffic/load-model.schema.ts";
import { workloadSelectorSchema, type WrittenSelector } from "../kubernetes/objects/selector.schema.ts";
import { expecting, wholeNumber } from "../values/shape.schema.ts";
import {
  countSchema,
  distributionSchema,
  durationSchema,
  growthSchema,
  rateSchema,
  quantitySchema,
  shareSchema,
  type WrittenDistribution,
  type WrittenDuration,
  type WrittenQuantity,
} from "../values/values.schema.ts";

type Random = WrittenDuration | WrittenDistribution;

export interface WrittenCall {
  readonly service: string;
  readonly port?: number | string | undefined;
  readonly perRequest?: number | string | undefined;
  readonly timeout?: WrittenDuration | undefined;
  readonly retries?: WrittenRetries | undefined;
  readonly fallback?: CallSpec["fallback"] | undefined;
  readonly order?: CallSpec["order"] | undefined;
}

export interface WrittenHookBehaviour {
  readonly duration?: Random | undefined;
  readonly fails?: boolean | string | number | undefined;
  readonly exitCode?: number | undefined;
  readonly plainHttp?: boolean | undefined;
}

/** A ConfigMap or Secret that isn't there from the beginning. */
export interface WrittenMissingConfig {
  readonly configMap?: string | undefined;
  readonly secret?: string | undefined;
  readonly volume?: string | undefined;
  readonly until?: WrittenDuration | { readonly apply: string } | undefined;
}

export interface WrittenApplication {
  readonly selector?: WrittenSelector | undefined;
  readonly image?:
    | string
    | {
        readonly name?: string | undefined;
        readonly size?: WrittenQuantity | undefined;
        readonly present?: boolean | undefined;
        readonly rate?: WrittenQuantity | undefined;
        readonly pull?: "fails" | { readonly failures: number; readonly error?: string | undefined } | undefined;
      }
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
        readonly growsIn?: "main" | "children" | undefined;
        readonly killedChild?: "replaced" | "missed" | undefined;
        readonly spike?:
          | { readonly at: WrittenDuration; readonly size: WrittenQuantity; readonly for?: WrittenDuration | undefined }
          | undefined;
      }
    | undefined;
  readonly disk?:
    | {
        readonly base?: WrittenQuantity | undefined;
        readonly growth?: WrittenQuantity | undefined;
        readonly writes?: "layer" | "logs" | { readonly emptyDir: string } | undefined;
        readonly inodes?: { readonly base?: WrittenQuantity | undefined; readonly growth?: WrittenQuantity | undefined } | undefined;
      }
    | undefined;
  readonly processes?: number | undefined;
  readonly cpu?:
    | {
        readonly perRequest?: WrittenDuration | undefined;
        readonly share?: string | number | undefined;
        readonly idle?: WrittenQuantity | undefined;
        readonly startUp?: WrittenQuantity | undefined;
      }
    | undefined;
  readonly warmUp?:
    | { readonly requests?: number | undefined; readonly for?: WrittenDuration | undefined; readonly factor: number }
    | undefined;
  readonly phases?: readonly { readonly from: WrittenDuration; readonly serviceTime: number }[] | undefined;
  readonly gc?: { readonly every: Random; readonly pause: Random } | undefined;
  readonly crash?: { readonly rate: string; readonly code?: number | undefined } | undefined;
  readonly ready?: "never" | undefined;
  readonly calls?: readonly WrittenCall[] | undefined;
  readonly async?: boolean | undefined;
  readonly health?:
    | {
        readonly checks: readonly string[];
        readonly timeout?: WrittenDuration | undefined;
        readonly on?: HealthChecks["on"] | undefined;
      }
    | undefined;
  readonly shutdown?: "exit" | "ignore" | { readonly drain: WrittenDuration } | undefined;
  readonly exit?: { readonly after: Random; readonly code?: number | undefined } | undefined;
  readonly awaits?:
    | { readonly service: string; readonly namespace?: string | undefined; readonly every?: WrittenDuration | undefined }
    | undefined;
  readonly startFails?: boolean | string | number | undefined;
  readonly hooks?:
    | { readonly postStart?: WrittenHookBehaviour | undefined; readonly preStop?: WrittenHookBehaviour | undefined }
    | undefined;
  readonly configMissing?: WrittenMissingConfig | undefined;
  readonly unhealthyAfter?: WrittenDuration | undefined;
  /** Checked field by field in container-script.ts. */
  readonly script?: Readonly<Record<string, unknown>> | undefined;
}

const hook: z.ZodType<WrittenHookBehaviour> = z.strictObject({
  duration: distributionSchema.optional().meta({ description: "How long the command or the request takes." }),
  fails: z.union([z.boolean(), shareSchema]).optional().meta({ description: "true, or the chance that it fails." }),
  exitCode: wholeNumber(1, 255).optional().meta({ description: "Of a failed command; default 1." }),
  plainHttp: z.boolean().optional().meta({ description: "The port of an HTTPS hook speaks plain HTTP." }),
});

const callSchema: z.ZodType<WrittenCall> = z.strictObject({
  service: z.string().meta({ description: "service/db, or namespace/service/db." }),
  port: z
    .union([z.int(), z.string()], expecting("a port of the Service, by number or name"))
    .optional()
    .meta({ description: "Port of the Service; default: its first." }),
  perRequest: z
    .union([z.number(), shareSchema])
    .optional()
    .meta({ description: "Calls of each request, such as 2, 0.3 or 30%; what is beyond a whole number is a chance. Default 1." }),
  timeout: durationSchema.optional().meta({ description: "Each attempt is given up after this long; default 1s." }),
  retries: retriesSchema.optional().meta({ description: "As those of a load, each with a timeout of its own; default: none." }),
  fallback: z
    .enum(["fail", "degrade"])
    .optional()
    .meta({ description: "A call that fails makes the request fail (default), or the request goes on without." }),
  order: z
    .enum(["sequential", "parallel"])
    .optional()
    .meta({ description: "After what stands before it (default), or all at once, together with parallel neighbours." }),
});

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
            rate: growthSchema.optional().meta({ description: "At most so many bytes a second come from its registry." }),
            pull: z
              .union(
                [z.literal("fails"), z.strictObject({ failures: countSchema, error: z.string().optional() })],
                expecting("fails, or a mapping such as { failures: 2 }"),
              )
              .optional()
              .meta({ description: "Pulls that fail: all of them, or the first ones of each node." }),
          }),
        ],
        expecting("an image, or a mapping of name, size, present, rate and pull"),
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
        growth: growthSchema.optional().meta({ description: "Bytes per second of life: a leak." }),
        growsIn: z
          .enum(["main", "children"])
          .optional()
          .meta({ description: "Whose memory grows. Before 1.28 a child over the limit dies alone, and the container lives on." }),
        killedChild: z
          .enum(["replaced", "missed"])
          .optional()
          .meta({ description: "Another child takes its place (default), or nobody does: requests fail, health endpoints don't." }),
        spike: z
          .strictObject({
            at: durationSchema.meta({ description: "Age of the process." }),
            size: quantitySchema.meta({ description: "Bytes more than before." }),
            for: durationSchema.optional().meta({ description: "How long; default: for ever." }),
          })
          .optional(),
      })
      .optional(),
    disk: z
      .strictObject({
        base: quantitySchema.optional().meta({ description: "Bytes of local disk from the start." }),
        growth: growthSchema.optional().meta({ description: "Bytes per second of life: logs, caches." }),
        writes: z
          .union(
            [z.enum(["layer", "logs"]), z.strictObject({ emptyDir: z.string() })],
            expecting("layer, logs, or a mapping such as { emptyDir: cache }"),
          )
          .optional()
          .meta({
            description:
              "Where to: the container's own layer (the default), which a disk for images holds, or logs or an emptyDir of the Pod, on the node's disk.",
          }),
        inodes: z
          .strictObject({
            base: quantitySchema.optional().meta({ description: "Files from the start." }),
            growth: growthSchema.optional().meta({ description: "Files per second of life." }),
          })
          .optional()
          .meta({ description: "Counts on nodes that give a capacity of inodes." }),
      })
      .optional()
      .meta({ description: "Counts on nodes that give a capacity of ephemeral-storage." }),
    processes: wholeNumber(1, 4_194_304)
      .optional()
      .meta({ description: "Processes of a running container. Counts on nodes that give a capacity of pid." }),
    cpu: z
      .strictObject({
        perRequest: durationSchema.optional().meta({ description: "CPU time of a request, on average." }),
        share: shareSchema.optional().meta({ description: "Instead: cores that a worker uses while it serves; default 0.2." }),
        idle: quantitySchema.optional().meta({ description: "CPU used besides, such as 20m; default 0." }),
        startUp: quantitySchema.optional().meta({
          description:
            "CPU that the start-up wants all the time: a lower limit or a full node makes it longer. Default: it is as long as given.",
        }),
      })
      .optional()
      .meta({ description: "What CPU limits, full nodes and autoscalers see of the container." }),
    warmUp: z
      .strictObject({
        requests: countSchema.optional().meta({ description: "The first so many requests of each process." }),
        for: durationSchema.optional().meta({ description: "Or all in the first so long after it listens." }),
        factor: z.number().meta({ description: "They take so many times as long." }),
      })
      .optional(),
    phases: z
      .array(
        z.strictObject({
          from: durationSchema.meta({ description: "Age of the process." }),
          serviceTime: z.number().meta({ description: "From then on requests take so many times as long as given." }),
        }),
      )
      .optional()
      .meta({ description: "How it changes with age." }),
    gc: z
      .strictObject({
        every: distributionSchema.meta({ description: "From the end of a pause to the next." }),
        pause: distributionSchema.meta({ description: "All workers stop for so long." }),
      })
      .optional()
      .meta({ description: "Garbage collection." }),
    crash: z
      .strictObject({
        rate: rateSchema.meta({ description: "Crashes of each process, such as 2/h, at random." }),
        code: wholeNumber(0, 255).optional().meta({ description: "Exit code; default 1." }),
      })
      .optional(),
    ready: z.literal("never", expecting("never")).optional().meta({ description: "A bad version: readiness and startup probes fail." }),
    health: z
      .strictObject({
        checks: z.array(z.string()).meta({ description: "As service/db, or namespace/service/db: one after another." }),
        timeout: durationSchema.optional().meta({ description: "Of each; default 1s." }),
        on: z
          .enum(["liveness", "readiness", "both"])
          .optional()
          .meta({ description: "Whose endpoint asks; startup probes use the one of liveness. Default: both." }),
      })
      .optional()
      .meta({ description: "Services that health endpoints ask: without their answers, they fail." }),
    calls: z
      .array(callSchema)
      .optional()
      .meta({ description: "Other Services that each request calls when its own work is done, in this order." }),
    async: z
      .boolean()
      .optional()
      .meta({ description: "A worker serves others while its request waits for calls; default: a thread per request." }),
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
    awaits: z
      .strictObject({
        service: z.string(),
        namespace: z.string().optional().meta({ description: "Default: the Pod's own." }),
        every: durationSchema.optional().meta({ description: "From one look to the next; default 2s." }),
      })
      .optional()
      .meta({ description: "Exits with 0 once this Service was applied: an init container that looks its name up again and again." }),
    script: z.record(z.string(), z.unknown()).optional().meta({
      description: "What the container does, run by run and answer by answer: runs, stop, exec, http (docs/traces.md). Times in ms.",
    }),
    startFails: z
      .union([z.boolean(), shareSchema])
      .optional()
      .meta({ description: "The runtime can't start the container, as with a missing command: true, or the chance of it." }),
    configMissing: z
      .strictObject({
        configMap: z.string().optional().meta({ description: "Its name." }),
        secret: z.string().optional().meta({ description: "Or that of a Secret." }),
        volume: z.string().optional().meta({ description: "The volume that is made of it; absent: environment variables are." }),
        until: z
          .union(
            [durationSchema, z.strictObject({ apply: z.string() })],
            expecting("a duration such as 90s, or a mapping such as { apply: config.yaml }"),
          )
          .optional()
          .meta({ description: "From the start of the run, or an action that applies this file; default: for ever." }),
      })
      .optional()
      .meta({
        description:
          "A ConfigMap or Secret that the container needs and that isn't there. Containers that stand from the beginning began with it.",
      }),
    hooks: z
      .strictObject({ postStart: hook.optional(), preStop: hook.optional() })
      .optional()
      .meta({ description: "What lifecycle hooks come to. Without it an exec hook takes what its sleeps say, and succeeds." }),
    unhealthyAfter: durationSchema.optional().meta({ description: 'Health endpoints answer "failed" from this age of the process on.' }),
  })
  .meta({ title: "application" });
