/** `podstorm sweep`: a scenario over every combination of some values, with the figures of each. */
import { VERSION } from "../../engine/version.ts";
import type { RadarAxis } from "../../reports/radar/radar-result.ts";
import type { FigureSummary, RunFigure } from "../../reports/replications.ts";
import { commandLine, manifestsOption, outOption, quietOption, seedOption, setOption, wholeNumber, workersOption } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { canWrite, reportFolder } from "../finish.ts";
import { pendingSignals, watchInterruption, type Interruption } from "../interruption.ts";
import { loadFiles, type LoadedFile } from "../load-files.ts";
import { parseAxis } from "../radar/axis.ts";
import { newRunCount } from "../run-count.ts";
import { sweepCsv, sweepTable } from "../sweep-text.ts";
import { ValuedScenario } from "../valued-scenario.ts";
import { writeText } from "../write.ts";
import type { Call, Command } from "./command.ts";

/** Of a range without a step. */
const STEPS = 4;
/** More combinations than anybody reads. */
const POINTS_MAX = 10_000;

/** One combination of values. */
export interface SweepPoint {
  /** In the order of the fields. */
  readonly values: readonly string[];
  /** Means over the seeds. */
  readonly figures: readonly FigureSummary[];
  /** Runs that broke a threshold or an invariant, and all. */
  readonly failed: number;
  readonly runs: number;
}

export const sweep: Command = {
  parameters: [["<file>", "a scenario"]],
  description:
    "Runs a scenario with every combination of some values and shows what each costs: requests lost, latency, restarts, availability.",
  options: [
    {
      flags: "--over <field=from..to>",
      meaning: "a field and its values, as often as wanted: from..to:step, or a list; 1.5x is so many times the scenario's own value",
      parse: (text, before) => {
        const parsed = parseAxis(text, STEPS);
        return "problem" in parsed ? parsed : { value: [...((before as RadarAxis[] | undefined) ?? []), parsed.value] };
      },
    },
    {
      flags: "--replications <n>",
      meaning: "runs for each combination, over so many seeds",
      usual: "1",
      parse: (text) => wholeNumber(text, 1, 1000),
    },
    seedOption,
    { ...workersOption, meaning: "runs to make side by side; the figures are the same for any number" },
    manifestsOption,
    setOption,
    { ...outOption, meaning: "where the figures are written", usual: "podstorm-out/<scenario name>-sweep" },
    quietOption,
  ],
  examples: [
    [
      "podstorm sweep scenario.yaml --over load.shop.rate=1x..3x:0.5x",
      "five runs, one line each; sweep.json and sweep.csv under podstorm-out/",
    ],
    [
      "podstorm sweep scenario.yaml --over load.shop.timeout=1s,2s,5s --over load.shop.retries.max=0..3:1 --replications 5",
      "twelve combinations with 95 % intervals",
    ],
  ],
  async run(call) {
    const interruption = watchInterruption(call.terminal.error);
    try {
      const files = await loadFiles(call);
      await pendingSignals();
      const interrupted = interruption.code();
      if (interrupted !== null) return interrupted;
      const file = files?.[0];
      if (file === undefined) return ExitCode.badInput;
      const axes = (call.options["over"] as readonly RadarAxis[] | undefined) ?? [];
      const problem = problemOf(axes);
      if (problem === null) return await runAll(file, axes, call, interruption);
      call.terminal.error(`${problem}\nRun again: ${commandLine(call.typed)}\n`);
      return ExitCode.badInput;
    } catch (error) {
      call.terminal.error(
        `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\nRun again: ${commandLine(call.typed)}\n`,
      );
      return ExitCode.internalError;
    } finally {
      interruption.end();
    }
  },
};

function problemOf(axes: readonly RadarAxis[]): string | null {
  if (axes.length === 0) return "found no --over, expected a field and its values, as in --over load.shop.rate=1x..3x:0.5x";
  const points = axes.reduce((product, { values }) => product * values.length, 1);
  return points > POINTS_MAX ? `found ${points} combinations, expected at most ${POINTS_MAX}` : null;
}

async function runAll({ path, spec }: LoadedFile, axes: readonly RadarAxis[], call: Call, interruption: Interruption): Promise<ExitCode> {
  const { options, terminal } = call;
  const folder = reportFolder(options["out"] as string | undefined, `${spec.name}-sweep`);
  const scenario = new ValuedScenario(path, call);
  const combinations = combinationsOf(axes);
  const specs = combinations.flatMap((values) => scenario.with(settingsOf(axes, values)) ?? []);
  // Nothing is run while any of them isn't valid.
  if (specs.length < combinations.length) return ExitCode.badInput;
  if (!canWrite([folder], commandLine(call.typed), terminal)) return ExitCode.badInput;
  const replications = (options["replications"] as number | undefined) ?? 1;
  const count = newRunCount("sweep", terminal, options["quiet"] === true, specs.length * replications);
  const { openRuns } = await import("../../workers/many-runs.ts");
  const { runFigures, summarise } = await import("../../reports/replications.ts");
  const { judge } = await import("../../reports/verdict.ts");
  const { seeded } = await import("../replicate.ts");
  interruption.begin();
  const runs = await openRuns({ workers: (options["workers"] as number | "auto" | undefined) ?? "auto", signal: interruption.signal });
  let done = 0;
  let violations = 0;
  const pointOf = async (index: number): Promise<SweepPoint | null> => {
    const one = async (replication: number): Promise<{ readonly figures: readonly RunFigure[]; readonly isPassed: boolean } | null> => {
      const result = await runs.run(seeded(specs[index]!, replication), index);
      if (result === null) return null;
      count.update(++done);
      violations += result.violations.length;
      return { figures: runFigures(result), isPassed: judge(result, specs[index]!.thresholds).isPassed };
    };
    const found = await Promise.all(Array.from({ length: replications }, (_, replication) => one(replication)));
    const finished = found.filter((run) => run !== null);
    if (finished.length < replications) return null;
    const figures = summarise(finished.map((run) => run.figures));
    return { values: combinations[index]!, figures, failed: finished.filter(({ isPassed }) => !isPassed).length, runs: replications };
  };
  try {
    const all = await Promise.all(combinations.map((_, index) => pointOf(index)));
    count.end();
    const points = all.filter((point) => point !== null);
    const isPartial = points.length < all.length;
    const seeds = replications === 1 ? `seed ${spec.seed}` : `seeds ${spec.seed} to ${spec.seed + replications - 1}`;
    terminal.out(`${spec.name}: ${points.length} of ${all.length} combinations${isPartial ? ", interrupted" : ""}, ${seeds}\n\n`);
    const fields = axes.map((axis) => axis.path);
    terminal.out(sweepTable(fields, points));
    const body = {
      schema: "podstorm.dev/sweep/v1",
      name: spec.name,
      version: VERSION,
      seed: spec.seed,
      replications,
      isPartial,
      fields,
      points,
    };
    const paths = [
      writeText(folder, "sweep.json", `${JSON.stringify(body, null, 2)}\n`),
      writeText(folder, "sweep.csv", sweepCsv(fields, points)),
    ];
    terminal.out(`\nFigures: ${paths.join(", ")}\n`);
    const code = interruption.code() ?? codeOf(points, violations);
    if (code !== ExitCode.passed) terminal.error(`Run again: ${commandLine(call.typed, spec.seed)}\n`);
    return code;
  } finally {
    count.end();
    await runs.close();
  }
}

function codeOf(points: readonly SweepPoint[], violations: number): ExitCode {
  if (violations > 0) return ExitCode.invariantViolated;
  return points.some(({ failed }) => failed > 0) ? ExitCode.thresholdFailed : ExitCode.passed;
}

/** The last field changes fastest. */
function combinationsOf(axes: readonly RadarAxis[]): readonly (readonly string[])[] {
  return axes.reduce<readonly (readonly string[])[]>(
    (before, { values }) => before.flatMap((each) => values.map((value) => [...each, value])),
    [[]],
  );
}

function settingsOf(axes: readonly RadarAxis[], values: readonly string[]): readonly string[] {
  return axes.map(({ path }, index) => `${path}=${values[index]}`);
}
