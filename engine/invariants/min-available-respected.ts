/** A rolling update takes no more available Pods away than it may; what gets unavailable by itself isn't its doing. */
import type { VirtualTime } from "../kernel/time.ts";
import { Highest, Recent, usualLag, type Lag } from "./recent.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const minAvailableRespectedDefinition: InvariantDefinition = {
  name: "min-available-respected",
  scope: "control",
  meaning:
    "no step of a rolling update leaves fewer available Pods than replicas - maxUnavailable, but for those that were lost in other ways",
};

export class MinAvailableRespected {
  /** What must stay, negated: the lowest of late applies. */
  private readonly floors: Highest;
  private readonly losses: Recent<number>;

  constructor(terms: Lag = usualLag) {
    this.floors = new Highest(terms);
    this.losses = new Recent(terms);
  }

  /** `floor` = replicas - maxUnavailable. */
  deploymentChanged(workload: number, floor: number, now: VirtualTime): void {
    this.floors.set(workload, -floor, now);
  }

  /** A Pod got unavailable, and not because its ReplicaSet has too many. */
  podLost(workload: number, now: VirtualTime): void {
    this.losses.note(workload, now);
  }

  /** A step: available Pods that the ReplicaSets' sizes leave, before and after it. */
  scaledDown(workload: number, before: number, after: number, now: VirtualTime): string | null {
    if (after >= before) return null;
    const floor = -this.floors.within(workload, now);
    const lost = this.losses.count(workload, now);
    return after + lost >= floor
      ? null
      : `a step of the rollout leaves ${after} available Pods, ${floor} must stay (${lost} were lost otherwise)`;
  }
}
