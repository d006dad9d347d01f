/** What the laws of the engine compare: two shards and one, the settled start and a long warm-up. */
import { SECOND, type Duration } from "../../engine/kernel/time.ts";
import type { ControlResult } from "../../engine/result.ts";

/** Long enough for every undisturbed small scenario to come to rest: image pulls, start-up, back-offs of the scheduler. */
export const restingTime: Duration = 600 * SECOND;

/** How many Pods of each workload are in which state: "w0 ready ×3, w1 pending ×1". */
export function podsAtRest(control: ControlResult): string {
  const counts = new Map<string, number>();
  for (const pod of control.pods) {
    if (pod.isGone) continue;
    const state = pod.isDeleting ? "terminating" : pod.isReady ? "ready" : pod.node === -1 ? "pending" : "not ready";
    const key = `w${pod.workload} ${state}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, count]) => `${key} ×${count}`)
    .join(", ");
}

/** Some text around it, of both. */
export function firstDifference(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const around = (text: string): string => text.slice(Math.max(0, at - 60), at + 60);
  return `…${around(a)}… against …${around(b)}…`;
}
