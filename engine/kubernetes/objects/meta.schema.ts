/** Shape of ObjectMeta, label selectors and other fragments that many kinds share. */
import { z } from "zod";
import { expecting, unused, unusedFields, unusedList, wholeNumber } from "../../values/shape.schema.ts";
import type { WrittenLabelSelector, WrittenMeta } from "./written.ts";

export const text: z.ZodOptional<z.ZodString> = z.string().optional();
export const flag: z.ZodOptional<z.ZodBoolean> = z.boolean().optional();
/** int32 of the API. */
export const integer: z.ZodOptional<z.ZodNumber> = wholeNumber(-2_147_483_648, 2_147_483_647).optional();
/** int64 of the API, as far as a float64 is exact. */
export const longInteger: z.ZodOptional<z.ZodNumber> = wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).optional();
export const textMap: z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodString>> = z.record(z.string(), z.string()).optional();
export const texts: z.ZodOptional<z.ZodArray<z.ZodString>> = z.array(z.string()).optional();
/** A port by number or name, or 3 or "25%". */
export const integerOrText: z.ZodOptional<z.ZodUnion<readonly [z.ZodInt, z.ZodString]>> = z
  .union([z.int(), z.string()], expecting("a whole number or text"))
  .optional();
export const resources: z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodString, z.ZodNumber]>>> = z
  .record(z.string(), z.union([z.string(), z.number()], expecting("a quantity such as 250m, 1.5 or 64Mi")))
  .optional();

export const metaSchema: z.ZodType<WrittenMeta> = z.strictObject({
  name: text,
  generateName: text,
  namespace: text,
  labels: textMap,
  annotations: textMap,
  finalizers: texts,
  ...unusedFields(
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "selfLink",
    "clusterName",
  ),
  ownerReferences: unusedList("apiVersion kind name uid controller blockOwnerDeletion"),
});

/** Metadata of a Pod template: only labels and annotations reach the Pods. */
export const templateMetaSchema: z.ZodType<Pick<WrittenMeta, "labels" | "annotations">> = z.strictObject({
  labels: textMap,
  annotations: textMap,
  ...unusedFields(
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "finalizers",
    "managedFields",
    "selfLink",
    "clusterName",
    "ownerReferences",
  ),
});

export const labelSelectorSchema: z.ZodType<WrittenLabelSelector> = z.strictObject({
  matchLabels: textMap,
  matchExpressions: z.array(z.strictObject({ key: text, operator: text, values: texts })).optional(),
});

/** apiVersion and kind were looked at before; status is the server's, and not read. */
export const envelope: {
  readonly apiVersion: typeof text;
  readonly kind: typeof text;
  readonly status: z.ZodOptional<z.ZodType<unknown>>;
} = { apiVersion: text, kind: text, status: unused() };
