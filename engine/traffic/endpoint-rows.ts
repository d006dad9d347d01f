/**
 * The endpoints of watched Services on this shard's nodes, as records. Membership (join, leave) follows
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

/** Integers of an endpoint: row × ENDPOINT_FIELDS + field. */
export const ENDPOINT_FIELDS = 4;
export const POD = 0;
/** Index in `services` of the proxy table. */
export const SLOT = 1;
/** The present or last membership; LEAVE is STILL while the newest version lists it. */
export const JOIN = 2;
export const LEAVE = 3;

/** Floats of the arrivals of one load at an endpoint: arrival row × ARRIVAL_FIELDS + field. */
export const ARRIVAL_FIELDS = 8;
/** The stream's key. */
export const KEY_HI = 0;
export const KEY_LO = 1;
/** Number of the pending candidate. */
export const CANDIDATE = 2;
/** The share at which it was drawn; 0: none is pending. */
export const DRAWN = 3;
/** What rounding to whole µs left over, so that the rate stays exact. */
export const REMAINDER = 4;
export const TIMER = 5;
/** First attempts so far, and since when. */
export const COUNT = 6;
export const SINCE = 7;

export class EndpointRows {
  readonly width: number;
  endpoints: Int32Array = new Int32Array(64 * ENDPOINT_FIELDS);
  arrivals: Float64Array;
  /** Memberships before the present one that some place may still believe in: an endpoint that flaps. */
  private readonly earlier = new Map<number, Span[]>();
  private readonly rowOf: Map<number, number>[];
  private readonly free: number[] = [];
  private count = 0;

  constructor(services: number, width: number) {
    this.width = width;
    this.rowOf = Array.from({ length: services }, () => new Map<number, number>());
    this.arrivals = new Float64Array(64 * width * ARRIVAL_FIELDS);
  }

  find(slot: number, pod: number): number | undefined {
    return this.rowOf[slot]!.get(pod);
  }

  create(slot: number, pod: number, position: number): number {
    const row = this.free.pop() ?? this.append();
    this.endpoints[row * ENDPOINT_FIELDS + POD] = pod;
    this.endpoints[row * ENDPOINT_FIELDS + SLOT] = slot;
    this.endpoints[row * ENDPOINT_FIELDS + JOIN] = position;
    this.endpoints[row * ENDPOINT_FIELDS + LEAVE] = STILL;
    this.arrivals.fill(0, row * this.width * ARRIVAL_FIELDS, (row + 1) * this.width * ARRIVAL_FIELDS);
    this.rowOf[slot]!.set(pod, row);
    return row;
  }

  leave(row: number, position: number): void {
    this.endpoints[row * ENDPOINT_FIELDS + LEAVE] = position;
  }

  /** An endpoint that left comes back while places still believe in it. */
  rejoin(row: number, position: number, versions: ServiceVersions): void {
    const oldest = versions.live[0]!.position;
    const spans = (this.earlier.get(row) ?? []).filter((span) => span.leave > oldest);
    spans.push({ join: this.endpoints[row * ENDPOINT_FIELDS + JOIN]!, leave: this.endpoints[row * ENDPOINT_FIELDS + LEAVE]! });
    this.earlier.set(row, spans);
    this.endpoints[row * ENDPOINT_FIELDS + JOIN] = position;
    this.endpoints[row * ENDPOINT_FIELDS + LEAVE] = STILL;
  }

  remove(row: number): void {
    this.rowOf[this.endpoints[row * ENDPOINT_FIELDS + SLOT]!]!.delete(this.endpoints[row * ENDPOINT_FIELDS + POD]!);
    this.earlier.delete(row);
    this.free.push(row);
  }

  /** Share of an audience's requests that this endpoint gets now. */
  shareOf(row: number, audience: number, versions: ServiceVersions): number {
    let share = versions.shareOf(audience, this.endpoints[row * ENDPOINT_FIELDS + JOIN]!, this.endpoints[row * ENDPOINT_FIELDS + LEAVE]!);
    if (this.earlier.size === 0) return share;
    const spans = this.earlier.get(row);
    if (spans === undefined) return share;
    for (const span of spans) share += versions.shareOf(audience, span.join, span.leave);
    return share;
  }

  /** Whether the endpoint is in the version at `position`, which is alive. */
  isIn(row: number, position: number): boolean {
    if (position === NO_VERSION) return false;
    if (position >= this.endpoints[row * ENDPOINT_FIELDS + JOIN]!) return position < this.endpoints[row * ENDPOINT_FIELDS + LEAVE]!;
    return this.earlier.get(row)?.some((span) => position >= span.join && position < span.leave) ?? false;
  }

  /** No place believes in it any more, and none will unless it joins again. */
  isForgotten(row: number, versions: ServiceVersions): boolean {
    return this.endpoints[row * ENDPOINT_FIELDS + LEAVE]! <= versions.live[0]!.position;
  }

  private append(): number {
    if (this.count * ENDPOINT_FIELDS === this.endpoints.length) {
      this.endpoints = grown(this.endpoints, new Int32Array(this.endpoints.length * 2));
      this.arrivals = grown(this.arrivals, new Float64Array(this.arrivals.length * 2));
    }
    return this.count++;
  }
}
