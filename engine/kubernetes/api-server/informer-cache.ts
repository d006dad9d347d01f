/**
 * What all controllers together know: the newest version of each object that the watch has brought,
 * and indexes over it. As in kube-controller-manager there is one such cache, not one per controller.
 */
import { assert, unreachable } from "../../kernel/assert.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { TemplateId } from "../objects/definitions.ts";
import type { NodeRecord } from "../objects/node.ts";
import { ofKind, type ObjectId, type ObjectKind, type ObjectRecord } from "./object-record.ts";
import type { PodId, PodRecord } from "./pod-record.ts";
import type {
  DeploymentId,
  DeploymentRecord,
  EndpointsRecord,
  EndpointSliceRecord,
  ReplicaSetId,
  ReplicaSetRecord,
  ServiceRecord,
} from "./records.ts";
import type { WatchChange } from "./requests.ts";

/** Called right after the cache took a change in; each method is optional. `undefined`: not there. */
export interface CacheListener {
  podChanged?(before: PodRecord | undefined, after: PodRecord | undefined): void;
  replicaSetChanged?(before: ReplicaSetRecord | undefined, after: ReplicaSetRecord | undefined): void;
  deploymentChanged?(before: DeploymentRecord | undefined, after: DeploymentRecord | undefined): void;
  serviceChanged?(index: number, after: ServiceRecord | undefined): void;
  nodeChanged?(before: NodeRecord, after: NodeRecord): void;
  endpointSliceChanged?(service: number): void;
  /** An object of object-record.ts. */
  objectChanged?(before: ObjectRecord | undefined, after: ObjectRecord | undefined): void;
}

const nobody: ReadonlySet<PodId> = new Set();

/** Pods without an owner that no selector can tell apart. */
export interface OrphanGroup {
  readonly workload: number;
  readonly template: TemplateId;
  readonly pods: Set<PodId>;
}

export class InformerCache {
  readonly pods: (PodRecord | undefined)[] = [];
  readonly replicaSets: Map<ReplicaSetId, ReplicaSetRecord> = new Map();
  readonly deployments: Map<DeploymentId, DeploymentRecord> = new Map();
  readonly services: (ServiceRecord | undefined)[] = [];
  /** Every object of another kind (object-record.ts). */
  readonly objects: Map<ObjectId, ObjectRecord> = new Map();
  readonly nodes: NodeRecord[];
  /** Nodes whose object is gone, or not there yet. */
  absentNodes = 0;
  /** Of each Service, by the slice's number. */
  readonly slices: Map<number, EndpointSliceRecord>[] = [];
  /** By number of the Service. */
  readonly endpoints: Map<number, EndpointsRecord> = new Map();
  /** renewTime of each node's lease, as last seen. */
  readonly leases: Float64Array;
  private readonly ofOwner = new Map<ObjectId, Set<PodId>>();
  private readonly idsOfKind = new Map<ObjectKind, Set<ObjectId>>();
  /** Objects by their controlling owner among the objects of this table. */
  private readonly owned = new Map<ObjectId, Set<ObjectId>>();
  private readonly onNode: Set<PodId>[];
  /** Pods without an owner, by workload and template: those of one entry have the same labels. */
  private readonly withoutOwner = new Map<string, OrphanGroup>();
  private readonly groups: OrphanGroup[] = [];
  private readonly ofDeployment = new Map<DeploymentId, Set<ReplicaSetId>>();
  private readonly listeners: CacheListener[] = [];
  private readonly podListeners: CacheListener[] = [];

  constructor(nodes: readonly NodeRecord[]) {
    this.nodes = [...nodes];
    this.absentNodes = nodes.filter(isAbsent).length;
    this.leases = new Float64Array(nodes.length);
    this.onNode = nodes.map(() => new Set<PodId>());
  }

  listen(listener: CacheListener): void {
    this.listeners.push(listener);
    if (listener.podChanged !== undefined) this.podListeners.push(listener);
  }

  /** Pods of a controller (a ReplicaSet or any other object) in the order in which they became known. */
  podsOf(owner: ObjectId): PodRecord[] {
    return this.records(this.ofOwner.get(owner) ?? nobody);
  }

  /** In the order in which they became known; a group may be empty by now, but never goes. */
  get orphanGroups(): readonly OrphanGroup[] {
    return this.groups;
  }

  /** Whether a Pod's owner is there. */
  hasOwner(owner: ObjectId): boolean {
    return this.replicaSets.has(owner) || this.objects.has(owner);
  }

  object<K extends ObjectKind>(kind: K, id: ObjectId): ObjectRecord<K> | undefined {
    return ofKind(this.objects.get(id), kind);
  }

  /** In the order in which they became known. */
  objectsOfKind<K extends ObjectKind>(kind: K): ObjectRecord<K>[] {
    const found: ObjectRecord<K>[] = [];
    for (const id of this.idsOfKind.get(kind) ?? []) {
      const record = ofKind(this.objects.get(id), kind);
      if (record !== undefined) found.push(record);
    }
    return found;
  }

  /** Objects (Jobs, ControllerRevisions) that refer to an owner of this table, in the order in which they became known. */
  objectsOf(owner: ObjectId): ObjectRecord[] {
    const found: ObjectRecord[] = [];
    for (const id of this.owned.get(owner) ?? []) {
      const record = this.objects.get(id);
      if (record !== undefined) found.push(record);
    }
    return found;
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
      case "endpoints":
        if (change.record === null) this.endpoints.delete(change.id);
        else this.endpoints.set(change.id, change.record);
        return;
      case "object":
        this.takeObject(change.id, change.record ?? undefined);
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

  adoptObject(record: ObjectRecord): void {
    this.objects.set(record.id, record);
    this.indexObject(record);
  }

  adoptLeases(renewTime: VirtualTime): void {
    this.leases.fill(renewTime);
  }

  private takePod(id: PodId, after: PodRecord | undefined): void {
    const before = this.pods[id];
    this.pods[id] = after;
    const isMoved = before?.node !== after?.node || before?.owner !== after?.owner || before?.template !== after?.template;
    if (before !== undefined && (after === undefined || isMoved)) this.unindex(before, after === undefined || after.owner !== before.owner);
    if (after !== undefined && (before === undefined || isMoved)) this.index(after);
    for (const listener of this.podListeners) listener.podChanged?.(before, after);
  }

  private takeReplicaSet(id: ReplicaSetId, after: ReplicaSetRecord | undefined): void {
    const before = this.replicaSets.get(id);
    if (after === undefined) {
      this.replicaSets.delete(id);
      if (before !== undefined) this.ofDeployment.get(before.owner)?.delete(id);
    } else {
      this.replicaSets.set(id, after);
      if (before !== undefined && before.owner !== after.owner) this.ofDeployment.get(before.owner)?.delete(id);
      if (before === undefined || before.owner !== after.owner) this.indexReplicaSet(after);
    }
    for (const listener of this.listeners) listener.replicaSetChanged?.(before, after);
  }

  private takeObject(id: ObjectId, after: ObjectRecord | undefined): void {
    const before = this.objects.get(id);
    if (after === undefined) this.objects.delete(id);
    else this.objects.set(id, after);
    if (before !== undefined && (after === undefined || after.ownerReferences !== before.ownerReferences)) this.unindexObject(before);
    if (after !== undefined && (before === undefined || after.ownerReferences !== before.ownerReferences)) this.indexObject(after);
    for (const listener of this.listeners) listener.objectChanged?.(before, after);
  }

  private indexObject(record: ObjectRecord): void {
    addTo(this.idsOfKind, record.kind, record.id);
    for (const { kind, id } of record.ownerReferences) if (kind !== "Deployment") addTo(this.owned, id, record.id);
  }

  private unindexObject(record: ObjectRecord): void {
    this.idsOfKind.get(record.kind)?.delete(record.id);
    for (const { kind, id } of record.ownerReferences) if (kind !== "Deployment") this.owned.get(id)?.delete(record.id);
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
    this.absentNodes += Number(isAbsent(after)) - Number(isAbsent(before));
    for (const listener of this.listeners) listener.nodeChanged?.(before, after);
  }

  private index(pod: PodRecord): void {
    if (pod.owner >= 0) addTo(this.ofOwner, pod.owner, pod.id);
    else this.orphanGroup(pod).pods.add(pod.id);
    if (pod.node >= 0) this.onNode[pod.node]?.add(pod.id);
  }

  private unindex(pod: PodRecord, hasLeft: boolean): void {
    if (hasLeft) this.ofOwner.get(pod.owner)?.delete(pod.id);
    if (pod.owner < 0) this.orphanGroup(pod).pods.delete(pod.id);
    if (pod.node >= 0) this.onNode[pod.node]?.delete(pod.id);
  }

  private orphanGroup({ workload, template }: PodRecord): OrphanGroup {
    const key = `${workload}/${template}`;
    let group = this.withoutOwner.get(key);
    if (group === undefined) {
      group = { workload, template, pods: new Set() };
      this.withoutOwner.set(key, group);
      this.groups.push(group);
    }
    return group;
  }

  private indexReplicaSet(replicaSet: ReplicaSetRecord): void {
    if (replicaSet.owner < 0) return;
    addTo(this.ofDeployment, replicaSet.owner, replicaSet.id);
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

function isAbsent(node: NodeRecord): boolean {
  return node.isAbsent === true;
}

function addTo<Key>(index: Map<Key, Set<number>>, key: Key, id: number): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, new Set([id]));
  else known.add(id);
}
