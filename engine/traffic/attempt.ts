/** One attempt of a request on its way to an endpoint: what the client's place sends to the endpoint's node. */
import type { VirtualTime } from "../kernel/time.ts";
import type { PodId } from "../kubernetes/api-server/pod-record.ts";

export interface AttemptMessage {
  readonly kind: "attempt";
  readonly load: number;
  readonly pod: PodId;
  readonly place: number;
  /** 0 for the first attempt. */
  readonly attempt: number;
  /** When the client meant to send the request: latency and timeout count from here. */
  readonly intendedAt: VirtualTime;
  /** Number of the request within its origin: names its random draws. */
  readonly request: number;
  /** LP in which the request began. */
  readonly origin: number;
}
