/**
 * Exponential back-off of container starts and image pulls (client-go util/flowcontrol/backoff.go): one
 * entry per container or image, in the kubelet's memory.
 *
 *   no entry ──start──▶ initial ──start──▶ 2 × ──…──▶ max        each start (or failed pull) moves on
 *       ▲                  │ event more than `reset` after the entry's last move: back to initial
 *       └──── garbage collection: an entry not moved for `collectAfter` is dropped at the next housekeeping
 */
import { SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { Settings } from "../../settings.ts";
import type { Versions } from "../versions.ts";

export interface BackOffEntry {
  readonly delay: Duration;
  readonly lastUpdate: VirtualTime;
}

export interface BackOffRule {
  readonly initial: Duration;
  readonly max: Duration;
  /** An event this long after the entry's last move starts over. */
  readonly reset: Duration;
}

/** Delays between restarts of a container (kubelet.go `newCrashLoopBackOff`). A cap below the first delay is the first delay. */
export function crashBackOffRule(settings: Settings, versions: Pick<Versions, "backOffResetIsFixed">): BackOffRule {
  const isReduced = settings.crashBackoffReduced !== 0;
  const max = isReduced ? Math.min(settings.crashBackoffMax, REDUCED_MAX) : settings.crashBackoffMax;
  const initial = Math.min(isReduced ? REDUCED_INITIAL : settings.crashBackoffInitial, max);
  return { initial, max, reset: versions.backOffResetIsFixed ? settings.crashBackoffReset : 2 * max };
}

/** Of the gate ReduceDefaultCrashLoopBackOffDecay. */
const REDUCED_INITIAL = SECOND;
const REDUCED_MAX = 60 * SECOND;

/** Delays between pulls of an image. */
export function imageBackOffRule(settings: Settings, versions: Pick<Versions, "backOffResetIsFixed">): BackOffRule {
  const max = settings.imageBackoffMax;
  return { initial: settings.imageBackoffInitial, max, reset: versions.backOffResetIsFixed ? settings.imageBackoffExpiry : 2 * max };
}

/** The entry as it stands now: null once garbage collection has dropped it. `housekeeping` is the grid on which it runs. */
export function collected(
  entry: BackOffEntry | null,
  now: VirtualTime,
  collectAfter: Duration,
  housekeeping: { anchor: VirtualTime; period: Duration },
): BackOffEntry | null {
  if (entry === null || now - entry.lastUpdate <= collectAfter) return entry;
  const period = Math.max(1, housekeeping.period);
  // Dropped by the first pass that finds it older than `collectAfter`.
  const firstPass = Math.floor((entry.lastUpdate + collectAfter - housekeeping.anchor) / period) * period + period + housekeeping.anchor;
  return firstPass <= now ? null : entry;
}

/** When the wait that began at `event` (the end of the last instance, the last failed pull) is over; -Infinity: no wait. */
export function waitUntil(entry: BackOffEntry | null, event: VirtualTime, rule: BackOffRule): VirtualTime {
  return entry === null || isExpired(entry, event, rule) ? -Infinity : event + entry.delay;
}

/** The entry after a start or a failed pull at `now`. */
export function advanced(entry: BackOffEntry | null, event: VirtualTime, now: VirtualTime, rule: BackOffRule): BackOffEntry {
  const delay = entry === null || isExpired(entry, event, rule) ? rule.initial : Math.min(2 * entry.delay, rule.max);
  return { delay, lastUpdate: now };
}

function isExpired(entry: BackOffEntry, event: VirtualTime, rule: BackOffRule): boolean {
  return event - entry.lastUpdate > rule.reset;
}
