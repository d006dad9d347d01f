/**
 * result.json, for programs: a versioned schema. All that depends on the wall clock or the machine stands
 * under `run` alone, so that the rest of two runs can be compared byte for byte.
 */
import type { Format } from "./format.ts";

export const RESULT_SCHEMA = "podstorm.dev/result/v1";

export const json: Format = {
  name: "json",
  fileName: "result.json",
  format(report) {
    const { result, verdict } = report;
    return `${print({
      schema: RESULT_SCHEMA,
      name: result.name,
      version: result.version,
      kubernetesVersion: result.kubernetesVersion,
      seed: result.seed,
      specDigest: result.specDigest,
      fingerprint: result.fingerprint,
      durationMicros: result.duration,
      warmupMicros: result.warmup,
      endMicros: result.end,
      partial: result.isPartial,
      ...(result.aborted === undefined ? {} : { abortedMicros: result.aborted.at }),
      events: result.events,
      replications: 1,
      verdict: {
        passed: verdict.isPassed,
        violations: verdict.violations,
        thresholds: verdict.thresholds.map(({ metric, text, value, isPassed, isWarning, isAborting }) => ({
          metric,
          text,
          // JSON has no word for "never".
          value: value === Infinity ? null : value,
          passed: isPassed,
          ...(isWarning ? { severity: "warn" } : {}),
          ...(isAborting ? { abortedTheRun: true } : {}),
        })),
      },
      ...(verdict.sometimes.length === 0
        ? {}
        : {
            sometimes: verdict.sometimes.map(({ name, isReached, at }) => ({
              name,
              reached: isReached,
              ...(at === null ? {} : { firstMicros: at }),
            })),
          }),
      sections: Object.fromEntries(report.sections.map((section) => [section.id, section.figures])),
      metrics: {
        counters: result.metrics.counters,
        histograms: result.metrics.histograms,
        timeSeries: result.metrics.timeSeries,
        bucketWidthMicros: result.metrics.bucketWidth,
      },
      losses: result.losses,
      restarts: result.restarts,
      effects: result.effects,
      causes: result.causes,
      control: result.control,
      names: result.names,
      run:
        report.run === null && report.startedAt === null ? null : { startedAt: report.startedAt, command: report.command, ...report.run },
    })}\n`;
  },
};

/** Two spaces a level; a list of plain values, or an object of at most `WIDTH` characters, on one line. */
const WIDTH = 160;

export function print(value: unknown, indent = ""): string {
  if (value === undefined || value === null || typeof value !== "object") return JSON.stringify(value ?? null);
  const flat = JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (flat.length <= WIDTH || value.every((entry) => typeof entry !== "object" || (Array.isArray(entry) && entry.length === 2)))
      return flat;
    return `[\n${value.map((entry) => inner + print(entry, inner)).join(",\n")}\n${indent}]`;
  }
  if (flat.length <= WIDTH && indent.length > 2) return flat;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  if (entries.length === 0) return "{}";
  return `{\n${entries.map(([key, entry]) => `${inner}${JSON.stringify(key)}: ${print(entry, inner)}`).join(",\n")}\n${indent}}`;
}
