/**
 * The endpoints of watched Services on this shard's nodes, as columns. Membership (join, leave) follows
 * from the endpoint log alone; the arrivals (a timer, a bound, a stream for each load) belong to the
 * node's LP. Rows are reused and never enter a key or a draw. Hot: bench/traffic.bench.ts.
 *
 *   arrival row = endpoint row × width + audience     width: the most loads on one Service
 */
import { NO_VERSION, STILL, type ServiceVersions } from "../kubernetes/network/service-versions.ts";
import { grown } from "./request-pool.ts";

/** A membership that ended: positions [join, leave). */
interface Span {
  readonly join: number;
  readonly leave: number;
}

export class EndpointRows {
  readonly width: number;
  pod: Int32Array = new Int32Array(64);
  /** The present or last membership; `leave` is STILL while the newest version lists it. */
  join: Int32Array = new Int32Array(64);
  leave: Int32Array = new Int32Array(64);
  /** Index in `services` of the proxy table. */
  slot: Int32Array = new Int32Array(64);

  hi: Int32Array;
  lo: Int32Array;
  /** Number of the pending candidate. */
  candidate: Int32Array;
  /** The share at which it was drawn; 0: none is pending. */
  drawn: Float64Array;
  /** What rounding to whole µs left over, so that the rate stays exact. */
  remainder: Float64Array;
  timer: Int32Array;

  /** Memberships before the present one that some place may still believe in: an endpoint that flaps. */
  private readonly earlier = new Map<number, Span[]>();
  private readonly rowOf: Map<number, number>[];
  private readonly free: number[] = [];
  private count = 0;

  constructor(services: number, width: number) {
    this.width = width;
    this.rowOf = Array.from({ length: services }, () => new Map<number, number>());
    this.hi = new Int32Array(64 * width);
    this.lo = new Int32Array(64 * width);
    this.candidate = new Int32Array(64 * width);
    this.drawn = new Float64Array(64 * width);
    this.remainder = new Float64Array(64 * width);
    this.timer = new Int32Array(64 * width);
  }

  find(slot: number, pod: number): number | undefined {
    return this.rowOf[slot]!.get(pod);
  }

  create(slot: number, pod: number, position: number): number {
    const row = this.free.pop() ?? this.append();
    this.pod[row] = pod;
    this.slot[row] = slot;
    this.join[row] = position;
    this.leave[row] = STILL;
    this.drawn.fill(0, row * this.width, (row + 1) * this.width);
    this.rowOf[slot]!.set(pod, row);
    return row;
  }

  /** An endpoint that left comes back while places still believe in it. */
  rejoin(row: number, position: number, versions: ServiceVersions): void {
    const oldest = versions.live[0]!.position;
    const spans = (this.earlier.get(row) ?? []).filter((span) => span.leave > oldest);
    spans.push({ join: this.join[row]!, leave: this.leave[row]! });
    this.earlier.set(row, spans);
    this.join[row] = position;
    this.leave[row] = STILL;
  }

  remove(row: number): void {
    this.rowOf[this.slot[row]!]!.delete(this.pod[row]!);
    this.earlier.delete(row);
    this.free.push(row);
  }

  /** Share of an audience's requests that this endpoint gets now. */
  shareOf(row: number, audience: number, versions: ServiceVersions): number {
    let share = versions.shareOf(audience, this.join[row]!, this.leave[row]!);
    if (this.earlier.size === 0) return share;
    const spans = this.earlier.get(row);
    if (spans === undefined) return share;
    for (const span of spans) share += versions.shareOf(audience, span.join, span.leave);
    return share;
  }

  /** Whether the endpoint is in the version at `position`, which is alive. */
  isIn(row: number, position: number): boolean {
    if (position === NO_VERSION) return false;
    if (position >= this.join[row]!) return position < this.leave[row]!;
    return this.earlier.get(row)?.some((span) => position >= span.join && position < span.leave) ?? false;
  }

  /** No place believes in it any more, and none will unless it joins again. */
  isForgotten(row: number, versions: ServiceVersions): boolean {
    return this.leave[row]! <= versions.live[0]!.position;
  }

  private append(): number {
    const capacity = this.pod.length;
    if (this.count === capacity) {
      this.pod = grown(this.pod, new Int32Array(capacity * 2));
      this.join = grown(this.join, new Int32Array(capacity * 2));
      this.leave = grown(this.leave, new Int32Array(capacity * 2));
      this.slot = grown(this.slot, new Int32Array(capacity * 2));
      const arrivals = capacity * 2 * this.width;
      this.hi = grown(this.hi, new Int32Array(arrivals));
      this.lo = grown(this.lo, new Int32Array(arrivals));
      this.candidate = grown(this.candidate, new Int32Array(arrivals));
      this.drawn = grown(this.drawn, new Float64Array(arrivals));
      this.remainder = grown(this.remainder, new Float64Array(arrivals));
      this.timer = grown(this.timer, new Int32Array(arrivals));
    }
    return this.count++;
  }
}
