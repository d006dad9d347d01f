/** Class-0 messages of the script LP to a node. `fault` is the number of the fault that begins or ends. */
import type { VirtualTime } from "../kernel/time.ts";

export type FaultMessage =
  | { readonly kind: "loseNode"; readonly fault: number }
  | {
      readonly kind: "returnNode";
      readonly fault: number;
      /** The container runtime has forgotten its containers. */ readonly recordsLost?: true;
    }
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
  | { readonly kind: "killForMemory"; readonly pod: number; readonly container: string | null };

export interface DisturbPulls {
  readonly kind: "disturbPulls";
  /** Null: of any image. */
  readonly image: string | null;
  readonly rate: number;
  readonly slowdown: number;
  readonly until: VirtualTime;
}
