/**
 * report.html: one self-contained page that works from disk without a network. Charts are drawn by the
 * library whose text is handed in; everything else is plain HTML, readable without any script.
 */
import type { Chart, Row, Section, Table } from "../analysis/section.ts";
import { formatBytes, formatCount, formatInstant, formatLatency, plural } from "../figures.ts";
import { highlightsOf } from "../highlights.ts";
import { CLIENT } from "../page/client.ts";
import { STYLE } from "../page/style.ts";
import { abortText, reachedText, type Band, type Report, type RunFacts } from "../report.ts";
import { elidedProbes } from "../series.ts";
import { isFailure } from "../verdict.ts";
import type { Assets, Format } from "./format.ts";

export const html: Format = {
  name: "html",
  fileName: "report.html",
  format(report, assets) {
    const { result } = report;
    const charts = report.sections.flatMap((section) => section.charts);
    return [
      "<!doctype html>",
      '<html lang="en">',
      "<head>",
      '<meta charset="utf-8">',
      '<meta name="viewport" content="width=device-width, initial-scale=1">',
      // The page needs nothing from outside, and what came from manifests can't make it ask.
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">`,
      `<title>${escape(result.name)}: podstorm</title>`,
      `<style>${assets.chartStyle}${STYLE}</style>`,
      "</head>",
      "<body><main>",
      header(report),
      ...report.sections.map((section) => sectionHtml(section, report.bands)),
      footer(report),
      "</main>",
      ...(charts.length === 0 ? [] : scripts(report, charts, assets)),
      "</body></html>",
      "",
    ].join("\n");
  },
};

function header(report: Report): string {
  const { result, verdict } = report;
  const clockName = report.run?.live === undefined ? "virtual time" : "wall time";
  const isJudged = verdict.thresholds.length > 0 || verdict.sometimes.length > 0 || verdict.violations > 0;
  return [
    "<header>",
    `<h1>${escape(result.name)}`,
    isJudged ? `<span class="badge ${verdict.isPassed ? "good" : "bad"}">${verdict.isPassed ? "passed" : "failed"}</span>` : "",
    result.isPartial ? '<span class="badge partial">partial</span>' : "",
    "</h1>",
    `<p class="quiet">${escape(`${formatInstant(result.duration)} of ${clockName}, Kubernetes ${result.kubernetesVersion}, seed ${result.seed}, 1 run`)}</p>`,
    result.isPartial ? `<p class="bad">Interrupted at ${escape(formatInstant(result.end))}: figures cover the part before.</p>` : "",
    abortText(report) === null ? "" : `<p class="bad">${escape(abortText(report)!)}</p>`,
    `<div class="tiles">${highlightsOf(result)
      .map(
        (tile) =>
          `<div class="tile"><span>${escape(tile.label)}</span><b class="${tile.tone}">${escape(tile.value)}</b><span>${escape(tile.note)}</span></div>`,
      )
      .join("")}</div>`,
    thresholds(report),
    sometimes(report),
    "</header>",
  ].join("\n");
}

function thresholds(report: Report): string {
  const { verdict } = report;
  if (verdict.thresholds.length === 0) return "";
  return sectionBox(
    "Thresholds",
    tableHtml({
      title: null,
      columns: [
        { title: "", align: "left" },
        { title: "metric", align: "left" },
        { title: "threshold", align: "left" },
        { title: "value", align: "right" },
      ],
      rows: verdict.thresholds.map((threshold) => ({
        cells: [
          threshold.isPassed ? "✓ held" : isFailure(threshold) ? "✗ failed" : "! warning",
          threshold.metric,
          threshold.text,
          threshold.valueText,
        ],
        notes: [],
        tone: threshold.isPassed ? "good" : "bad",
      })),
      briefRows: Infinity,
    }),
  );
}

/** What had to be reached at least once. */
function sometimes({ verdict }: Report): string {
  if (verdict.sometimes.length === 0) return "";
  return sectionBox(
    "Sometimes",
    tableHtml({
      title: null,
      columns: [
        { title: "", align: "left" },
        { title: "state", align: "left" },
        { title: "first", align: "right" },
      ],
      rows: verdict.sometimes.map(({ name, isReached, at }) => ({
        cells: [isReached ? "✓ reached" : "✗ never", name, reachedText(isReached, at)],
        notes: [],
        tone: isReached ? "good" : "bad",
      })),
      briefRows: Infinity,
    }),
  );
}

function sectionHtml(section: Section, bands: readonly Band[]): string {
  const charts = section.charts.map((chart) => chartHtml(chart)).join("\n");
  const chips = section.charts.some((chart) => chart.kind !== "percentiles") ? bandChips(bands) : "";
  return sectionBox(
    section.title,
    [...section.sentences.map((sentence) => `<p>${escape(sentence)}</p>`), charts, chips, ...section.tables.map(tableHtml)].join("\n"),
    section.id,
  );
}

function sectionBox(title: string, body: string, id = ""): string {
  return `<section${id === "" ? "" : ` id="${escape(id)}"`}>\n<h2>${escape(title)}</h2>\n${body}\n</section>`;
}

function chartHtml(chart: Chart): string {
  const unit = chart.kind === "percentiles" ? "" : ` <span>${escape(chart.unit)}</span>`;
  return `<figure><figcaption>${escape(chart.title)}${unit}</figcaption><div class="chart" id="chart-${escape(chart.id)}"></div></figure>`;
}

/** What the bands in the charts mean; many faults share one chip per kind. */
function bandChips(bands: readonly Band[]): string {
  const kinds = [...new Set(bands.map((band) => band.kind))];
  const chips = kinds.map((kind) => {
    const all = bands.filter((band) => band.kind === kind);
    const names = all
      .slice(0, 3)
      .map((band) =>
        kind === "warm-up"
          ? `warm-up to ${formatInstant(band.until * 1_000_000)}`
          : `${band.label} at ${formatInstant(band.from * 1_000_000)}`,
      );
    const more = all.length > 3 ? ` and ${formatCount(all.length - 3)} more` : "";
    const prefix = kind === "fault" ? "fault: " : "";
    return `<span><i class="${kind}"></i>${escape(prefix + names.join("; ") + more)}</span>`;
  });
  return chips.length === 0 ? "" : `<div class="chips">${chips.join("")}</div>`;
}

/** Rows beyond this stand in a fold of their own. */
const OPEN_ROWS = 25;

function tableHtml(table: Table): string {
  const isLong = table.rows.length > OPEN_ROWS;
  const head = `<tr>${table.columns.map((column) => `<th class="${column.align}">${escape(column.title)}</th>`).join("")}</tr>`;
  const body = `<div class="scroll"><table><thead>${head}</thead><tbody>${table.rows.map((row) => rowHtml(row, table)).join("\n")}</tbody></table></div>`;
  const title = table.title ?? "";
  if (isLong)
    return `<details><summary>${escape(title === "" ? plural(table.rows.length, "row") : `${title} (${formatCount(table.rows.length)})`)}</summary>${body}</details>`;
  return `${title === "" ? "" : `<h3>${escape(title)}</h3>`}${body}`;
}

function rowHtml(row: Row, table: Table): string {
  const cells = row.cells.map((cell, index) => `<td class="${table.columns[index]?.align ?? "left"}">${escape(cell)}</td>`).join("");
  const notes = row.notes.map(
    (note, index) =>
      `<tr class="note${index < row.notes.length - 1 ? " noted" : ""}"><td></td><td colspan="${Math.max(1, table.columns.length - 1)}">${escape(note)}</td></tr>`,
  );
  return `<tr class="row-${row.tone}${notes.length > 0 ? " noted" : ""}">${cells}</tr>${notes.join("")}`;
}

function footer(report: Report): string {
  const { result, run } = report;
  const elided = elidedProbes(result);
  const skipped = elided === null ? "" : ` · elided probes: ${formatCount(elided)}`;
  return [
    "<footer>",
    `<p>podstorm ${escape(result.version)} · specification ${escape(result.specDigest)} · fingerprint ${escape(result.fingerprint)} · ${escape(plural(result.events, "event") + skipped)}</p>`,
    run === null ? "" : `<p>${escape(runText(run))}${report.startedAt === null ? "" : ` · ${escape(report.startedAt)}`}</p>`,
    report.command === null ? "" : `<p>Run again: <code>${escape(report.command)}</code></p>`,
    "</footer>",
  ].join("\n");
}

function runText(run: RunFacts): string {
  const memory = formatBytes(run.peakMemoryBytes);
  if (run.live !== undefined)
    return `live: ${run.wallSeconds.toFixed(2)} s, at most ${formatLatency(run.live.hostLag.maxMicros)} behind the clock, ${memory}`;
  const why = run.why.replace(/^\d+ shards?[:,] /, "");
  return `${run.wallSeconds.toFixed(2)} s of wall time on ${plural(run.shards, "shard")} (${why}), ${formatCount(Math.round(run.eventsPerSecond))} events/s, ${memory}`;
}

function scripts(report: Report, charts: readonly Chart[], assets: Assets): readonly string[] {
  const page = { end: report.result.end / 1_000_000, bands: report.bands, charts: charts.map(rounded) };
  return [
    `<script type="application/json" id="data">${scriptSafe(JSON.stringify(page))}</script>`,
    `<script>${scriptText(assets.chartScript)}</script>`,
    `<script>${CLIENT}</script>`,
    "<noscript><p>The charts need scripts; every figure stands in the tables.</p></noscript>",
  ];
}

/** Values short enough for the page; an axis of things that are counted has no fractions. */
function rounded(chart: Chart): Chart & { readonly whole: boolean } {
  return {
    ...chart,
    whole: chart.unit === "Pods" || chart.unit === "restarts",
    series: chart.series.map((series) => ({
      ...series,
      values: series.values.map((value) => (value === null ? null : Math.round(value * 100) / 100)),
    })),
  };
}

/** JSON inside a script element must not be able to close it; its labels are shown by the charts. */
function scriptSafe(text: string): string {
  return text.replaceAll("<", "\\u003c").replace(UNSEEN, "\ufffd");
}

/** The library's own text: trusted, but it must not close its element either. */
function scriptText(text: string): string {
  return text.replace(/<\/script/gi, "<\\/script");
}

/** Control characters and direction marks. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** For text and attribute values; direction marks and other control characters are shown, not obeyed. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign]!).replace(UNSEEN, "\ufffd");
}
