/**
 * Probes wait for what they have to wait for: liveness and readiness for the container's start (its startup
 * probe), all for the initial delay, each attempt of a worker for the one before; and a container is killed for
 * a probe only after as many failures in a row as its threshold says.
 */
import { SECOND, formatTime, wholeSeconds, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const probesInOrderDefinition: InvariantDefinition = {
  name: "probes-in-order",
  scope: "node",
  meaning: "no probe before start and initial delay, none while another of its worker runs, no probe kill below the failure threshold",
};

export const probeRoles: readonly ProbeRole[] = ["startup", "liveness", "readiness"];
export type ProbeRole = "startup" | "liveness" | "readiness";

export interface ProbeTerms {
  readonly hasStartupProbe: boolean;
  readonly initialDelay: Duration;
  readonly failureThreshold: number;
}

interface Running {
  readonly generation: number;
  readonly startedAt: VirtualTime;
  /** Its startup probe has passed; null: nobody knows, another kubelet looked after it. */
  hasStarted: boolean | null;
}

interface Worker {
  isBusy: boolean;
  /** In a row, since the last success or verdict. */
  failures: number;
  /** Instance for which the threshold was reached; -1: none. */
  condemned: number;
}

interface PodState {
  readonly instances: Map<number, Running>;
  readonly workers: Map<string, Worker>;
}

export class ProbesInOrder {
  private readonly pods = new Map<number, PodState>();

  /** `isFound`: another kubelet than the present one asked for it. */
  instanceStarted(pod: number, container: number, generation: number, startedAt: VirtualTime, isFound = false): void {
    this.stateOf(pod).instances.set(container, { generation, startedAt, hasStarted: isFound ? null : false });
  }

  probeBegins(pod: number, container: number, role: ProbeRole, generation: number, now: VirtualTime, terms: ProbeTerms): string | null {
    const { instances } = this.stateOf(pod);
    const worker = this.workerOf(pod, container, role);
    const label = `Pod ${pod}, container ${container}: ${role} probe`;
    if (worker.isBusy) return `${label} begins while the one before runs`;
    worker.isBusy = true;
    const instance = instances.get(container);
    if (instance?.generation !== generation) return null;
    const { startedAt, hasStarted } = instance;
    const from = wholeSeconds(startedAt) * SECOND + terms.initialDelay;
    if (now < from) return `${label} at ${formatTime(now)}, allowed from ${formatTime(from)} on`;
    if (role !== "startup" && terms.hasStartupProbe && hasStarted === false) return `${label} before the startup probe passed`;
    return role === "startup" && hasStarted === true ? `${label} after it had passed` : null;
  }

  /** `succeeded` null: the attempt came to nothing. False: nobody waited for it, and it counts for nothing. */
  probeEnded(
    pod: number,
    container: number,
    role: ProbeRole,
    generation: number,
    succeeded: boolean | null,
    { failureThreshold }: ProbeTerms,
  ): boolean {
    const worker = this.workerOf(pod, container, role);
    if (!worker.isBusy) return false;
    worker.isBusy = false;
    if (succeeded === null) return true;
    const instance = this.stateOf(pod).instances.get(container);
    if (succeeded && role === "startup" && instance?.generation === generation) instance.hasStarted = true;
    worker.failures = succeeded ? 0 : worker.failures + 1;
    if (worker.failures < failureThreshold) return true;
    worker.condemned = generation;
    worker.failures = 0;
    return true;
  }

  /** The kubelet says that it kills this instance for a failed probe. */
  killedForProbe(pod: number, container: number, role: ProbeRole, generation: number): string | null {
    const { condemned, failures } = this.workerOf(pod, container, role);
    if (condemned === generation) return null;
    return `Pod ${pod}, container ${container}: killed for its ${role} probe after ${failures} failures in a row`;
  }

  /** Another kubelet looks after the Pod: its workers are new. */
  forgetWorkers(pod: number): void {
    const state = this.pods.get(pod);
    if (state === undefined) return;
    state.workers.clear();
    for (const instance of state.instances.values()) instance.hasStarted = null;
  }

  forget(pod: number): void {
    this.pods.delete(pod);
  }

  private workerOf(pod: number, container: number, role: ProbeRole): Worker {
    const { workers } = this.stateOf(pod);
    const key = `${container} ${role}`;
    let worker = workers.get(key);
    if (worker === undefined) {
      worker = { isBusy: false, failures: 0, condemned: -1 };
      workers.set(key, worker);
    }
    return worker;
  }

  private stateOf(pod: number): PodState {
    let state = this.pods.get(pod);
    if (state === undefined) {
      state = { instances: new Map(), workers: new Map() };
      this.pods.set(pod, state);
    }
    return state;
  }
}
