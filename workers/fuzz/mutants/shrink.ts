/**
 * Child process: shrinks a case in which a mutant was found, with the mutant planted (plant.ts), on one thread, and prints the
 * smallest one as JSON.
 *
 *   node --import plant.ts shrink.ts '{"found":{…},"bucket":"invariant …","run":16}'
 */
import { argv, stdout } from "node:process";
import { caseLines } from "../../../scenarios/fuzz/case-text.ts";
import { readCase, type FuzzCase } from "../../../scenarios/fuzz/fuzz-case.ts";
import type { FailureKind } from "../../../scenarios/fuzz/verdict.ts";
import { runHere } from "../../run.ts";
import { checkCase, type CheckTask } from "../check-case.ts";
import { SHRINK_MS, SHRINK_TRIES, smallestCase } from "../smallest-case.ts";
import { EVENTS_MAX, lawsOf } from "./hunted-case.ts";

/** Plain data. */
export interface ShrinkTask {
  readonly found: FuzzCase;
  readonly bucket: string;
  /** Its number among those that were hunted with. */
  readonly run: number;
}

/** Plain data. */
export interface Shrunk {
  /** Null: it doesn't fail here as it did. */
  readonly smallest: FuzzCase | null;
  readonly drawnLines: number;
  readonly lines: number;
  /** All that there ever were in the run, those that were replaced among them; null: the run throws. */
  readonly pods: number | null;
  readonly tries: number;
  /** CPU time of shrinking. */
  readonly seconds: number;
}

async function shrink({ found, bucket, run }: ShrinkTask): Promise<Shrunk> {
  const cpu = process.cpuUsage();
  const seconds = (): number => {
    const { user, system } = process.cpuUsage(cpu);
    return (user + system) / 1e6;
  };
  let tries = 0;
  const check = (task: CheckTask): ReturnType<typeof checkCase> => {
    tries++;
    return checkCase(task, { isCoverageWanted: false, maximize: null, eventsMax: EVENTS_MAX });
  };
  const laws = lawsOf(run);
  const { failure, events } = await check({ found, laws });
  const drawnLines = caseLines(found);
  if (failure?.bucket !== bucket) return { smallest: null, drawnLines, lines: drawnLines, pods: null, tries, seconds: seconds() };
  const kind: FailureKind = failure.kind;
  const { found: smallest } = await smallestCase(
    { found, failure: { kind, bucket }, laws, events },
    { check, atOnce: 1, tries: SHRINK_TRIES, isWhole: false, isOver: () => seconds() * 1000 > SHRINK_MS },
  );
  const taken = seconds();
  return { smallest, drawnLines, lines: caseLines(smallest), pods: await podsIn(smallest), tries, seconds: taken };
}

async function podsIn(found: FuzzCase): Promise<number | null> {
  const { spec } = readCase(found);
  if (spec === null) return null;
  try {
    return (await runHere(spec, 1)).control.pods.length;
  } catch {
    return null;
  }
}

stdout.write(`${JSON.stringify(await shrink(JSON.parse(argv[2]!) as ShrinkTask))}\n`);
