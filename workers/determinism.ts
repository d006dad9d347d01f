/**
 * `--check-determinism`: the same model over two numbers of shards must dispatch the same events to each
 * logical process. Hashes of blocks of 4,096 events say where they part; only such a block is run again with a
 * trace. A wrong event comes from somewhere: while its sender differs earlier still, the search goes on there.
 */
import { assert } from "../engine/kernel/assert.ts";
import type { LpId } from "../engine/kernel/event.ts";
import type { LpFingerprint } from "../engine/kernel/fingerprint.ts";
import { formatTime, type VirtualTime } from "../engine/kernel/time.ts";
import { runModel, type ModelRun, type RunModelOptions } from "./coordinator.ts";
import type { Model } from "./model.ts";
import type { TracedEvent, Watch, WatchedBlock } from "./crew-task.ts";

/** Each step towards the origin of a difference costs two runs. */
const STEPS_MAX = 8;
const classNames: readonly string[] = ["fault", "message", "timer", "observer"];

export interface Determinism {
  readonly isSame: boolean;
  /** For people: what was compared, or the first event that differs. */
  readonly text: string;
  /** The first event that differs; null when none does. */
  readonly difference: Difference | null;
}

export interface Difference {
  readonly lp: LpId;
  /** What its LP received at this place with the first number of shards, and with the second; null: nothing any more. */
  readonly events: readonly [TracedEvent | null, TracedEvent | null];
}

type CheckOptions = Omit<RunModelOptions, "shards" | "watch" | "onProgress">;

export async function checkDeterminism(model: Model, shards: readonly [number, number], options: CheckOptions = {}): Promise<Determinism> {
  const runBoth = async (watch: Watch): Promise<readonly [ModelRun, ModelRun]> => [
    await runModel(model, { ...options, shards: shards[0], watch }),
    await runModel(model, { ...options, shards: shards[1], watch }),
  ];
  const [first, second] = await runBoth({ fingerprints: true, block: null });
  const parted = partedBlocks(first.fingerprints, second.fingerprints);
  if (parted.size === 0) {
    const text = `the same ${first.events} events in the same order on ${counted(shards[0])} and on ${counted(shards[1])}`;
    return { isSame: true, text, difference: null };
  }
  const difference = await origin(parted, async (block) => {
    const [one, other] = await runBoth({ fingerprints: false, block });
    return firstDifference(block.lp, one.traced, other.traced);
  });
  return { isSame: false, text: describe(difference, shards, parted.size), difference };
}

/** For each LP that differs, its first block that does. */
export function partedBlocks(a: readonly LpFingerprint[], b: readonly LpFingerprint[]): ReadonlyMap<LpId, number> {
  const others = new Map(b.map((fingerprint) => [fingerprint.lp, fingerprint]));
  const parted = new Map<LpId, number>();
  for (const { lp, blocks, events } of a.toSorted((x, y) => x.lp - y.lp)) {
    const other = others.get(lp);
    assert(other !== undefined, `LP ${lp} is missing in the second run`);
    const block = blocks.findIndex((hash, index) => hash !== other.blocks[index]);
    if (block !== -1) parted.set(lp, block);
    else if (events !== other.events) parted.set(lp, blocks.length);
  }
  return parted;
}

/** From the LP that differs soonest by its own count, up the senders of what differs, as long as that leads to an earlier instant. */
async function origin(
  parted: ReadonlyMap<LpId, number>,
  differenceIn: (block: WatchedBlock) => Promise<Difference | null>,
): Promise<Difference | null> {
  const [start] = [...parted].sort(([lpA, blockA], [lpB, blockB]) => blockA - blockB || lpA - lpB);
  const seen = new Set<LpId>();
  let found: Difference | null = null;
  for (let lp: LpId | null = start![0]; lp !== null && seen.size < STEPS_MAX;) {
    seen.add(lp);
    const difference: Difference | null = await differenceIn({ lp, block: parted.get(lp)! });
    if (difference === null || (found !== null && timeOf(difference) >= timeOf(found))) break;
    found = difference;
    lp = sendersOf(difference).find((sender) => parted.has(sender) && !seen.has(sender)) ?? null;
  }
  return found;
}

function firstDifference(lp: LpId, a: readonly TracedEvent[], b: readonly TracedEvent[]): Difference | null {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const events = [a[index] ?? null, b[index] ?? null] as const;
    if (!isSame(...events)) return { lp, events };
  }
  return null;
}

function isSame(a: TracedEvent | null, b: TracedEvent | null): boolean {
  return a !== null && b !== null && a.time === b.time && a.classAndOrigin === b.classAndOrigin && a.number === b.number;
}

function sendersOf({ events }: Difference): LpId[] {
  return events.flatMap((event) => (event === null ? [] : [originOf(event)]));
}

function timeOf({ events }: Difference): VirtualTime {
  return Math.min(events[0]?.time ?? Infinity, events[1]?.time ?? Infinity);
}

/** The word of event.ts: class in the top two bits, origin below. */
function originOf(event: TracedEvent): LpId {
  return event.classAndOrigin & 0x3fffffff;
}

function describe(difference: Difference | null, shards: readonly [number, number], count: number): string {
  const lps = count === 1 ? "1 logical process differs" : `${count} logical processes differ`;
  if (difference === null)
    return `${lps} between ${counted(shards[0])} and ${counted(shards[1])}, but not when run again: not even two equal runs are the same`;
  return [
    `${lps}; the first event that does, at LP ${difference.lp}:`,
    ...difference.events.map((event, index) => `  on ${counted(shards[index]!)}: ${event === null ? "none" : describeEvent(event)}`),
  ].join("\n");
}

function describeEvent(event: TracedEvent): string {
  const { time, classAndOrigin, number, position } = event;
  return `${classNames[classAndOrigin >>> 30]} ${number} of LP ${originOf(event)} at ${formatTime(time)} (${time} µs), event ${position} there`;
}

function counted(shards: number): string {
  return shards === 1 ? "1 shard" : `${shards} shards`;
}
