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
  readonly successThreshold: number;
}

interface Running {
  readonly generation: number;
  readonly startedAt: VirtualTime;
  /** Its startup probe has passed; null: nobody knows, another kubelet looked after it. */
  hasStarted: boolean | null;
}

interface Worker {
  /** Null: nobody knows, it was not looked at until now. */
  isBusy: boolean | null;
  /** In a row, since the last success or verdict. */
  failures: number;
  /** Instance for which the threshold was reached; -1: none. */
  condemned: number;
  /** In a row, over instances; Infinity: as many as one likes, for those of a worker at rest aren't told one by one. */
  successes: number;
  /** Instance for which as many successes were reached as asked for; -1: none. */
  approved: number;
}

interface PodState {
  /** By container. */
  readonly instances: (Running | undefined)[];
  /** By container and role. */
  workers: (Worker | undefined)[];
  /** Its workers ran before anybody looked at them. */
  cameLate: boolean;
}

export class ProbesInOrder {
  private readonly pods = new Map<number, PodState>();

  /** Whether anything of this Pod has been seen: of others nothing needs to be told but starts and failures. */
  isSeen(pod: number): boolean {
    return this.pods.has(pod);
  }

  /** From now on, in the middle of its life: probes may be under way, and all counts are 0. */
  seesLate(pod: number): void {
    if (!this.pods.has(pod)) this.stateOf(pod).cameLate = true;
  }

  /** `isFound`: another kubelet than the present one asked for it. */
  instanceStarted(pod: number, container: number, generation: number, startedAt: VirtualTime, isFound = false): void {
    this.stateOf(pod).instances[container] = { generation, startedAt, hasStarted: isFound ? null : false };
  }

  probeBegins(pod: number, container: number, role: ProbeRole, generation: number, now: VirtualTime, terms: ProbeTerms): string | null {
    const { instances } = this.stateOf(pod);
    const worker = this.workerOf(pod, container, role);
    if (worker.isBusy === true) return `${label(pod, container, role)} begins while the one before runs`;
    worker.isBusy = true;
    const instance = instances[container];
    if (instance?.generation !== generation) return null;
    const { startedAt, hasStarted } = instance;
    const from = wholeSeconds(startedAt) * SECOND + terms.initialDelay;
    if (now < from) return `${label(pod, container, role)} at ${formatTime(now)}, allowed from ${formatTime(from)} on`;
    if (role !== "startup" && terms.hasStartupProbe && hasStarted === false)
      return `${label(pod, container, role)} before the startup probe passed`;
    return role === "startup" && hasStarted === true ? `${label(pod, container, role)} after it had passed` : null;
  }

  /** `succeeded` null: the attempt came to nothing. False: nobody waited for it, and it counts for nothing. */
  probeEnded(
    pod: number,
    container: number,
    role: ProbeRole,
    generation: number,
    succeeded: boolean | null,
    { failureThreshold, successThreshold }: ProbeTerms,
  ): boolean {
    const worker = this.workerOf(pod, container, role);
    if (worker.isBusy === false) return false;
    worker.isBusy = false;
    if (succeeded === null) return true;
    const instance = this.stateOf(pod).instances[container];
    if (succeeded && role === "startup" && instance?.generation === generation) instance.hasStarted = true;
    if (succeeded) this.succeeded(worker, generation, successThreshold);
    else worker.successes = 0;
    worker.failures = succeeded ? 0 : worker.failures + 1;
    if (worker.failures < failureThreshold) return true;
    worker.condemned = generation;
    worker.approved = -1;
    worker.failures = 0;
    return true;
  }

  /** Whether this instance's probe has succeeded as often in a row as asked for, and hasn't failed since. */
  hasPassed(pod: number, container: number, role: ProbeRole, generation: number): boolean {
    return this.workerOf(pod, container, role).approved === generation;
  }

  /** Whether this instance's probe has failed as often in a row as it takes. */
  hasFailed(pod: number, container: number, role: ProbeRole, generation: number): boolean {
    return this.workerOf(pod, container, role).condemned === generation;
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
    state.workers = [];
    state.cameLate = false;
    for (const instance of state.instances) if (instance !== undefined) instance.hasStarted = null;
  }

  forget(pod: number): void {
    this.pods.delete(pod);
  }

  private workerOf(pod: number, container: number, role: ProbeRole): Worker {
    const { workers, cameLate } = this.stateOf(pod);
    return (workers[container * probeRoles.length + probeRoles.indexOf(role)] ??= {
      isBusy: cameLate ? null : false,
      failures: 0,
      condemned: -1,
      successes: cameLate ? Infinity : 0,
      approved: -1,
    });
  }

  private succeeded(worker: Worker, generation: number, threshold: number): void {
    worker.successes = worker.approved === generation ? Infinity : worker.successes + 1;
    if (worker.successes >= threshold) worker.approved = generation;
  }

  private stateOf(pod: number): PodState {
    let state = this.pods.get(pod);
    if (state === undefined) {
      state = { instances: [], workers: [], cameLate: false };
      this.pods.set(pod, state);
    }
    return state;
  }
}

function label(pod: number, container: number, role: ProbeRole): string {
  return `Pod ${pod}, container ${container}: ${role} probe`;
}
