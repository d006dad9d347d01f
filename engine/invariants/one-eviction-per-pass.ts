/**
 * A kubelet whose node gets short evicts one Pod, waits for its end and its clean-up, and looks again: the next one may not be needed.
 * (All that exceed limits of their own go at once.) Source: pkg/kubelet/eviction/eviction_manager.go synchronize, waitForPodsCleanup.
 */
import { MILLISECOND, formatTime, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const oneEvictionPerPassDefinition: InvariantDefinition = {
  name: "one-eviction-per-pass",
  scope: "node",
  meaning: "a kubelet under pressure evicts the next Pod no sooner than one look at the clean-up after the Pod before has ended",
};

/** What a node makes up for after it stood still comes a few microseconds apart. */
const APART: Duration = MILLISECOND;

interface Evicted {
  readonly pod: number;
  /** Its eviction, later the last end of a container of it. */
  at: VirtualTime;
}

export class OneEvictionPerPass {
  /** By node: the last one. */
  private readonly last = new Map<number, Evicted>();

  /** For pressure; `poll`: until the clean-up is looked at first. */
  evicted(node: number, pod: number, now: VirtualTime, poll: Duration): string | null {
    const before = this.last.get(node);
    this.last.set(node, { pod, at: now });
    if (before === undefined || now + APART >= before.at + poll) return null;
    return `Pod ${pod}: evicted ${formatTime(now - before.at)} after Pod ${before.pod} of its node had ended or was evicted: in one pass`;
  }

  exited(node: number, pod: number, now: VirtualTime): void {
    const evicted = this.last.get(node);
    if (evicted?.pod === pod) evicted.at = now;
  }

  /** The next kubelet waits for nobody. */
  kubeletLost(node: number): void {
    this.last.delete(node);
  }
}
