/**
 * What traffic asks of the node that hosts an endpoint (port; adapter: kubelet/virtual-runtime.ts).
 * Owned by the node's LP, called only while that LP is dispatched.
 */
import type { CauseId } from "../kernel/causes.ts";
import type { VirtualTime } from "../kernel/time.ts";
import type { Trouble } from "./packet-trouble.ts";
import type { ContainerServer } from "./server.ts";

/** Why a connection to the Pod's address ends as it does. */
export const EndpointState = {
  /** The container's server is there; ask it. */ up: 0,
  /** Sandbox is there, nothing listens: refused. */ notListening: 1,
  /** No such address any more: times out (or no route). */ gone: 2,
  /** The node is dead: times out. */ nodeLost: 3,
} as const;
export type EndpointState = (typeof EndpointState)[keyof typeof EndpointState];

export interface EndpointHost {
  stateOf(pod: number, now: VirtualTime): EndpointState;
  /** The server behind the Service's port that the load uses, null if the Pod has none; only while stateOf is `up`. */
  serverOf(pod: number, load: number, now: VirtualTime): ContainerServer | null;
  /** The transition that brought the Pod into its present state: the cause of what it loses. */
  causeOf(pod: number): CauseId;
  /** Workload and creation ordinal of the Pod, which name its draws; absent: its number names them. */
  stableName?(pod: number): string;
  /** Faults of the network were here: ask `troubleOf` before an attempt is served. Absent: never. */
  readonly isTroubled?: boolean;
  /** What an attempt from a client's place meets on its way; draws come from (hi, lo), `index` on. */
  troubleOf?(pod: number, load: number, place: number, now: VirtualTime, opens: boolean, hi: number, lo: number, index: number): Trouble;
  /** The requests in flight crossed the memory limit: kill the container that owns this server. */
  killForMemory(server: ContainerServer, now: VirtualTime): void;
}
