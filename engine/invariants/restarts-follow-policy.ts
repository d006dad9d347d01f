/**
 * What has ended by itself starts again only as its own rules, its own policy or its Pod's say. What the kubelet
 * has killed it may start again: after a failed probe, unless the policy is Never.
 *
 * In a new sandbox a Pod begins anew, whatever ended in the last one. A Pod in which RestartAllContainers was asked for
 * isn't judged any more in its sandbox: what ended meanwhile starts as well.
 */
import type { RestartPolicy, RestartPolicyRule } from "../kubernetes/objects/pod.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const restartsFollowPolicyDefinition: InvariantDefinition = {
  name: "restarts-follow-policy",
  scope: "node",
  meaning: "a container that has ended by itself starts again only if its restart policy and rules say so",
};

/** Of one container. */
export interface RestartShape {
  /** Its own, or its Pod's. */
  readonly policy: RestartPolicy;
  readonly rules: readonly RestartPolicyRule[];
}

interface Instance {
  /** What the kubelet did to it. */
  killed: "no" | "forProbe" | "otherwise";
  /** Null: it runs. */
  exitCode: number | null;
}

interface PodState {
  /** Those that were killed or have ended, by container. */
  readonly instances: Map<number, Instance>;
  startsAllOver: boolean;
}

export class RestartsFollowPolicy {
  private readonly pods = new Map<number, PodState>();

  killed(pod: number, container: number, isForProbe: boolean): void {
    const instance = this.instanceOf(pod, container);
    if (instance.exitCode === null && instance.killed === "no") instance.killed = isForProbe ? "forProbe" : "otherwise";
  }

  exited(pod: number, container: number, exitCode: number, shape: RestartShape): void {
    this.instanceOf(pod, container).exitCode = exitCode;
    if (ruleFor(exitCode, shape)?.action === "RestartAllContainers") this.stateOf(pod).startsAllOver = true;
  }

  startAsked(pod: number, container: number, shape: RestartShape): string | null {
    const state = this.pods.get(pod);
    const instance = state?.instances.get(container);
    if (state === undefined || instance === undefined || state.startsAllOver) return null;
    const { exitCode, killed } = instance;
    const { policy } = shape;
    if (exitCode === null || mayStart(exitCode, killed, shape)) return null;
    return `Pod ${pod}, container ${container}: started again after exit code ${exitCode}, the policy is ${policy}`;
  }

  started(pod: number, container: number): void {
    this.pods.get(pod)?.instances.delete(container);
  }

  /** The Pod is gone, has a new sandbox, or its node lost its power: nobody knows what its containers came to. */
  forget(pod: number): void {
    this.pods.delete(pod);
  }

  private instanceOf(pod: number, container: number): Instance {
    const { instances } = this.stateOf(pod);
    let instance = instances.get(container);
    if (instance === undefined) {
      instance = { killed: "no", exitCode: null };
      instances.set(container, instance);
    }
    return instance;
  }

  private stateOf(pod: number): PodState {
    let state = this.pods.get(pod);
    if (state === undefined) {
      state = { instances: new Map(), startsAllOver: false };
      this.pods.set(pod, state);
    }
    return state;
  }
}

function mayStart(exitCode: number, killed: Instance["killed"], shape: RestartShape): boolean {
  if (killed === "otherwise" || ruleFor(exitCode, shape) !== undefined) return true;
  if (shape.policy === "Never") return false;
  return killed === "forProbe" || shape.policy === "Always" || exitCode !== 0;
}

function ruleFor(exitCode: number, { rules }: RestartShape): RestartPolicyRule | undefined {
  return rules.find(({ operator, values }) => (operator === "In" ? values.includes(exitCode) : !values.includes(exitCode)));
}
