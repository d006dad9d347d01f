/** Shape of an entry of `load`. Executors carry k6's names, plus poisson-arrival-rate. */
import { z } from "zod";
import { expecting, wholeNumber } from "../values/shape.schema.ts";
import {
  countSchema,
  distributionSchema,
  durationSchema,
  rateSchema,
  shareSchema,
  type WrittenDistribution,
  type WrittenDuration,
} from "../values/values.schema.ts";
import type { WayIn } from "../kubernetes/network/service-route.ts";
import { loadPolicies, type ConnectionPolicy, type LoadPolicy, type LoadSpec } from "./load-model.ts";
import { retryJitters, type RetryJitter } from "./retry-policy.ts";

interface WrittenStage {
  readonly duration: WrittenDuration;
  readonly target: string | number;
}

export interface WrittenShape {
  readonly bursts?: { readonly every: WrittenDuration; readonly for: WrittenDuration; readonly factor: number } | undefined;
  readonly sinusoid?:
    | { readonly period: WrittenDuration; readonly amplitude: string | number; readonly peakAt?: WrittenDuration | undefined }
    | undefined;
  readonly phases?:
    | {
        readonly every?: WrittenDuration | undefined;
        readonly points: readonly { readonly at: WrittenDuration; readonly factor: number }[];
      }
    | undefined;
}

export interface WrittenRetries {
  readonly max?: number | undefined;
  readonly backoff?: WrittenDuration | undefined;
  readonly factor?: number | undefined;
  readonly backoffMax?: WrittenDuration | undefined;
  readonly jitter?: RetryJitter | undefined;
  readonly budget?: string | number | undefined;
}

export interface WrittenConnections {
  readonly kind: ConnectionPolicy["kind"];
  readonly size?: number | undefined;
  readonly pick?: ConnectionPolicy["pick"] | undefined;
  readonly maxAge?: WrittenDuration | undefined;
  readonly idleTimeout?: WrittenDuration | undefined;
}

export interface WrittenLoad {
  readonly name?: string | undefined;
  readonly target: string;
  readonly port?: number | string | undefined;
  readonly executor?: LoadSpec["executor"] | undefined;
  readonly rate?: string | undefined;
  readonly startRate?: string | undefined;
  readonly vus?: number | undefined;
  readonly startVUs?: number | undefined;
  readonly stages?: readonly WrittenStage[] | undefined;
  readonly thinkTime?: WrittenDuration | WrittenDistribution | undefined;
  readonly shape?: WrittenShape | undefined;
  readonly trace?: string | undefined;
  readonly from?: WrittenDuration | undefined;
  readonly until?: WrittenDuration | undefined;
  readonly timeout?: WrittenDuration | undefined;
  readonly retries?: WrittenRetries | undefined;
  readonly hedging?: { readonly after: WrittenDuration; readonly max?: number | undefined } | undefined;
  readonly policy?: LoadPolicy | undefined;
  readonly connections?: WrittenConnections | undefined;
  readonly discovery?: { readonly refresh: WrittenDuration; readonly lag?: WrittenDuration | undefined } | undefined;
  readonly places?: number | undefined;
  readonly via?: WayIn | WrittenIngress | undefined;
  readonly clients?: number | undefined;
}

/** Pods in front of the Service that forward requests by a list of their own. */
export interface WrittenIngress {
  readonly ingress: string;
  readonly propagation?: WrittenDuration | undefined;
  readonly timeout?: WrittenDuration | undefined;
  readonly retries?: WrittenRetries | undefined;
}

/** Likewise. */
const waysIn: { readonly [Way in WayIn]: string } = {
  "cluster-ip": "from inside the cluster",
  "node-port": "from outside, by the port of any node",
  "load-balancer": "from outside, by a load balancer in front of the nodes",
};

/** A new executor that is missing here doesn't compile. */
const executors: { readonly [Executor in LoadSpec["executor"]]: string } = {
  "poisson-arrival-rate": "open, exponential gaps",
  "constant-arrival-rate": "open, evenly spaced",
  "ramping-arrival-rate": "open, exponential gaps, the rate goes from startRate through the stages",
  "constant-vus": "closed: so many users, each waits for its answer and then thinks",
  "ramping-vus": "closed, the number of users goes from startVUs through the stages",
};

const positive = z.number().gt(0, expecting("more than 0"));
const userCount = wholeNumber(1, 100_000);

const stageSchema = z.strictObject({
  duration: durationSchema,
  target: z.union([rateSchema, countSchema], expecting("a rate such as 200/s, or of ramping-vus a number of users")),
});

const shapeSchema: z.ZodType<WrittenShape> = z
  .strictObject({
    bursts: z
      .strictObject({ every: durationSchema, for: durationSchema, factor: positive })
      .optional()
      .meta({ description: "At the end of each `every` the rate is `factor` times the rate, for so long." }),
    sinusoid: z
      .strictObject({ period: durationSchema, amplitude: shareSchema, peakAt: durationSchema.optional() })
      .optional()
      .meta({ description: "A smooth curve around the rate: a day with its peak at `peakAt` (default: half the period)." }),
    phases: z
      .strictObject({
        every: durationSchema.optional(),
        points: z.array(z.strictObject({ at: durationSchema, factor: z.number().min(0, expecting("0 or more")) })).min(1),
      })
      .optional()
      .meta({ description: "Straight lines between points, as factors of the rate; again after `every`." }),
  })
  .meta({ title: "shape of a load", minProperties: 1, maxProperties: 1 });

export const retriesSchema: z.ZodType<WrittenRetries> = z.strictObject({
  max: countSchema.optional(),
  backoff: durationSchema.optional(),
  factor: z.number().min(1, expecting("at least 1")).optional(),
  backoffMax: durationSchema.optional(),
  jitter: z.enum(retryJitters).optional(),
  budget: shareSchema.optional(),
});

const connectionKinds: { readonly [Kind in ConnectionPolicy["kind"]]: string } = {
  "keep-alive": "one request at a time on each",
  http2: "any number of requests at once (gRPC)",
};

const connectionsSchema: z.ZodType<WrittenConnections> = z.strictObject({
  kind: z.enum(Object.keys(connectionKinds) as ConnectionPolicy["kind"][]),
  size: wholeNumber(1, 10_000).optional(),
  pick: z.enum(["lifo", "random"]).optional(),
  maxAge: durationSchema.optional(),
  idleTimeout: durationSchema.optional(),
});

const ingressSchema: z.ZodType<WrittenIngress> = z.strictObject({
  ingress: z.string(),
  propagation: durationSchema.optional(),
  timeout: durationSchema.optional(),
  retries: retriesSchema.optional(),
});

export const loadSchema: z.ZodType<WrittenLoad> = z
  .strictObject({
    name: z.string().optional().meta({ description: "In the report; default: the Service's name." }),
    target: z.string().meta({ description: "service/web, or namespace/service/web.", examples: ["service/web"] }),
    port: z
      .union([z.int(), z.string()], expecting("a port of the Service, by number or name"))
      .optional()
      .meta({ description: "Port of the Service; default: its first." }),
    executor: z
      .enum(Object.keys(executors) as LoadSpec["executor"][])
      .optional()
      .meta({
        description:
          Object.entries(executors)
            .map(([name, meaning]) => `${name}: ${meaning}`)
            .join("; ") + ". Default: poisson-arrival-rate.",
      }),
    rate: rateSchema
      .optional()
      .meta({ title: "rate", description: "Of arrivals, per second, minute or hour: 200/s, 90/m; at most 500000/s." }),
    startRate: rateSchema.optional().meta({ title: "rate", description: "Of ramping-arrival-rate; default: the first stage's target." }),
    vus: userCount.optional().meta({ description: "Users of constant-vus." }),
    startVUs: wholeNumber(0, 100_000).optional().meta({ description: "Users of ramping-vus at the beginning; default 1." }),
    stages: z
      .array(stageSchema)
      .min(1)
      .max(1_000)
      .optional()
      .meta({ description: "Of the ramping executors: how long until which target." }),
    thinkTime: distributionSchema.optional().meta({ description: "Of a user between an answer and its next request; default 1s." }),
    shape: shapeSchema.optional().meta({ description: "How the rate varies: bursts, a sinusoid, or phases." }),
    trace: z
      .string()
      .optional()
      .meta({ description: "Instead of a rate: a CSV file of time,count lines; each count is spread over the time until the next line." }),
    from: durationSchema.optional().meta({ description: "Begin; default 0." }),
    until: durationSchema.optional().meta({ description: "End; default: the end of the run." }),
    timeout: durationSchema.optional().meta({ description: "The client gives up after this long; default 10s." }),
    retries: retriesSchema.optional().meta({
      description:
        "By the client, on any end but an answer: default none; backoff 100ms, each wait factor (2) times the one before, at most backoffMax; " +
        "jitter none, full or equal; budget: retries per request in the long run.",
    }),
    hedging: z
      .strictObject({ after: durationSchema, max: wholeNumber(1, 10).optional() })
      .optional()
      .meta({
        description: "Another attempt beside one that has not been answered so long; the first answer wins. At most max, default 1.",
      }),
    policy: z
      .enum(loadPolicies)
      .optional()
      .meta({ description: "How the clients choose an endpoint themselves; default: as the Service's proxy does." }),
    connections: connectionsSchema.optional().meta({ description: "Connections that outlive a request; default: a new one each time." }),
    discovery: z
      .strictObject({ refresh: durationSchema, lag: durationSchema.optional() })
      .optional()
      .meta({ description: "Clients ask a registry every `refresh` and keep what it said; the registry follows the cluster `lag` later." }),
    places: wholeNumber(1, 1_000)
      .optional()
      .meta({ description: "Clients with a Service proxy of their own each; default: one per node, at most 1,000." }),
    via: z
      .union(
        [z.enum(Object.keys(waysIn) as WayIn[]), ingressSchema],
        expecting("a way in, or a mapping such as { ingress: deployment/gateway }"),
      )
      .optional()
      .meta({
        description:
          Object.entries(waysIn)
            .map(([name, meaning]) => `${name}: ${meaning}`)
            .join("; ") +
          ". Default: cluster-ip. Or { ingress: deployment/NAME }: the Pods of a Deployment that has a Service of its own forward each request to an endpoint on " +
          "a list of their own, which follows the cluster `propagation` later (default 1s); timeout (60s) and retries are those of what they forward.",
      }),
    clients: wholeNumber(1, 10_000)
      .optional()
      .meta({ description: "Addresses that the requests of one place come from, for session affinity; default 1." }),
  })
  .meta({ title: "load" });
