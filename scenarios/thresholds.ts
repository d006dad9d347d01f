/** `thresholds`: k6's grammar (aggregate, operator, value), with units where the metric has one. */
import { writeKinds } from "../engine/kubernetes/api-server/requests.ts";
import { probeResultNames } from "../engine/kubernetes/kubelet/inputs.ts";
import { probeRoleNames } from "../engine/kubernetes/kubelet/ports.ts";
import { probeKinds } from "../engine/kubernetes/probes/index.ts";
import { metrics, type MetricDefinition, type MetricName } from "../engine/metrics/catalogue.ts";
import { isCounted } from "../engine/threshold.ts";
import type { ThresholdSpec } from "../engine/scenario-spec.ts";
import { outcomeNames } from "../engine/traffic/outcome.ts";
import { parseDuration } from "../engine/values/duration.ts";
import { childPath, describe } from "../engine/values/issue.ts";
import { hintOf, type Inventory } from "./inventory.ts";
import type { ScenarioSections } from "./section.ts";
import type { WrittenLongThreshold, WrittenThreshold } from "./thresholds.schema.ts";

type Aggregate = ThresholdSpec["aggregate"];

/** Series of counts are the counters over time: they say nothing more. */
const knownMetrics: readonly MetricName[] = (Object.keys(metrics) as MetricName[]).filter((name) => metrics[name].kind !== "count series");
/** Counters that are a part of `requests_sent` (`attempts`: of all attempts), so that a share of them means something. */
const shares: ReadonlySet<MetricName> = new Set(["requests_answered", "requests_lost", "requests_in_flight", "attempts"]);
/** Figures that count something. */
const countedFigures: ReadonlySet<MetricName> = new Set(["restart_storms", "self_sustaining_storms", "invariant_violations"]);
/** Values of tags that are closed sets: of each metric that has them, or of all. */
const closedValues: Readonly<Record<string, readonly string[]>> = {
  "attempts outcome": outcomeNames,
  "probe_duration outcome": probeResultNames,
  handler: probeKinds.map(({ type }) => type),
  role: probeRoleNames,
  kind: writeKinds,
  state: ["pending", "running", "ready", "terminating", "crash-looping"],
};

/** What a threshold can be about in this scenario. */
export interface Measured {
  /** By name. */
  readonly loads: readonly string[];
  readonly inventory: Inventory;
}

export function readThresholds(
  written: Readonly<Record<string, readonly WrittenThreshold[]>>,
  measured: Measured,
  sections: ScenarioSections,
  path: string,
): readonly ThresholdSpec[] {
  return Object.entries(written).flatMap(([key, conditions]) => {
    const at = childPath(path, key);
    const series = readSeries(key, measured, sections, at);
    if (series === null) return [];
    return conditions.flatMap((condition, index) => {
      const place = `${at}[${index}]`;
      if (typeof condition === "string") return readCondition(condition, series, sections, place) ?? [];
      const read = readCondition(condition.threshold, series, sections, childPath(place, "threshold"));
      const extras = readExtras(condition, series, sections, place);
      return read === null || extras === null ? [] : { ...read, ...extras };
    });
  });
}

/** A condition by itself, of something that is known while the run goes on; problems are told at `metric` and `threshold` of `path`. */
export function readWatched(
  { metric, threshold }: { readonly metric: string; readonly threshold: string },
  measured: Measured,
  sections: ScenarioSections,
  path: string,
): ThresholdSpec | null {
  const series = readSeries(metric, measured, sections, `${path}.metric`);
  if (series === null) return null;
  if (!isCounted(series.metric)) {
    const hint = `${series.metric} is known when the run is over`;
    sections.report(`${path}.metric`, describe(metric), "a counter or a histogram", hint);
    return null;
  }
  return readCondition(threshold, series, sections, `${path}.threshold`);
}

/** A condition by itself, of anything that is known when the run is over; problems are told likewise. */
export function readSingleThreshold(
  { metric, threshold }: { readonly metric: string; readonly threshold: string },
  measured: Measured,
  sections: ScenarioSections,
  path: string,
): ThresholdSpec | null {
  const series = readSeries(metric, measured, sections, `${path}.metric`);
  return series === null ? null : readCondition(threshold, series, sections, `${path}.threshold`);
}

/** What it brings about when it is broken. */
function readExtras(
  { abortOnFail = false, delayAbortEval, severity = "error" }: WrittenLongThreshold,
  { metric }: Series,
  sections: ScenarioSections,
  path: string,
): Pick<ThresholdSpec, "abortAfter" | "isWarning"> | null {
  const warning = severity === "warn" ? { isWarning: true as const } : {};
  if (!abortOnFail) {
    if (delayAbortEval === undefined) return warning;
    sections.report(childPath(path, "delayAbortEval"), describe(delayAbortEval), "abortOnFail: true beside it");
    return null;
  }
  if (!isCounted(metric)) {
    const hint = `${metric} is known when the run is over; counters and histograms are known on the way`;
    sections.report(childPath(path, "abortOnFail"), `true for ${metric}`, "false", hint);
    return null;
  }
  const abortAfter = delayAbortEval === undefined || delayAbortEval === 0 ? 0 : parseDuration(delayAbortEval);
  return abortAfter === null ? null : { abortAfter, ...warning };
}

interface Series {
  readonly metric: MetricName;
  readonly tags: Readonly<Record<string, string>>;
}

/** `probe_duration{role:liveness,outcome:timeout}` */
function readSeries(key: string, measured: Measured, sections: ScenarioSections, path: string): Series | null {
  const match = /^([A-Za-z0-9_]+)(?:\{([^{}]*)\})?$/.exec(key);
  if (match === null) {
    sections.add({ path, found: describe(key), expected: "a metric, with tags in braces, such as probe_duration{role:liveness}" }, "key");
    return null;
  }
  const [, name = "", tagText = ""] = match;
  const metric = knownMetrics.find((known) => known === name);
  if (metric === undefined) {
    sections.add(
      { path, found: `unknown metric ${describe(name)}`, expected: "a known metric", hint: hintOf("metrics", name, knownMetrics) },
      "key",
    );
    return null;
  }
  const tags: Record<string, string> = {};
  let isValid = true;
  for (const part of tagText.split(",").filter((text) => text.trim() !== "")) {
    const [label = "", value = ""] = halves(part);
    const known = metrics[metric].labels;
    const values = valuesOf(metric, label, measured);
    if (!known.includes(label))
      sections.add(
        { path, found: `unknown tag ${describe(label)}`, expected: `a tag of ${metric}`, hint: hintOf("tags", label, known) },
        "key",
      );
    else if (values !== undefined && !values.includes(value))
      sections.add(
        {
          path,
          found: value === "" ? `${label} without a value` : `${label}:${value}`,
          expected: `a known ${label}`,
          hint: hintOf(`values of ${label}`, value, values),
        },
        "key",
      );
    else if (tags[label] !== undefined)
      sections.add({ path, found: `${label} twice`, expected: "each tag once", hint: "a threshold of its own for each value" }, "key");
    else {
      tags[label] = value;
      continue;
    }
    isValid = false;
  }
  return isValid ? { metric, tags } : null;
}

/** At the first colon: a load's name may hold others. */
function halves(tag: string): readonly string[] {
  const colon = tag.indexOf(":");
  return (colon < 0 ? [tag] : [tag.slice(0, colon), tag.slice(colon + 1)]).map((text) => text.trim());
}

/** Undefined: nothing is known about them, since some manifest could not be read. */
function valuesOf(metric: MetricName, label: string, { loads, inventory }: Measured): readonly string[] | undefined {
  if (label === "load") return loads;
  if (label === "workload")
    return inventory.isComplete ? inventory.workloads.map(({ namespace, name }) => `${namespace}/${name}`) : undefined;
  return closedValues[`${metric} ${label}`] ?? closedValues[label];
}

const example = "such as count<20, rate<1% or p(99)<500ms";

function readCondition(text: string, { metric, tags }: Series, sections: ScenarioSections, path: string): ThresholdSpec | null {
  const match = /^\s*([a-z]+(?:\([^)]*\))?)\s*(<=|>=|===|==|!=|<|>)\s*(\S+)\s*$/.exec(text);
  const aggregate = match === null ? null : readAggregate(match[1] ?? "");
  if (match === null || aggregate === null) {
    sections.report(
      path,
      describe(text),
      `a condition ${example}`,
      match === null ? undefined : "aggregates: count, rate, value, avg, min, max, med, p(N)",
    );
    return null;
  }
  const allowed = aggregatesOf(metric, metrics[metric]);
  if (!allowed.includes(aggregate.type)) {
    sections.report(
      path,
      `${match[1] ?? ""} of ${metric}`,
      `one of ${allowed.map((type) => (type === "p" ? "p(N)" : type)).join(", ")}`,
      metrics[metric].kind === "counter" ? "a counter has no distribution" : metrics[metric].meaning,
    );
    return null;
  }
  const operator = match[2] === "===" ? "==" : (match[2] as ThresholdSpec["operator"]);
  const value = readValue(match[3] ?? "", kindOfValue(metric, aggregate), text, sections, path);
  return value === null ? null : { metric, tags, text, aggregate, operator, value };
}

function readAggregate(text: string): Aggregate | null {
  const percentile = /^p\((\d+(?:\.\d+)?)\)$/.exec(text);
  if (percentile !== null) return Number(percentile[1]) <= 100 ? { type: "p", percentile: Number(percentile[1]) } : null;
  switch (text) {
    case "count":
    case "rate":
    case "avg":
    case "min":
    case "max":
    case "med":
    case "value":
      return { type: text };
    default:
      return null;
  }
}

function aggregatesOf(metric: MetricName, definition: MetricDefinition): readonly Aggregate["type"][] {
  if (definition.kind === "gauge series") return ["value", "min", "max"];
  if (metric === "availability") return ["value", "avg", "min"];
  if (definition.kind === "figure") return countedFigures.has(metric) ? ["value", "count"] : ["value"];
  if (definition.kind === "histogram") return ["count", "avg", "min", "max", "med", "p"];
  return shares.has(metric) ? ["count", "rate"] : ["count"];
}

type ValueKind = "count" | "number" | "share" | "duration";

function kindOfValue(metric: MetricName, { type }: Aggregate): ValueKind {
  const { kind, unit } = metrics[metric];
  if (type === "count") return "count";
  if (type === "rate" || unit === "share") return "share";
  return kind === "gauge series" || (kind === "figure" && unit === "1") ? "number" : "duration";
}

/** A count as it is, a share as 0..1, a duration in µs. */
function readValue(text: string, kind: ValueKind, whole: string, sections: ScenarioSections, path: string): number | null {
  const number = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : null;
  if (kind === "count" || kind === "number") {
    if (number === null) sections.report(path, describe(whole), `a plain ${kind} after the operator`);
    return number;
  }
  if (kind === "share") {
    const share = /^\d+(?:\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : number;
    if (share === null || share > 1) sections.report(path, describe(whole), "a share from 0 to 1, such as 0.01 or 1%");
    return share !== null && share <= 1 ? share : null;
  }
  const duration = parseDuration(text);
  if (duration === null)
    sections.report(
      path,
      describe(whole),
      "a duration with a unit after the operator, such as 500ms",
      number === null ? undefined : `did you mean ${text}ms?`,
    );
  return duration;
}
