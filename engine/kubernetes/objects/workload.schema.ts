/** Shape of Deployment and ReplicaSet. */
import { z } from "zod";
import { envelope, flag, integer, integerOrText, labelSelectorSchema, metaSchema, text } from "./meta.schema.ts";
import { podTemplateSchema } from "./pod.schema.ts";
import type { WrittenDeployment, WrittenReplicaSet } from "./written.ts";

export const deploymentSchema: z.ZodType<WrittenDeployment> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: z
    .strictObject({
      replicas: integer,
      selector: labelSelectorSchema.optional(),
      template: podTemplateSchema.optional(),
      strategy: z
        .strictObject({
          type: text,
          rollingUpdate: z.strictObject({ maxSurge: integerOrText, maxUnavailable: integerOrText }).optional(),
        })
        .optional(),
      minReadySeconds: integer,
      progressDeadlineSeconds: integer,
      revisionHistoryLimit: integer,
      paused: flag,
    })
    .optional(),
});

export const replicaSetSchema: z.ZodType<WrittenReplicaSet> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: z
    .strictObject({
      replicas: integer,
      selector: labelSelectorSchema.optional(),
      template: podTemplateSchema.optional(),
      minReadySeconds: integer,
    })
    .optional(),
});
