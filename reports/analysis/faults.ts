/** Faults and actions of the scenario, and whether each took effect: it did if its cause has children. */
import { causeKinds } from "../../engine/cause-kinds.ts";
import type { ActionOutcome, FaultRecord, RunResult } from "../../engine/result.ts";
import { formatCount, formatInstant } from "../figures.ts";
import { left, right, row, type Section } from "./section.ts";

const endings = { failed: "failed", "going on": "hadn't ended when the run did" } as const;

export function faults(result: RunResult): Section | null {
  const { faults: injected, actions } = result.control;
  if (injected.length === 0 && actions.length === 0) return null;
  const idle = faultsWithoutEffect(result);
  return {
    id: "faults",
    title: "Actions and faults",
    sentences: [
      ...idle.map((fault) => `The fault ${fault.name} had no effect: ${fault.withoutEffect}.`),
      ...actions.flatMap(({ text, outcome }) =>
        outcome === undefined || outcome.status === "done" ? [] : [`The action ${text} ${endings[outcome.status]}: ${outcome.text}.`],
      ),
    ],
    tables: [
      {
        title: null,
        columns: [left("at"), left("until"), left("what"), right("targets"), left("effect")],
        rows: [
          ...actions.map((action) => ({
            at: action.at,
            row: row(
              [formatInstant(action.at), "", action.text, "", effectText(result, action.cause)],
              action.outcome === undefined || action.outcome.status === "done" ? "plain" : "bad",
              action.outcome === undefined ? [] : [outcomeText(action.outcome)],
            ),
          })),
          ...injected.map((fault) => ({
            at: fault.from,
            row: row(
              [
                formatInstant(fault.from),
                formatInstant(fault.until),
                fault.name === fault.type ? fault.type : `${fault.name} (${fault.type})`,
                formatCount(fault.targets.length),
                effectText(result, fault.cause),
              ],
              effectOf(result, fault.cause).length === 0 ? "bad" : "plain",
              [
                ...(fault.targets.length === 0 ? [] : [namesText(fault.targets)]),
                ...(effectOf(result, fault.cause).length === 0 ? [fault.withoutEffect] : []),
              ],
            ),
          })),
        ]
          .sort((left, right) => left.at - right.at)
          .map((entry) => entry.row),
        briefRows: 12,
      },
    ],
    charts: [],
    figures: {
      actions: actions.map((action) => ({
        atMicros: action.at,
        text: action.text,
        effects: effectCounts(result, action.cause),
        ...(action.outcome === undefined ? {} : { outcome: { ...action.outcome } }),
      })),
      faults: injected.map((fault) => ({
        name: fault.name,
        type: fault.type,
        fromMicros: fault.from,
        untilMicros: fault.until,
        targets: [...fault.targets],
        tookEffect: effectOf(result, fault.cause).length > 0,
        ...(effectOf(result, fault.cause).length > 0 ? {} : { withoutEffect: fault.withoutEffect }),
        effects: effectCounts(result, fault.cause),
      })),
    },
  };
}

/** Faults under whose cause nothing happened. */
export function faultsWithoutEffect(result: RunResult): readonly FaultRecord[] {
  return result.control.faults.filter((fault) => effectOf(result, fault.cause).length === 0);
}

interface Effect {
  readonly text: string;
  readonly count: number;
}

function effectOf(result: RunResult, cause: number): readonly Effect[] {
  return result.effects
    .filter((effect) => effect.cause === cause)
    .map((effect) => ({ text: causeKinds[effect.kind]?.text ?? `transition ${effect.kind}`, count: effect.count }));
}

function effectText(result: RunResult, cause: number): string {
  const effects = effectOf(result, cause);
  return effects.length === 0 ? "none" : effects.map(({ text, count }) => `${formatCount(count)} × ${text}`).join(", ");
}

function effectCounts(result: RunResult, cause: number): { readonly [text: string]: number } {
  return Object.fromEntries(effectOf(result, cause).map(({ text, count }) => [text, count]));
}

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${formatCount(names.length - 5)} more` : shown;
}

function outcomeText({ status, text }: ActionOutcome): string {
  return status === "done" ? text : `${endings[status]}: ${text}`;
}
