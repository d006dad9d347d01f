/** The closed list of answers that the world gives to the kubelet (ports.ts). Stale generations are dropped in kubelet.ts. */
import type { ProbeAnswer } from "../probes/probe.ts";
import type { ProbeRole } from "./ports.ts";

export const ProbeResult = { success: 0, failure: 1, timeout: 2, error: 3 } as const;
export type ProbeResult = (typeof ProbeResult)[keyof typeof ProbeResult];
export const probeResultNames: readonly string[] = ["success", "failure", "timeout", "error"];

export type KubeletInput =
  | { readonly kind: "sandboxReady"; readonly row: number }
  | { readonly kind: "sandboxStopped"; readonly row: number }
  /** Bytes of the image, if they are known. */
  | { readonly kind: "imageReady"; readonly row: number; readonly container: number; readonly size?: number }
  /** With the runtime's text. */
  | { readonly kind: "imageFailed"; readonly row: number; readonly container: number; readonly error?: string }
  | { readonly kind: "containerStarted"; readonly row: number; readonly container: number; readonly generation: number }
  | {
      readonly kind: "containerExited";
      readonly row: number;
      readonly container: number;
      readonly generation: number;
      readonly exitCode: number;
      readonly oomKilled: boolean;
    }
  | {
      readonly kind: "hookFinished";
      readonly row: number;
      readonly container: number;
      readonly generation: number;
      readonly hook: "postStart" | "preStop";
      readonly succeeded: boolean;
      /** Of a failure, as the runtime words it: `command 'poststart' exited with 1: `. */
      readonly error?: string;
      /** Host and port of an HTTPS hook that went through without TLS. */
      readonly plainHost?: string;
    }
  | {
      readonly kind: "probeFinished";
      readonly row: number;
      readonly container: number;
      readonly generation: number;
      readonly role: ProbeRole;
      readonly result: ProbeResult;
      readonly latency: number;
      /** What was said, for Event objects; left out where nobody asks for them. */
      readonly answer?: ProbeAnswer;
    };
