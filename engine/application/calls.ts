/** What a request asks of other Services: the calls that one server's requests make, in waves, and who makes them. */
import type { CauseId } from "../kernel/causes.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";

/** When a call is tried again; traffic/retry-policy.ts reads them as those of a load. */
export interface CallRetries {
  readonly max: number;
  readonly backoff: Duration;
  readonly factor?: number;
  readonly backoffMax?: Duration;
  readonly jitter?: "none" | "full" | "equal";
  readonly budget?: number;
}

/** The calls of a request on one Service. */
export interface CallSpec {
  readonly namespace: string;
  readonly service: string;
  /** Port number or name of the Service; null: its first port. */
  readonly port: number | string | null;
  /** So many calls by each request; what is beyond a whole number is a chance. */
  readonly perRequest: number;
  /** Each attempt is given up after this long. */
  readonly timeout: Duration;
  readonly retries: CallRetries;
  /** What a call that comes to nothing does to the request: it fails too, or goes on without. */
  readonly fallback: "fail" | "degrade";
  /** sequential: begins when what stands before it has ended, one after another; parallel: all at once, with parallel neighbours. */
  readonly order: "sequential" | "parallel";
  /** Made only by requests of the load of this name: what an ingress forwards. */
  readonly onlyFor?: string;
  /** The caller keeps a list of endpoints of its own, which follows the cluster so much later; left out: its node's proxy chooses. */
  readonly propagation?: Duration;
}

/** Whether a request of a load makes a call; null: the request is a call itself. */
export function isMadeFor({ onlyFor }: CallSpec, load: string | null): boolean {
  return onlyFor === undefined || onlyFor === load;
}

/** What health endpoints ask: an answer is as good as these calls. */
export interface HealthChecks {
  readonly calls: readonly CallSpec[];
  /** Whose endpoint asks; startup probes use the one of liveness. */
  readonly on: "liveness" | "readiness" | "both";
}

/** The calls of one request under way. */
export interface CallRun {
  /** Why those that are unanswered take so long, as far as it is known: the row of a Service that is waited for. */
  readonly waitsFor: (now: VirtualTime) => CauseId;
}

/** Told of the end of all calls: `failure` is the row of the call that failed; none: they were answered, or done without. */
export type CallsEnded = (now: VirtualTime, failure: CauseId) => void;

/** Told why a call failed or came late; after it others of the run may go well. */
export type CallsBlamed = (now: VirtualTime, cause: CauseId) => void;

/** Who makes the calls of a node's Pods (traffic/caller.ts). */
export interface CallMaker {
  /** Null: there is nothing to call this time. `ended` is told at a later event, once. */
  begin(now: VirtualTime, calls: readonly CallSpec[], pod: number, ended: CallsEnded, blamed: CallsBlamed): CallRun | null;
  /** The process is dead: its calls come to nothing. */
  abandon(now: VirtualTime, run: CallRun, cause: CauseId): void;
}

/** In which order the calls of one request are made: those of a wave together. `countOf` says how many of each there are. */
export function wavesOf(calls: readonly CallSpec[], countOf: (call: CallSpec) => number): CallSpec[][] {
  const waves: CallSpec[][] = [];
  let wave: CallSpec[] | null = null;
  for (const call of calls) {
    const count = countOf(call);
    if (call.order === "sequential") {
      wave = null;
      for (let made = 0; made < count; made++) waves.push([call]);
      continue;
    }
    if (wave === null) waves.push((wave = []));
    for (let made = 0; made < count; made++) wave.push(call);
  }
  return waves.filter(({ length }) => length > 0);
}
