/**
 * The way between a client's place and an endpoint. A request's way out takes the floor, always; what
 * both ways take beyond two floors lies on the way back. So the round trip has exactly the distribution
 * of two independent draws, while what places believe reaches the endpoints' side of the model one
 * constant later: that keeps arrivals split at the endpoints equal to requests sent as messages.
 *
 * Differs: the way out takes its floor
 */
import { logDeviation, logNormal } from "../../kernel/distribution.ts";
import { word } from "../../kernel/random.ts";
import type { Duration } from "../../kernel/time.ts";
import { tailTable, type TailTable } from "../../kernel/tail-table.ts";

/** A latency drawn by (stream, index): a floor plus a log-normal tail, which together have this median and p99. */
export class KeyedLatency {
  readonly floor: Duration;
  private readonly tailMedian: number;
  private readonly deviation: number;

  constructor(floor: Duration, median: Duration, p99: Duration) {
    this.floor = Math.max(1, floor);
    this.tailMedian = Math.max(0, median - floor);
    this.deviation = logDeviation(this.tailMedian, p99 - floor);
  }

  /** Whole µs, at least the floor. */
  draw(hi: number, lo: number, index: number): Duration {
    return this.floor + Math.round(logNormal(this.tailMedian, this.deviation, hi, lo, index));
  }

  /** What a draw has beyond the floor, for many cheap draws. */
  table(): TailTable {
    return tailTable(this.tailMedian, this.deviation);
  }
}

export class Link {
  /** From the client to the endpoint. */
  readonly wayOut: Duration;
  private readonly tail: TailTable;

  constructor(latency: KeyedLatency) {
    this.wayOut = latency.floor;
    this.tail = latency.table();
  }

  /** From the endpoint to the client. */
  wayBack(hi: number, lo: number, index: number): Duration {
    const tail = this.tail;
    const first = tail.at(word(hi, lo, 2 * index), hi, lo, 2 * index);
    const second = tail.at(word(hi, lo, 2 * index + 1), hi, lo, 2 * index + 1);
    return this.wayOut + Math.round(first + second);
  }
}
