/** Shape of `settings`: every timing constant by its name, with its meaning and default. */
import { z } from "zod";
import { settingDefinitions, type SettingDefinition } from "./settings.ts";
import { formatDuration } from "./values/duration.ts";
import { expecting, wholeNumber } from "./values/shape.schema.ts";
import { durationSchema, shareSchema } from "./values/values.schema.ts";

/** Durations, rates and the like are text; counts and shares may be numbers, switches booleans. */
export type WrittenSetting = string | number | boolean;

/** Other names of settings: rows of several constants that are commonly named by their row. */
export const settingAliases: Readonly<Record<string, keyof typeof settingDefinitions>> = {
  workqueueBase: "workqueueBaseDelay",
  workqueueMax: "workqueueMaxDelay",
  plegRelistPeriodPhase: "plegRelistPhase",
  nodeMonitorPhase: "nodeMonitorPeriodPhase",
  probeSuccessThreshold: "probeSuccess",
  probeFailureThreshold: "probeFailure",
  progressDeadlineSeconds: "progressDeadline",
  revisionHistoryLimit: "revisionHistory",
  terminationGracePeriodSeconds: "terminationGracePeriod",
  nodeEvictionSecondary: "nodeEvictionRateSecondary",
  volumeUnmountPoll: "podCleanup",
  probeStartDelay: "probeStartDelayPhase",
};

export const settingsSchema: z.ZodType<Readonly<Record<string, WrittenSetting | undefined>>> = z
  .strictObject(
    Object.fromEntries([
      ...Object.entries(settingDefinitions).map(([name, definition]) => [name, describedSetting(definition)] as const),
      ...Object.entries(settingAliases).map(([alias, name]) => [alias, describedSetting(settingDefinitions[name])] as const),
    ]),
  )
  .meta({ title: "settings", description: "Timing constants of Kubernetes and of the model, by name." });

function describedSetting(definition: SettingDefinition): z.ZodOptional<z.ZodType<WrittenSetting>> {
  const { unit, meaning, source } = definition;
  return settingSchema(unit)
    .optional()
    .meta({ description: `${meaning} (${source}). Default: ${formatSetting(definition)}.` });
}

function settingSchema(unit: SettingDefinition["unit"]): z.ZodType<WrittenSetting> {
  switch (unit) {
    case "µs":
      return durationSchema;
    case "share":
      return shareSchema;
    case "1/s":
      return either(z.number(), /^\d+(?:\.\d+)?\/(?:s|m|h)$/, "a rate, such as 20/s");
    case "count":
      return z.union([wholeNumber(0, Number.MAX_SAFE_INTEGER), z.boolean()], expecting("a whole number (or true, false for a switch)"));
    case "bytes":
      return either(z.number().int(), /^\d+(?:\.\d+)?(?:[KMGT]i|[kMGT])?$/, "bytes, such as 64Mi");
    case "bytes/s":
      return either(z.number().int(), /^\d+(?:\.\d+)?(?:[KMGT]i|[kMGT])?(?:\/s)?$/, "bytes per second, such as 100M/s");
  }
}

function either(number: z.ZodNumber, pattern: RegExp, text: string): z.ZodType<string | number> {
  return z.union([number.min(0, expecting(text)), z.string().regex(pattern, expecting(text))], expecting(text));
}

/** The default as one would write it. */
export function formatSetting({ default: value, unit }: SettingDefinition): string {
  if (unit === "µs") return formatDuration(value);
  if (unit === "1/s") return `${value}/s`;
  return unit === "bytes/s" ? `${value}/s` : String(value);
}
