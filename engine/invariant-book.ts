/** Holds the invariants that a run asked for against what happens on one shard, and keeps the breaches. */
import { BackOffRespected, backOffRespectedDefinition } from "./invariants/back-off-respected.ts";
import { violationsKept } from "./invariants/invariant.ts";
import { MaxSurgeRespected, maxSurgeRespectedDefinition } from "./invariants/max-surge-respected.ts";
import type { VirtualTime } from "./kernel/time.ts";
import type { ControlPlane } from "./kubernetes/control-plane.ts";
import type { KubeletObserver } from "./kubernetes/kubelet/node-context.ts";
import { scaledValue } from "./kubernetes/objects/int-or-string.ts";
import type { Violation } from "./result.ts";
import type { ScenarioSpec } from "./scenario-spec.ts";
import type { SpecTables } from "./spec-tables.ts";

export class InvariantBook {
  readonly violations: Violation[] = [];
  readonly kubeletObserver: KubeletObserver | null;
  private readonly spec: ScenarioSpec;
  private readonly tables: SpecTables;

  constructor(spec: ScenarioSpec, tables: SpecTables) {
    this.spec = spec;
    this.tables = tables;
    this.kubeletObserver = this.isAsked(backOffRespectedDefinition.name) ? this.backOff() : null;
  }

  /** Shard 0: what the store sees. */
  watch(control: ControlPlane): void {
    if (!this.isAsked(maxSurgeRespectedDefinition.name)) return;
    const check = new MaxSurgeRespected();
    const { workloads } = this.tables;
    const bound = (workload: number, now: VirtualTime): void => {
      const { namespace, name } = workloads.workload(workload);
      const deployment = control.store.findDeployment(namespace, name);
      if (deployment === undefined) return;
      const { replicas, strategy } = deployment.spec;
      const surge = strategy.type === "Recreate" ? 0 : (scaledValue(strategy.maxSurge, replicas, true) ?? 0);
      check.deploymentChanged(workload, replicas + surge, now);
    };
    for (const { workload } of control.view.deployments()) bound(workload, 0);
    control.apiServer.observer = {
      deploymentChanged: (workload, now) => bound(workload, now),
      podChanged: (before, after, now) => {
        if (before !== undefined || after === null || workloads.workload(after.workload).kind !== "Deployment") return;
        const breach = check.podCreated(after.workload, control.view.activePods(after.workload), now);
        if (breach !== null) this.note(maxSurgeRespectedDefinition.name, now, `${workloads.label(after.workload)}: ${breach}`);
      },
    };
  }

  private backOff(): KubeletObserver {
    const { crashBackoffInitial, crashBackoffMax, crashBackoffReset } = this.spec.settings;
    const check = new BackOffRespected({ initial: Math.min(crashBackoffInitial, crashBackoffMax), max: crashBackoffMax, reset: crashBackoffReset });
    return {
      containerStarted: ({ pod, container, at, lastExit }) => {
        const breach = check.containerStarted(pod, container, at, lastExit);
        if (breach !== null) this.note(backOffRespectedDefinition.name, at, breach);
      },
      backOffForgotten: (pod) => check.forget(pod),
    };
  }

  private isAsked(name: string): boolean {
    return this.spec.invariants.includes(name);
  }

  private note(invariant: string, time: VirtualTime, message: string): void {
    const known = this.violations.reduce((count, violation) => count + (violation.invariant === invariant ? 1 : 0), 0);
    if (known < violationsKept) this.violations.push({ invariant, time, message });
  }
}
