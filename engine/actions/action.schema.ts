/** Shape of an entry of `actions`: an instant, and one thing to do. */
import { z } from "zod";
import { expecting } from "../values/shape.schema.ts";
import { countSchema, durationSchema, type WrittenDuration } from "../values/values.schema.ts";

export interface WrittenSetImage {
  readonly deployment: string;
  readonly namespace?: string | undefined;
  readonly container?: string | undefined;
  readonly image: string;
}

export interface WrittenScale {
  readonly deployment?: string | undefined;
  readonly replicaSet?: string | undefined;
  readonly namespace?: string | undefined;
  readonly replicas: number;
}

export interface WrittenDelete {
  readonly deployment?: string | undefined;
  readonly replicaSet?: string | undefined;
  readonly pod?: string | undefined;
  readonly service?: string | undefined;
  readonly namespace?: string | undefined;
  readonly gracePeriod?: WrittenDuration | undefined;
  readonly force?: boolean | undefined;
}

export interface WrittenAction {
  readonly at: WrittenDuration;
  readonly apply?: string | readonly string[] | undefined;
  readonly setImage?: WrittenSetImage | undefined;
  readonly scale?: WrittenScale | undefined;
  readonly delete?: WrittenDelete | undefined;
}

const name = z.string().optional();

export const actionSchema: z.ZodType<WrittenAction> = z
  .strictObject({
    at: durationSchema,
    apply: z
      .union([z.string(), z.array(z.string()).min(1)], expecting("a file, or a list of files"))
      .optional()
      .meta({ description: "Manifests, as kubectl apply -f." }),
    setImage: z
      .strictObject({
        deployment: z.string(),
        namespace: name,
        container: name.meta({ description: "Default: every regular container." }),
        image: z.string().min(1, expecting("an image")),
      })
      .optional()
      .meta({ description: "As kubectl set image." }),
    scale: z
      .strictObject({ deployment: name, replicaSet: name, namespace: name, replicas: countSchema })
      .optional()
      .meta({ description: "As kubectl scale." }),
    delete: z
      .strictObject({
        deployment: name,
        replicaSet: name,
        pod: name,
        service: name,
        namespace: name,
        gracePeriod: durationSchema.optional().meta({ description: "For a pod only; default: its own." }),
        force: z.boolean().optional().meta({ description: "For a pod only." }),
      })
      .optional()
      .meta({ description: "As kubectl delete." }),
  })
  .meta({
    title: "action",
    description: "What an operator does at an instant: one of apply, setImage, scale, delete.",
    minProperties: 2,
    maxProperties: 2,
  });
