/** One mutant against its alarms, each in a process of its own: the one that the catalogue names first, then the other fuzzers. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fuzzers, type FuzzerName, type Mutant } from "../../../scenarios/fuzz/mutants/mutant.ts";
import type { Hunt, Prey } from "./hunt.ts";

/** Plain data. */
export interface MutantResult {
  readonly mutant: string;
  /** What rang: an invariant, a law, an error, or the name of a test; null: nothing did. */
  readonly killedBy: string | null;
  /** Which fuzzer or file of tests that was. */
  readonly alarm: string;
  /** Runs of the fuzzer until then; null: a test. */
  readonly runs: number | null;
  readonly seconds: number;
  readonly message: string;
}

export interface Trial {
  /** Of each fuzzer. */
  readonly runs: number;
  readonly seed: number;
}

const top = new URL("../../..", import.meta.url).pathname;
const planted = ["--import", new URL("plant.ts", import.meta.url).href];
const hunter = new URL("hunt.ts", import.meta.url).pathname;
const config = new URL("../../../mutant.vitest.config.ts", import.meta.url).pathname;
/** A process that takes longer has no end. */
const MILLISECONDS_MAX = 900_000;

export async function tryMutant(mutant: Mutant, trial: Trial): Promise<MutantResult> {
  const { alarm } = mutant;
  const isFuzzer = (fuzzers as readonly string[]).includes(alarm);
  const first = isFuzzer ? await tryFuzzer(mutant, alarm as FuzzerName, trial) : await tryTests(mutant, alarm);
  if (first.killedBy !== null) return first;
  for (const fuzzer of fuzzers) {
    if (fuzzer === alarm) continue;
    const result = await tryFuzzer(mutant, fuzzer, trial);
    if (result.killedBy !== null) return result;
  }
  return first;
}

/** `mutant` null: none is planted. */
export function huntIn(mutant: Mutant | null, hunt: Hunt): Promise<Prey | string> {
  return answerOf<Prey>(mutant, hunter, hunt);
}

/** What a program that is told its task as JSON says as JSON, with the mutant planted in it; a text: why it said nothing. */
export async function answerOf<Answer>(mutant: Mutant | null, program: string, task: unknown): Promise<Answer | string> {
  const { out, error } = await child([...(mutant === null ? [] : planted), program, JSON.stringify(task)], mutant);
  return out === "" ? error : (JSON.parse(out) as Answer);
}

async function tryFuzzer(mutant: Mutant, fuzzer: FuzzerName, trial: Trial): Promise<MutantResult> {
  const from = performance.now();
  const prey = await findPrey(mutant, fuzzer, trial);
  const common = { mutant: mutant.name, alarm: fuzzer, seconds: (performance.now() - from) / 1000 };
  // Its process ended: of itself, or for it took too long.
  if (typeof prey === "string") return { ...common, killedBy: `process ended: ${prey}`, runs: null, message: prey };
  return { ...common, killedBy: prey.bucket, runs: prey.runs, message: prey.message };
}

/** A case that rings without the mutant as well says nothing about it. A text: why the process ended. */
export async function findPrey(mutant: Mutant, fuzzer: FuzzerName, { runs, seed }: Trial): Promise<Prey | string> {
  const ignored: string[] = [];
  for (;;) {
    const hunt: Hunt = { fuzzer, from: 0, runs, seed, isGuided: true, ignored };
    const prey = await huntIn(mutant, hunt);
    if (typeof prey === "string" || prey.bucket === null) return prey;
    const { bucket, found } = prey;
    const control = await huntIn(null, { ...hunt, from: prey.runs - 1, runs: 1, ...(found === null ? {} : { found }) });
    if (typeof control === "string" || control.bucket !== bucket) return prey;
    ignored.push(bucket);
  }
}

interface TestReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

async function tryTests(mutant: Mutant, file: string): Promise<MutantResult> {
  const from = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "podstorm-mutant-"));
  const written = join(folder, "report.json");
  const words = ["node_modules/vitest/vitest.mjs", "run", file, "--config", config, "--reporter=json", `--outputFile=${written}`];
  if (mutant.only !== undefined) words.push("-t", mutant.only);
  const { error } = await child(words, mutant);
  const seconds = (performance.now() - from) / 1000;
  const common = { mutant: mutant.name, alarm: file, runs: null, seconds };
  const text = existsSync(written) ? readFileSync(written, "utf8") : "";
  rmSync(folder, { recursive: true });
  if (text === "") throw new Error(`mutant ${mutant.name}: ${file} didn't run: ${error}`);
  const report = JSON.parse(text) as TestReport;
  const failed = report.testResults.flatMap(({ assertionResults }) => assertionResults).find(({ status }) => status === "failed");
  const problem = report.testResults.find(({ message }) => message !== "")?.message;
  const killedBy = failed?.fullName ?? (problem === undefined ? null : firstLine(problem));
  return { ...common, killedBy, message: failed?.failureMessages[0] ?? problem ?? "" };
}

interface Answer {
  readonly out: string;
  /** Why there is none. */
  readonly error: string;
}

function child(words: readonly string[], mutant: Mutant | null): Promise<Answer> {
  const env = { ...process.env, NO_COLOR: "1", ...(mutant === null ? {} : { PODSTORM_MUTANT: mutant.name }) };
  return new Promise((resolve) => {
    execFile(process.execPath, words, { cwd: top, env, maxBuffer: 256e6, timeout: MILLISECONDS_MAX }, (problem, out, errors) => {
      const error = problem?.killed === true ? `no end within ${MILLISECONDS_MAX / 1000} s` : lastError(errors);
      resolve({ out, error });
    });
  });
}

/** Of a stack trace: the error's own line. */
function lastError(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /^\w*Error/.test(line)) ?? lines.at(-1) ?? "nothing said";
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
