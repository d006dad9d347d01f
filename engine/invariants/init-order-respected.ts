/**
 * Init containers run one after another, each to its good end; a sidecar is passed once it has started
 * (running, and its startup probe, if any, passed). What follows waits for all of them.
 */
import type { InvariantDefinition } from "./invariant.ts";

export const initOrderRespectedDefinition: InvariantDefinition = {
  name: "init-order-respected",
  scope: "node",
  meaning: "a container starts only after all init containers before it ended well or, as sidecars, started",
};

/** What matters of a Pod's spec. */
export interface InitShape {
  /** Init containers, sidecars included: the first ones by index. */
  readonly initCount: number;
  readonly isSidecar: readonly boolean[];
  /** All containers were removed, so that the Pod begins anew in the same sandbox. */
  readonly startsOver: boolean;
}

interface PodState {
  /** Init containers that have ended well, sidecars that have started: in the present sandbox. */
  readonly passed: Set<number>;
  isInitialised: boolean;
}

export class InitOrderRespected {
  private readonly pods = new Map<number, PodState>();

  sandboxMade(pod: number): void {
    this.pods.set(pod, { passed: new Set(), isInitialised: false });
  }

  /** `container` is an init container or a regular one. */
  startAsked(pod: number, container: number, shape: InitShape): string | null {
    const { initCount, isSidecar, startsOver } = shape;
    if (startsOver && container === 0) this.sandboxMade(pod);
    const state = this.pods.get(pod);
    // A Pod that nothing was heard of has been initialised long ago.
    if (state === undefined || initCount === 0) return null;
    const isRegularInit = container < initCount && isSidecar[container] !== true;
    if (isRegularInit && (state.isInitialised || state.passed.has(container)))
      return `Pod ${pod}, init container ${container}: started again after its good end`;
    if (state.isInitialised) return null;
    for (let before = 0; before < Math.min(container, initCount); before++)
      if (!state.passed.has(before)) return `Pod ${pod}, container ${container}: started before init container ${before} had passed`;
    if (container >= initCount) state.isInitialised = true;
    return null;
  }

  /** A sidecar has started. */
  sidecarStarted(pod: number, container: number): void {
    this.pods.get(pod)?.passed.add(container);
  }

  exited(pod: number, container: number, exitCode: number, { initCount, isSidecar }: InitShape): void {
    if (container < initCount && isSidecar[container] !== true && exitCode === 0) this.pods.get(pod)?.passed.add(container);
  }

  forget(pod: number): void {
    this.pods.delete(pod);
  }
}
