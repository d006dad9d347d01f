/** Class-0 messages of the script LP to a node. `fault` is the number of the fault that begins or ends. */
import type { DisturbContainer } from "../application/disturbance.ts";
import type { VirtualTime } from "../kernel/time.ts";

export type FaultMessage =
  | { readonly kind: "loseNode"; readonly fault: number }
  | {
      readonly kind: "returnNode";
      readonly fault: number;
      /** The container runtime has forgotten its containers. */ readonly recordsLost?: true;
    }
  /** Its processes stand still, and go on. */
  | { readonly kind: "freezeNode"; readonly fault: number }
  | { readonly kind: "thawNode"; readonly fault: number }
  /** It can't reach the API server: packets are dropped (`isSilent`), or connections refused. */
  | { readonly kind: "cutOff"; readonly fault: number; readonly isSilent: boolean }
  | { readonly kind: "reconnect"; readonly fault: number }
  /** Clients can't reach its Pods. */
  | { readonly kind: "isolate"; readonly fault: number }
  | { readonly kind: "join"; readonly fault: number }
  /** Clients on these nodes can't reach its Pods. */
  | { readonly kind: "part"; readonly fault: number; readonly nodes: readonly number[] }
  | { readonly kind: "rejoin"; readonly fault: number }
  /** The operating system announces its shutdown. */
  | { readonly kind: "shutdownNode"; readonly fault: number }
  | { readonly kind: "stopKubelet"; readonly fault: number }
  | { readonly kind: "startKubelet"; readonly fault: number }
  | {
      readonly kind: "failProbes";
      readonly pod: number;
      readonly probe: "startup" | "readiness" | "liveness" | "all";
      readonly rate: number;
      readonly until: VirtualTime;
      readonly fault: number;
    }
  | DisturbPulls
  | DisturbContainer
  | { readonly kind: "killForMemory"; readonly pod: number; readonly container: string | null };

export interface DisturbPulls {
  readonly kind: "disturbPulls";
  /** Null: of any image. */
  readonly image: string | null;
  readonly rate: number;
  readonly slowdown: number;
  readonly until: VirtualTime;
}
