/**
 * A Pod is called Ready only while all its containers run, and after the readiness probe of each present instance has passed, as often in a row as asked for:
 * nobody sends it traffic sooner.
 * One exception is Kubernetes' own: the first status of a new kubelet comes before its probe workers, and may call ready
 * whatever ran already (kubernetes#135795). For each container it ends with the first status that takes it back.
 */
import { PodCondition, type ContainerStatus, type PodStatus } from "../kubernetes/objects/pod.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const readyAfterProbeDefinition: InvariantDefinition = {
  name: "ready-after-probe",
  scope: "node",
  meaning: "a Pod is Ready only while its containers run and once the readiness probes of these very instances have passed",
};

/** An instance whose readiness probe hasn't passed yet. */
interface Awaited {
  readonly generation: number;
  /** The present kubelet came upon it, and hasn't looked at it itself yet. */
  isFound: boolean;
  /** It has by now: a status worked out before that may still be under way. */
  isProbed: boolean;
}

export class ReadyAfterProbe {
  /** Pod → container. */
  private readonly awaited = new Map<number, Map<number, Awaited>>();

  /** An instance with a readiness probe has started. `isFound`: another kubelet than the present one asked for it. */
  instanceStarted(pod: number, container: number, generation: number, isFound = false): void {
    const known = this.awaited.get(pod);
    const instance = { generation, isFound, isProbed: false };
    if (known === undefined) this.awaited.set(pod, new Map([[container, instance]]));
    else known.set(container, instance);
  }

  /** Another kubelet looks after the Pod, one that takes what it finds for unprobed. */
  kubeletLost(pod: number): void {
    for (const instance of this.awaited.get(pod)?.values() ?? []) {
      instance.isFound = true;
      instance.isProbed = false;
    }
  }

  /** The worker of this kubelet knows the instance: it isn't ready, and the status after the next says so. */
  probeBegan(pod: number, container: number, generation: number): void {
    const instance = this.awaited.get(pod)?.get(container);
    if (instance?.generation === generation) instance.isProbed = true;
  }

  probePassed(pod: number, container: number, generation: number): void {
    const instances = this.awaited.get(pod);
    if (instances?.get(container)?.generation !== generation) return;
    instances.delete(container);
    if (instances.size === 0) this.awaited.delete(pod);
  }

  /** `initCount`: where regular containers begin. */
  statusSent(pod: number, status: PodStatus, initCount: number): string | null {
    const awaited = this.awaited.get(pod);
    const entryOf = (container: number): ContainerStatus | undefined =>
      container < initCount ? status.initContainers[container] : status.containers[container - initCount];
    if ((status.conditions & PodCondition.Ready) === 0) {
      for (const [container, instance] of awaited ?? []) if (entryOf(container)?.ready !== true) instance.isFound = false;
      return null;
    }
    const idle = status.containers.findIndex(({ state }) => state.type !== "running");
    if (idle !== -1) return `Pod ${pod}: Ready while container ${initCount + idle} is ${status.containers[idle]!.state.type}`;
    for (const [container, { generation, isFound }] of awaited ?? []) {
      if (entryOf(container)?.restartCount === generation && !isFound)
        return `Pod ${pod}: Ready before the readiness probe of container ${container} has passed`;
    }
    for (const instance of awaited?.values() ?? []) if (instance.isProbed) instance.isFound = false;
    return null;
  }

  forget(pod: number): void {
    this.awaited.delete(pod);
  }
}
