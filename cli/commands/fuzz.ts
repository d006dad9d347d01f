/** `podstorm fuzz`: what happens to a scenario is varied until a threshold or an invariant breaks; with --self, everything is drawn. */
import { appendFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { faults } from "../../engine/chaos/index.ts";
import type { FaultType } from "../../engine/chaos/fault.ts";
import { parseDuration } from "../../engine/values/duration.ts";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { commandLine, manifestsOption, quietOption, seedOption, setOption, wholeNumber, workersOption } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { folderName, worst } from "../finish.ts";
import { givenFile, type FailureSource } from "../fuzz/failure-store.ts";
import type { CampaignPlan } from "../fuzz/run-campaign.ts";
import { watchInterruption } from "../interruption.ts";
import { prepareFolder } from "../write.ts";
import type { Call, Command, OptionDefinition, Parsed } from "./command.ts";

const USUAL_RUNS = 200;
const USUAL_SEED = 1;
/** In one run, besides those of the scenario. */
const ADDED_FAULTS_MAX = 2;

/** Where campaigns and failures are kept. */
export const podstormFolderOption: OptionDefinition = {
  flags: "--dir <folder>",
  meaning: "where campaigns and failures are kept",
  usual: ".podstorm",
};

export const thresholdOption: OptionDefinition = {
  flags: "--threshold <metric: condition>",
  meaning: "what must hold instead of the scenario's thresholds, as often as wanted",
  parse: (text, before) =>
    /^[^:]+(\{[^}]*\})?\s*:\s*\S/.test(text)
      ? { value: [...(Array.isArray(before) ? before : []), text] }
      : { problem: "expected a metric and a condition, as in 'requests_lost: rate<1%'" },
};

export const fuzz: Command = {
  parameters: [["[file...]", "scenarios; without any, --self"]],
  description:
    "Varies what happens to a scenario (faults, timing, load, seeds) until one of its thresholds or an invariant breaks, and shrinks that to the " +
    "smallest scenario that still breaks it. A scenario without thresholds must lose less than 0.1 % of its requests. " +
    "With --self everything is drawn, to test podstorm itself.",
  options: [
    { flags: "--self", meaning: "test podstorm itself: clusters, load and faults are drawn, and held to its own laws as well" },
    {
      flags: "--runs <n>",
      meaning: "how many runs",
      usual: `${USUAL_RUNS}, or as many as --max-time allows`,
      parse: (text) => wholeNumber(text, 1, 1_000_000_000),
    },
    { flags: "--max-time <duration>", meaning: "wall time after which no run begins, as in 60s", parse: duration },
    {
      flags: "--max-failures <n>",
      meaning: "end after so many different failures",
      usual: "1; with --maximize, none",
      parse: (text) => wholeNumber(text, 1, 1_000_000),
    },
    { flags: "--continue-on-failure", meaning: "end when the runs or the time are over, whatever is found" },
    { ...seedOption, meaning: "seed of what is drawn", usual: String(USUAL_SEED) },
    thresholdOption,
    { flags: "--maximize <metric>", meaning: "search for the worst case: the largest value of a metric, such as requests_lost" },
    {
      flags: "--add-faults <types>",
      meaning: "faults that the scenario doesn't have may come as well, of these types: node-loss,oom-kill or all",
      parse: addedFaults,
    },
    { flags: "--no-shrink", meaning: "show failures as they were drawn" },
    { flags: "--shard <i/n>", meaning: "the i-th of n parts, for as many machines; podstorm merge joins them", parse: shard },
    { ...workersOption, meaning: "threads; what is found is the same for any number" },
    manifestsOption,
    setOption,
    { flags: "--save-corpus <file>", meaning: "write the cases that reached something new, one JSON line each" },
    podstormFolderOption,
    quietOption,
  ],
  examples: [
    ["podstorm fuzz scenario.yaml --max-time 60s", "a minute's search for what breaks the scenario's thresholds (99) or an invariant (98)"],
    ["podstorm fuzz scenario.yaml --threshold 'availability: min>80%' --max-failures 3", "another aim, up to three different failures"],
    ["podstorm fuzz scenario.yaml --add-faults node-loss,oom-kill --max-time 5m", "does it stand a lost node and a killed container?"],
    ["podstorm fuzz scenario.yaml --maximize requests_lost --runs 1000", "the worst of what can happen"],
    ["podstorm fuzz --self --runs 2000 --seed 1", "podstorm itself; an interrupted campaign goes on where it was"],
    ["podstorm fuzz --self --runs 100000 --shard 2/8 --dir part-2", "one of eight machines; then podstorm merge part-*"],
  ],
  async run(call) {
    const interruption = watchInterruption(call.terminal.error);
    try {
      const plans = await plansOf(call);
      if (plans === null) return ExitCode.badInput;
      const { runCampaign } = await import("../fuzz/run-campaign.ts");
      interruption.begin();
      const codes: ExitCode[] = [];
      for (const plan of plans) if (interruption.code() === null) codes.push(await runCampaign(plan, call.terminal, interruption));
      return interruption.code() ?? worst(codes);
    } finally {
      interruption.end();
    }
  },
};

/** Null: something is wrong, which was told. */
async function plansOf(call: Call): Promise<readonly CampaignPlan[] | null> {
  const { options, parameters } = call;
  const isSelf = options["self"] === true;
  if (isSelf === parameters.length > 0) {
    const found = isSelf ? `--self and ${parameters.join(", ")}` : "neither a scenario nor --self";
    return refuse(`found ${found}, expected one of them`, call);
  }
  const { maximizable, maximized } = await import("../../scenarios/fuzz/maximized.ts");
  const metric = options["maximize"] as string | undefined;
  const maximize = metric === undefined ? null : maximized(metric);
  if (metric !== undefined && maximize === null)
    return refuse(`--maximize: found unknown metric ${metric}, expected one of ${maximizable().join(", ")}`, call);
  const [meaningless] = isSelf ? ofScenarios.filter(([name]) => options[name] !== undefined) : [];
  if (meaningless !== undefined)
    return refuse(`found ${meaningless[1]} with --self, expected it with a scenario: it says something about one`, call);
  const shared = sharedPlan(call);
  const folderProblem = problemOfFolder(shared.folder) ?? problemOfCorpus(shared.corpusFile);
  if (folderProblem !== null) return refuse(folderProblem, call);
  if (isSelf) return [{ ...shared, maximize, name: "self", origin: { type: "self" }, source: { type: "self" } }];
  const types = (options["addFaults"] as readonly FaultType[] | undefined) ?? [];
  const files = parameters.map((file) => loaded(file, call, metric === undefined));
  const plans: CampaignPlan[] = [];
  for (const file of await Promise.all(files)) {
    if (file === null) return null;
    const { name, base, origin } = file;
    plans.push({
      ...shared,
      maximize,
      appendsCorpus: plans.length > 0,
      name: folderName(name),
      origin,
      source: { type: "scenario", base, added: { types, max: ADDED_FAULTS_MAX } },
    });
  }
  return plans;
}

/** By the name that commander gives them. */
const ofScenarios: readonly (readonly [name: string, flag: string])[] = [
  ["threshold", "--threshold"],
  ["addFaults", "--add-faults"],
  ["set", "--set"],
  ["manifests", "--manifests"],
];

/** Null: campaigns and failures can be written there. */
export function problemOfFolder(folder: string): string | null {
  for (const part of ["campaigns", "failures"]) {
    const problem = prepareFolder(join(folder, part));
    if (problem !== null) return `--dir ${folder}: found ${problem}, expected a folder that can be written`;
  }
  return null;
}

function problemOfCorpus(file: string | null): string | null {
  if (file === null) return null;
  const problem = prepareFolder(dirname(file));
  if (problem !== null) return `--save-corpus ${file}: found ${problem}, expected a folder that can be written`;
  try {
    appendFileSync(file, "");
    return null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return `--save-corpus ${file}: found a place that can't be written (${code}), expected a file`;
  }
}

type SharedPlan = Omit<CampaignPlan, "maximize" | "name" | "origin" | "source">;

function sharedPlan({ options, typed }: Call): SharedPlan {
  const {
    runs,
    maxTime,
    maxFailures,
    workers = "auto",
  } = options as {
    runs?: number;
    maxTime?: number;
    maxFailures?: number;
    workers?: number | "auto";
  };
  return {
    seed: (options["seed"] as number | undefined) ?? USUAL_SEED,
    runs: runs ?? (maxTime === undefined ? USUAL_RUNS : Infinity),
    millisecondsMax: maxTime === undefined ? Infinity : maxTime / 1000,
    // The worst case isn't the first one that fails.
    failuresMax: options["continueOnFailure"] === true ? Infinity : (maxFailures ?? (options["maximize"] === undefined ? 1 : Infinity)),
    shard: (options["shard"] as CampaignPlan["shard"] | undefined) ?? { index: 1, of: 1 },
    threads: workers === "auto" ? availableParallelism() : workers,
    shrinks: options["shrink"] !== false,
    folder: (options["dir"] as string | undefined) ?? ".podstorm",
    corpusFile: (options["saveCorpus"] as string | undefined) ?? null,
    appendsCorpus: false,
    isQuiet: options["quiet"] === true,
    typed,
  };
}

export interface LoadedSource {
  readonly name: string;
  readonly base: FuzzCase;
  readonly origin: FailureSource;
}

/** `isUsualWanted`: a scenario without thresholds must lose less than usual. */
export async function loaded(file: string, call: Call, isUsualWanted: boolean = true): Promise<LoadedSource | null> {
  const { loadCase } = await import("../../scenarios/fuzz/load-case.ts");
  const { set, manifests, threshold } = call.options as { set?: string[]; manifests?: string[]; threshold?: string[] };
  const given = {
    ...(set === undefined ? {} : { set }),
    ...(manifests === undefined ? {} : { manifests }),
    ...(threshold === undefined ? {} : { thresholds: threshold }),
  };
  const found = loadCase(file, { ...given, isUsualWanted });
  if (found.base !== null) {
    if (found.isUsual)
      call.terminal.error(
        `${found.name} states no thresholds: it must lose less than 0.1 % of its requests (--threshold says otherwise)\n`,
      );
    if (found.isFree && isUsualWanted)
      call.terminal.error(
        `${found.name} states no thresholds and has no load: only invariants can break (--threshold says what else must hold)\n`,
      );
    const named = { file: givenFile(file), ...given, ...(manifests === undefined ? {} : { manifests: manifests.map(givenFile) }) };
    return { name: found.name, base: found.base, origin: { type: "scenario", ...named } };
  }
  const { formatIssues } = await import("../../scenarios/issues.ts");
  return refuse(formatIssues(found.issues).trimEnd(), call);
}

function refuse(problem: string, { terminal, typed }: Call): null {
  terminal.error(`${problem}\nRun again: ${commandLine(typed)}\n`);
  return null;
}

/** µs */
export function duration(text: string): Parsed {
  const micros = parseDuration(text);
  return micros === null || micros <= 0 ? { problem: "expected a duration, as in 60s" } : { value: micros };
}

function addedFaults(text: string): Parsed {
  const known = Object.keys(faults);
  const types = text === "all" ? known : text.split(",").map((type) => type.trim());
  const unknown = types.filter((type) => !known.includes(type));
  if (unknown.length === 0) return { value: types };
  return { problem: `unknown fault ${unknown.join(", ")}: expected all, or some of ${known.join(", ")}` };
}

function shard(text: string): Parsed {
  const [, index = "0", of = "0"] = /^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? [];
  const value = { index: Number(index), of: Number(of) };
  return value.index >= 1 && value.index <= value.of ? { value } : { problem: "expected i/n, as in 2/8: the second of eight" };
}
