/** Whoever writes a Pod's status: Succeeded and Failed are for ever. */
import { PodPhase, podPhaseNames } from "../kubernetes/objects/pod.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const phasesEndOnceDefinition: InvariantDefinition = {
  name: "phases-end-once",
  scope: "control",
  meaning: "a Pod that the API server knows as Succeeded or Failed stays so",
};

export function phasesEndOnce(pod: string, before: PodPhase, after: PodPhase): string | null {
  const isOver = before === PodPhase.Succeeded || before === PodPhase.Failed;
  return isOver && after !== before ? `${pod}: ${podPhaseNames[after]} after ${podPhaseNames[before]}` : null;
}
