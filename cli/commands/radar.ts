/** `podstorm radar`: does the system come back once its faults are over, and how far is it from the load at which it doesn't? */
import { parseDuration } from "../../engine/values/duration.ts";
import { VERSION } from "../../engine/version.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import type { RadarAxis, RadarResult } from "../../reports/radar/radar-result.ts";
import { commandLine, manifestsOption, outOption, quietOption, seedOption, setOption, wholeNumber, workersOption } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { canWrite, reportFolder } from "../finish.ts";
import { pendingSignals, watchInterruption, type Interruption } from "../interruption.ts";
import { loadFiles, type LoadedFile } from "../load-files.ts";
import { newRunCount, type RunCount } from "../run-count.ts";
import { parseAxis } from "../radar/axis.ts";
import { RadarError, searchRadar } from "../radar/radar-search.ts";
import { radarText } from "../radar/radar-text.ts";
import { ValuedScenario } from "../valued-scenario.ts";
import { writeText } from "../write.ts";
import type { Call, Command, Parsed } from "./command.ts";

/** Along x it is halved, along y each value is a search of its own. */
const X_STEPS = 20;
const Y_STEPS = 4;
const USUAL_WINDOW = 10_000_000;
const USUAL_REPLICATIONS = 3;

export const radar: Command = {
  parameters: [["<file>", "a scenario with faults that end"]],
  description:
    "Runs the scenario's faults, takes them away and asks whether the system comes back: answered requests, replicas and restarts as before. " +
    "Searches the boundary along one field, for each value of a second one, and draws the map.",
  options: [
    {
      flags: "--x <field=from..to>",
      meaning: "the field along which to search, as --set takes it; 1.5x is so many times the scenario's own value; :step sets how finely",
      usual: "the first load's rate, 0.1x..4x:0.1x",
      parse: (text) => parseAxis(text, X_STEPS),
    },
    {
      flags: "--y <field=from..to>",
      meaning: "a second field: one search along x for each value; also a list, 1s,2s,5s",
      parse: (text) => parseAxis(text, Y_STEPS),
    },
    {
      flags: "--within <duration>",
      meaning: "how soon after the last fault it must be back",
      usual: "until the run ends",
      parse: duration,
    },
    { flags: "--window <duration>", meaning: "over which levels are compared", usual: "10s", parse: duration },
    {
      flags: "--at-least <value>",
      meaning: "fail (99) if it doesn't survive this value of x, whatever y",
      parse: (text) => (/^\d+(\.\d+)?[a-zA-Z%/]*$/.test(text) ? { value: text } : { problem: "expected a value of x, as in 1.5x" }),
    },
    {
      flags: "--replications <n>",
      meaning: "runs for each pair of values, over so many seeds; it must come back in all of them",
      usual: String(USUAL_REPLICATIONS),
      parse: (text) => wholeNumber(text, 1, 1000),
    },
    seedOption,
    { ...workersOption, meaning: "runs to make side by side; the map is the same for any number" },
    manifestsOption,
    setOption,
    { ...outOption, meaning: "where the map is written", usual: "podstorm-out/<scenario name>-radar" },
    quietOption,
  ],
  examples: [
    ["podstorm radar scenario.yaml", "how much more load until it doesn't come back?"],
    [
      "podstorm radar scenario.yaml --x load.shop.rate=1x..3x --y load.shop.retries.max=0..4:1",
      "the boundary by number of retries; radar.html and radar.json under podstorm-out/",
    ],
    ["podstorm radar scenario.yaml --y deployment/shop.livenessProbe.timeoutSeconds=1,2,5", "the same by a field of the manifests"],
    ["podstorm radar scenario.yaml --x load.shop.rate=1x..2x --at-least 1.5x --within 1m", "a gate: 99 unless it survives 1.5x"],
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
      const problem = problemOf(file.spec, call);
      if (problem !== null) return refuse(problem, call);
      return await search(file, axesOf(file.spec, call), call, interruption);
    } catch (error) {
      if (error instanceof RadarError) return error.message === "" ? ExitCode.badInput : refuse(error.message, call);
      call.terminal.error(
        `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\nRun again: ${commandLine(call.typed)}\n`,
      );
      return ExitCode.internalError;
    } finally {
      interruption.end();
    }
  },
};

interface Axes {
  readonly x: RadarAxis;
  readonly y: RadarAxis | null;
}

function axesOf({ load }: ScenarioSpec, { options }: Call): Axes {
  const x = options["x"] as RadarAxis | undefined;
  const usual = parseAxis(`load.${load[0]?.name ?? ""}.rate=0.1x..4x:0.1x`, X_STEPS);
  if (x === undefined && "problem" in usual) throw new RadarError(usual.problem);
  return { x: x ?? (usual as { readonly value: RadarAxis }).value, y: (options["y"] as RadarAxis | undefined) ?? null };
}

function problemOf(spec: ScenarioSpec, { options }: Call): string | null {
  if (spec.faults.length === 0) return `${spec.name} has no faults: there is nothing to come back from`;
  if (options["x"] === undefined && spec.load.length === 0) return `${spec.name} has no load: say with --x along which field to search`;
  const { x } = axesOf(spec, { options } as Call);
  const least = options["atLeast"] as string | undefined;
  if (least !== undefined && !x.values.includes(least))
    return `--at-least ${least}: expected one of the values of x, ${x.values.join(", ")}`;
  return null;
}

function refuse(problem: string, { terminal, typed }: Call): ExitCode {
  terminal.error(`${problem}\nRun again: ${commandLine(typed)}\n`);
  return ExitCode.badInput;
}

async function search({ path, spec }: LoadedFile, { x, y }: Axes, call: Call, interruption: Interruption): Promise<ExitCode> {
  const { options, terminal } = call;
  const folder = reportFolder(options["out"] as string | undefined, `${spec.name}-radar`);
  const scenario = new ValuedScenario(path, call);
  // The corners, before anything is run: a field or a value that can't be.
  const corners = [0, x.values.length - 1].flatMap((column) => (y?.values ?? [""]).map((_, row) => [column, row] as const));
  for (const [column, row] of corners) if (scenario.with(settingOf({ x, y }, column, row)) === null) return ExitCode.badInput;
  if (!canWrite([folder], commandLine(call.typed), terminal)) return ExitCode.badInput;
  const replications = (options["replications"] as number | undefined) ?? USUAL_REPLICATIONS;
  const within = (options["within"] as number | undefined) ?? null;
  const window = (options["window"] as number | undefined) ?? USUAL_WINDOW;
  const count: RunCount = newRunCount("radar", terminal, options["quiet"] === true);
  const { openRuns } = await import("../../workers/many-runs.ts");
  interruption.begin();
  const runs = await openRuns({ workers: (options["workers"] as number | "auto" | undefined) ?? "auto", signal: interruption.signal });
  try {
    const findings = await searchRadar({
      x,
      y,
      replications,
      options: { within, window },
      specOf: (column, row) => scenario.with(settingOf({ x, y }, column, row)),
      // A threshold that ends the run would leave nothing to look at.
      run: (each, row) => runs.run({ ...each, thresholds: [] }, row),
      onRun: count.update,
    });
    count.end();
    const { cells, rows, isPartial } = findings;
    const { name, seed } = spec;
    const asked = { name, version: VERSION, seed, replications, window, within };
    const result: RadarResult = { schema: "podstorm.dev/radar/v1", ...asked, isPartial, x, y, cells, rows };
    const { radarPage } = await import("../../reports/radar/page.ts");
    const command = commandLine(call.typed, seed);
    terminal.out(radarText(result));
    const paths = [
      writeText(folder, "radar.html", radarPage(result, { command })),
      writeText(folder, "radar.json", `${JSON.stringify(result, null, 2)}\n`),
    ];
    terminal.out(`Map: ${paths.join(", ")}\n`);
    const code = interruption.code() ?? codeOf(result, findings.violations, options["atLeast"] as string | undefined);
    if (code !== ExitCode.passed) terminal.error(`${reasonOf(code, options["atLeast"])}Run again: ${command}\n`);
    return code;
  } finally {
    count.end();
    await runs.close();
  }
}

function settingOf({ x, y }: Axes, column: number, row: number): readonly string[] {
  return [`${x.path}=${x.values[column]}`, ...(y === null ? [] : [`${y.path}=${y.values[row]}`])];
}

function codeOf({ rows, x }: RadarResult, violations: number, least: string | undefined): ExitCode {
  if (violations > 0) return ExitCode.invariantViolated;
  if (least === undefined) return ExitCode.passed;
  const wanted = x.values.indexOf(least);
  const isMet = rows.every(({ survives, isReversed }) => survives !== null && (isReversed ? survives <= wanted : survives >= wanted));
  return isMet ? ExitCode.passed : ExitCode.thresholdFailed;
}

function reasonOf(code: ExitCode, least: unknown): string {
  if (code === ExitCode.thresholdFailed) return `It doesn't survive ${String(least)}.\n`;
  return code === ExitCode.invariantViolated ? "Invariants were broken: podstorm run with these values shows which.\n" : "";
}

/** µs */
function duration(text: string): Parsed {
  const micros = parseDuration(text);
  return micros === null || micros <= 0 ? { problem: "expected a duration, as in 30s" } : { value: micros };
}
