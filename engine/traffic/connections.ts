/**
 * The connections that the clients of one place keep. What was chosen for a connection stays chosen while it
 * lives, whatever the proxies believe by then: the kernel tracks it.
 *
 *   keep-alive   opened ──▶ busy ──answered──▶ idle ──taken──▶ busy       at most `size` idle ones are kept
 *   http2        opened ──▶ any number of requests at once                at most `size` at all
 *   both                ──too old · idle too long · closed by the server · an attempt on it failed──▶ gone
 *
 * Differs: connections are free
 */
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { ConnectionPolicy } from "./load-model.ts";

export interface Connection {
  readonly pod: number;
  readonly node: number;
  readonly expiresAt: VirtualTime;
  /** Requests on it. */
  streams: number;
  idleSince: VirtualTime;
  isClosed: boolean;
}

/** Share of the maximum age that is drawn, both ways: as gRPC's MAX_CONNECTION_AGE. */
const AGE_SPREAD = 0.1;

export class ConnectionPool {
  private readonly policy: ConnectionPolicy;
  /** keep-alive: idle ones, the last used last; http2: all, in order of opening. */
  private open: Connection[] = [];
  /** keep-alive: those with a request on them. */
  private readonly busy = new Set<Connection>();

  constructor(policy: ConnectionPolicy) {
    this.policy = policy;
  }

  /** One for the next request, or null: a new one has to be opened. `draw` is uniform in [0, 1). */
  take(now: VirtualTime, draw: number): Connection | null {
    const { kind, pick, size } = this.policy;
    this.open = this.open.filter((one) => !this.isOver(one, now));
    if (this.open.length === 0 || (kind === "http2" && this.open.length < size)) return null;
    const index = pick === "lifo" ? this.open.length - 1 : Math.floor(draw * this.open.length);
    const connection = this.open[index]!;
    if (kind === "keep-alive") {
      this.open.splice(index, 1);
      this.busy.add(connection);
    }
    connection.streams++;
    return connection;
  }

  /** A request opens one; `draw` spreads the age at which the server will close it. */
  add(now: VirtualTime, pod: number, node: number, draw: number): Connection {
    const { kind, maxAge } = this.policy;
    const expiresAt = maxAge === Infinity ? Infinity : now + Math.round(maxAge * (1 + AGE_SPREAD * (2 * draw - 1)));
    const connection: Connection = { pod, node, expiresAt, streams: 1, idleSince: now, isClosed: false };
    if (kind === "http2") this.open.push(connection);
    else this.busy.add(connection);
    return connection;
  }

  /** A request on it is over; `isSound`: it was answered, or (http2) only given up. */
  release(now: VirtualTime, connection: Connection, isSound: boolean): void {
    connection.streams--;
    this.busy.delete(connection);
    connection.idleSince = now;
    if (!isSound) connection.isClosed = true;
    if (this.policy.kind === "http2" || this.isOver(connection, now) || this.open.length >= this.policy.size) return;
    this.open.push(connection);
  }

  /** The server in a Pod says goodbye, or is gone. */
  closeAll(pod: number): void {
    for (const connection of this.open) if (connection.pod === pod) connection.isClosed = true;
    for (const connection of this.busy) if (connection.pod === pod) connection.isClosed = true;
  }

  private isOver(connection: Connection, now: VirtualTime): boolean {
    const idle: Duration = connection.streams > 0 ? 0 : now - connection.idleSince;
    return connection.isClosed || now >= connection.expiresAt || idle > this.policy.idleTimeout;
  }
}
