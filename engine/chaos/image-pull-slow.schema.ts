/** Shape of an image-pull-slow fault. */
import { z } from "zod";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenImagePullSlow extends WrittenFaultBase {
  readonly type: "image-pull-slow";
  readonly image?: string | undefined;
  readonly slowdown?: number | undefined;
}

export const imagePullSlowSchema: z.ZodType<WrittenImagePullSlow> = z
  .strictObject({
    type: z.literal("image-pull-slow"),
    ...faultBase,
    image: z.string().optional().meta({ description: "Exactly as in the manifest; default: every image." }),
    slowdown: z.number().optional().meta({ description: "So many times as long; more than 1, default 10." }),
  })
  .meta({ title: "image pull slow", description: "Image pulls of the targets' nodes take longer." });
