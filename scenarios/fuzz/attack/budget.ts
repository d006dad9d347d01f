/**
 * A budget as people write it, → its terms. Grammar:
 *
 *   budget := term (("+" | "," | "and") term)*
 *   term   := count lever ["for" duration]          2 nodes, 1 zone for 30s
 *           | duration "of" lever                   4s of API server
 *           | strength lever "for" duration         20% loss for 30s, 200ms delay for 1m, 10x slow CPU for 30s
 */
import { formatDuration, parseDuration } from "../../../engine/values/duration.ts";
import { exampleOf, leverNamed, levers, type Lever, type LeverName, type StrengthUnit } from "./levers.ts";

export interface Term {
  readonly lever: LeverName;
  /** Of targets, over the whole sequence; 1 where the lever counts none. */
  readonly count: number;
  /** µs; null: to the end, or it has none. */
  readonly duration: number | null;
  /** Percent, a factor or µs; null: the lever has none. */
  readonly strength: number | null;
}

export interface BudgetProblem {
  /** From 1 on. */
  readonly column: number;
  readonly message: string;
}

export type Budget = { readonly terms: readonly Term[] } | { readonly problem: BudgetProblem };

export const USUAL_BUDGET = "1 node + 2 pods + 10s of API server";

const COUNT_MAX = 1000;

interface Piece {
  readonly column: number;
  readonly text: string;
}

export function readBudget(text: string): Budget {
  const terms: Term[] = [];
  const known = new Set<LeverName>();
  for (const piece of pieces(text)) {
    const read = readTerm(piece);
    if ("problem" in read) return read;
    if (known.has(read.lever)) return wrong(piece.column, `found ${read.lever} twice, expected each lever once`);
    known.add(read.lever);
    terms.push(read);
  }
  return { terms };
}

export function budgetText(terms: readonly Term[]): string {
  return terms.map(termText).join(" + ");
}

export function termText({ lever: name, count, duration, strength }: Term): string {
  const lever = levers[name];
  switch (lever.kind) {
    case "count":
      return `${count} ${count === 1 ? name : lever.plural}${duration === null ? "" : ` for ${durationText(duration)}`}`;
    case "time":
      return `${durationText(duration ?? 0)} of ${name}`;
    case "strength":
      return `${strengthText(strength ?? 0, lever.unit)} ${name} for ${durationText(duration ?? 0)}`;
  }
}

/** "2.1s", "1m30s": exact, and readable by parseDuration. */
export function durationText(micros: number): string {
  const seconds = micros / 1_000_000;
  return seconds >= 1 && seconds < 60 ? `${seconds}s` : formatDuration(micros);
}

function strengthText(strength: number, unit: StrengthUnit): string {
  return unit === "duration" ? durationText(strength) : `${strength}${unit === "percent" ? "%" : "x"}`;
}

/** As the fault's field wants it. */
export function strengthValue(strength: number, unit: StrengthUnit): string | number {
  return unit === "factor" ? strength : strengthText(strength, unit);
}

/** Separated by +, commas and "and"; each with the column where it begins. */
function pieces(text: string): readonly Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of [...text.matchAll(/\+|,|\band\b/gi), null]) {
    const raw = text.slice(from, match?.index ?? text.length);
    found.push({ column: from + 1 + (raw.length - raw.trimStart().length), text: raw.trim() });
    if (match !== null) from = match.index + match[0].length;
  }
  return found;
}

const forms =
  /^(?:(?<count>\d+)|(?<percent>\d+(?:\.\d+)?)\s*%|(?<factor>\d+(?:\.\d+)?)x|(?<time>[\d.]+[a-zµμ][\w.µμ]*))\s+(?<of>of\s+(?:the\s+)?)?(?<name>.*?)(?:\s+for\s+(?<duration>\S+))?$/i;

function readTerm({ column, text }: Piece): Term | { readonly problem: BudgetProblem } {
  const groups = forms.exec(text)?.groups;
  if (groups === undefined)
    return wrong(column, `found ${shown(text)}, expected an amount and a lever, as in "1 node" or "4s of API server"`);
  const { name = "", of, duration } = groups;
  const nameColumn = column + text.lastIndexOf(name, text.length - (duration === undefined ? 0 : duration.length));
  const lever = leverNamed(name.replace(/\s+/g, " "));
  if (lever === null) return wrong(nameColumn, `found unknown lever ${shown(name)}, expected one of ${Object.keys(levers).join(", ")}`);
  const definition = levers[lever];
  const lasts = duration === undefined ? null : parseDuration(duration);
  if (duration !== undefined && (lasts === null || lasts <= 0))
    return wrong(column + text.length - duration.length, `found ${shown(duration)}, expected a duration, as in 30s`);
  const read = amountOf(groups, lasts, definition);
  if (read === null || (of !== undefined) !== (definition.kind === "time"))
    return wrong(column, `found ${shown(text)}, expected ${lever} in the form "${exampleOf(lever)}"`);
  return { lever, ...read };
}

/** Null: not the lever's form, or not its range. */
function amountOf(groups: Readonly<Record<string, string | undefined>>, lasts: number | null, lever: Lever): Omit<Term, "lever"> | null {
  const { count, percent, factor, time } = groups;
  const micros = time === undefined ? null : parseDuration(time);
  switch (lever.kind) {
    case "count": {
      const whole = Number(count);
      const isFine = count !== undefined && whole >= 1 && whole <= COUNT_MAX && (lasts === null || lever.lasts);
      return isFine ? { count: whole, duration: lasts, strength: null } : null;
    }
    case "time":
      return micros === null || micros <= 0 || lasts !== null ? null : { count: 1, duration: micros, strength: null };
    case "strength": {
      const strength = lever.unit === "duration" ? micros : Number(lever.unit === "percent" ? percent : factor);
      const isFine = strength !== null && isStrength(strength, lever.unit) && lasts !== null;
      return isFine ? { count: 1, duration: lasts, strength } : null;
    }
  }
}

function isStrength(strength: number, unit: StrengthUnit): boolean {
  if (unit === "factor") return strength > 1;
  return strength > 0 && (unit === "duration" || strength <= 100);
}

function shown(text: string): string {
  return text === "" ? "nothing" : JSON.stringify(text);
}

function wrong(column: number, message: string): { readonly problem: BudgetProblem } {
  return { problem: { column, message } };
}
