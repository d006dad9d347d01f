/**
 * `npm run mutants`: plants each fault of the catalogue (scenarios/fuzz/mutants) in the engine and prints which alarm rings, and
 * after how many runs. Every mutant runs in processes of its own; what was found is kept under .podstorm/ until the sources change, so
 * an interrupted call goes on where it was.
 *
 *   npm run mutants -- [--runs N] [--seed S] [--workers N] [--fresh] [--keep] [--shrink] [NAME…]
 *
 * `--fresh` forgets what was found before, `--keep` keeps what died although the sources have changed. Exit code 0: at least 95 % died (38
 * of 40); 1: fewer did. `--shrink`: how small what whole scenarios find gets (fuzz/shrunk-mutants.ts); 0: the medians hold.
 */
import { availableParallelism } from "node:os";
import { argv as commandLine, stdout } from "node:process";
import { parseArgs } from "node:util";
import { mutants } from "../scenarios/fuzz/mutants/index.ts";
import type { Mutant } from "../scenarios/fuzz/mutants/mutant.ts";
import { tryMutant, type MutantResult, type Trial } from "../workers/fuzz/mutants/try-mutant.ts";
import { digestOfSources, inParallel, keyOf, readKept, writeKept } from "./fuzz/mutant-results.ts";
import { shrinkMutants } from "./fuzz/shrunk-mutants.ts";

const FILE = ".podstorm/mutants.json";
const SHARE_MIN = 0.95;

interface Kept {
  /** Of the sources and the settings that the results are about. */
  readonly digest: string;
  results: Record<string, MutantResult>;
}

const { values, positionals } = parseArgs({
  args: commandLine.slice(2),
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: String(availableParallelism()) },
    fresh: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    shrink: { type: "boolean", default: false },
  },
});
const [runs, seed, workers] = [values.runs, values.seed, values.workers].map(Number) as [number, number, number];
const wanted = mutants.filter(({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)));
const trial: Trial = { runs, seed };
if (values.shrink) {
  const hold = await shrinkMutants(wanted, { ...trial, workers, isKept: values.keep, isFresh: values.fresh });
  process.exitCode = hold ? 0 : 1;
} else await killMutants();

async function killMutants(): Promise<void> {
  const kept = keptResults();
  if (values.fresh) for (const mutant of wanted) delete kept.results[keyOf(mutant)];
  const missing = wanted.filter((mutant) => kept.results[keyOf(mutant)] === undefined);
  stdout.write(`${wanted.length} mutants, ${wanted.length - missing.length} known; up to ${runs} runs of each fuzzer, seed ${seed}\n`);
  let done = 0;
  await inParallel(workers, missing, async (mutant) => {
    const result = await tryMutant(mutant, trial);
    kept.results[keyOf(mutant)] = result;
    writeKept(FILE, kept);
    stdout.write(`[${++done}/${missing.length}] ${lineOf(mutant, result)}\n`);
  });
  report(kept);
}

function keptResults(): Kept {
  const digest = digestOfSources(`${runs} ${seed}`);
  const found = readKept<Kept>(FILE);
  if (found?.digest === digest) return found;
  const died = Object.entries(found?.results ?? {}).filter(([, { killedBy }]) => killedBy !== null);
  return { digest, results: values.keep ? Object.fromEntries(died) : {} };
}

function lineOf({ name, breaks }: Mutant, { killedBy, alarm, runs: after, seconds }: MutantResult): string {
  if (killedBy === null) return `SURVIVED ${name}: ${breaks} (${seconds.toFixed(0)} s)`;
  const where = after === null ? alarm : `${alarm}, run ${after}`;
  return `killed   ${name}: ${killedBy} (${where}, ${seconds.toFixed(1)} s)`;
}

function report(kept: Kept): void {
  const results = wanted.map((mutant) => ({ mutant, result: kept.results[keyOf(mutant)]! }));
  const survivors = results.filter(({ result }) => result.killedBy === null);
  stdout.write(`\n${tableOf(results)}\n\n${results.length - survivors.length} of ${results.length} mutants died\n`);
  for (const { mutant, result } of survivors) stdout.write(`${lineOf(mutant, result)}\n`);
  process.exitCode = survivors.length <= results.length * (1 - SHARE_MIN) ? 0 : 1;
}

function tableOf(results: readonly { readonly mutant: Mutant; readonly result: MutantResult }[]): string {
  const rows = results.map(({ mutant, result }) => {
    const by = result.killedBy === null ? "**survived**" : result.killedBy.replaceAll("|", "\\|");
    return `| ${mutant.name} | ${mutant.breaks} | ${by} | ${result.runs === null ? result.alarm : `${result.runs} of ${result.alarm}`} |`;
  });
  return ["| mutant | what it breaks | killed by | after |", "|---|---|---|---|", ...rows].join("\n");
}
