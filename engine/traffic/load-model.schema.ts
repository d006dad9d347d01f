/** Shape of an entry of `load`. Executors carry k6's names, plus poisson-arrival-rate. */
import { z } from "zod";
import { expecting, wholeNumber } from "../values/shape.schema.ts";
import { countSchema, durationSchema, rateSchema, type WrittenDuration } from "../values/values.schema.ts";
import type { WayIn } from "../kubernetes/network/service-route.ts";
import type { LoadSpec } from "./load-model.ts";

export interface WrittenLoad {
  readonly name?: string | undefined;
  readonly target: string;
  readonly port?: number | string | undefined;
  readonly executor?: LoadSpec["executor"] | undefined;
  readonly rate: string;
  readonly from?: WrittenDuration | undefined;
  readonly until?: WrittenDuration | undefined;
  readonly timeout?: WrittenDuration | undefined;
  readonly retries?: { readonly max?: number | undefined; readonly backoff?: WrittenDuration | undefined } | undefined;
  readonly places?: number | undefined;
  readonly via?: WayIn | undefined;
  readonly clients?: number | undefined;
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
};

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
    rate: rateSchema.meta({ title: "rate", description: "Per second, minute or hour: 200/s, 90/m; at most 500000/s." }),
    from: durationSchema.optional().meta({ description: "Begin; default 0." }),
    until: durationSchema.optional().meta({ description: "End; default: the end of the run." }),
    timeout: durationSchema.optional().meta({ description: "The client gives up after this long; default 10s." }),
    retries: z
      .strictObject({ max: countSchema.optional(), backoff: durationSchema.optional() })
      .optional()
      .meta({ description: "By the client, on any end but an answer; default none, backoff 100ms." }),
    places: wholeNumber(1, 1_000)
      .optional()
      .meta({ description: "Clients with a Service proxy of their own each; default: one per node, at most 1,000." }),
    via: z
      .enum(Object.keys(waysIn) as WayIn[])
      .optional()
      .meta({
        description:
          Object.entries(waysIn)
            .map(([name, meaning]) => `${name}: ${meaning}`)
            .join("; ") + ". Default: cluster-ip.",
      }),
    clients: wholeNumber(1, 10_000)
      .optional()
      .meta({ description: "Addresses that the requests of one place come from, for session affinity; default 1." }),
  })
  .meta({ title: "load" });
