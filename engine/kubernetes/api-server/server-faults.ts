/**
 * What faults do to the API server: it answers nothing, or late; its watches bring changes late, and so do the proxies'.
 *
 *   request ─(down)─▶ refused                    commit ─(watch lag)─▶ watchers, that much later
 *          └─(slow)─▶ waits ─▶ served                 └─(endpoint lag)─▶ Service proxies, that much later
 *
 * Faults of one kind may overlap: it is down while one of them lasts, and the longest delay counts.
 * Differs: control plane components keep their leases. In a cluster they end and start anew when they couldn't renew them;
 * here the node controller begins anew once its watches are there again, and the others go on.
 */
import { CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE, type CauseId, type CauseTable } from "../../kernel/causes.ts";
import type { LpId } from "../../kernel/event.ts";
import type { Duration, VirtualTime } from "../../kernel/time.ts";

/** As chaos/fault-control.ts names them. */
type ServerLag = "request" | "watch" | "endpoints";

/** Class-0 messages of the script to the API server, on the same shard. */
export type ServerFault =
  | { readonly kind: "serverDown"; readonly fault: number }
  | { readonly kind: "serverUp"; readonly fault: number }
  /** 0: the fault is over. */
  | { readonly kind: "serverLag"; readonly fault: number; readonly lag: ServerLag; readonly delay: Duration };

interface Held {
  readonly cause: CauseId;
  readonly delay: Duration;
  /** It has done something. */
  row: CauseId;
}

const evidence: { readonly [Lag in ServerLag]: CauseKind } = {
  request: CauseKind.apiServerSlow,
  watch: CauseKind.watchLate,
  endpoints: CauseKind.endpointsLate,
};

export class ServerFaults {
  private readonly lp: LpId;
  private readonly causes: CauseTable;
  private readonly down = new Map<number, Held>();
  private readonly lags: { readonly [Lag in ServerLag]: Map<number, Held> } = {
    request: new Map(),
    watch: new Map(),
    endpoints: new Map(),
  };

  private readonly rows: Record<ServerLag, CauseId> = { request: NO_CAUSE, watch: NO_CAUSE, endpoints: NO_CAUSE };

  constructor(lp: LpId, causes: CauseTable) {
    this.lp = lp;
    this.causes = causes;
  }

  get isDown(): boolean {
    return this.down.size > 0;
  }

  /** How late anything may come now; 0: no fault holds. */
  get longestDelay(): Duration {
    let longest = this.isDown ? 1 : 0;
    for (const lag of [this.lags.request, this.lags.watch, this.lags.endpoints])
      for (const { delay } of lag.values()) longest = Math.max(longest, delay);
    return longest;
  }

  take(fault: ServerFault): void {
    const { current: cause } = this.causes;
    switch (fault.kind) {
      case "serverDown":
        this.down.set(fault.fault, { cause, delay: 0, row: 0 });
        return;
      case "serverUp":
        this.down.delete(fault.fault);
        return;
      case "serverLag":
        if (fault.delay > 0) this.lags[fault.lag].set(fault.fault, { cause, delay: fault.delay, row: 0 });
        else this.lags[fault.lag].delete(fault.fault);
    }
  }

  /** A request was refused, for the first of those that hold it down. */
  refused(now: VirtualTime): void {
    for (const held of this.down.values()) return this.show(held, CauseKind.apiServerDown, 0, now);
  }

  /** It is down, or requests or watches are late. */
  get isHolding(): boolean {
    return this.isDown || this.lags.request.size > 0 || this.lags.watch.size > 0;
  }

  /** Row of what keeps controllers from acting on what is committed now; none: nothing does. */
  holdUp(now: VirtualTime): CauseId {
    this.refused(now);
    for (const held of this.down.values()) return held.row;
    for (const lag of ["request", "watch"] as const) if (this.delayOf(lag, now) > 0) return this.rowOf(lag);
    return NO_CAUSE;
  }

  /** How much later a controller acts on what is committed now, at least; Infinity: nobody knows. */
  get leastHoldUp(): Duration {
    if (this.isDown) return Infinity;
    let longest = 0;
    for (const lag of [this.lags.request, this.lags.watch]) for (const { delay } of lag.values()) longest = Math.max(longest, delay);
    return longest;
  }

  /** How much later something comes now; it is noted once that it does. */
  delayOf(lag: ServerLag, now: VirtualTime, subject: number = 0): Duration {
    const faults = this.lags[lag];
    if (faults.size === 0) return 0;
    let longest: Held | null = null;
    for (const held of faults.values()) if (longest === null || held.delay > longest.delay) longest = held;
    this.show(longest!, evidence[lag], subject, now);
    this.rows[lag] = longest!.row;
    return longest!.delay;
  }

  /** Row of the fault that delays it most; after its end, of the last one: what was delayed before keeps others waiting. */
  rowOf(lag: ServerLag): CauseId {
    return this.rows[lag];
  }

  /** The present cause goes on: a fault that delays something isn't why it happens. */
  private show(held: Held, kind: CauseKind, subject: number, now: VirtualTime): void {
    if (held.row !== 0) return;
    const { current } = this.causes;
    held.row = this.causes.note(this.lp, kind, subject, now, held.cause);
    this.causes.current = current;
  }
}
