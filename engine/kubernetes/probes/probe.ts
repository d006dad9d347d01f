/**
 * The contract of a probe kind: what a success is, how an attempt fares against an application of the
 * model, and the kubelet's words for a failure. One kind per file; index.ts lists them. The live
 * counterparts (workers/live/probes) make one real attempt each and use the same rules and words.
 */
import type { ProbeHandler } from "../objects/pod.ts";

/** What a failed attempt met. */
export type ProbeFault = "refused" | "unhealthy" | "timeout";

export interface ProbeKind<Type extends ProbeHandler["type"] = ProbeHandler["type"]> {
  readonly type: Type;
  /** It connects to a port and takes one of the application's workers; otherwise it is a process of its own. */
  readonly usesPort: boolean;
  /** What nobody listening means: a failure at once, or (gRPC dials again inside its deadline) only at the timeout. */
  readonly refusal: "failure" | "timeout";
  /** The kubelet's output of a failed attempt (pkg/probe). `address` is "10.1.2.3:8080". */
  failureText(handler: Extract<ProbeHandler, { type: Type }>, fault: ProbeFault, address: string, timeoutSeconds: number): string;
}
