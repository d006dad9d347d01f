/**
 * `npm run mutants`: plants each fault of the catalogue (scenarios/fuzz/mutants) in the engine and prints which alarm rings, and
 * after how many runs. Every mutant runs in processes of its own; what was found is kept under .podstorm/ until the sources change, so
 * an interrupted call goes on where it was.
 *
 *   npm run mutants -- [--runs N] [--seed S] [--workers N] [--fresh] [--keep] [NAME…]
 *
 * `--fresh` forgets what was found before, `--keep` keeps what died although the sources have changed. Exit code 0: at least 95 % died (38
 * of 40); 1: fewer did.
 */
import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { argv as commandLine, stdout } from "node:process";
import { parseArgs } from "node:util";
import { mutants } from "../scenarios/fuzz/mutants/index.ts";
import type { Mutant } from "../scenarios/fuzz/mutants/mutant.ts";
import { tryMutant, type MutantResult, type Trial } from "../workers/fuzz/mutants/try-mutant.ts";

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
  },
});
const [runs, seed, workers] = [values.runs, values.seed, values.workers].map(Number) as [number, number, number];
const wanted = mutants.filter(({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)));
const kept = keptResults();
if (values.fresh) for (const mutant of wanted) delete kept.results[keyOf(mutant)];
const missing = wanted.filter((mutant) => kept.results[keyOf(mutant)] === undefined);
stdout.write(`${wanted.length} mutants, ${wanted.length - missing.length} known; up to ${runs} runs of each fuzzer, seed ${seed}\n`);

const trial: Trial = { runs, seed };
let done = 0;
await inParallel(missing, async (mutant) => {
  const result = await tryMutant(mutant, trial);
  kept.results[keyOf(mutant)] = result;
  write();
  stdout.write(`[${++done}/${missing.length}] ${lineOf(mutant, result)}\n`);
});
report();

function keyOf(mutant: Mutant): string {
  return `${mutant.name} ${createHash("sha256").update(JSON.stringify(mutant)).digest("hex").slice(0, 8)}`;
}

function keptResults(): Kept {
  const digest = digestOfSources();
  const nothing: Kept = { digest, results: {} };
  try {
    const found = JSON.parse(readFileSync(FILE, "utf8")) as Kept;
    if (found.digest === digest) return found;
    return values.keep
      ? { digest, results: Object.fromEntries(Object.entries(found.results).filter(([, { killedBy }]) => killedBy !== null)) }
      : nothing;
  } catch {
    return nothing;
  }
}

function write(): void {
  mkdirSync(".podstorm", { recursive: true });
  writeFileSync(FILE, JSON.stringify(kept, null, 1));
}

function digestOfSources(): string {
  const hash = createHash("sha256").update(`${runs} ${seed}`);
  const files = globSync("{engine,scenarios,workers}/**/*.ts", { exclude: ["scenarios/fuzz/mutants/**", "scenarios/library/**"] });
  for (const file of files.sort()) hash.update(file).update(readFileSync(file));
  return hash.digest("hex");
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  const one = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.max(1, workers) }, one));
}

function lineOf({ name, breaks }: Mutant, { killedBy, alarm, runs: after, seconds }: MutantResult): string {
  if (killedBy === null) return `SURVIVED ${name}: ${breaks} (${seconds.toFixed(0)} s)`;
  const where = after === null ? alarm : `${alarm}, run ${after}`;
  return `killed   ${name}: ${killedBy} (${where}, ${seconds.toFixed(1)} s)`;
}

function report(): void {
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
