/** Report files to disk, and the texts that pure formats can't read by themselves. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { NO_ASSETS, type Assets } from "../reports/formats/format.ts";
import { formats } from "../reports/formats/index.ts";
import type { Report } from "../reports/report.ts";

/** Writes each format's file into the folder and returns the paths. A file is either whole or not there. */
export function writeReport(report: Report, names: readonly string[], folder: string): readonly string[] {
  if (names.length === 0) return [];
  mkdirSync(folder, { recursive: true });
  return names.map((name) => {
    const format = formats[name]!;
    const path = join(folder, format.fileName ?? `report.${name === "text" ? "txt" : name}`);
    writeFileSync(`${path}.part`, format.format(report, name === "html" ? chartAssets() : NO_ASSETS));
    renameSync(`${path}.part`, path);
    return path;
  });
}

export function chartAssets(): Assets {
  const { resolve } = createRequire(import.meta.url);
  return {
    chartScript: readFileSync(resolve("uplot/dist/uPlot.iife.min.js"), "utf8"),
    chartStyle: readFileSync(resolve("uplot/dist/uPlot.min.css"), "utf8"),
  };
}
