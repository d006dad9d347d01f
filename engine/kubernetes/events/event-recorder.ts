/**
 * What components of a cluster record as Event objects. Nothing in the model reads them, so they are kept
 * only when someone asks (views of a finished run, verification): recording changes no other byte of a run.
 * The client's aggregation, spam filter and rate limit stand in event-book.ts.
 */
import type { VirtualTime } from "../../kernel/time.ts";
import type { PodRecord } from "../api-server/pod-record.ts";

export type EventType = "Normal" | "Warning";

/** The object that an Event is about, if it isn't a Pod. */
export interface EventObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Who records: `component` as upstream names it (kubelet, default-scheduler, …), `host` the node of a kubelet, else "". */
export interface EventSource {
  readonly component: string;
  readonly host: string;
}

export interface EventRecorder {
  /** `message` is upstream's text. Calls of one source come in order of time. */
  record(now: VirtualTime, source: EventSource, object: EventObject, type: EventType, reason: string, message: string): void;
  /** The same about a Pod; `fieldPath` is `spec.containers{web}`, or "" for the whole Pod. */
  recordPod(
    now: VirtualTime,
    source: EventSource,
    pod: PodRecord,
    fieldPath: string,
    type: EventType,
    reason: string,
    message: string,
  ): void;
  /** For messages that name a Pod. */
  podName(pod: PodRecord): string;
  podNamespace(pod: PodRecord): string;
  podUid(pod: PodRecord): string;
}
