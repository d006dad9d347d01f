/** Shape of an entry of `nodes`: a group of equal nodes. */
import { z } from "zod";
import {
  countSchema,
  durationSchema,
  quantitySchema,
  shareSchema,
  type WrittenDuration,
  type WrittenQuantity,
} from "../../values/values.schema.ts";
import { wholeNumber } from "../../values/shape.schema.ts";

type BySignal = Readonly<Record<string, string>>;

/** The part of KubeletConfiguration that isn't a setting, with its field names. */
export interface WrittenKubelet {
  readonly evictionHard?: BySignal | undefined;
  readonly evictionSoft?: BySignal | undefined;
  readonly evictionSoftGracePeriod?: BySignal | undefined;
  readonly evictionMinimumReclaim?: BySignal | undefined;
  readonly evictionMaxPodGracePeriod?: number | undefined;
  readonly shutdownGracePeriod?: WrittenDuration | undefined;
  readonly shutdownGracePeriodCriticalPods?: WrittenDuration | undefined;
}

const bySignal = z.record(z.string(), z.string());

const kubeletSchema: z.ZodType<WrittenKubelet> = z
  .strictObject({
    evictionHard: bySignal.optional().meta({
      description:
        'Signal to quantity or percentage, such as { memory.available: 100Mi }; replaces all defaults. "0%" switches a signal off.',
    }),
    evictionSoft: bySignal.optional().meta({ description: "The same, met only after a grace period." }),
    evictionSoftGracePeriod: bySignal.optional().meta({ description: "Signal to duration." }),
    evictionMinimumReclaim: bySignal.optional().meta({ description: "Signal to how much more has to be free until the pressure is over." }),
    evictionMaxPodGracePeriod: countSchema.optional().meta({ description: "Most seconds that a soft eviction grants. Default 0." }),
    shutdownGracePeriod: durationSchema.optional().meta({ description: "Time that a graceful shutdown has. Default 0: none." }),
    shutdownGracePeriodCriticalPods: durationSchema.optional().meta({ description: "The part of it kept for critical Pods. Default 0." }),
  })
  .meta({ title: "kubelet", description: "Configuration of the nodes' kubelets." });

export interface WrittenNodeAutoscaling {
  readonly min?: number | undefined;
  readonly max: number;
  readonly scaleUpDelay?: WrittenDuration | undefined;
  readonly scaleDownDelay?: WrittenDuration | undefined;
  readonly unneededTime?: WrittenDuration | undefined;
  readonly scaleDownUtilization?: number | string | undefined;
}

const autoscalingSchema: z.ZodType<WrittenNodeAutoscaling> = z
  .strictObject({
    min: wholeNumber(0, 200_000).optional().meta({ description: "Fewest nodes that scaling down leaves. Default: count." }),
    max: wholeNumber(1, 200_000).meta({ description: "Most nodes that it grows to." }),
    scaleUpDelay: durationSchema.optional().meta({ description: "From the decision until the new node has registered. Default 60s." }),
    scaleDownDelay: durationSchema.optional().meta({ description: "After nodes came, none goes for so long. Default 10m." }),
    unneededTime: durationSchema.optional().meta({ description: "How long a node must be unneeded before it goes. Default 10m." }),
    scaleDownUtilization: shareSchema
      .optional()
      .meta({ description: "A node may go while less than this share of its CPU and of its memory is asked for. Default 50%." }),
  })
  .meta({ title: "autoscaling", description: "The group grows for Pods without a node, and shrinks when nodes are unneeded." });

export interface WrittenNodeGroup {
  readonly count: number;
  readonly autoscaling?: WrittenNodeAutoscaling | undefined;
  readonly zones?: number | undefined;
  readonly zone?: string | undefined;
  readonly namePrefix?: string | undefined;
  readonly capacity?:
    | {
        readonly cpu?: WrittenQuantity | undefined;
        readonly memory?: WrittenQuantity | undefined;
        readonly pods?: number | undefined;
        readonly "ephemeral-storage"?: WrittenQuantity | undefined;
        readonly pid?: number | undefined;
        readonly inodes?: WrittenQuantity | undefined;
        readonly probeConnections?: number | undefined;
        readonly imagefs?: { readonly storage: WrittenQuantity; readonly inodes?: WrittenQuantity | undefined } | undefined;
      }
    | undefined;
  readonly kubelet?: WrittenKubelet | undefined;
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
      .strictObject({
        cpu: quantitySchema.optional(),
        memory: quantitySchema.optional(),
        pods: countSchema.optional(),
        "ephemeral-storage": quantitySchema.optional().meta({ description: "Local disk. Default: not counted." }),
        pid: countSchema.optional().meta({ description: "Processes. Default: not counted." }),
        inodes: quantitySchema.optional().meta({ description: "Files that the local disk holds. Default: not counted." }),
        probeConnections: wholeNumber(1, 10_000_000).optional().meta({
          description:
            "Entries of the connection table that are left for probes, each of which keeps one for a while. Default: not counted.",
        }),
        imagefs: z
          .strictObject({
            storage: quantitySchema.meta({ description: "Bytes." }),
            inodes: quantitySchema.optional().meta({ description: "Files. Default: not counted." }),
          })
          .optional()
          .meta({ description: "A disk of its own for images and containers' layers. Default: they lie on the local disk." }),
      })
      .optional()
      .meta({ description: "Allocatable of each node; default 8 CPU, 32Gi, 110 Pods." }),
    autoscaling: autoscalingSchema.optional(),
    kubelet: kubeletSchema.optional(),
    labels: z.record(z.string(), z.string()).optional(),
    taints: z
      .array(
        z.strictObject({ key: z.string(), value: z.string().optional(), effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]) }),
      )
      .optional(),
  })
  .meta({ title: "group of nodes" });
