/**
 * `npm run mutants -- --shrink`: how small does a failure get? Each mutant is looked for with whole scenarios, as `podstorm fuzz
 * --self` draws them; what fails is shrunk under the mutant. Prints lines, Pods and seconds, their medians and the worst, and names
 * those that whole scenarios didn't find.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stdout } from "node:process";
import { caseText } from "../../scenarios/fuzz/case-text.ts";
import { readCase, type FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import type { Mutant } from "../../scenarios/fuzz/mutants/mutant.ts";
import type { Prey } from "../../workers/fuzz/mutants/hunt.ts";
import type { Shrunk } from "../../workers/fuzz/mutants/shrink.ts";
import { preyOf, shrunkPrey } from "../../workers/fuzz/mutants/shrink-mutant.ts";
import type { Trial } from "../../workers/fuzz/mutants/try-mutant.ts";
import { runHere } from "../../workers/run.ts";
import { digestOfSources, inParallel, keyOf, readKept, writeKept } from "./mutant-results.ts";
import { namedFiles } from "./failure-store.ts";

const FILE = ".podstorm/mutants-shrunk.json";
/** Where the shrunk scenarios lie, a folder each. */
const FOLDER = ".podstorm/mutants";
/** What the median has to hold. */
const MOST = { lines: 25, pods: 3, seconds: 20 } as const;

interface Kept {
  readonly digest: string;
  /** A text: why the process ended that hunted. */
  readonly preys: Record<string, Prey | string>;
  readonly shrunk: Record<string, Shrunk | string>;
}

export interface ShrinkSettings extends Trial {
  readonly workers: number;
  /** What was found before is shrunk again although the sources have changed, and hunted again only if it doesn't fail any more. */
  readonly isKept: boolean;
  readonly isFresh: boolean;
}

/** Whether the medians hold. */
export async function shrinkMutants(wanted: readonly Mutant[], settings: ShrinkSettings): Promise<boolean> {
  const { runs, seed, workers } = settings;
  const kept = keptResults(settings);
  if (settings.isFresh)
    for (const mutant of wanted) {
      delete kept.preys[keyOf(mutant)];
      delete kept.shrunk[keyOf(mutant)];
    }
  const missing = wanted.filter((mutant) => !isKnown(kept, keyOf(mutant)));
  stdout.write(`${wanted.length} mutants, ${wanted.length - missing.length} known; up to ${runs} whole scenarios each, seed ${seed}\n`);
  let done = 0;
  await inParallel(workers, missing, async (mutant) => {
    await shrinkOne(mutant, settings, kept);
    writeKept(FILE, kept);
    stdout.write(`[${++done}/${missing.length}] ${lineOf(mutant, kept)}\n`);
  });
  return report(wanted, kept);
}

function keptResults({ runs, seed, isKept }: ShrinkSettings): Kept {
  const digest = digestOfSources(`${runs} ${seed}`);
  const found = readKept<Kept>(FILE);
  if (found === null) return { digest, preys: {}, shrunk: {} };
  if (found.digest === digest) return found;
  return { digest, preys: isKept ? found.preys : {}, shrunk: {} };
}

/** A process that ended tries again in the next call. */
function isKnown({ preys, shrunk }: Kept, key: string): boolean {
  const prey = preys[key];
  if (prey === undefined || typeof prey === "string") return false;
  return prey.bucket === null || typeof (shrunk[key] ?? "") !== "string";
}

async function shrinkOne(mutant: Mutant, settings: ShrinkSettings, { preys, shrunk }: Kept): Promise<void> {
  const key = keyOf(mutant);
  for (const isFirst of [true, false]) {
    const known = preys[key];
    const prey = known === undefined || typeof known === "string" ? await preyOf(mutant, settings) : known;
    preys[key] = prey;
    if (typeof prey === "string" || prey.bucket === null) return;
    const result = await shrunkPrey(mutant, prey);
    if (result !== null) {
      shrunk[key] = typeof result === "string" ? result : await withPods(result);
      write(mutant, prey.bucket, shrunk[key]);
      return;
    }
    if (!isFirst) throw new Error(`mutant ${mutant.name}: what was found doesn't fail again: ${prey.bucket}`);
    delete preys[key];
  }
}

/** A run that throws has no result: without the mutant the same scenario has one. */
async function withPods(result: Shrunk): Promise<Shrunk> {
  const spec = result.smallest === null || result.pods !== null ? null : readCase(result.smallest).spec;
  return spec === null ? result : { ...result, pods: (await runHere(spec, 1)).control.pods.length };
}

function write({ name, breaks }: Mutant, bucket: string, result: Shrunk | string): void {
  if (typeof result === "string" || result.smallest === null) return;
  for (const [file, text] of namedFiles(
    storyOf(result.smallest, [`Breaks under the planted fault ${name} (${breaks}): ${bucket}`], name),
  )) {
    const path = join(FOLDER, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

function storyOf(found: FuzzCase, lines: readonly string[], name: string): ReturnType<typeof caseText> {
  return caseText(found, { lines, command: `npm run mutants -- --shrink ${name}` });
}

function lineOf({ name }: Mutant, kept: Kept): string {
  const found = rowOf(name, kept);
  if (typeof found === "string") return `${name}: ${found}`;
  const { bucket, runs, lines, drawnLines, pods, seconds } = found;
  return `${name}: ${bucket}, run ${runs}: ${drawnLines} → ${lines} lines, ${pods} Pods, ${seconds.toFixed(1)} s`;
}

interface Row {
  readonly name: string;
  readonly bucket: string;
  readonly runs: number;
  readonly drawnLines: number;
  readonly lines: number;
  readonly pods: number;
  readonly seconds: number;
}

const NOT_FOUND = "not found";

/** A text: why there is none. */
function rowOf(name: string, { preys, shrunk }: Kept): Row | string {
  const key = Object.keys(preys).find((each) => each.startsWith(`${name} `));
  const prey = key === undefined ? undefined : preys[key];
  if (prey === undefined) return NOT_FOUND;
  if (typeof prey === "string") return `process ended: ${prey}`;
  if (prey.bucket === null) return NOT_FOUND;
  const result = shrunk[key!];
  if (result === undefined || typeof result === "string") return `shrinking ended: ${result ?? "nothing said"}`;
  const { drawnLines, lines, pods, seconds } = result;
  return { name, bucket: prey.bucket, runs: prey.runs, drawnLines, lines, pods: pods ?? 0, seconds };
}

function report(wanted: readonly Mutant[], kept: Kept): boolean {
  const rows = wanted.map(({ name }) => ({ name, row: rowOf(name, kept) }));
  const found = rows.flatMap(({ row }) => (typeof row === "string" ? [] : [row]));
  const text = found.map(
    ({ name, bucket, runs, drawnLines, lines, pods, seconds }) =>
      `| ${name} | ${ruleOf(bucket)} | ${runs} | ${drawnLines} | ${lines} | ${pods} | ${seconds.toFixed(1)} |`,
  );
  stdout.write(`\n| mutant | rule that breaks | after runs | lines as drawn | lines | Pods | seconds |\n|---|---|---|---|---|---|---|\n`);
  stdout.write(`${text.join("\n")}\n\n`);
  const measures = ["lines", "pods", "seconds"] as const;
  const medians = measures.map((measure) => median(found.map((row) => row[measure])));
  measures.forEach((measure, at) => {
    const worst = Math.max(...found.map((row) => row[measure]));
    stdout.write(`${measure}: median ${shown(medians[at]!)} of at most ${MOST[measure]}, worst ${shown(worst)}\n`);
  });
  stdout.write(`over ${found.length} of ${rows.length} mutants; the scenarios lie in ${FOLDER}\n`);
  const others = rows.filter(({ row }) => typeof row === "string");
  if (others.length > 0) stdout.write("\nWhole scenarios didn't find:\n");
  for (const { name, row } of others) stdout.write(`  ${name}${row === NOT_FOUND ? "" : `: ${row as string}`}\n`);
  return found.length > 0 && measures.every((measure, at) => medians[at]! <= MOST[measure]);
}

function ruleOf(bucket: string): string {
  return (bucket.split(" | ")[0] ?? "").replace(/^invariant /, "").slice(0, 60);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function shown(value: number): string {
  return Number.isInteger(value) ? `${value}` : value.toFixed(1);
}
