/** Shape of what rules over workloads: autoscalers, disruption budgets, priority classes, quotas and limit ranges. */
import { z } from "zod";
import { unused } from "../../values/shape.schema.ts";
import { envelope, flag, integer, integerOrText, labelSelectorSchema, metaSchema, resources, text, texts } from "./meta.schema.ts";
import type {
  WrittenHorizontalPodAutoscaler,
  WrittenLimitRange,
  WrittenPodDisruptionBudget,
  WrittenPriorityClass,
  WrittenResourceQuota,
} from "./written-workloads.ts";

const target = z.strictObject({ type: text, averageUtilization: integer, averageValue: integerOrText, value: integerOrText }).optional();

const scalingRules = z
  .strictObject({
    stabilizationWindowSeconds: integer,
    selectPolicy: text,
    policies: z.array(z.strictObject({ type: text, value: integer, periodSeconds: integer })).optional(),
    tolerance: integerOrText,
  })
  .optional();

const metricSelector = "matchLabels matchExpressions[key operator values]";
const foreignTarget = "target{type averageUtilization averageValue value}";
const foreignMetric = `metric{name selector{${metricSelector}}} ${foreignTarget}`;

export const horizontalPodAutoscalerSchema: z.ZodType<WrittenHorizontalPodAutoscaler> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: z
    .strictObject({
      scaleTargetRef: z.strictObject({ apiVersion: text, kind: text, name: text }).optional(),
      minReplicas: integer,
      maxReplicas: integer,
      metrics: z
        .array(
          z.strictObject({
            type: text,
            resource: z.strictObject({ name: text, target }).optional(),
            containerResource: z.strictObject({ name: text, container: text, target }).optional(),
            pods: unused(foreignMetric),
            object: unused(`describedObject{apiVersion kind name} ${foreignMetric}`),
            external: unused(foreignMetric),
          }),
        )
        .optional(),
      targetCPUUtilizationPercentage: integer,
      behavior: z.strictObject({ scaleUp: scalingRules, scaleDown: scalingRules }).optional(),
    })
    .optional(),
});

export const podDisruptionBudgetSchema: z.ZodType<WrittenPodDisruptionBudget> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: z
    .strictObject({
      minAvailable: integerOrText,
      maxUnavailable: integerOrText,
      selector: labelSelectorSchema.optional(),
      unhealthyPodEvictionPolicy: text,
    })
    .optional(),
});

export const priorityClassSchema: z.ZodType<WrittenPriorityClass> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  value: integer,
  globalDefault: flag,
  preemptionPolicy: text,
  description: unused(),
});

export const resourceQuotaSchema: z.ZodType<WrittenResourceQuota> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: z
    .strictObject({
      hard: resources,
      scopes: texts,
      scopeSelector: z
        .strictObject({ matchExpressions: z.array(z.strictObject({ scopeName: text, operator: text, values: texts })).optional() })
        .optional(),
    })
    .optional(),
});

export const limitRangeSchema: z.ZodType<WrittenLimitRange> = z.strictObject({
  ...envelope,
  metadata: metaSchema.optional(),
  spec: z
    .strictObject({
      limits: z
        .array(
          z.strictObject({
            type: text,
            max: resources,
            min: resources,
            default: resources,
            defaultRequest: resources,
            maxLimitRequestRatio: resources,
          }),
        )
        .optional(),
    })
    .optional(),
});
