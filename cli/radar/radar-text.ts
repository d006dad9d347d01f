/** What a radar found, for a terminal: the distance to collapse, row by row. */
import { formatInstant } from "../../reports/figures.ts";
import { question } from "../../reports/radar/page.ts";
import { boundaryText, cellText, slowestRecovery, type RadarResult, type RadarRow } from "../../reports/radar/radar-result.ts";

export function radarText(radar: RadarResult): string {
  const { rows, x, y } = radar;
  const head = `${radar.name}: does it come back?\n${question(radar)}\n${radar.isPartial ? "Interrupted: rows that weren't finished are missing.\n" : ""}\n`;
  if (rows.length === 0) return `${head}  no boundary found\n\n`;
  const width = Math.max(0, ...(y?.values ?? []).map((value) => value.length));
  const name = y === null ? x.path : `${x.path}, by ${y.path}`;
  const lines = rows.map((row) => {
    const value = y === null ? "" : `${y.values[row.y]!.padStart(width)}  `;
    return `  ${value}${boundaryText(row, x)}${row.isMonotone ? "" : ", and comes back again beyond that"}\n${detail(radar, row, width + 4)}`;
  });
  return `${head}${name}\n${lines.join("")}\n`;
}

/** What it is like on both sides of the boundary. */
function detail({ cells, x }: RadarResult, { y, survives, collapses }: RadarRow, indent: number): string {
  return [survives, collapses]
    .flatMap((index) => cells.filter((cell) => cell.y === y && cell.x === index))
    .map((cell) => {
      const recovery = cell.survives ? slowestRecovery(cell) : null;
      return `${" ".repeat(indent)}${x.values[cell.x]}: ${recovery === null ? cellText(cell) : `back after at most ${formatInstant(recovery)}`}\n`;
    })
    .join("");
}
