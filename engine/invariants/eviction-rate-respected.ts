/** Lost nodes of one zone are given up one by one. Source: node_lifecycle_controller.go, RateLimitedTimedQueue. */
import { SECOND, formatTime, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const evictionRateRespectedDefinition: InvariantDefinition = {
  name: "eviction-rate-respected",
  scope: "control",
  meaning: "at most one node in so many seconds and zone gets its first NoExecute taint for not being ready",
};

/** Writes of one pass wait for each other. */
const tolerance: Duration = SECOND;

export class EvictionRateRespected {
  private readonly last = new Map<string, VirtualTime>();
  /** Between two nodes of a zone. */
  private readonly interval: Duration;

  constructor(interval: Duration) {
    this.interval = interval;
  }

  tainted(node: string, zone: string, now: VirtualTime): string | null {
    const before = this.last.get(zone);
    this.last.set(zone, now);
    if (before === undefined || now - before >= this.interval - tolerance) return null;
    return `${node}: tainted ${formatTime(now - before)} after another node of its zone, at least ${formatTime(this.interval)} apart are allowed`;
  }
}
