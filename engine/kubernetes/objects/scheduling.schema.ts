/** Shape of what a Pod says about where it wants to go. */
import { z } from "zod";
import { integer, labelSelectorSchema, text, texts } from "./meta.schema.ts";
import type { WrittenAffinity, WrittenSchedulingGate, WrittenSpreadConstraint } from "./scheduling.ts";

const requirements = z.array(z.strictObject({ key: text, operator: text, values: texts })).optional();
const nodeTerm = z.strictObject({ matchExpressions: requirements, matchFields: requirements });
const podTerm = z.strictObject({
  topologyKey: text,
  labelSelector: labelSelectorSchema.optional(),
  namespaceSelector: labelSelectorSchema.optional(),
  namespaces: texts,
  matchLabelKeys: texts,
  mismatchLabelKeys: texts,
});
const podTerms = z
  .strictObject({
    requiredDuringSchedulingIgnoredDuringExecution: z.array(podTerm).optional(),
    preferredDuringSchedulingIgnoredDuringExecution: z
      .array(z.strictObject({ weight: integer, podAffinityTerm: podTerm.optional() }))
      .optional(),
  })
  .optional();

export const affinitySchema: z.ZodOptional<z.ZodType<WrittenAffinity>> = z
  .strictObject({
    nodeAffinity: z
      .strictObject({
        requiredDuringSchedulingIgnoredDuringExecution: z.strictObject({ nodeSelectorTerms: z.array(nodeTerm).optional() }).optional(),
        preferredDuringSchedulingIgnoredDuringExecution: z
          .array(z.strictObject({ weight: integer, preference: nodeTerm.optional() }))
          .optional(),
      })
      .optional(),
    podAffinity: podTerms,
    podAntiAffinity: podTerms,
  })
  .optional();

export const spreadSchema: z.ZodOptional<z.ZodType<readonly WrittenSpreadConstraint[]>> = z
  .array(
    z.strictObject({
      maxSkew: integer,
      topologyKey: text,
      whenUnsatisfiable: text,
      labelSelector: labelSelectorSchema.optional(),
      minDomains: integer,
      nodeAffinityPolicy: text,
      nodeTaintsPolicy: text,
      matchLabelKeys: texts,
    }),
  )
  .optional();

export const gatesSchema: z.ZodOptional<z.ZodType<readonly WrittenSchedulingGate[]>> = z.array(z.strictObject({ name: text })).optional();
