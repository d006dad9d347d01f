/** Shape of an entry of `nodes`: a group of equal nodes. */
import { z } from "zod";
import { countSchema, quantitySchema, type WrittenQuantity } from "../../values/values.schema.ts";
import { wholeNumber } from "../../values/shape.schema.ts";

export interface WrittenNodeGroup {
  readonly count: number;
  readonly zones?: number | undefined;
  readonly zone?: string | undefined;
  readonly namePrefix?: string | undefined;
  readonly capacity?:
    | { readonly cpu?: WrittenQuantity | undefined; readonly memory?: WrittenQuantity | undefined; readonly pods?: number | undefined }
    | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly taints?:
    | readonly {
        readonly key: string;
        readonly value?: string | undefined;
        readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
      }[]
    | undefined;
}

export const nodeGroupSchema: z.ZodType<WrittenNodeGroup> = z
  .strictObject({
    count: wholeNumber(1, 200_000),
    zones: wholeNumber(1, 1_000).optional().meta({ description: "Number of zones (a, b, c, ...) that the nodes are dealt to in turn." }),
    zone: z.string().optional().meta({ description: "The one zone of all these nodes, by name." }),
    namePrefix: z.string().optional().meta({ description: "Nodes are named prefix-0, prefix-1, ... (default: node)." }),
    capacity: z
      .strictObject({ cpu: quantitySchema.optional(), memory: quantitySchema.optional(), pods: countSchema.optional() })
      .optional()
      .meta({ description: "Allocatable of each node; default 8 CPU, 32Gi, 110 Pods." }),
    labels: z.record(z.string(), z.string()).optional(),
    taints: z
      .array(
        z.strictObject({ key: z.string(), value: z.string().optional(), effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]) }),
      )
      .optional(),
  })
  .meta({ title: "group of nodes" });
