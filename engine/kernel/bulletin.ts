/**
 * A bulletin: an append-only log that everyone reads and one LP writes, with a copy in each shard.
 * An entry may be read from its `validFrom` on, which lies at least the lookahead after the write, so
 * every copy has it in time. What readers compute from it is a pure function of the entries valid then.
 */
import type { VirtualTime } from "./time.ts";

export class Bulletin<Entry> {
  private readonly entries: Entry[] = [];
  private readonly validity: VirtualTime[] = [];
  /** Set by the host of a sharded run: carries each new entry to the other shards. */
  onAppend: ((entry: Entry, validFrom: VirtualTime) => void) | null = null;

  append(entry: Entry, validFrom: VirtualTime): void {
    this.receive(entry, validFrom);
    this.onAppend?.(entry, validFrom);
  }

  /** An entry that another shard wrote. */
  receive(entry: Entry, validFrom: VirtualTime): void {
    this.entries.push(entry);
    this.validity.push(validFrom);
  }

  get length(): number {
    return this.entries.length;
  }

  entry(position: number): Entry {
    return this.entries[position]!;
  }

  validFrom(position: number): VirtualTime {
    return this.validity[position]!;
  }
}
