/** What admission fills in where an object says nothing: those defaults that are settings of a run. Durations in µs. */
import type { Duration } from "../../kernel/time.ts";

export interface AdmissionDefaults {
  readonly terminationGracePeriod: Duration;
  readonly probePeriod: Duration;
  readonly probeTimeout: Duration;
  readonly probeInitialDelay: Duration;
  readonly probeSuccess: number;
  readonly probeFailure: number;
  readonly tolerationSecondsNotReady: Duration;
  readonly tolerationSecondsUnreachable: Duration;
  /** Shares of the replicas. */
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly progressDeadline: Duration;
  readonly revisionHistory: number;
}
