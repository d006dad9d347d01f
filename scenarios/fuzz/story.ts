/** What a failing run tells: which rule breaks, what happens when, and the chain of causes, in lines for a comment. */
import { NO_CAUSE, type CauseId } from "../../engine/kernel/causes.ts";
import { formatTime } from "../../engine/kernel/time.ts";
import type { RunResult } from "../../engine/result.ts";
import { CauseChains, chainText } from "../../reports/cause-chain.ts";

/** Faults and actions told one by one; of more, how many there are. */
const TOLD_MAX = 8;

export function storyLines(result: RunResult, message: string): readonly string[] {
  const breaks = oneLine(message);
  return [
    `Breaks: ${breaks}`,
    ...happenings(result),
    ...causes(result)
      .filter(({ chain }) => !breaks.includes(chain))
      .map(lineOf),
  ];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** In the order of time. */
function happenings({ control, end }: RunResult): readonly string[] {
  const told = [
    ...control.actions.map(({ at, text }) => ({ at, text })),
    ...control.faults.map(({ from, until, name, type, targets }) => {
      const what = name === type ? type : `${name} (${type})`;
      const whom =
        targets.length === 0 ? "" : ` of ${targets.slice(0, 3).join(", ")}${targets.length > 3 ? ` and ${targets.length - 3} more` : ""}`;
      return { at: from, text: `fault ${what}${whom}${until > from && until < end ? ` until ${formatTime(until)}` : ""}` };
    }),
  ].toSorted((a, b) => a.at - b.at);
  const more = told.length - TOLD_MAX;
  return [
    ...told.slice(0, TOLD_MAX).map(({ at, text }) => `  at ${formatTime(at)}: ${oneLine(text)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

/** What led to what broke, and in which words the line begins. */
interface Told {
  readonly opening: string;
  readonly chain: string;
}

function lineOf({ opening, chain }: Told): string {
  return `${opening}${chain}`;
}

/** Why a broken invariant broke; else most losses have one cause; without losses, the last restart before the rule broke tells most. */
function causes(result: RunResult): readonly Told[] {
  const chains = new CauseChains(result);
  const told = (opening: string, cause: CauseId): readonly Told[] => [{ opening, chain: oneLine(chainText(chains.chainOf(cause))) }];
  const [violation] = result.violations.toSorted((a, b) => a.time - b.time);
  if (violation !== undefined && violation.cause !== NO_CAUSE) return told("Because: ", violation.cause);
  const [most] = result.losses.toSorted((a, b) => b.count - a.count || a.first - b.first);
  if (most !== undefined) return told(`Because: ${most.state} ← `, most.cause);
  const broken = result.violations.reduce((least, { time }) => Math.min(least, time), result.end);
  const last = result.restarts.filter(({ time }) => time <= broken).at(-1);
  return last === undefined ? [] : told("Before it: restarted ← ", last.cause);
}
