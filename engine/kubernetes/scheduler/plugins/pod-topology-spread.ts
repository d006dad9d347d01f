/** Scores and limits of how Pods are spread over domains (pure). Source: plugins/podtopologyspread/{filtering,scoring,plugin}.go. */
import { log } from "../../../kernel/elementary.ts";

/** Of the constraints that every Pod of a controller or Service has without its own. */
export const HOSTNAME_KEY = "kubernetes.io/hostname";
export const ZONE_KEY = "topology.kubernetes.io/zone";
export const DEFAULT_HOSTNAME_SKEW = 3;
export const DEFAULT_ZONE_SKEW = 5;

/** Whether one more Pod (`own` 1: one that counts itself) may go to a domain that has `count`. */
export function isWithinSkew(count: number, own: number, least: number, maxSkew: number): boolean {
  return count + own - least <= maxSkew;
}

/** The fewest Pods of any domain; with fewer domains than asked for, 0. */
export function fewestPods(counts: Iterable<number>, domains: number, minDomains: number | null): number {
  if (domains < (minDomains ?? 1)) return 0;
  let least = Infinity;
  for (const count of counts) if (count < least) least = count;
  return least;
}

/** How much a Pod of a domain weighs: more where there are more domains. */
export function spreadWeight(domains: number): number {
  return log(domains + 2);
}

export function spreadShare(count: number, maxSkew: number, weight: number): number {
  return count * weight + (maxSkew - 1);
}

/** 0..100, the fewer the better; rounded sums of shares in. */
export function spreadScore(raw: number, least: number, most: number): number {
  return most === 0 ? 100 : Math.floor((100 * (most + least - raw)) / most);
}
