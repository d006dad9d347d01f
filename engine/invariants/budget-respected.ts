/** An eviction is granted only as long as enough healthy Pods stay. What is lost in other ways the budget can't keep. */
import type { VirtualTime } from "../kernel/time.ts";
import { Recent, usualLag, type Lag } from "./recent.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const budgetRespectedDefinition: InvariantDefinition = {
  name: "budget-respected",
  scope: "control",
  meaning: "the eviction API never leaves a budget fewer healthy Pods than it desires, but for those that were lost in other ways",
};

export class BudgetRespected {
  /** By kind of Pod (workload and template): how many are Ready, not being deleted and not granted to an eviction. */
  private readonly healthy = new Map<string, number>();
  private readonly losses: Recent<string>;
  private readonly granted = new Set<number>();

  constructor(terms: Lag = usualLag) {
    this.losses = new Recent(terms);
  }

  podChanged(pod: number, kind: string, wasHealthy: boolean, isHealthy: boolean, now: VirtualTime): void {
    if (wasHealthy === isHealthy) return;
    // It was taken from the count with the grant.
    if (this.granted.has(pod)) {
      if (isHealthy) this.granted.delete(pod);
      else return;
    }
    this.healthy.set(kind, (this.healthy.get(kind) ?? 0) + (isHealthy ? 1 : -1));
    if (!isHealthy) this.losses.note(kind, now);
  }

  podRemoved(pod: number): void {
    this.granted.delete(pod);
  }

  /** One disruption is taken from the budget's status; `kinds`: all that it selects. `kind` undefined: the Pod has gone. */
  evictionGranted(
    label: string,
    pod: { readonly id: number; readonly kind: string; readonly isHealthy: boolean } | undefined,
    kinds: readonly string[],
    desiredHealthy: number,
    disruptionsAllowed: number,
    now: VirtualTime,
  ): string | null {
    if (disruptionsAllowed < 0) return `${label}: ${disruptionsAllowed} disruptions allowed`;
    if (pod !== undefined && pod.isHealthy && !this.granted.has(pod.id)) {
      this.granted.add(pod.id);
      this.healthy.set(pod.kind, (this.healthy.get(pod.kind) ?? 0) - 1);
    }
    let [healthy, lost] = [0, 0];
    for (const kind of kinds) {
      healthy += this.healthy.get(kind) ?? 0;
      lost += this.losses.count(kind, now);
    }
    return healthy + lost >= desiredHealthy
      ? null
      : `${label}: an eviction leaves ${healthy} healthy Pods, ${desiredHealthy} are desired (${lost} were lost otherwise)`;
  }
}
