/**
 * The server in one container instance: workers, queue and in-flight list. Probes and requests meet here.
 * FIFO with c workers gives start and end of a request at its arrival, so a request is one event; a
 * change (the process dies) rewrites the in-flight list. Owned by the node's LP. Hot: bench/traffic.bench.ts.
 */
import type { CauseId } from "../kernel/causes.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { ApplicationBehaviour } from "./application.ts";

/** Told by the server how requests in flight end; implemented by traffic/request.ts. */
export interface RequestSink {
  /** Served to its end. `request` is the word given to `admit`. */
  served(request: number, at: VirtualTime): void;
  /** The process died under it. */
  reset(request: number, at: VirtualTime, cause: CauseId): void;
}

export const Admission = { accepted: 0, notListening: 1, queueFull: 2, outOfMemory: 3 } as const;
export type Admission = (typeof Admission)[keyof typeof Admission];

export interface ContainerServer {
  readonly behaviour: ApplicationBehaviour;
  /** The process answers from now on. */
  listen(now: VirtualTime): void;
  /** New connections are refused from now on; what is in flight goes on (draining). */
  stopListening(now: VirtualTime): void;
  readonly isListening: boolean;
  /** Takes a request that needs `work` µs of a worker; `end` below is its completion when accepted. */
  admit(now: VirtualTime, work: Duration, request: number): Admission;
  /** Completion of what `admit` or `admitProbe` accepted last. */
  readonly end: VirtualTime;
  /** A probe takes its turn like a request but is nobody's loss; its completion is in `end`. */
  admitProbe(now: VirtualTime, work: Duration): Admission;
  /** Reports everything that ended by `now` to the sink. */
  settle(now: VirtualTime): void;
  /** Requests being served or queued at `now`. */
  inFlight(now: VirtualTime): number;
  /** When the last one in flight ends (`now` if there is none). */
  idleAt(now: VirtualTime): VirtualTime;
  /** In-flight count at which the memory limit is crossed (Infinity: no limit); the runtime recomputes it as base memory grows. */
  memoryLimitInFlight: number;
  /** The process is dead: everything in flight is reset. */
  die(now: VirtualTime, cause: CauseId): void;
}
