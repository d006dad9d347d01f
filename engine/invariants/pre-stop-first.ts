/**
 * A container with a preStop hook gets its signal after the hook: when it has ended, well or not, or when the grace
 * is over. Each kubelet runs the hook anew; with no grace there is none.
 */
import { SECOND, formatTime, type VirtualTime } from "../kernel/time.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const preStopFirstDefinition: InvariantDefinition = {
  name: "pre-stop-first",
  scope: "node",
  meaning: "a container with a preStop hook gets its signal only once the hook has ended, or its grace is over",
};

interface Hook {
  readonly began: VirtualTime;
  hasEnded: boolean;
}

export class PreStopFirst {
  /** Pod → container, of those whose hook has been run. */
  private readonly hooks = new Map<number, Map<number, Hook>>();

  hookBegins(pod: number, container: number, now: VirtualTime): void {
    const known = this.hooks.get(pod);
    const hook = { began: now, hasEnded: false };
    if (known === undefined) this.hooks.set(pod, new Map([[container, hook]]));
    else known.set(container, hook);
  }

  hookEnded(pod: number, container: number): void {
    const hook = this.hooks.get(pod)?.get(container);
    if (hook !== undefined) hook.hasEnded = true;
  }

  /** The container has a hook, and `grace` seconds at least for everything. */
  signalled(pod: number, container: number, now: VirtualTime, grace: number): string | null {
    if (grace === 0) return null;
    const hook = this.hooks.get(pod)?.get(container);
    if (hook === undefined) return `Pod ${pod}, container ${container}: a signal without its preStop hook`;
    if (hook.hasEnded || now - hook.began >= grace * SECOND) return null;
    return `Pod ${pod}, container ${container}: a signal ${formatTime(now - hook.began)} into its preStop hook, the grace is ${grace} s`;
  }

  /** Another instance, whose hook hasn't been run. */
  started(pod: number, container: number): void {
    this.hooks.get(pod)?.delete(container);
  }

  /** The Pod is gone, or another kubelet begins every end anew. */
  forget(pod: number): void {
    this.hooks.delete(pod);
  }
}
