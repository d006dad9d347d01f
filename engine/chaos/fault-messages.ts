/** Class-0 messages of the script LP to a node. */
import type { VirtualTime } from "../kernel/time.ts";

export type FaultMessage =
  | { readonly kind: "loseNode" }
  | { readonly kind: "returnNode" }
  | {
      readonly kind: "failProbes";
      readonly pod: number;
      readonly probe: "startup" | "readiness" | "liveness" | "all";
      readonly rate: number;
      readonly until: VirtualTime;
      readonly fault: number;
    }
  | { readonly kind: "killForMemory"; readonly pod: number; readonly container: string | null };
