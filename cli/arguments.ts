/** Options that several commands take, and how their values are read: one meaning, one text, one place. */
import type { OptionDefinition, Parsed } from "./commands/command.ts";

export const seedOption: OptionDefinition = {
  flags: "--seed <number>",
  meaning: "seed of all random draws; the scenario's own otherwise",
  parse: (text) => wholeNumber(text, 0, Number.MAX_SAFE_INTEGER),
};

export const outOption: OptionDefinition = {
  flags: "--out <folder>",
  meaning: "where the report is written",
  usual: "podstorm-out/<scenario name>",
};

export const manifestsOption: OptionDefinition = {
  flags: "--manifests <file>",
  meaning: "manifests instead of the scenario's own; several follow each other, or each has its --manifests",
  parse: (text, before) => ({ value: [...(Array.isArray(before) ? before : []), text] }),
};

export const setOption: OptionDefinition = {
  flags: "--set <path=value>",
  meaning: "override a field of the scenario's spec, as often as wanted",
  parse: (text, before) =>
    /^[^=]+=/.test(text)
      ? { value: [...(Array.isArray(before) ? before : []), text] }
      : { problem: "expected path=value, as in --set duration=2m" },
};

export const workersOption: OptionDefinition = {
  flags: "--workers <n|auto>",
  meaning: "threads to spread the run over; results are the same for any number",
  usual: "auto",
  parse: (text) => (text === "auto" ? { value: text } : wholeNumber(text, 1, 64)),
};

export const reportOption: OptionDefinition = {
  flags: "--report <formats>",
  meaning: "files to write, of html, json, text; none for no file",
  usual: "html,json",
  parse: (text) => {
    const names = text === "none" || text === "" ? [] : text.split(",").map((name) => name.trim());
    const unknown = names.filter((name) => !reportNames.includes(name));
    return unknown.length === 0
      ? { value: names }
      : { problem: `unknown format ${unknown.join(", ")}: expected ${reportNames.join(", ")} or none` };
  },
};

/** Of reports/formats; a test holds both lists equal. */
export const reportNames: readonly string[] = ["html", "json", "text"];

export const replicationsOption: OptionDefinition = {
  flags: "--replications <n|auto>",
  meaning: "runs over so many seeds, from the scenario's own on; auto: until every figure is known to ± 10 %, a minute at most",
  usual: "1",
  parse: (text) => {
    const parsed = text === "auto" ? { value: text } : wholeNumber(text, 1, 10_000);
    return "problem" in parsed ? { problem: `${parsed.problem}, or auto` } : parsed;
  },
};

export const quietOption: OptionDefinition = { flags: "--quiet", meaning: "no progress" };

export function wholeNumber(text: string, least: number, most: number): Parsed {
  const value = Number(text);
  const isFine = /^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least && value <= most;
  return isFine ? { value } : { problem: `expected a whole number from ${least} to ${most}` };
}

/** The one line that repeats a call, quoted for a shell. */
export function commandLine(typed: readonly string[], seed?: number): string {
  const hasSeed = typed.some((word) => word === "--seed" || word.startsWith("--seed="));
  const words = seed === undefined || hasSeed ? typed : [...typed, "--seed", String(seed)];
  const program = import.meta.url.endsWith(".ts") ? "npm start --" : "podstorm";
  return [program, ...words.map(quoted)].join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
