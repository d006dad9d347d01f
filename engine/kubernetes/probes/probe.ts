/**
 * The contract of a probe kind: what a success is, how an attempt fares against an application of the
 * model, and the kubelet's words for it. One kind per file; index.ts lists them. The live counterparts
 * (workers/live/probes) make one real attempt each and use the same rules and words.
 */
import type { ProbeHandler } from "../objects/pod.ts";
import type { Versions } from "../versions.ts";

/** Why an attempt of the model failed; "cut": the other side ended before it had answered. */
export type ProbeFault = "refused" | "unhealthy" | "timeout" | "cut";

/**
 * Kubernetes' results of one call of a handler, with what is worth telling apart: a timeout is a failure,
 * a warning a success with an Event, and an error (the call could not be carried out) counts for nothing.
 */
export type ProbeOutcome = "success" | "warning" | "failure" | "timeout" | "error";

/** What a call came to. */
export interface ProbeAnswer {
  readonly outcome: ProbeOutcome;
  /** In the kubelet's words. */
  readonly output: string;
  /** Of an error: what the handler returned beside it; left out: unknown. */
  readonly resulted?: "failure" | "unknown";
}

/** prober.go: maxProbeRetries. Only a call that could not be carried out is repeated, without a pause. */
export const PROBE_TRIES_MAX = 3;

/** maxRespBodyLength, and what is kept of a command's output. */
export const OUTPUT_MAX: number = 10 * 1024;

export interface ProbeKind<Type extends ProbeHandler["type"] = ProbeHandler["type"]> {
  readonly type: Type;
  /** It connects to a port and takes one of the application's workers; otherwise it is a process of its own. */
  readonly usesPort: boolean;
  /**
   * What nobody there means: a failure at once; only at the timeout (gRPC dials again inside its deadline);
   * or an error (no process can be started in a container that doesn't run).
   */
  readonly refusal: "failure" | "timeout" | "error";
  /** The kubelet's output of a failed attempt (pkg/probe). `address` is "10.1.2.3:8080". */
  failureText(
    handler: Extract<ProbeHandler, { type: Type }>,
    fault: ProbeFault,
    address: string,
    timeoutSeconds: number,
    versions: Versions,
  ): string;
}
