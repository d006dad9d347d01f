/** Shape of the further workloads: ReplicationController, StatefulSet, DaemonSet, Job and CronJob. */
import { z } from "zod";
import { unused, unusedFields } from "../../values/shape.schema.ts";
import {
  envelope,
  flag,
  integer,
  integerOrText,
  labelSelectorSchema,
  longInteger,
  metaSchema,
  templateMetaSchema,
  text,
  textMap,
} from "./meta.schema.ts";
import { podTemplateSchema } from "./pod.schema.ts";
import type {
  WrittenCronJob,
  WrittenDaemonSet,
  WrittenJob,
  WrittenJobSpec,
  WrittenReplicationController,
  WrittenStatefulSet,
} from "./written-workloads.ts";

export const replicationControllerSchema: z.ZodType<WrittenReplicationController> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: z
    .strictObject({ replicas: integer, selector: textMap, template: podTemplateSchema.optional(), minReadySeconds: integer })
    .optional(),
});

export const statefulSetSchema: z.ZodType<WrittenStatefulSet> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: z
    .strictObject({
      replicas: integer,
      selector: labelSelectorSchema.optional(),
      template: podTemplateSchema.optional(),
      serviceName: text,
      podManagementPolicy: text,
      updateStrategy: z
        .strictObject({ type: text, rollingUpdate: z.strictObject({ partition: integer, maxUnavailable: integerOrText }).optional() })
        .optional(),
      minReadySeconds: integer,
      revisionHistoryLimit: integer,
      ordinals: z.strictObject({ start: integer }).optional(),
      persistentVolumeClaimRetentionPolicy: unused("whenDeleted whenScaled"),
      // What a claim holds is not looked into.
      ...unusedFields("volumeClaimTemplates"),
    })
    .optional(),
});

export const daemonSetSchema: z.ZodType<WrittenDaemonSet> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: z
    .strictObject({
      selector: labelSelectorSchema.optional(),
      template: podTemplateSchema.optional(),
      updateStrategy: z
        .strictObject({
          type: text,
          rollingUpdate: z.strictObject({ maxUnavailable: integerOrText, maxSurge: integerOrText }).optional(),
        })
        .optional(),
      minReadySeconds: integer,
      revisionHistoryLimit: integer,
    })
    .optional(),
});

const jobSpecSchema: z.ZodType<WrittenJobSpec> = z.strictObject({
  parallelism: integer,
  completions: integer,
  backoffLimit: integer,
  activeDeadlineSeconds: longInteger,
  ttlSecondsAfterFinished: integer,
  completionMode: text,
  suspend: flag,
  manualSelector: flag,
  selector: labelSelectorSchema.optional(),
  template: podTemplateSchema.optional(),
  podFailurePolicy: z
    .strictObject({
      rules: z
        .array(
          z.strictObject({
            action: text,
            onExitCodes: z.strictObject({ containerName: text, operator: text, values: z.array(z.number().int()).optional() }).optional(),
            onPodConditions: z.array(z.strictObject({ type: text, status: text })).optional(),
          }),
        )
        .optional(),
    })
    .optional(),
  backoffLimitPerIndex: integer,
  maxFailedIndexes: integer,
  podReplacementPolicy: text,
  successPolicy: z
    .strictObject({ rules: z.array(z.strictObject({ succeededIndexes: text, succeededCount: integer })).optional() })
    .optional(),
  ...unusedFields("managedBy"),
});

export const jobSchema: z.ZodType<WrittenJob> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: jobSpecSchema.optional(),
});

export const cronJobSchema: z.ZodType<WrittenCronJob> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: z
    .strictObject({
      schedule: text,
      timeZone: text,
      startingDeadlineSeconds: longInteger,
      concurrencyPolicy: text,
      suspend: flag,
      successfulJobsHistoryLimit: integer,
      failedJobsHistoryLimit: integer,
      jobTemplate: z.strictObject({ metadata: templateMetaSchema.optional(), spec: jobSpecSchema.optional() }).optional(),
    })
    .optional(),
});
