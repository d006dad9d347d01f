/**
 * The contract of a live probe: one attempt against the real thing. It never throws: whatever the outside
 * does is a result. `error` is Kubernetes' "unknown" (the attempt could not be made): it counts for nothing.
 */
import type { ProbeResult } from "../../../engine/kubernetes/kubelet/inputs.ts";
import type { ProbeHandler } from "../../../engine/kubernetes/objects/pod.ts";
import type { ProbeAnswer } from "../../../engine/kubernetes/probes/probe.ts";
import type { ProcessCommand } from "../container-command.ts";
import type { Safety } from "../safety.ts";

/** Where a probe goes, with names resolved. */
export interface ProbeTarget {
  /** The Pod's address: used where the handler names no host. */
  readonly ip: string;
  /** The real port behind the handler's port; null: no such port name. */
  readonly port: number | null;
  /** "1.36": for the user agent. */
  readonly kubernetesVersion: string;
  /** The process of an exec probe; null for the others. */
  readonly command: ProcessCommand | null;
  readonly safety: Safety | null;
  /** Aborted when the run ends. */
  readonly signal: AbortSignal;
}

export interface ProbeAttempt {
  readonly result: ProbeResult;
  readonly answer: ProbeAnswer;
  /** µs from the start of the attempt to its result. */
  readonly latency: number;
}

export type AttemptProbe<Type extends ProbeHandler["type"]> = (
  handler: Extract<ProbeHandler, { type: Type }>,
  target: ProbeTarget,
  timeoutMs: number,
) => Promise<ProbeAnswer>;

/** Of every attempt that the run's end cuts short. */
export const cancelled: ProbeAnswer = Object.freeze({ outcome: "error", output: "the run has ended" });
