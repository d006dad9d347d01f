/** Shape of an image-pull-failure fault. */
import { z } from "zod";
import { shareSchema } from "../values/values.schema.ts";
import { faultBase, type WrittenFaultBase } from "./fault.schema.ts";

export interface WrittenImagePullFailure extends WrittenFaultBase {
  readonly type: "image-pull-failure";
  readonly image?: string | undefined;
  readonly rate?: string | number | undefined;
}

export const imagePullFailureSchema: z.ZodType<WrittenImagePullFailure> = z
  .strictObject({
    type: z.literal("image-pull-failure"),
    ...faultBase,
    image: z.string().optional().meta({ description: "Exactly as in the manifest; default: every image." }),
    rate: shareSchema.optional().meta({ description: "Chance that a pull fails; default 1." }),
  })
  .meta({ title: "image pull failure", description: "Image pulls of the targets' nodes fail." });
