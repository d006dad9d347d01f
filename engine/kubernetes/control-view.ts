/** Read-only questions to the store, for invariants, faults and reports. Shard 0 only. */
import type { VirtualTime } from "../kernel/time.ts";
import type { PodId, PodRecord } from "./api-server/pod-record.ts";
import { isActive, isDeleting, isReady, isTerminal, type Store } from "./api-server/store.ts";
import { scaledValue } from "./objects/int-or-string.ts";
import type { NodeRecord } from "./objects/node.ts";

export interface DeploymentView {
  readonly id: number;
  readonly workload: number;
  /** `default/web` */
  readonly label: string;
  readonly desired: number;
  /** Pods that the rollout may have beyond `desired`. */
  readonly maxSurge: number;
  /** Pods that are neither ended nor being deleted. */
  readonly activePods: number;
  readonly readyPods: number;
  /** Sum of spec.replicas over its ReplicaSets: within desired + maxSurge at any time of a rollout. Pods may lag behind it. */
  readonly specReplicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

export class ControlView {
  private readonly store: Store;
  private readonly isQuiet: (now: VirtualTime) => boolean;

  /** `isQuiet`: no request, key or watch of the control plane is pending. */
  constructor(store: Store, isQuiet: (now: VirtualTime) => boolean) {
    this.store = store;
    this.isQuiet = isQuiet;
  }

  /** In the order of creation. */
  deployments(): DeploymentView[] {
    return [...this.store.deployments.values()].map(({ id, workload, spec, status }) => ({
      id,
      workload,
      label: this.store.workloads.label(workload),
      desired: spec.replicas,
      maxSurge: spec.strategy.type === "Recreate" ? 0 : (scaledValue(spec.strategy.maxSurge, spec.replicas, true) ?? 0),
      activePods: this.activePods(workload),
      readyPods: this.readyPods(workload),
      specReplicas: this.store.specReplicas[workload] ?? 0,
      updatedReplicas: status.updatedReplicas,
      readyReplicas: status.readyReplicas,
      availableReplicas: status.availableReplicas,
    }));
  }

  activePods(workload: number): number {
    return this.store.activePods[workload] ?? 0;
  }

  readyPods(workload: number): number {
    return this.store.readyPods[workload] ?? 0;
  }

  pod(id: PodId): PodRecord | undefined {
    return this.store.pods[id];
  }

  podName(pod: PodRecord): string {
    return this.store.podName(pod);
  }

  /** Objects that exist, by number. */
  pods(): PodRecord[] {
    return this.store.pods.filter((pod) => pod !== undefined);
  }

  node(index: number): NodeRecord | undefined {
    return this.store.nodes[index];
  }

  isActive(pod: PodRecord): boolean {
    return isActive(pod);
  }

  isReady(pod: PodRecord): boolean {
    return isReady(pod);
  }

  isDeleting(pod: PodRecord): boolean {
    return isDeleting(pod);
  }

  isTerminal(pod: PodRecord): boolean {
    return isTerminal(pod);
  }

  /** Nothing of the control plane is under way. */
  atRest(now: VirtualTime): boolean {
    return this.isQuiet(now);
  }
}
