/** Vectors of probes: workers, ports, results, answered by the functions that the kubelet uses. */
import type { ContainerPort, Probe, RestartPolicy } from "../kubernetes/objects/pod.ts";
import { callProbe, resultOf, type HandlerCall } from "../kubernetes/kubelet/probe-call.ts";
import { ProbeResult } from "../kubernetes/kubelet/inputs.ts";
import { judgeHop, judgeHttp } from "../kubernetes/probes/http-get.ts";
import type { ProbeAnswer } from "../kubernetes/probes/probe.ts";
import { resolvePort } from "../kubernetes/probes/port.ts";
import { versionsOfMinor } from "../kubernetes/versions.ts";
import { HandDrivenWorker, roleOf, type Answer } from "../kubernetes/kubelet/hand-driven-worker.ts";

type WrittenProbe = Partial<
  Pick<Probe, "initialDelaySeconds" | "periodSeconds" | "timeoutSeconds" | "successThreshold" | "failureThreshold">
>;

export const probeFields: string = "probe{initialDelaySeconds periodSeconds timeoutSeconds successThreshold failureThreshold}";
export const stepFields: string = "steps{containerIncarnation containerState containerAgeSeconds started probeWouldReturn event}";

/** Recorded from 1.20, where a startup success doesn't hold the worker. */
const RECORDED_MINOR = 20;

/** Each step lies far behind the one before, so that every tick is on the worker's grid. */
const STEP_SECONDS = 1000;

export function probeWorker(input: {
  readonly probeType: string;
  readonly probe: WrittenProbe;
  readonly restartPolicy: RestartPolicy;
  readonly steps: readonly {
    readonly containerIncarnation: number;
    readonly containerState: "running" | "terminated";
    readonly containerAgeSeconds: number;
    readonly started: boolean;
    readonly probeWouldReturn: Answer;
  }[];
}): unknown {
  const worker = new HandDrivenWorker(roleOf(input.probeType), input.probe, input.restartPolicy, RECORDED_MINOR);
  const steps = input.steps.map((step, index) => {
    const shown = {
      generation: step.containerIncarnation,
      isRunning: step.containerState === "running",
      isStarted: step.started,
      ageSeconds: step.containerAgeSeconds,
    };
    return worker.tick((index + 1) * STEP_SECONDS, shown, step.probeWouldReturn);
  });
  return { steps };
}

export function probeThresholds(input: {
  readonly probeType: string;
  readonly probe: WrittenProbe;
  readonly started: boolean;
  readonly probeWouldReturn: readonly Answer[];
}): unknown {
  const worker = new HandDrivenWorker(roleOf(input.probeType), input.probe, "Always", RECORDED_MINOR);
  const shown = { generation: 0, isRunning: true, isStarted: input.started, ageSeconds: 100 };
  return { result: input.probeWouldReturn.map((answer, index) => worker.tick((index + 1) * STEP_SECONDS, shown, answer).result) };
}

export function probePort(input: { readonly port: string; readonly containerPorts: readonly ContainerPort[] }): unknown {
  const port = resolvePort(input.port, input.containerPorts);
  return { port, error: port === null };
}

/** What a handler returns; "n/a": it isn't called. */
export interface DispatchInput {
  readonly probeIsSet: boolean;
  readonly handler: string;
  readonly execOutcome: HandlerCall["result"] | "n/a";
  readonly execReturnsError: boolean;
}

export function probeDispatch(input: DispatchInput): unknown {
  const call = (): HandlerCall => ({
    result: input.execOutcome === "n/a" ? "unknown" : input.execOutcome,
    output: "",
    error: input.execReturnsError ? "test error" : null,
  });
  const { outcome } = callProbe(input.probeIsSet ? { handler: input.handler === "none" ? null : call } : null);
  return { result: resultOf(outcome) === ProbeResult.success ? "Success" : "Failure", error: outcome === "error" };
}

export interface HttpInput {
  readonly status?: number;
  readonly serverSleepSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly redirectStatus?: number;
  /** A path, alone or behind `other-port:` or `other-host:`. */
  readonly redirectTo?: string;
  readonly finalStatus?: number;
}

/** Answered redirect by redirect, as a probe makes its requests. */
export function httpProbe(input: HttpInput): unknown {
  const version = versionsOfMinor(RECORDED_MINOR);
  if ((input.serverSleepSeconds ?? 0) > (input.timeoutSeconds ?? Infinity)) return { result: "Failure" };
  const { redirectStatus, redirectTo } = input;
  if (redirectStatus === undefined || redirectTo === undefined)
    return { result: resultName(judgeHttp(input.status ?? input.finalStatus ?? 200, "", version)) };
  const host = redirectTo.startsWith("other-host:") ? "other" : "self";
  for (let requests = 1; ; requests++) {
    const answer = judgeHop({ status: redirectStatus, body: "", location: redirectTo, host }, "self", requests, version);
    if (answer !== "follow") return { result: resultName(answer) };
    if (redirectTo !== "/loop") return { result: resultName(judgeHttp(input.finalStatus ?? 200, "", version)) };
  }
}

function resultName({ outcome }: ProbeAnswer): string {
  return outcome === "success" ? "Success" : outcome === "warning" ? "Warning" : "Failure";
}
