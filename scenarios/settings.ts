/** `settings` and the version's own defaults → every constant of the run. */
import { defaultSettings, settingDefinitions, type SettingName, type Settings } from "../engine/settings.ts";
import { settingsOfVersion } from "../engine/kubernetes/versions.ts";
import { settingAliases, settingsSchema, type WrittenSetting } from "../engine/settings.schema.ts";
import { describe } from "../engine/values/issue.ts";
import { parseQuantity } from "../engine/values/quantity.ts";
import { formatDuration, parseRate } from "../engine/values/duration.ts";
import { settingHints } from "./unmodelled-settings.ts";
import type { ScenarioSections } from "./section.ts";

const SECOND = 1_000_000;

/** Grids that would never end within an instant, token buckets that would never let anything through, thresholds of none. */
const positive: ReadonlySet<SettingName> = new Set<SettingName>([
  "kcmQps",
  "kcmBurst",
  "schedulerQps",
  "schedulerBurst",
  "kubeletQps",
  "kubeletBurst",
  "workqueueOverallQps",
  "workqueueOverallBurst",
  "eventSpamBurst",
  "eventSpamRefill",
  "eventAggregateMax",
  "eventSeriesWrite",
  "kubeletEventQps",
  "kubeletEventBurst",
  "maxPods",
  "schedulerBackoffFlush",
  "unschedulableFlush",
  "syncFrequency",
  "syncTick",
  "housekeepingPeriod",
  "statusSyncPeriod",
  "plegRelistPeriod",
  "imagePullRate",
  "leaseRenew",
  "nodeMonitorPeriod",
  "taintPass",
  "rsBurst",
  "slowStartInitial",
  "gcWorkers",
  "maxEndpointsPerSlice",
  "workqueueBaseDelay",
  "schedulerBackoffInitial",
  "podErrorBackoff",
  "crashBackoffInitial",
  "crashBackoffWake",
  "imageBackoffInitial",
  "endpointSliceSelfResync",
  "probePeriod",
  "probeTimeout",
  "probeSuccess",
  "probeFailure",
  "progressDeadline",
]);

/** Stand for fields that Kubernetes counts in seconds. */
const wholeSeconds: ReadonlySet<SettingName> = new Set<SettingName>([
  "terminationGracePeriod",
  "orphanGrace",
  "forceGrace",
  "probePeriod",
  "probeTimeout",
  "probeInitialDelay",
  "tolerationSecondsNotReady",
  "tolerationSecondsUnreachable",
  "progressDeadline",
]);

const atMost: { readonly [Name in SettingName]?: number } = { percentageOfNodesToScore: 100 };

/** Median, 99th percentile and floor of one latency belong together. */
const latencies = ["apiWriteLatency", "apiReadLatency", "watchLatency", "networkLatency"] as const;

export interface ReadSettings {
  readonly settings: Settings;
  /** In order of the definitions; what follows from a given value counts as changed, too. */
  readonly changed: readonly SettingName[];
}

export function readSettings(written: unknown, minor: number, sections: ScenarioSections, path: string): ReadSettings {
  const usual = settingsOfVersion(minor);
  if (written === undefined) return { settings: usual, changed: [] };
  const values: Record<SettingName, number> = { ...usual };
  const given = new Set<SettingName>();
  const shaped = sections.shaped(settingsSchema, written, path, settingHints(written)) ?? {};
  for (const [key, value] of Object.entries(shaped)) {
    if (value === undefined) continue;
    const name = (settingAliases[key] ?? key) as SettingName;
    if (given.has(name)) sections.report(`${path}.${key}`, describe(key), "each setting once", "it was given before, by its other name");
    given.add(name);
    values[name] = settingValue(value, name, sections, `${path}.${key}`);
  }
  completeLatencies(values, given, sections, path);
  const changed = (Object.keys(settingDefinitions) as SettingName[]).filter((name) => values[name] !== usual[name]);
  return { settings: values, changed };
}

function settingValue(written: WrittenSetting, name: SettingName, sections: ScenarioSections, path: string): number {
  const value = numberOf(written, name, sections, path);
  if (value === 0 && positive.has(name)) sections.report(path, describe(written), "more than 0");
  else if (wholeSeconds.has(name) && value % SECOND !== 0) sections.report(path, describe(written), "whole seconds");
  else if (value > (atMost[name] ?? Infinity)) sections.report(path, describe(written), `at most ${atMost[name]}`);
  return value;
}

function numberOf(written: WrittenSetting, name: SettingName, sections: ScenarioSections, path: string): number {
  if (typeof written === "boolean") return written ? 1 : 0;
  if (typeof written === "number") return written;
  switch (settingDefinitions[name].unit) {
    case "µs":
      return sections.duration(written, path);
    case "1/s":
      return parseRate(written) ?? 0;
    case "share":
      return Number(written.slice(0, -1)) / 100;
    case "count":
      return Number(written);
    case "bytes":
    case "bytes/s":
      return Math.round(Number(parseQuantity(written.replace(/\/s$/, ""))?.nano ?? 0n) / 1e9);
  }
}

/** A latency given by its median alone keeps the shape of the default: p99 in proportion, floor not above it. */
function completeLatencies(
  values: Record<SettingName, number>,
  given: ReadonlySet<SettingName>,
  sections: ScenarioSections,
  path: string,
): void {
  for (const name of latencies) {
    const p99 = `${name}P99` as const;
    const floor = `${name}Floor` as const;
    const isGiven = given.has(name) && values[name] !== defaultSettings[name];
    if (isGiven && !given.has(p99)) values[p99] = Math.round((values[name] * defaultSettings[p99]) / defaultSettings[name]);
    if (isGiven && !given.has(floor)) values[floor] = Math.min(defaultSettings[floor], values[name]);
    if (values[floor] > values[name])
      sections.report(
        `${path}.${given.has(floor) ? floor : name}`,
        formatDuration(given.has(floor) ? values[floor] : values[name]),
        `a floor not above the median (${formatDuration(values[floor])}, ${formatDuration(values[name])})`,
      );
    else if (values[p99] < values[name])
      sections.report(
        `${path}.${given.has(p99) ? p99 : name}`,
        formatDuration(given.has(p99) ? values[p99] : values[name]),
        `a 99th percentile not below the median (${formatDuration(values[p99])}, ${formatDuration(values[name])})`,
      );
  }
}
