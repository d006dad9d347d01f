/**
 * No container restarts earlier than its crash-loop back-off, and none is held back any longer. The checker keeps its
 * own copy of the back-off entry of each container (kubelet `doBackOff`: 10 s doubling to the maximum, measured from
 * the end of the instance before; forgotten after 600 s).
 */
import { formatTime, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const backOffRespectedDefinition: InvariantDefinition = {
  name: "back-off-respected",
  scope: "node",
  meaning:
    "no container starts again before its crash-loop delay has passed since the last exit that the kubelet had seen, or waits for longer than that",
};

export interface BackOffRule {
  readonly initial: Duration;
  readonly max: Duration;
  readonly reset: Duration;
  /** An entry this old is dropped, also during a wait. */
  readonly collectAfter: Duration;
}

interface Entry {
  /** The least that is asked for. */
  delay: Duration;
  /** The most: the kubelet drops old entries a little later than at once. */
  most: Duration;
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
   * `waited`: the delay that the kubelet says was in force; 0: none.
   */
  containerStarted(pod: number, container: number, now: VirtualTime, lastExit: VirtualTime | null, waited: Duration = 0): string | null {
    if (lastExit === null) return null;
    const key = `${pod}/${container}`;
    const entry = this.entries.get(key);
    const most = this.longest(entry, lastExit);
    const { initial, max, reset, collectAfter } = this.rule;
    const isReset = entry === undefined || lastExit - entry.lastUpdate > reset;
    const next = isReset ? initial : Math.min(2 * entry.most, max);
    const isForgotten = isReset || now - entry.lastUpdate > collectAfter;
    const required = isForgotten ? 0 : entry.delay;
    const delay = isForgotten ? initial : Math.min(2 * entry.delay, max);
    this.entries.set(key, { delay, most: next, lastUpdate: now });
    const label = `Pod ${pod}, container ${container}:`;
    if (waited > most) return `${label} held back for ${formatTime(waited)}, back-off is ${formatTime(most)}`;
    if (now - lastExit >= required) return null;
    return `${label} started ${formatTime(now - lastExit)} after its last exit, back-off is ${formatTime(required)}`;
  }

  /** The kubelet lets it wait. */
  containerWaits(pod: number, container: number, now: VirtualTime, lastExit: VirtualTime): string | null {
    const most = this.longest(this.entries.get(`${pod}/${container}`), lastExit);
    if (now - lastExit < most) return null;
    return `Pod ${pod}, container ${container}: waits ${formatTime(now - lastExit)} after its last exit, back-off is ${formatTime(most)}`;
  }

  /** The kubelet forgot everything (restart, node loss), or all of one container (another image). */
  forget(pod: number, container?: number): void {
    if (container !== undefined) return void this.entries.delete(`${pod}/${container}`);
    for (const key of this.entries.keys()) if (key.startsWith(`${pod}/`)) this.entries.delete(key);
  }

  /** Of what nothing is known the cap is. */
  private longest(entry: Entry | undefined, lastExit: VirtualTime): Duration {
    if (entry === undefined) return this.rule.max;
    return lastExit - entry.lastUpdate > this.rule.reset ? 0 : entry.most;
  }
}
