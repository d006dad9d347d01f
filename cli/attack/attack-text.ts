/** What an attack found, for people: a table of what was tried, the cheapest sequence, and how near to it the scenario holds. */
import { plural } from "../../reports/figures.ts";
import { budgetText, type Term } from "../../scenarios/fuzz/attack/budget.ts";
import type { Ground } from "../../scenarios/fuzz/attack/ground.ts";
import { marginsOf, type Attempt, type SearchOutcome } from "../../scenarios/fuzz/attack/search.ts";
import { sequenceText, useText } from "../../scenarios/fuzz/attack/sequence.ts";

export interface AttackFindings {
  readonly name: string;
  readonly terms: readonly Term[];
  readonly seed: number;
  readonly ground: Ground;
  readonly outcome: SearchOutcome;
  /** Somebody ended it before its time. */
  readonly isInterrupted: boolean;
  /** Where nothing breaks: what came nearest to it; null: nobody knows. */
  readonly nearest: string | null;
  /** Which rule breaks, by how much and why; null: none does. */
  readonly message: string | null;
}

export function attackText(findings: AttackFindings): string {
  const { name, terms, seed, outcome } = findings;
  const head = `${name}: attacked with ${budgetText(terms)}: ${plural(outcome.attempts.length, "run")}, seed ${seed}`;
  return [head, "", ...triedLines(findings), "", ...verdictLines(findings), ""].join("\n");
}

interface Row {
  readonly tried: number;
  readonly broke: number;
  readonly cheapest: Attempt | null;
}

/** By the levers pulled, fewest first. */
function triedLines({ terms, outcome }: AttackFindings): readonly string[] {
  const rows = new Map<string, Row>();
  for (const attempt of outcome.attempts) {
    const pulled = [...new Set(attempt.sequence.map(({ term }) => term))].sort((a, b) => a - b);
    const label = pulled.map((term) => terms[term]!.lever).join(" + ");
    const { tried, broke, cheapest } = rows.get(label) ?? { tried: 0, broke: 0, cheapest: null };
    const isBroken = attempt.failure !== null;
    const isCheapest = isBroken && (cheapest === null || attempt.share < cheapest.share);
    rows.set(label, { tried: tried + 1, broke: broke + (isBroken ? 1 : 0), cheapest: isCheapest ? attempt : cheapest });
  }
  const cells = [...rows].map(([label, { tried, broke, cheapest }]) => [
    label,
    String(tried),
    String(broke),
    cheapest === null ? "–" : `${shareText(cheapest.share)}: ${sequenceText(cheapest.sequence, terms)}`,
  ]);
  return tableLines([["levers", "tried", "broke", "cheapest that breaks"], ...cells]);
}

function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map(
    ([label = "", tried = "", broke = "", cheapest = ""]) =>
      `  ${label.padEnd(widths[0]!)}  ${tried.padStart(widths[1]!)}  ${broke.padStart(widths[2]!)}  ${cheapest}`,
  );
}

function verdictLines(findings: AttackFindings): readonly string[] {
  const { terms, ground, outcome, message } = findings;
  const { best } = outcome;
  if (best === null) return holdsLines(findings);
  return [
    `BREAKS with ${shareText(best.share)} of the budget: ${sequenceText(best.sequence, terms)}`,
    ...best.sequence.map((use) => `  ${useText(use, terms, ground)}`),
    `  ${(message ?? best.failure!.message).split("\n")[0]}`,
    ...marginLines(findings),
  ];
}

/** Only what was tried. */
function marginLines({ terms, outcome }: AttackFindings): readonly string[] {
  const best = sequenceText(outcome.best!.sequence, terms);
  const held = marginsOf(outcome).map(({ sequence }) => sequenceText(sequence, terms));
  const told = [...new Set(held)].filter((text) => text !== best && text !== "nothing");
  return told.map((text) => `  Survives ${text}, not ${best}`);
}

function holdsLines({ terms, outcome, nearest, isInterrupted }: AttackFindings): readonly string[] {
  const isWhole = outcome.attempts.some(({ share }) => share > 0.999);
  return [
    `HOLDS${isInterrupted ? " so far" : ""}: nothing that was tried within ${budgetText(terms)} breaks a threshold or an invariant`,
    ...(nearest === null ? [] : [`  Nearest: ${nearest}`]),
    ...(isWhole ? [] : ["  All of it at once was not tried: more runs tell more"]),
  ];
}

/** Whole percents are as exact as the prices are. */
function shareText(share: number): string {
  return `${Math.max(1, Math.round(share * 100))} %`;
}
