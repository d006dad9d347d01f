/** The laws of the engine, each on one scenario: what is wrong in words, or null. */
import { SECOND } from "../../engine/kernel/time.ts";
import type { ControlResult } from "../../engine/result.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import type { Execute } from "./execute.ts";

/** Long enough for every undisturbed small scenario to come to rest: image pulls, start-up, back-offs of the scheduler. */
const warmUp = 600 * SECOND;

/** Invariants hold, and two shards give the bytes of one. */
export async function sameBytesOnTwoShards(spec: ScenarioSpec, execute: Execute): Promise<string | null> {
  const one = await execute(spec, 1);
  const [violation] = one.violations;
  if (violation !== undefined) return `invariant ${violation.invariant} violated at ${violation.time} µs: ${violation.message}`;
  const shards = Math.min(2, spec.nodes.length);
  const two = await execute(spec, shards);
  return one.bytes === two.bytes ? null : `${shards} shards give other bytes than 1: ${firstDifference(one.bytes, two.bytes)}`;
}

/** Settled, and rolled out from nothing long ago: the same Pods at rest. For scenarios in which nothing happens. */
export async function settledEqualsLongWarmUp(spec: ScenarioSpec, execute: Execute): Promise<string | null> {
  const settled = await execute({ ...spec, start: "settled" }, 1);
  const empty = await execute({ ...spec, start: "empty", duration: warmUp, load: [] }, 1);
  const [atOnce, afterwards] = [podsAtRest(settled.control), podsAtRest(empty.control)];
  return atOnce === afterwards ? null : `settled: ${atOnce}; rolled out from nothing: ${afterwards}`;
}

/** How many Pods of each workload are in which state: "w0 ready ×3, w1 pending ×1". */
function podsAtRest(control: ControlResult): string {
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

function firstDifference(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const around = (text: string): string => text.slice(Math.max(0, at - 60), at + 60);
  return `…${around(a)}… against …${around(b)}…`;
}
