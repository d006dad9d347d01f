/** Holds the invariants that a run asked for against what happens on one shard, and keeps the breaches. */
import { BackOffRespected, backOffRespectedDefinition } from "./invariants/back-off-respected.ts";
import { kubeletRules } from "./invariants/index.ts";
import { violationsKept } from "./invariants/invariant.ts";
import { MaxSurgeRespected, maxSurgeRespectedDefinition } from "./invariants/max-surge-respected.ts";
import type { VirtualTime } from "./kernel/time.ts";
import { KubeletRules } from "./kubelet-rules.ts";
import type { PodRecord } from "./kubernetes/api-server/pod-record.ts";
import type { ControlPlane } from "./kubernetes/control-plane.ts";
import { crashBackOffRule } from "./kubernetes/kubelet/back-off.ts";
import type { KubeletObserver } from "./kubernetes/kubelet/node-context.ts";
import { scaledValue } from "./kubernetes/objects/int-or-string.ts";
import { newestVersions, versionsOf } from "./kubernetes/versions.ts";
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
    this.kubeletObserver = kubeletRules.some(({ name }) => this.isAsked(name))
      ? this.rules()
      : this.isAsked(backOffRespectedDefinition.name)
        ? this.backOff()
        : null;
  }

  /** Shard 0: what the store sees. */
  watch(control: ControlPlane): void {
    if (!this.isAsked(maxSurgeRespectedDefinition.name)) return;
    const check = new MaxSurgeRespected();
    const { workloads } = this.tables;
    const { store } = control;
    const ring = (workload: number, now: VirtualTime, breach: string | null): void => {
      if (breach !== null) this.note(maxSurgeRespectedDefinition.name, now, `${workloads.label(workload)}: ${breach}`);
    };
    const deploymentChanged = (workload: number, now: VirtualTime): void => {
      const { namespace, name } = workloads.workload(workload);
      const deployment = store.findDeployment(namespace, name);
      if (deployment === undefined) return;
      const { replicas, strategy } = deployment.spec;
      const surge = strategy.type === "Recreate" ? 0 : (scaledValue(strategy.maxSurge, replicas, true) ?? 0);
      check.deploymentChanged(workload, replicas + surge, now);
    };
    const replicaSetChanged = (id: number, now: VirtualTime): void => {
      const replicaSet = store.replicaSets.get(id);
      if (replicaSet === undefined || replicaSet.owner < 0) return;
      let total = 0;
      for (const { owner, replicas } of store.replicaSets.values()) if (owner === replicaSet.owner) total += replicas;
      ring(replicaSet.workload, now, check.replicaSetChanged(replicaSet.workload, id, replicaSet.replicas, total, now));
    };
    const active = new Map<number, number>();
    const count = (pod: PodRecord, by: number): void => {
      if (control.view.isActive(pod)) active.set(pod.owner, (active.get(pod.owner) ?? 0) + by);
    };
    for (const pod of control.view.pods()) count(pod, 1);
    for (const { workload } of control.view.deployments()) deploymentChanged(workload, 0);
    for (const id of store.replicaSets.keys()) replicaSetChanged(id, 0);
    control.apiServer.observer = {
      deploymentChanged,
      replicaSetChanged,
      podChanged: (before, after, now) => {
        if (before !== undefined) count(before, -1);
        if (after === null) return;
        count(after, 1);
        if (before === undefined && after.owner >= 0)
          ring(after.workload, now, check.podCreated(after.owner, active.get(after.owner)!, now));
      },
    };
  }

  private rules(): KubeletObserver {
    const { settings, kubernetesVersion } = this.spec;
    return new KubeletRules({
      settings,
      versions: versionsOf(kubernetesVersion) ?? newestVersions,
      withoutProbes: true,
      onlyNew: true,
      ring: (rule, now, message) => {
        if (this.isAsked(rule)) this.note(rule, now, message);
      },
    });
  }

  private backOff(): KubeletObserver {
    const { settings, kubernetesVersion } = this.spec;
    const rule = crashBackOffRule(settings, versionsOf(kubernetesVersion) ?? newestVersions);
    const check = new BackOffRespected({ ...rule, collectAfter: settings.crashBackoffGC });
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
