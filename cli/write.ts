/** Report files to disk, and the texts that pure formats can't read by themselves. */
import { accessSync, constants, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { NO_ASSETS, type Assets } from "../reports/formats/format.ts";
import { formats } from "../reports/formats/index.ts";
import type { Report } from "../reports/report.ts";

/**
 * Makes the folder, level by level from the nearest one that exists: a recursive mkdir never returns where
 * the system answers "no such file" for a folder that can't be made (/proc). Returns why it can't be, or null.
 */
export function prepareFolder(folder: string): string | null {
  const missing: string[] = [];
  let path = resolve(folder);
  try {
    for (; ; path = dirname(path)) {
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats === undefined && dirname(path) !== path) missing.push(path);
      else if (stats?.isDirectory() === true) break;
      else return path === resolve(folder) ? "a file" : `a path through ${path}, which is a file`;
    }
    if (missing.length === 0) accessSync(path, constants.W_OK);
    for (const each of missing.reverse()) {
      path = each;
      mkdirSync(path);
    }
    return null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    if (code === "ENOTDIR") return `a path through ${dirname(path)}, which is a file`;
    return `a place where ${path} can't be ${missing.length === 0 ? "written" : "made"} (${code})`;
  }
}

/** Writes each format's file into the folder and returns the paths. A file is either whole or not there. */
export function writeReport(report: Report, names: readonly string[], folder: string): readonly string[] {
  if (names.length === 0) return [];
  const problem = prepareFolder(folder);
  if (problem !== null) throw new Error(`${folder}: found ${problem}, expected a folder that can be written`);
  return names.map((name) => {
    const format = formats[name]!;
    const path = join(folder, format.fileName ?? `report.${name === "text" ? "txt" : name}`);
    writeFileSync(`${path}.part`, format.format(report, name === "html" ? chartAssets() : NO_ASSETS));
    renameSync(`${path}.part`, path);
    return path;
  });
}

/** One file, whole or not there; its path. */
export function writeText(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
  return path;
}

/** Beside the report: figures over several seeds. */
export function writeReplications(folder: string, replications: object): void {
  const path = join(folder, "replications.json");
  writeFileSync(`${path}.part`, `${JSON.stringify(replications, null, 2)}\n`);
  renameSync(`${path}.part`, path);
}

export function chartAssets(): Assets {
  const { resolve: resolveModule } = createRequire(import.meta.url);
  return {
    chartScript: readFileSync(resolveModule("uplot/dist/uPlot.iife.min.js"), "utf8"),
    chartStyle: readFileSync(resolveModule("uplot/dist/uPlot.min.css"), "utf8"),
  };
}
