/** Vectors of probes: workers, ports, results, answered by the functions that the kubelet uses. */
import type { ContainerPort, Probe, RestartPolicy } from "../kubernetes/objects/pod.ts";
import { isHttpSuccess } from "../kubernetes/probes/http-get.ts";
import { resolvePort } from "../kubernetes/probes/port.ts";
import { HandDrivenWorker, roleOf, type Answer } from "./probe-worker.ts";

type WrittenProbe = Partial<Pick<Probe, "initialDelaySeconds" | "periodSeconds" | "timeoutSeconds" | "successThreshold" | "failureThreshold">>;

export const probeFields = "probe{initialDelaySeconds periodSeconds timeoutSeconds successThreshold failureThreshold}";
export const stepFields = "steps{containerIncarnation containerState containerAgeSeconds started probeWouldReturn event}";

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
