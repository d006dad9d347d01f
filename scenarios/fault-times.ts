/** When faults come again: `schedule: { every | cron }`, for one fault or a group of them. */
import type { WrittenSchedule } from "../engine/chaos/fault.schema.ts";
import type { FaultSpec } from "../engine/chaos/fault.ts";
import { SECOND, type Duration, type VirtualTime } from "../engine/kernel/time.ts";
import { nextTime, parseSchedule } from "../engine/kubernetes/controllers/cron-schedule.ts";
import { formatDuration } from "../engine/values/duration.ts";
import { describe } from "../engine/values/issue.ts";
import type { ScenarioSections } from "./section.ts";

/** Times that a schedule may begin its faults. */
const MOST_TIMES = 1000;

export interface Repetition {
  /** The first time is here, or (cron) the first one from here on. */
  readonly from: VirtualTime;
  /** Of what is repeated; Infinity: it never ends. */
  readonly length: Duration;
  readonly horizon: VirtualTime;
}

/** The instants at which it begins, ascending and at least one. */
export function repetitions(
  { every, cron, concurrencyPolicy }: WrittenSchedule,
  repetition: Repetition,
  sections: ScenarioSections,
  path: string,
): readonly VirtualTime[] {
  const { from } = repetition;
  if ((every === undefined) === (cron === undefined)) {
    sections.report(path, every === undefined ? "neither every nor cron" : "every and cron", "one of every and cron");
    return [from];
  }
  const { length } = repetition;
  const [at, written] = every === undefined ? [`${path}.cron`, describe(cron)] : [`${path}.every`, describe(every)];
  const gap = every === undefined ? Infinity : sections.duration(every, at);
  const times = every === undefined ? cronTimes(cron!, repetition, sections, at) : evenTimes(gap, repetition);
  const isTooOften = gap <= length || times.some((time, index) => index > 0 && time - times[index - 1]! <= length);
  if (concurrencyPolicy === undefined && (isTooOften || length === Infinity))
    sections.report(
      at,
      written,
      length === Infinity ? "a fault with a duration" : `more than the duration, ${formatDuration(length)}`,
      "concurrencyPolicy: Forbid skips a time at which it still lasts, Allow lets it overlap",
    );
  if (concurrencyPolicy !== undefined && gap === 0) sections.report(at, written, "more than 0");
  if (times.length > MOST_TIMES) sections.report(at, written, `at most ${MOST_TIMES} times within the duration`);
  if (times.length === 0) return [from];
  return (concurrencyPolicy === "Forbid" ? oneAtATime(times, length) : times).slice(0, MOST_TIMES);
}

/** Without those at which the one before isn't over. */
function oneAtATime(times: readonly VirtualTime[], length: Duration): readonly VirtualTime[] {
  let over = -1;
  return times.filter((time) => {
    if (time <= over) return false;
    over = time + length;
    return true;
  });
}

/** A fault at each of the times, named name, name#2, name#3, … `first`: the time that its own `at` counts from. */
export function repeated(fault: FaultSpec, first: VirtualTime, times: readonly VirtualTime[]): readonly FaultSpec[] {
  return times.map((time, index) => ({
    ...fault,
    name: index === 0 ? fault.name : `${fault.name}#${index + 1}`,
    at: fault.at - first + time,
  }));
}

/** One more than allowed says that there are too many. */
function evenTimes(every: Duration, { from, horizon }: Repetition): readonly VirtualTime[] {
  const count = every === 0 ? 1 : Math.min(MOST_TIMES + 1, Math.max(1, Math.ceil((horizon - from) / every)));
  return Array.from({ length: count }, (_, index) => from + index * every);
}

function cronTimes(text: string, { from, horizon }: Repetition, sections: ScenarioSections, path: string): readonly VirtualTime[] {
  const schedule = parseSchedule(text);
  if (schedule === null) {
    sections.report(path, describe(text), 'five fields such as "*/10 * * * *", or a macro such as @hourly');
    return [];
  }
  const times: VirtualTime[] = [];
  let seconds = Math.ceil(from / SECOND) - 1;
  while (times.length <= MOST_TIMES) {
    seconds = nextTime(schedule, seconds);
    if (seconds * SECOND >= horizon) break;
    times.push(seconds * SECOND);
  }
  if (times.length === 0 && horizon !== Infinity)
    sections.report(path, describe(text), `a time within the duration, ${formatDuration(horizon)}`, "virtual time begins at midnight UTC");
  return times;
}
