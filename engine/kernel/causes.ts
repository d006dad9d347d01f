/**
 * The cause table: one row for each notable transition (fault, action, write, kill, exit, readiness or
 * endpoint change, taint, eviction, scale decision; never a successful probe or request).
 *
 *   id = origin LP × 2³² + running number within that LP     the same for any number of shards; 0 = none
 *
 * `current` is the cause of what is being dispatched: messages carry it, the receiver's rows start from
 * it. A timer has none: its row keeps the cause of its present state, and the owner sets `current` from it.
 */
import type { LpId } from "./event.ts";
import type { VirtualTime } from "./time.ts";

export type CauseId = number;
export const NO_CAUSE: CauseId = 0;

export interface CauseRow {
  readonly id: CauseId;
  readonly parent: CauseId;
  readonly kind: number;
  /** What it happened to, by a number that `kind` tells how to read. */
  readonly subject: number;
  /** A second number, by kind (an exit code, an image, a delay). */
  readonly detail: number;
  readonly time: VirtualTime;
}

export class CauseTable {
  current: CauseId = NO_CAUSE;
  /** The cause of what was there before the first event; set by whoever builds the model. */
  beginning: CauseId = NO_CAUSE;
  private ids = new Float64Array(64);
  private parents = new Float64Array(64);
  private times = new Float64Array(64);
  private kinds = new Uint16Array(64);
  private subjects = new Float64Array(64);
  private details = new Float64Array(64);
  private count = 0;
  /** Rows that each LP has noted, by its number. */
  private numbers = new Uint32Array(64);

  /** Appends a row, makes it current and returns its id. */
  note(lp: LpId, kind: number, subject: number, time: VirtualTime, parent: CauseId = this.current, detail = 0): CauseId {
    if (this.count === this.ids.length) this.grow();
    if (lp >= this.numbers.length) this.growNumbers(lp);
    const id = lp * 4294967296 + ++this.numbers[lp]!;
    const row = this.count++;
    this.ids[row] = id;
    this.parents[row] = parent;
    this.times[row] = time;
    this.kinds[row] = kind;
    this.subjects[row] = subject;
    this.details[row] = detail;
    this.current = id;
    return id;
  }

  /** Why a row of this table that was noted without a parent came about, where that is learned only later. By the LP that noted it. */
  explain(id: CauseId, parent: CauseId): void {
    for (let row = this.count - 1; row >= 0; row--) {
      if (this.ids[row] !== id) continue;
      if (this.parents[row] === NO_CAUSE) this.parents[row] = parent;
      return;
    }
  }

  get size(): number {
    return this.count;
  }

  /** Kind of a row of this table, 0 if it isn't here. What is asked for was noted recently. */
  kindOf(id: CauseId): number {
    for (let row = this.count - 1; row >= 0; row--) if (this.ids[row] === id) return this.kinds[row]!;
    return 0;
  }

  /** All rows, in the order in which this shard noted them. */
  rows(): CauseRow[] {
    const rows: CauseRow[] = [];
    for (let row = 0; row < this.count; row++) rows.push(this.row(row));
    return rows;
  }

  /**
   * The rows of these ids and of their ancestors, in order of id: what is left when rows that nothing
   * refers to are dropped. An ancestor noted in another shard is in that shard's table.
   */
  referenced(ids: Iterable<CauseId>): CauseRow[] {
    const rowOf = new Map<CauseId, number>();
    for (let row = 0; row < this.count; row++) rowOf.set(this.ids[row]!, row);
    const kept = new Map<CauseId, CauseRow>();
    for (const start of ids) {
      for (let id = start; !kept.has(id);) {
        const row = rowOf.get(id);
        if (row === undefined) break;
        const found = this.row(row);
        kept.set(id, found);
        id = found.parent;
      }
    }
    return [...kept.values()].toSorted((a, b) => a.id - b.id);
  }

  private row(row: number): CauseRow {
    return {
      id: this.ids[row]!,
      parent: this.parents[row]!,
      kind: this.kinds[row]!,
      subject: this.subjects[row]!,
      detail: this.details[row]!,
      time: this.times[row]!,
    };
  }

  private growNumbers(lp: LpId): void {
    const numbers = new Uint32Array(Math.max(lp + 1, this.numbers.length * 2));
    numbers.set(this.numbers);
    this.numbers = numbers;
  }

  private grow(): void {
    const capacity = this.ids.length * 2;
    for (const name of ["ids", "parents", "times", "subjects", "details"] as const) {
      const column = new Float64Array(capacity);
      column.set(this[name]);
      this[name] = column;
    }
    const kinds = new Uint16Array(capacity);
    kinds.set(this.kinds);
    this.kinds = kinds;
  }
}
