/** A stopwatch around logical processes. The simulator offers no such hook, for its hot loop should have none. */
import type { LpId } from "../engine/kernel/event.ts";
import type { LogicalProcess } from "../engine/kernel/logical-process.ts";
import type { Simulator } from "../engine/kernel/simulator.ts";
import type { VirtualTime } from "../engine/kernel/time.ts";

/** Milliseconds and events of one kind. */
export class Row {
  events = 0;
  ms = 0;
}

export type Profile = Map<string, Row>;

/** `nameOf`: what an LP is counted as, null: it isn't watched. `isApart`: messages that are counted under the name `apart`. */
export function watchDispatches(
  simulator: Simulator,
  nameOf: (id: LpId) => string | null,
  isApart: (payload: number) => boolean = () => false,
): Profile {
  const profile: Profile = new Map();
  const { lps } = simulator as unknown as { readonly lps: (LogicalProcess | null)[] };
  for (const [id, lp] of lps.entries()) {
    const name = nameOf(id);
    if (lp === null || name === null) continue;
    const [messages, timers, apart] = [rowOf(profile, `${name}: messages`), rowOf(profile, `${name}: timers`), rowOf(profile, "apart")];
    lps[id] = new Watched(lp, id, { messages, timers, apart }, isApart);
  }
  return profile;
}

/** Milliseconds of a row without the looks at the clock, each of so many nanoseconds. */
export function spentMs({ events, ms }: Row, clockNs: number): number {
  return Math.max(0, ms - (events * clockNs) / 1e6);
}

function rowOf(profile: Profile, name: string): Row {
  const known = profile.get(name);
  if (known !== undefined) return known;
  const row = new Row();
  profile.set(name, row);
  return row;
}

/** Nanoseconds of one look at the clock. */
export function clockCost(): number {
  const looks = 200_000;
  const from = performance.now();
  for (let look = 0; look < looks; look++) performance.now();
  return ((performance.now() - from) * 1e6) / looks;
}

interface Rows {
  readonly messages: Row;
  readonly timers: Row;
  readonly apart: Row;
}

class Watched implements LogicalProcess {
  readonly id: LpId;
  private readonly lp: LogicalProcess;
  private readonly rows: Rows;
  private readonly isApart: (payload: number) => boolean;

  constructor(lp: LogicalProcess, id: LpId, rows: Rows, isApart: (payload: number) => boolean) {
    this.lp = lp;
    this.id = id;
    this.rows = rows;
    this.isApart = isApart;
  }

  onMessage(now: VirtualTime, origin: LpId, payload: number): void {
    const row = this.isApart(payload) ? this.rows.apart : this.rows.messages;
    const from = performance.now();
    this.lp.onMessage(now, origin, payload);
    row.ms += performance.now() - from;
    row.events++;
  }

  onTimer(now: VirtualTime, slot: number, tag: number): void {
    const row = this.rows.timers;
    const from = performance.now();
    this.lp.onTimer(now, slot, tag);
    row.ms += performance.now() - from;
    row.events++;
  }
}
