/** When the requests of a load begin: executor, rate, shape, stages, users, or a recorded trace. */
import type { WrittenLoad, WrittenShape } from "../engine/traffic/load-model.schema.ts";
import type { LoadSpec } from "../engine/traffic/load-model.ts";
import { highestRate, type RatePlan, type RatePoint } from "../engine/traffic/rate-plan.ts";
import { describe } from "../engine/values/issue.ts";
import { readTrace } from "./load-trace.ts";
import type { ScenarioSections } from "./section.ts";
import { readShare } from "./share.ts";

const SECOND = 1_000_000;
/** Between an answer and the next request: somebody reads. */
const defaultThinkTime = SECOND;
/** Points of one period of a sinusoid: the lines between them are off by less than 0.1 %. */
const SMOOTHNESS = 96;

type Arrivals =
  | {
      readonly executor: "poisson-arrival-rate" | "constant-arrival-rate" | "ramping-arrival-rate";
      readonly rate: number;
      readonly plan?: RatePlan;
    }
  | Pick<Extract<LoadSpec, { executor: "constant-vus" }>, "executor" | "rate" | "users" | "thinkTime">
  | Pick<Extract<LoadSpec, { executor: "ramping-vus" }>, "executor" | "rate" | "userPlan" | "thinkTime">;

export interface ArrivalContext {
  readonly sections: ScenarioSections;
  readonly readText: (file: string, at: string) => string | null;
  /** The fields that are there, also those whose value is reported already. */
  readonly given: ReadonlySet<string>;
  readonly rateMax: number;
}

/** Which fields say when requests begin, by executor. */
const fieldsOf: { readonly [Executor in LoadSpec["executor"]]: readonly (keyof WrittenLoad)[] } = {
  "poisson-arrival-rate": ["rate", "shape", "trace"],
  "constant-arrival-rate": ["rate", "shape", "trace"],
  "ramping-arrival-rate": ["startRate", "stages"],
  "constant-vus": ["vus", "thinkTime"],
  "ramping-vus": ["startVUs", "stages", "thinkTime"],
};
const allFields = [...new Set(Object.values(fieldsOf).flat())];

export function readArrivals(written: WrittenLoad, context: ArrivalContext, path: string): Arrivals {
  const { sections } = context;
  const executor = written.executor ?? "poisson-arrival-rate";
  for (const field of allFields) {
    if (written[field] === undefined || fieldsOf[executor].includes(field)) continue;
    sections.report(`${path}.${field}`, describe(field), `a field of ${executor}`, `it has ${fieldsOf[executor].join(", ")}`);
  }
  switch (executor) {
    case "poisson-arrival-rate":
    case "constant-arrival-rate":
      return { executor, ...readRate(written, context, path) };
    case "ramping-arrival-rate":
      return { executor, ...readRamp(written, context, path) };
    case "constant-vus": {
      if (!context.given.has("vus")) sections.report(path, "no vus", "the number of users");
      return { executor, rate: 0, users: written.vus ?? 1, thinkTime: readThinkTime(written, context, path) };
    }
    case "ramping-vus":
      return { executor, rate: 0, userPlan: readUsers(written, context, path), thinkTime: readThinkTime(written, context, path) };
  }
}

function readRate(written: WrittenLoad, context: ArrivalContext, path: string): { readonly rate: number; readonly plan?: RatePlan } {
  const { rateMax, readText, sections } = context;
  if (written.trace !== undefined) {
    if (written.rate !== undefined || written.shape !== undefined)
      sections.report(`${path}.trace`, describe(written.trace), "either a trace or a rate");
    const text = readText(written.trace, `${path}.trace`);
    const plan = text === null ? null : readTrace(text, written.trace, sections);
    return plan === null ? { rate: 1 } : withPlan(plan, context, `${path}.trace`);
  }
  if (written.rate === undefined) {
    if (!context.given.has("rate") && !context.given.has("trace")) sections.report(path, "no rate", "a rate such as 200/s, or a trace");
    return { rate: 1 };
  }
  const rate = sections.rate(written.rate, rateMax, `${path}.rate`);
  if (written.shape === undefined) return { rate };
  const plan = readShape(written.shape, rate, sections, `${path}.shape`);
  return plan === null ? { rate } : withPlan(plan, context, `${path}.shape`);
}

/** The rate of a plan is its highest. */
function withPlan(plan: RatePlan, { rateMax, sections }: ArrivalContext, path: string): { readonly rate: number; readonly plan: RatePlan } {
  const rate = highestRate(plan);
  if (rate <= 0 || rate > rateMax) sections.report(path, `a highest rate of ${rate}/s`, `more than 0/s and at most ${rateMax}/s`);
  return { rate, plan };
}

function readShape({ bursts, phases, sinusoid }: WrittenShape, rate: number, sections: ScenarioSections, path: string): RatePlan | null {
  const given = [bursts, phases, sinusoid].filter((one) => one !== undefined).length;
  if (given !== 1) {
    sections.report(path, given === 0 ? "an empty mapping" : "several shapes", "one of bursts, sinusoid, phases");
    return null;
  }
  if (bursts !== undefined) return readBursts(bursts, rate, sections, `${path}.bursts`);
  if (sinusoid !== undefined) return readSinusoid(sinusoid, rate, sections, `${path}.sinusoid`);
  return readPhases(phases!, rate, sections, `${path}.phases`);
}

function readBursts(
  { every, factor, for: length }: NonNullable<WrittenShape["bursts"]>,
  rate: number,
  sections: ScenarioSections,
  path: string,
): RatePlan | null {
  const period = sections.duration(every, `${path}.every`);
  const burst = sections.duration(length, `${path}.for`);
  if (burst === 0 || burst >= period) {
    sections.report(`${path}.for`, describe(length), "more than 0 and less than every");
    return null;
  }
  const begin = period - burst;
  const points = [
    { at: 0, rate },
    { at: begin, rate },
    { at: begin, rate: rate * factor },
    { at: period, rate: rate * factor },
  ];
  return { points, period };
}

function readSinusoid(
  { amplitude, peakAt, period: every }: NonNullable<WrittenShape["sinusoid"]>,
  rate: number,
  sections: ScenarioSections,
  path: string,
): RatePlan | null {
  const period = sections.duration(every, `${path}.period`);
  const share = readShare(amplitude, sections, `${path}.amplitude`);
  if (period < SECOND) {
    sections.report(`${path}.period`, describe(every), "at least 1s");
    return null;
  }
  const peak = peakAt === undefined ? period / 2 : sections.duration(peakAt, `${path}.peakAt`);
  const points = Array.from({ length: SMOOTHNESS + 1 }, (_, index) => {
    const at = Math.round((period * index) / SMOOTHNESS);
    // Rounded, so that no machine's cosine shows.
    const factor = Math.round((1 + share * Math.cos((2 * Math.PI * (at - peak)) / period)) * 1e9) / 1e9;
    return { at, rate: rate * Math.max(0, factor) };
  });
  return { points, period };
}

function readPhases(
  { every, points: written }: NonNullable<WrittenShape["phases"]>,
  rate: number,
  sections: ScenarioSections,
  path: string,
): RatePlan | null {
  const period = every === undefined ? null : sections.duration(every, `${path}.every`);
  const points = written.map(({ at, factor }, index) => ({
    at: sections.duration(at, `${path}.points[${index}].at`),
    rate: rate * factor,
  }));
  let isFine = true;
  points.forEach(({ at }, index) => {
    const before = points[index - 1]?.at ?? 0;
    const isInOrder = index === 0 ? at === 0 : at >= before;
    if (isInOrder && (period === null || at <= period)) return;
    isFine = false;
    const expected = index === 0 ? "0: the first point is the beginning" : isInOrder ? "at most every" : "points in the order of time";
    sections.report(`${path}.points[${index}].at`, describe(written[index]!.at), expected);
  });
  if (period !== null && period <= 0) sections.report(`${path}.every`, describe(every), "more than 0");
  return isFine && period !== 0 ? { points, period } : null;
}

function readRamp(written: WrittenLoad, context: ArrivalContext, path: string): { readonly rate: number; readonly plan: RatePlan } {
  const { rateMax, sections } = context;
  const targets = readStages(written, context, path, (target, at) => {
    if (typeof target === "string" && target !== "0/s") return sections.rate(target, rateMax, at);
    if (typeof target === "number" && target > 0) sections.report(at, String(target), "a rate with a unit, such as 200/s");
    return 0;
  });
  const start =
    written.startRate === undefined
      ? (targets[0]?.target ?? 1)
      : written.startRate === "0/s"
        ? 0
        : sections.rate(written.startRate, rateMax, `${path}.startRate`);
  const plan = planOf(start, targets);
  return targets.length === 0 ? { rate: 1, plan } : withPlan(plan, context, `${path}.stages`);
}

function readUsers(written: WrittenLoad, context: ArrivalContext, path: string): RatePlan {
  const { sections } = context;
  const targets = readStages(written, context, path, (target, at) => {
    if (typeof target === "number" && target <= 100_000) return target;
    sections.report(at, describe(target), "a number of users, at most 100000");
    return 0;
  });
  return planOf(written.startVUs ?? 1, targets);
}

interface Stage {
  readonly duration: number;
  readonly target: number;
}

function readStages(
  { executor, stages }: WrittenLoad,
  { given, sections }: ArrivalContext,
  path: string,
  read: (target: string | number, at: string) => number,
): readonly Stage[] {
  if (!given.has("stages")) sections.report(path, "no stages", `the stages of ${executor}`);
  return (stages ?? []).map(({ duration, target }, index) => ({
    duration: sections.duration(duration, `${path}.stages[${index}].duration`),
    target: read(target, `${path}.stages[${index}].target`),
  }));
}

/** After the last stage its target lasts. A stage of no length is a jump. */
function planOf(start: number, stages: readonly Stage[]): RatePlan {
  const points: RatePoint[] = [{ at: 0, rate: start }];
  let at = 0;
  for (const { duration, target } of stages) {
    at += duration;
    points.push({ at, rate: target });
  }
  return { points, period: null };
}

function readThinkTime(
  { thinkTime }: WrittenLoad,
  { sections }: ArrivalContext,
  path: string,
): Extract<LoadSpec, { thinkTime: unknown }>["thinkTime"] {
  return thinkTime === undefined ? { type: "constant", value: defaultThinkTime } : sections.distribution(thinkTime, `${path}.thinkTime`);
}
