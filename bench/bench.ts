/**
 * The harness of the benches: every figure is measured beside its anchor in the same process, the
 * contestants taking turns, and printed as median, least and greatest; what counts is the ratio.
 *
 *   podstorm bench NAME [--quick] [--json] [--repetitions N]        npx node bench/bench.ts NAME …
 *
 * A bench is one file `x.bench.ts` that exports `const bench: Bench`, and one line in `benches` below.
 */
import { cpus } from "node:os";
import { argv as commandLine } from "node:process";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { tuneCompiler } from "../workers/compiler.ts";

export interface Bench {
  /** One line for the list. */
  readonly summary: string;
  run(harness: Harness): Promise<void> | void;
}

/** One of those who are compared. `run` does one repetition and says how much work it was and how long it took. */
export interface Contestant {
  readonly name: string;
  run(): Sample | Promise<Sample>;
}

export interface Sample {
  /** Events, requests, calls: whatever the rate counts. */
  readonly work: number;
  readonly seconds: number;
}

export interface Figure {
  /** The heading under which it is printed; "": none. */
  readonly section: string;
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** (max − min) / median. */
  readonly spread: number;
  readonly runs: readonly number[];
}

export interface Ratio extends Figure {
  /** What the ratio must reach; null: for information. */
  readonly floor: number | null;
  readonly isMet: boolean;
}

export interface BenchReport {
  readonly bench: string;
  readonly node: string;
  readonly cpu: string;
  readonly isQuick: boolean;
  readonly repetitions: number;
  readonly figures: readonly Figure[];
  readonly ratios: readonly Ratio[];
}

/** Each bench is loaded only when it runs: some need development dependencies. */
const benches: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  phold: () => import("./phold.bench.ts"),
  cluster: () => import("./cluster.bench.ts"),
  "event-queue": () => import("./event-queue.bench.ts"),
  rings: () => import("./rings.bench.ts"),
  shards: () => import("./shards.bench.ts"),
  traffic: () => import("./traffic.bench.ts"),
  profile: () => import("./profile.bench.ts"),
  "start-up": () => import("./start-up.bench.ts"),
  "live-probe": () => import("./live-probe.bench.ts"),
  kubelet: () => import("./kubelet.bench.ts"),
  fuzz: () => import("./fuzz.bench.ts"),
};

const REPETITIONS = 5;
const REPETITIONS_QUICK = 3;
/** Above this the machine was too busy for the figure to mean much. */
const SPREAD_MAX = 0.25;

export class Harness {
  readonly isQuick: boolean;
  readonly repetitions: number;
  readonly figures: Figure[] = [];
  readonly ratios: Ratio[] = [];
  private readonly print: (line: string) => void;
  private section = "";

  constructor(options: { readonly isQuick: boolean; readonly repetitions: number; readonly print: (line: string) => void }) {
    this.isQuick = options.isQuick;
    this.repetitions = options.repetitions;
    this.print = options.print;
  }

  heading(text: string): void {
    this.section = text;
    this.print(`\n${text}`);
  }

  note(text: string): void {
    this.print(`  ${text}`);
  }

  /** A figure that isn't a rate: bytes, a count. */
  figure(name: string, unit: string, ...runs: readonly number[]): Figure {
    const figure = figureOf(this.section, name, unit, runs);
    this.figures.push(figure);
    this.print(`  ${name.padEnd(44)} ${ranged(figure)} ${unit}`);
    return figure;
  }

  /** Rates (work per second) of contestants that take turns, after one warm-up run each. */
  async compare(unit: string, contestants: readonly Contestant[]): Promise<Figure[]> {
    const rates: number[][] = contestants.map(() => []);
    for (let repetition = -1; repetition < this.repetitions; repetition++) {
      for (const [index, contestant] of contestants.entries()) {
        // Nobody pays for another's garbage.
        collectGarbage();
        const sample = await contestant.run();
        if (repetition >= 0) rates[index]!.push(sample.work / sample.seconds);
      }
    }
    return contestants.map((contestant, index) => this.figure(contestant.name, unit, ...rates[index]!));
  }

  /** How many times one figure is another, run by run. With a floor, missing it fails the bench. */
  ratio(name: string, one: Figure, other: Figure, floor: number | null = null): Ratio {
    const runs = one.runs.map((value, index) => value / other.runs[index]!);
    const figure = figureOf(this.section, name, "×", runs);
    const ratio: Ratio = { ...figure, floor, isMet: floor === null || figure.median >= floor };
    this.ratios.push(ratio);
    const verdict = floor === null ? "" : `   floor ${floor}×: ${ratio.isMet ? "met" : "MISSED"}`;
    this.print(`  ${name.padEnd(44)} ${ranged(ratio)} ×${verdict}${ratio.spread > SPREAD_MAX ? "   (spread above 25 %)" : ""}`);
    return ratio;
  }
}

/** Seconds of this thread's CPU time that `work` takes: neighbours and helper threads don't count. */
export function cpuSeconds(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const spent = process.threadCpuUsage(before);
  return (spent.user + spent.system) / 1e6;
}

/** Bytes that live in the heap and in typed arrays, after a collection. */
export function liveBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
}

/**
 * Runs a bench and prints it; with `--json` only JSON goes to stdout. Without a name: the list.
 * The result is an exit code: 0, 1 when a floor was missed (never with --quick), 2 for an unknown name.
 */
export async function runBench(name: string | null, argv: readonly string[] = []): Promise<number> {
  const load = name === null ? undefined : benches[name];
  if (name === null || load === undefined) return list(name);
  const isJson = argv.includes("--json");
  const isQuick = argv.includes("--quick");
  const repetitions = repetitionsOf(argv) ?? (isQuick ? REPETITIONS_QUICK : REPETITIONS);
  const print = (line: string): void => void (isJson ? process.stderr : process.stdout).write(`${line}\n`);
  const harness = new Harness({ isQuick, repetitions, print });
  tuneCompiler();
  const { bench } = await load();
  const report = (): BenchReport => ({
    bench: name,
    node: process.version,
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
    isQuick,
    repetitions,
    figures: harness.figures,
    ratios: harness.ratios,
  });
  print(`${name}: ${bench.summary}\n${report().node}, ${report().cpu}; median (least … greatest) of ${repetitions} runs that take turns`);
  await bench.run(harness);
  if (isJson) process.stdout.write(`${JSON.stringify(report(), null, 2)}\n`);
  return isQuick || harness.ratios.every((ratio) => ratio.isMet) ? 0 : 1;
}

async function list(unknown: string | null): Promise<number> {
  if (unknown !== null) process.stderr.write(`no bench is called ${unknown}\n`);
  const lines: string[] = [];
  for (const [name, load] of Object.entries(benches)) {
    const { bench } = await load();
    lines.push(`${name.padEnd(14)} ${bench.summary}`);
  }
  (unknown === null ? process.stdout : process.stderr).write(`${lines.join("\n")}\n`);
  return unknown === null ? 0 : 2;
}

function repetitionsOf(argv: readonly string[]): number | null {
  const at = argv.indexOf("--repetitions");
  const count = at < 0 ? NaN : Number(argv[at + 1]);
  return Number.isInteger(count) && count > 0 ? count : null;
}

function figureOf(section: string, name: string, unit: string, runs: readonly number[]): Figure {
  const sorted = runs.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  const min = sorted[0]!;
  const max = sorted[sorted.length - 1]!;
  return { section, name, unit, median, min, max, spread: median === 0 ? 0 : (max - min) / median, runs };
}

function ranged(figure: Figure): string {
  const median = short(figure.median).padStart(8);
  return figure.runs.length === 1 ? median : `${median} (${short(figure.min)} … ${short(figure.max)})`;
}

/** Three significant digits: 15.4M, 912k, 3.04. */
function short(value: number): string {
  if (value >= 999.5e6) return `${Number((value / 1e9).toPrecision(3))}G`;
  if (value >= 999.5e3) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (value >= 9_999.5) return `${Number((value / 1e3).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3)));
}

const [, script, name, ...argv] = commandLine;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  // Not awaited at the top: the benches import this module.
  void runBench(name ?? null, argv).then((code) => {
    process.exitCode = code;
  });
}
