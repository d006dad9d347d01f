/** `podstorm attack`: the cheapest sequence of faults, within a budget, that breaks a scenario's thresholds or an invariant. */
import { availableParallelism } from "node:os";
import { budgetText, readBudget, USUAL_BUDGET, type Term } from "../../scenarios/fuzz/attack/budget.ts";
import { exampleOf, levers, type LeverName } from "../../scenarios/fuzz/attack/levers.ts";
import type { AttackPlan } from "../attack/run-attack.ts";
import { commandLine, manifestsOption, quietOption, seedOption, setOption, wholeNumber, workersOption } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { watchInterruption } from "../interruption.ts";
import type { Call, Command, Parsed } from "./command.ts";
import { duration, loaded, podstormFolderOption, problemOfFolder, thresholdOption } from "./fuzz.ts";

const USUAL_RUNS = 200;
const USUAL_SEED = 1;

export const attack: Command = {
  parameters: [["<file>", "the scenario"]],
  description:
    "Searches the cheapest sequence of faults, within a budget, that breaks one of the scenario's thresholds or an invariant, and says how near to it " +
    "the scenario holds. Everything else stays as the scenario says, its seed too. A scenario without thresholds must lose less than 0.1 % of its requests. " +
    `A budget is a sum of: ${(Object.keys(levers) as LeverName[]).map(exampleOf).join(", ")}.`,
  options: [
    { flags: "--budget <sum>", meaning: 'what may be spent, as in "1 node + 4s of API server"', usual: USUAL_BUDGET, parse: budget },
    {
      flags: "--runs <n>",
      meaning: "how many sequences to try at most",
      usual: `${USUAL_RUNS}, or as many as --max-time allows`,
      parse: (text) => wholeNumber(text, 1, 1_000_000),
    },
    { flags: "--max-time <duration>", meaning: "wall time after which no run begins, as in 60s", parse: duration },
    { ...seedOption, meaning: "seed of what is drawn", usual: String(USUAL_SEED) },
    thresholdOption,
    { ...workersOption, meaning: "threads; what is found is the same for any number" },
    manifestsOption,
    setOption,
    podstormFolderOption,
    quietOption,
  ],
  examples: [
    [
      'podstorm attack scenario.yaml --budget "1 node + 4s of API server"',
      "99 or 98 when something within it breaks the scenario, 0 when it holds",
    ],
    ['podstorm attack scenario.yaml --budget "2 pods + 20% loss for 30s" --max-time 60s', "a minute's search"],
    ["podstorm attack scenario.yaml --threshold 'availability: min>80%'", "another aim, with the usual budget"],
  ],
  async run(call) {
    const interruption = watchInterruption(call.terminal.error);
    try {
      const plan = await planOf(call);
      if (plan === null) return ExitCode.badInput;
      const { runAttack } = await import("../attack/run-attack.ts");
      interruption.begin();
      return await runAttack(plan, call.terminal, interruption);
    } finally {
      interruption.end();
    }
  },
};

async function planOf(call: Call): Promise<AttackPlan | null> {
  const { options, parameters, typed } = call;
  const [file = ""] = parameters;
  const found = await loaded(file, call);
  if (found === null) return null;
  const {
    runs,
    maxTime,
    workers = "auto",
    seed = USUAL_SEED,
    dir = ".podstorm",
  } = options as {
    runs?: number;
    maxTime?: number;
    workers?: number | "auto";
    seed?: number;
    dir?: string;
  };
  const problem = problemOfFolder(dir);
  if (problem !== null) {
    call.terminal.error(`${problem}\nRun again: ${commandLine(typed)}\n`);
    return null;
  }
  const terms = (options["budget"] as readonly Term[] | undefined) ?? usualTerms();
  if (options["budget"] === undefined) call.terminal.error(`Budget: ${budgetText(terms)} (--budget says otherwise)\n`);
  return {
    name: found.name,
    origin: found.origin,
    base: found.base,
    terms,
    seed,
    runs: runs ?? (maxTime === undefined ? USUAL_RUNS : Infinity),
    millisecondsMax: maxTime === undefined ? Infinity : maxTime / 1000,
    threads: workers === "auto" ? availableParallelism() : workers,
    folder: dir,
    isQuiet: options["quiet"] === true,
    typed,
  };
}

function usualTerms(): readonly Term[] {
  const read = readBudget(USUAL_BUDGET);
  return "terms" in read ? read.terms : [];
}

function budget(text: string): Parsed {
  const read = readBudget(text);
  if ("terms" in read) return { value: read.terms };
  return { problem: `column ${read.problem.column}: ${read.problem.message}` };
}
