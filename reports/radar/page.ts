/** The map of a radar as one page without scripts: a band per row, green where the system comes back, red where it doesn't. */
import { formatInstant, plural } from "../figures.ts";
import { escape } from "../formats/html.ts";
import { STYLE } from "../page/style.ts";
import {
  boundaryText,
  cellText,
  slowestRecovery,
  type RadarAxis,
  type RadarCell,
  type RadarResult,
  type RadarRow,
} from "./radar-result.ts";

/** px */
const LEFT = 150;
const WIDTH = 1000;
const RIGHT = 24;
const ROW = 40;
const TOP = 12;
const BOTTOM = 52;
/** Marks along x, at most. */
const TICKS = 11;

const MAP_STYLE = `
.map { width: 100%; height: auto; } .map text { fill: var(--ink); font-size: 13px; } .map .unknown { fill: var(--line); }
.map .survives { fill: var(--good); opacity: .32; } .map .collapses { fill: var(--bad); opacity: .36; }
.map circle.survives { opacity: 1; } .map circle.collapses { opacity: 1; } .map line { stroke: var(--quiet); }
.chips i.survives { background: var(--good); } .chips i.collapses { background: var(--bad); } .chips i.unknown { background: var(--line); }
`;

export interface RadarPageFacts {
  /** The line that repeats the search. */
  readonly command: string;
}

export function radarPage(radar: RadarResult, { command }: RadarPageFacts): string {
  const { name, x, y } = radar;
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escape(name)}: podstorm radar</title>`,
    `<style>${STYLE}${MAP_STYLE}</style>`,
    "</head>",
    "<body><main>",
    `<header><h1>${escape(name)}: does it come back?${radar.isPartial ? '<span class="badge partial">partial</span>' : ""}</h1>`,
    `<p class="quiet">${escape(question(radar))}</p></header>`,
    `<section><h2>${escape(y === null ? x.path : `${x.path} × ${y.path}`)}</h2>`,
    map(radar),
    '<div class="chips"><span><i class="survives"></i>comes back</span><span><i class="collapses"></i>doesn’t</span><span><i class="unknown"></i>not looked at</span></div>',
    boundaries(radar),
    "</section>",
    `<section><h2>What was looked at</h2>${cells(radar)}</section>`,
    `<footer><p>podstorm ${escape(radar.version)}</p><p>Run again: <code>${escape(command)}</code></p></footer>`,
    "</main></body></html>",
    "",
  ].join("\n");
}

/** What was asked of each cell. */
export function question({ replications, seed, window, within }: RadarResult): string {
  const bound = within === null ? "before the run ends" : `within ${formatInstant(within)}`;
  const seeds = replications === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + replications - 1}`;
  return `Answered requests, replicas and restarts are back to the level before the faults ${bound}, in windows of ${formatInstant(window)}; ${plural(replications, "run")} for each pair of values, ${seeds}.`;
}

function map(radar: RadarResult): string {
  const rows = radar.y?.values ?? [""];
  const height = TOP + rows.length * ROW + BOTTOM;
  // The largest values of y stand above, as on any chart.
  const topOf = (y: number): number => TOP + (rows.length - 1 - y) * ROW;
  return [
    `<svg class="map" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Boundary of collapse">`,
    ...rows.map((value, y) => {
      const found = radar.rows.find((row) => row.y === y);
      const top = topOf(y);
      return [
        `<text x="${LEFT - 12}" y="${top + ROW / 2 + 4}" text-anchor="end">${escape(value)}</text>`,
        `<rect class="unknown" x="${LEFT}" y="${top + 3}" width="${WIDTH - RIGHT - LEFT}" height="${ROW - 6}"/>`,
        ...(found === undefined ? [] : bands(found, radar.x, top)),
      ].join("\n");
    }),
    ...radar.cells.map((cell) => dot(cell, radar, topOf(cell.y))),
    ...ticks(radar.x, TOP + rows.length * ROW),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${height - 8}" text-anchor="middle">${escape(radar.x.path)}</text>`,
    radar.y === null ? "" : `<text x="4" y="${TOP + 12 + rows.length * ROW}">${escape(shortened(radar.y.path))}</text>`,
    "</svg>",
  ].join("\n");
}

/** From one end to the last value that survives, and from the first that doesn't to the other. */
function bands(row: RadarRow, x: RadarAxis, top: number): readonly string[] {
  const last = x.numbers.length - 1;
  const [first, end] = row.isReversed ? [last, 0] : [0, last];
  const band = (kind: string, from: number, to: number): string => {
    const [a, b] = [placeOf(x, from), placeOf(x, to)];
    return `<rect class="${kind}" x="${Math.min(a, b)}" y="${top + 3}" width="${Math.abs(b - a)}" height="${ROW - 6}"/>`;
  };
  return [
    ...(row.survives === null ? [] : [band("survives", first, row.survives)]),
    ...(row.collapses === null || !row.isMonotone ? [] : [band("collapses", row.collapses, end)]),
  ];
}

function dot(cell: RadarCell, { x, y }: RadarResult, top: number): string {
  const kind = cell.survives ? "survives" : "collapses";
  const place = y === null ? "" : `, ${y.path} ${y.values[cell.y]}`;
  const title = `${x.path} ${x.values[cell.x]}${place}: ${cellText(cell)}`;
  return `<circle class="${kind}" cx="${placeOf(x, cell.x)}" cy="${top + ROW / 2}" r="5"><title>${escape(title)}</title></circle>`;
}

function ticks(x: RadarAxis, top: number): readonly string[] {
  const every = Math.ceil(x.values.length / TICKS);
  return x.values.flatMap((value, index) => {
    if (index % every !== 0) return [];
    const place = placeOf(x, index);
    return [
      `<line x1="${place}" y1="${top}" x2="${place}" y2="${top + 5}"/>`,
      `<text x="${place}" y="${top + 20}" text-anchor="middle">${escape(value)}</text>`,
    ];
  });
}

/** px */
function placeOf({ numbers }: RadarAxis, index: number): number {
  const [from, until] = [numbers[0]!, numbers.at(-1)!];
  const share = until === from ? 0.5 : (numbers[index]! - from) / (until - from);
  return Math.round((LEFT + 8 + share * (WIDTH - RIGHT - LEFT - 16)) * 10) / 10;
}

/** What fits left of the map. */
function shortened(path: string): string {
  return path.length <= 20 ? path : `…${path.slice(-19)}`;
}

function boundaries(radar: RadarResult): string {
  const { rows, x, y } = radar;
  const texts = rows.map((row) => [
    y?.values[row.y] ?? "as it is",
    boundaryText(row, x),
    row.isMonotone ? "" : "and again beyond: more than one boundary",
  ]);
  return table([y?.path ?? "", `${x.path}`, ""], texts);
}

function cells(radar: RadarResult): string {
  const { x, y } = radar;
  const rows = radar.cells.map((cell) => {
    const recovery = slowestRecovery(cell);
    return [
      ...(y === null ? [] : [y.values[cell.y]!]),
      x.values[cell.x]!,
      cellText(cell),
      recovery === null ? "–" : formatInstant(recovery),
    ];
  });
  return table([...(y === null ? [] : [y.path]), x.path, "", "back after"], rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((each) => `<th>${escape(each)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((each) => `<td>${escape(each)}</td>`).join("")}</tr>`).join("\n");
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}
