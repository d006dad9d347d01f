/** A Pod is called Ready only while all its containers run, and after the readiness probe of each present instance has passed: nobody sends it traffic sooner. */
import { PodCondition, type PodStatus } from "../kubernetes/objects/pod.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const readyAfterProbeDefinition: InvariantDefinition = {
  name: "ready-after-probe",
  scope: "node",
  meaning: "a Pod is Ready only while its containers run and once the readiness probes of these very instances have passed",
};

export class ReadyAfterProbe {
  /** Pod → container → instance whose readiness probe hasn't passed yet. */
  private readonly awaited = new Map<number, Map<number, number>>();

  /** An instance with a readiness probe has started. */
  instanceStarted(pod: number, container: number, generation: number): void {
    const known = this.awaited.get(pod);
    if (known === undefined) this.awaited.set(pod, new Map([[container, generation]]));
    else known.set(container, generation);
  }

  probePassed(pod: number, container: number, generation: number): void {
    const instances = this.awaited.get(pod);
    if (instances?.get(container) === generation) instances.delete(container);
  }

  /** `initCount`: where regular containers begin. */
  statusSent(pod: number, status: PodStatus, initCount: number): string | null {
    if ((status.conditions & PodCondition.Ready) === 0) return null;
    const idle = status.containers.findIndex(({ state }) => state.type !== "running");
    if (idle !== -1) return `Pod ${pod}: Ready while container ${initCount + idle} is ${status.containers[idle]!.state.type}`;
    for (const [container, generation] of this.awaited.get(pod) ?? []) {
      const entry = container < initCount ? status.initContainers[container] : status.containers[container - initCount];
      if (entry?.restartCount === generation) return `Pod ${pod}: Ready before the readiness probe of container ${container} has passed`;
    }
    return null;
  }

  forget(pod: number): void {
    this.awaited.delete(pod);
  }
}
