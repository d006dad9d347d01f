/**
 * No container restarts earlier than its crash-loop back-off. The checker keeps its own copy of the
 * back-off entry of each container (kubelet `doBackOff`: 10 s doubling to the maximum, measured from the
 * end of the instance before; forgotten after 600 s).
 */
import { formatTime, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const backOffRespectedDefinition: InvariantDefinition = {
  name: "back-off-respected",
  scope: "node",
  meaning: "no container starts again before its crash-loop delay has passed since the last exit that the kubelet had seen",
};

export interface BackOffRule {
  readonly initial: Duration;
  readonly max: Duration;
  readonly reset: Duration;
  /** An entry this old is dropped, also during a wait. */
  readonly collectAfter: Duration;
}

interface Entry {
  delay: Duration;
  lastUpdate: VirtualTime;
}

export class BackOffRespected {
  private readonly entries = new Map<string, Entry>();
  private readonly rule: BackOffRule;

  constructor(rule: BackOffRule) {
    this.rule = rule;
  }

  /**
   * A container starts. `lastExit` is the end of the newest instance that had exited when the kubelet took
   * its snapshot (a probe kill and restart in one sync: the instance before the killed one), null if none.
   */
  containerStarted(pod: number, container: number, now: VirtualTime, lastExit: VirtualTime | null): string | null {
    if (lastExit === null) return null;
    const key = `${pod}/${container}`;
    const entry = this.entries.get(key);
    const { reset, collectAfter } = this.rule;
    const isForgotten = entry === undefined || lastExit - entry.lastUpdate > reset || now - entry.lastUpdate > collectAfter;
    if (isForgotten) {
      this.entries.set(key, { delay: this.rule.initial, lastUpdate: now });
      return null;
    }
    const required = entry.delay;
    entry.delay = Math.min(2 * entry.delay, this.rule.max);
    entry.lastUpdate = now;
    if (now - lastExit >= required) return null;
    return `Pod ${pod}, container ${container}: started ${formatTime(now - lastExit)} after its last exit, back-off is ${formatTime(required)}`;
  }

  /** The kubelet forgot everything (restart, node loss, another spec). */
  forget(pod: number): void {
    for (const key of this.entries.keys()) if (key.startsWith(`${pod}/`)) this.entries.delete(key);
  }
}
