/**
 * Faults that keep one thing down (a node, a kubelet), in the order in which they began. It comes back when the
 * last of them ends; while several hold it, the first one is to blame.
 */
import type { CauseId } from "../../kernel/causes.ts";

export interface Holder {
  readonly fault: number;
  /** The fault's own. */
  readonly cause: CauseId;
  /** What it did here, as noted; none: nothing yet, others held before. */
  row: CauseId;
}

export class Holders {
  private readonly list: Holder[] = [];

  get first(): Holder | null {
    return this.list[0] ?? null;
  }

  hold(fault: number, cause: CauseId, row: CauseId): void {
    this.list.push({ fault, cause, row });
  }

  clear(): void {
    this.list.length = 0;
  }

  /** The one that is to blame from now on, if another was until now; null: nothing has changed, or nobody holds any more. */
  release(fault: number): Holder | null {
    const { first } = this;
    const index = this.list.findIndex((holder) => holder.fault === fault);
    if (index !== -1) this.list.splice(index, 1);
    return this.first === first ? null : this.first;
  }
}
