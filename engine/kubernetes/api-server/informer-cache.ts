/**
 * What all controllers together know: the newest version of each object that the watch has brought,
 * and indexes over it. As in kube-controller-manager there is one such cache, not one per controller.
 */
import { assert, unreachable } from "../../kernel/assert.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { NodeRecord } from "../objects/node.ts";
import type { PodId, PodRecord } from "./pod-record.ts";
import type { DeploymentId, DeploymentRecord, EndpointSliceRecord, ReplicaSetId, ReplicaSetRecord, ServiceRecord } from "./records.ts";
import type { WatchChange } from "./requests.ts";

/** Called right after the cache took a change in; each method is optional. `undefined`: not there. */
export interface CacheListener {
  podChanged?(before: PodRecord | undefined, after: PodRecord | undefined): void;
  replicaSetChanged?(before: ReplicaSetRecord | undefined, after: ReplicaSetRecord | undefined): void;
  deploymentChanged?(before: DeploymentRecord | undefined, after: DeploymentRecord | undefined): void;
  serviceChanged?(index: number, after: ServiceRecord | undefined): void;
  nodeChanged?(before: NodeRecord, after: NodeRecord): void;
  endpointSliceChanged?(service: number): void;
}

const nobody: ReadonlySet<PodId> = new Set();

export class InformerCache {
  readonly pods: (PodRecord | undefined)[] = [];
  readonly replicaSets: Map<ReplicaSetId, ReplicaSetRecord> = new Map();
  readonly deployments: Map<DeploymentId, DeploymentRecord> = new Map();
  readonly services: (ServiceRecord | undefined)[] = [];
  readonly nodes: NodeRecord[];
  /** Of each Service, by the slice's number. */
  readonly slices: Map<number, EndpointSliceRecord>[] = [];
  /** renewTime of each node's lease, as last seen. */
  readonly leases: Float64Array;
  private readonly ofReplicaSet = new Map<ReplicaSetId, Set<PodId>>();
  private readonly onNode: Set<PodId>[];
  private readonly ofDeployment = new Map<DeploymentId, Set<ReplicaSetId>>();
  private readonly listeners: CacheListener[] = [];

  constructor(nodes: readonly NodeRecord[]) {
    this.nodes = [...nodes];
    this.leases = new Float64Array(nodes.length);
    this.onNode = nodes.map(() => new Set<PodId>());
  }

  listen(listener: CacheListener): void {
    this.listeners.push(listener);
  }

  /** Pods of a ReplicaSet in the order in which they became known. */
  podsOf(replicaSet: ReplicaSetId): PodRecord[] {
    return this.records(this.ofReplicaSet.get(replicaSet) ?? nobody);
  }

  podsOn(node: number): PodRecord[] {
    return this.records(this.onNode[node] ?? nobody);
  }

  replicaSetsOf(deployment: DeploymentId): ReplicaSetRecord[] {
    const found: ReplicaSetRecord[] = [];
    for (const id of this.ofDeployment.get(deployment) ?? []) {
      const replicaSet = this.replicaSets.get(id);
      if (replicaSet !== undefined) found.push(replicaSet);
    }
    return found;
  }

  slicesOf(service: number): Map<number, EndpointSliceRecord> {
    return (this.slices[service] ??= new Map());
  }

  take(change: WatchChange): void {
    switch (change.type) {
      case "pod":
        this.takePod(change.id, change.record ?? undefined);
        return;
      case "replicaSet":
        this.takeReplicaSet(change.id, change.record ?? undefined);
        return;
      case "deployment":
        this.takeDeployment(change.id, change.record ?? undefined);
        return;
      case "service":
        this.services[change.id] = change.record ?? undefined;
        for (const listener of this.listeners) listener.serviceChanged?.(change.id, change.record ?? undefined);
        return;
      case "node":
        this.takeNode(change.record);
        return;
      case "endpointSlice":
        if (change.record === null) this.slicesOf(change.service).delete(change.id);
        else this.slicesOf(change.service).set(change.id, change.record);
        for (const listener of this.listeners) listener.endpointSliceChanged?.(change.service);
        return;
      case "lease":
        this.leases[change.id] = change.renewTime;
        return;
      default:
        unreachable(change);
    }
  }

  /** Fills in what was there long before t = 0: indexes only, nobody is told. */
  adoptPod(pod: PodRecord): void {
    this.pods[pod.id] = pod;
    this.index(pod);
  }

  adoptReplicaSet(replicaSet: ReplicaSetRecord): void {
    this.replicaSets.set(replicaSet.id, replicaSet);
    this.indexReplicaSet(replicaSet);
  }

  adoptLeases(renewTime: VirtualTime): void {
    this.leases.fill(renewTime);
  }

  private takePod(id: PodId, after: PodRecord | undefined): void {
    const before = this.pods[id];
    this.pods[id] = after;
    if (before !== undefined && (after === undefined || after.node !== before.node || after.owner !== before.owner))
      this.unindex(before, after === undefined);
    if (after !== undefined && (before === undefined || after.node !== before.node || after.owner !== before.owner)) this.index(after);
    for (const listener of this.listeners) listener.podChanged?.(before, after);
  }

  private takeReplicaSet(id: ReplicaSetId, after: ReplicaSetRecord | undefined): void {
    const before = this.replicaSets.get(id);
    if (after === undefined) {
      this.replicaSets.delete(id);
      if (before !== undefined) this.ofDeployment.get(before.owner)?.delete(id);
    } else {
      this.replicaSets.set(id, after);
      if (before === undefined) this.indexReplicaSet(after);
    }
    for (const listener of this.listeners) listener.replicaSetChanged?.(before, after);
  }

  private takeDeployment(id: DeploymentId, after: DeploymentRecord | undefined): void {
    const before = this.deployments.get(id);
    if (after === undefined) this.deployments.delete(id);
    else this.deployments.set(id, after);
    for (const listener of this.listeners) listener.deploymentChanged?.(before, after);
  }

  private takeNode(after: NodeRecord): void {
    const before = this.nodes[after.index];
    assert(before !== undefined, `a node that the run doesn't know: ${after.index}`);
    this.nodes[after.index] = after;
    for (const listener of this.listeners) listener.nodeChanged?.(before, after);
  }

  private index(pod: PodRecord): void {
    if (pod.owner >= 0) {
      const pods = this.ofReplicaSet.get(pod.owner);
      if (pods === undefined) this.ofReplicaSet.set(pod.owner, new Set([pod.id]));
      else pods.add(pod.id);
    }
    if (pod.node >= 0) this.onNode[pod.node]?.add(pod.id);
  }

  private unindex(pod: PodRecord, isGone: boolean): void {
    if (isGone) this.ofReplicaSet.get(pod.owner)?.delete(pod.id);
    if (pod.node >= 0) this.onNode[pod.node]?.delete(pod.id);
  }

  private indexReplicaSet(replicaSet: ReplicaSetRecord): void {
    if (replicaSet.owner < 0) return;
    const known = this.ofDeployment.get(replicaSet.owner);
    if (known === undefined) this.ofDeployment.set(replicaSet.owner, new Set([replicaSet.id]));
    else known.add(replicaSet.id);
  }

  private records(ids: ReadonlySet<PodId>): PodRecord[] {
    const records: PodRecord[] = [];
    for (const id of ids) {
      const pod = this.pods[id];
      if (pod !== undefined) records.push(pod);
    }
    return records;
  }
}
