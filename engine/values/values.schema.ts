/** Shapes of the values that scenarios are made of: durations, rates, quantities, shares, distributions. */
import { z } from "zod";
import { durationPattern, ratePattern } from "./duration.ts";
import { quantityPattern } from "./quantity.ts";
import { expecting, wholeNumber } from "./shape.schema.ts";

export type WrittenDuration = string | 0;
export type WrittenQuantity = string | number;

const aDuration = expecting("a duration with a unit, such as 250ms, 30s or 1m30s");

/** JSON Schema knows no flags and no lookbehind; these patterns need neither. */
export const durationSchema: z.ZodType<WrittenDuration> = z
  .union([z.string().regex(durationPattern, aDuration), z.literal(0)], aDuration)
  .meta({ title: "duration", description: "With a unit: us, ms, s, m or h; several may follow each other (1m30s)." });

export const rateSchema: z.ZodType<string> = z
  .string(expecting("a rate with a unit, such as 200/s"))
  .regex(ratePattern, expecting("a rate with a unit, such as 200/s"))
  .meta({ title: "rate", description: "Per second, minute or hour: 200/s, 90/m." });

const bytesPerSecond = expecting("bytes per second, such as 1Mi/s");

/** `1Mi/s`, or a plain quantity per second. */
export const growthSchema: z.ZodType<WrittenQuantity> = z.union(
  [z.string().regex(/^(?:\d+\.?\d*|\.\d+)(?:[KMGT]i|[kMGT])?(?:\/(?:s|m|h))?$/, bytesPerSecond), z.number().min(0, bytesPerSecond)],
  bytesPerSecond,
);

const aQuantity = expecting("a quantity such as 64Mi, 500m or 8");

export const quantitySchema: z.ZodType<WrittenQuantity> = z
  .union([z.string().regex(quantityPattern, aQuantity), z.number().min(0, expecting("0 or more"))], aQuantity)
  .meta({ title: "quantity", description: "As in Kubernetes: 250m, 64Mi, 1.5G." });

const aShare = expecting("a share from 0 to 1, such as 0.2 or 20%");

/** 0.2 or "20%". */
export const shareSchema: z.ZodType<string | number> = z
  .union([z.string().regex(/^\d+(?:\.\d+)?%$/, aShare), z.number().min(0, aShare).max(1, aShare)], aShare)
  .meta({ title: "share", description: "0.2, or 20%." });

export const countSchema: z.ZodType<number> = wholeNumber(0, Number.MAX_SAFE_INTEGER);

export interface WrittenDistribution {
  readonly constant?: WrittenDuration | undefined;
  readonly uniform?: { readonly min: WrittenDuration; readonly max: WrittenDuration } | undefined;
  readonly exponential?: { readonly mean: WrittenDuration } | undefined;
  readonly normal?: { readonly mean: WrittenDuration; readonly deviation: WrittenDuration } | undefined;
  readonly logNormal?: { readonly median: WrittenDuration; readonly p99: WrittenDuration } | undefined;
  readonly pareto?: { readonly scale: WrittenDuration; readonly shape: number } | undefined;
  readonly weibull?: { readonly scale: WrittenDuration; readonly shape: number } | undefined;
  readonly empirical?: readonly WrittenDuration[] | undefined;
}

const shape = z.number().gt(0, expecting("more than 0"));

const distribution: z.ZodType<WrittenDistribution> = z
  .strictObject({
    constant: durationSchema.optional(),
    uniform: z.strictObject({ min: durationSchema, max: durationSchema }).optional(),
    exponential: z.strictObject({ mean: durationSchema }).optional(),
    normal: z.strictObject({ mean: durationSchema, deviation: durationSchema }).optional(),
    logNormal: z.strictObject({ median: durationSchema, p99: durationSchema }).optional(),
    pareto: z.strictObject({ scale: durationSchema, shape }).optional(),
    weibull: z.strictObject({ scale: durationSchema, shape }).optional(),
    empirical: z.array(durationSchema).min(1, expecting("at least one duration")).optional(),
  })
  .meta({ minProperties: 1, maxProperties: 1 });

/** A plain duration is a constant. */
export const distributionSchema: z.ZodType<WrittenDuration | WrittenDistribution> = z.union([durationSchema, distribution]).meta({
  title: "random duration",
  description: "A duration (constant), or one distribution: { logNormal: { median: 20ms, p99: 250ms } }.",
});
