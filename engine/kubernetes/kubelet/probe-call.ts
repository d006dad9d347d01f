/** What the kubelet makes of a handler's calls (pkg/kubelet/prober/prober.go `probe`): retries, the result, and the Event that tells of it. Pure. */
import { PROBE_TRIES_MAX, type ProbeAnswer, type ProbeOutcome } from "../probes/probe.ts";
import type { Versions } from "../versions.ts";
import { ProbeResult } from "./inputs.ts";
import { probeRoleNames, type ProbeRole } from "./ports.ts";

/** A handler's four results, and its error. */
export interface HandlerCall {
  readonly result: "success" | "warning" | "failure" | "unknown";
  readonly output: string;
  readonly error: string | null;
}

/** `handler` null: the probe has none; a container without a probe is one whose probe succeeds. */
export function callProbe(probe: { readonly handler: (() => HandlerCall) | null } | null): ProbeAnswer {
  if (probe === null) return { outcome: "success", output: "" };
  if (probe.handler === null) return { outcome: "error", output: "missing probe handler" };
  let call = probe.handler();
  for (let tries = 1; call.error !== null && tries < PROBE_TRIES_MAX; tries++) call = probe.handler();
  return answerOf(call);
}

function answerOf({ result, output, error }: HandlerCall): ProbeAnswer {
  if (error !== null) return { outcome: "error", output: error, resulted: result === "failure" ? "failure" : "unknown" };
  return { outcome: result === "unknown" ? "failure" : result, output };
}

/** As the worker counts it. */
export function resultOf(outcome: ProbeOutcome): ProbeResult {
  return outcome === "warning" ? ProbeResult.success : ProbeResult[outcome];
}

export interface ProbeEvent {
  readonly reason: "Unhealthy" | "ProbeWarning";
  readonly message: string;
}

/** The Warning that an attempt leaves; null: a success says nothing. */
export function probeEvent(
  role: ProbeRole,
  { outcome, output, resulted }: ProbeAnswer,
  versions: Pick<Versions, "probeErrorsNameResult">,
): ProbeEvent | null {
  const name = titles[role]!;
  switch (outcome) {
    case "success":
      return null;
    case "warning":
      return { reason: "ProbeWarning", message: `${name} probe warning: ${output}` };
    case "failure":
    case "timeout":
      return { reason: "Unhealthy", message: `${name} probe failed: ${output}` };
    case "error": {
      const state = versions.probeErrorsNameResult ? ` and resulted in ${resulted ?? "unknown"} state` : "";
      return { reason: "Unhealthy", message: `${name} probe errored${state}: ${output}` };
    }
  }
}

const titles: readonly string[] = probeRoleNames.map((name) => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`);
