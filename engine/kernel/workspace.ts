/**
 * What a run borrows and the next one reuses: the queue with its pools, the timers, the rings, and typed
 * columns for the model's own tables. A workspace starts small, doubles, and is reset by clearing
 * lengths; nothing of a run can reach the next one through it (property-tested).
 */
import { EventQueue } from "./event-queue.ts";
import { PeriodicRings } from "./periodic.ts";
import { TimerTable } from "./timer-table.ts";

interface Columns {
  float64: Float64Array;
  uint32: Uint32Array;
  int32: Int32Array;
  uint16: Uint16Array;
  uint8: Uint8Array;
}
type ColumnKind = keyof Columns;

export class Workspace {
  readonly queue: EventQueue = new EventQueue();
  readonly timers: TimerTable = new TimerTable();
  readonly rings: PeriodicRings = new PeriodicRings(this.timers);
  private readonly free = {
    float64: new Shelf(Float64Array),
    uint32: new Shelf(Uint32Array),
    int32: new Shelf(Int32Array),
    uint16: new Shelf(Uint16Array),
    uint8: new Shelf(Uint8Array),
  };

  /** A column of zeros with room for at least `length`; it is the borrower's until the next reset. */
  borrow<Kind extends ColumnKind>(kind: Kind, length: number): Columns[Kind] {
    return (this.free[kind] as unknown as Shelf<Columns[Kind]>).borrow(length);
  }

  /** A column twice as long with the same content; the old one is taken back. */
  grow<Kind extends ColumnKind>(kind: Kind, column: Columns[Kind]): Columns[Kind] {
    const shelf = this.free[kind] as unknown as Shelf<Columns[Kind]>;
    const longer = shelf.borrow(column.length * 2);
    longer.set(column);
    shelf.takeBack(column);
    return longer;
  }

  /** The run that used this workspace is over. */
  reset(): void {
    this.queue.clear();
    this.timers.clear();
    this.rings.clear();
    for (const shelf of Object.values(this.free)) shelf.reset();
  }
}

/** Columns of one type, by log2 of their length. */
class Shelf<Column extends Columns[ColumnKind]> {
  private readonly create: new (length: number) => Column;
  private readonly idle: Column[][] = [];
  private readonly lent: Column[] = [];

  constructor(create: new (length: number) => Column) {
    this.create = create;
  }

  borrow(length: number): Column {
    const shift = length <= 16 ? 4 : 32 - Math.clz32(length - 1);
    const known = this.idle[shift]?.pop();
    const column = known ?? new this.create(1 << shift);
    if (known !== undefined) column.fill(0);
    this.lent.push(column);
    return column;
  }

  takeBack(column: Column): void {
    const at = this.lent.lastIndexOf(column);
    if (at < 0) return;
    this.lent[at] = this.lent[this.lent.length - 1]!;
    this.lent.pop();
    this.shelve(column);
  }

  reset(): void {
    for (const column of this.lent) this.shelve(column);
    this.lent.length = 0;
  }

  private shelve(column: Column): void {
    (this.idle[31 - Math.clz32(column.length)] ??= []).push(column);
  }
}
