/** What stands behind the figures: assumed, changed, ignored, and known to differ from Kubernetes. */
import type { Assumption, RunResult } from "../../engine/result.ts";
import { settingDefinitions, type SettingName } from "../../engine/settings.ts";
import { formatCount, formatLatency, plural } from "../figures.ts";
import { left, right, row, type Section, type Table } from "./section.ts";

export function honesty(result: RunResult): Section {
  const { assumptions, settingsChanged, noEffect, notModelled, deviations } = result.notes;
  const { unsettled } = result.control;
  return {
    id: "honesty",
    title: "What this rests on",
    sentences: [
      `One run with seed ${result.seed}: figures carry no confidence interval.`,
      [
        plural(assumptions.length, "assumption"),
        plural(settingsChanged.length, "setting changed", "settings changed"),
        plural(noEffect.length, "manifest field without effect", "manifest fields without effect"),
        plural(notModelled.length, "object not modelled", "objects not modelled"),
        `${plural(deviations.length, "known deviation")} from Kubernetes.`,
      ].join(", "),
    ],
    tables: [
      list("Assumed, as neither the manifests nor the scenario say it", "assumption", assumed(assumptions), 6),
      table(
        "Settings that are not Kubernetes' defaults",
        [left("setting"), right("value"), right("default")],
        settingsChanged.map(({ name, value, default: usual }) => row([name, settingText(name, value), settingText(name, usual)])),
        10,
      ),
      table(
        "Manifest fields without effect on the model",
        [left("field"), right("times")],
        noEffect.map(({ field, count }) => row([field, formatCount(count)], "quiet")),
        6,
      ),
      list("Objects that are not modelled", "object", notModelled, 4),
      list("Not settled before the run began", "what", unsettled, 6),
      list("Known deviations from Kubernetes that touch this run", "deviation", deviations, 3),
    ].filter((each) => each.rows.length > 0),
    charts: [],
    figures: {
      assumptions: assumptions.map(({ of, what }) => `application of ${of}: ${what} (default)`),
      settingsChanged: settingsChanged.map((setting) => ({ ...setting })),
      noEffect: noEffect.map((field) => ({ ...field })),
      notModelled: [...notModelled],
      unsettled: [...unsettled],
      deviations: [...deviations],
    },
  };
}

/** One line for all applications of which the same is assumed. */
function assumed(assumptions: readonly Assumption[]): readonly string[] {
  const fields = new Map<string, string[]>();
  for (const { of, what } of assumptions) fields.set(of, [...(fields.get(of) ?? []), what]);
  const owners = new Map<string, string[]>();
  for (const [of, whats] of fields) {
    const text = whats.join("; ");
    owners.set(text, [...(owners.get(text) ?? []), of]);
  }
  return [...owners].map(([text, names]) => `${names.join(", ")}: ${text}`);
}

function settingText(name: string, value: number): string {
  const unit = settingDefinitions[name as SettingName]?.unit;
  if (unit === "µs") return formatLatency(value);
  return unit === "1/s" ? `${formatCount(value)}/s` : formatCount(value);
}

function list(title: string, column: string, entries: readonly string[], briefRows: number): Table {
  return table(
    title,
    [left(column)],
    entries.map((entry) => row([entry], "quiet")),
    briefRows,
  );
}

function table(title: string, columns: Table["columns"], rows: Table["rows"], briefRows: number): Table {
  return { title, columns, rows, briefRows };
}
