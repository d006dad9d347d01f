/**
 * An Event object as the API server keeps it. Two shapes in one kind: client-go's older recorder counts
 * (first and last second, count), the scheduler's newer one (events.k8s.io) has an instant and a series.
 */

export interface InvolvedObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `spec.containers{web}`, or "". */
  readonly fieldPath: string;
  /** Of the newer recorder: the version that its sender saw; 0: not told. */
  readonly resourceVersion: number;
}

export interface EventRecord {
  readonly namespace: string;
  readonly name: string;
  readonly object: InvolvedObject;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly component: string;
  readonly host: string;
  /** Whole seconds; of the newer recorder's own instant, both. */
  readonly firstTimestamp: number;
  readonly lastTimestamp: number;
  /** At least 1; of a series, how often it was seen. */
  readonly count: number;
  /** µs; null: of the older recorder. */
  readonly eventTime: number | null;
  /** Null: of the older recorder, or seen once. Its last instant, µs. */
  readonly seriesLast: number | null;
  /** The newer recorder's verb: "Binding", "Scheduling"; "" otherwise. */
  readonly action: string;
  /** When the API server had this version, µs: it expires `eventTtl` later. */
  readonly writtenAt: number;
  /** When it was created there, whole seconds. */
  readonly createdAt: number;
}
