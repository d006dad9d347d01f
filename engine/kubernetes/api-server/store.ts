/**
 * What etcd holds: the current version of each object, and one counter of versions over all of them.
 * Records are immutable; a write puts a new one in place. Decisions about writes are in api-server.ts.
 */
import type { Definitions } from "../objects/definitions.ts";
import { NODE_CONDITIONS, NodeReady, type NodeRecord, type NodeTemplate } from "../objects/node.ts";
import type { Service } from "../objects/service.ts";
import type { Workloads } from "../objects/workloads.ts";
import { podNameOf, podSuffix } from "./names.ts";
import { ofKind, type ObjectId, type ObjectKind, type ObjectRecord } from "./object-record.ts";
import { isActive, isReady } from "./pod-facts.ts";
import { PodLabels } from "./pod-labels.ts";
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

export { isActive, isDeleting, isReady, isTerminal } from "./pod-facts.ts";

export interface StoreOptions {
  readonly seed: number;
  readonly definitions: Definitions;
  readonly workloads: Workloads;
  readonly nodes: readonly NodeTemplate[];
  /** Every Service that the run knows, by number; which of them exist is another matter. */
  readonly services: readonly Service[];
}

export class Store {
  readonly seed: number;
  readonly definitions: Definitions;
  readonly workloads: Workloads;
  readonly nodeTemplates: readonly NodeTemplate[];
  readonly podLabels: PodLabels;
  /** By PodId; a hole once it is gone. */
  readonly pods: (PodRecord | undefined)[] = [];
  /** Pods whose condition PodScheduled is False: the scheduler found no node. */
  readonly unscheduled: Set<PodId> = new Set();
  /** Namespaces that were deleted, and are gone. Others exist as soon as something names them. */
  readonly goneNamespaces: Set<string> = new Set();
  /** Last versions of Pods that are gone, in the order of their removal. */
  readonly removedPods: PodRecord[] = [];
  readonly replicaSets: Map<ReplicaSetId, ReplicaSetRecord> = new Map();
  readonly deployments: Map<DeploymentId, DeploymentRecord> = new Map();
  /** Every object of another kind (object-record.ts). */
  readonly objects: Map<ObjectId, ObjectRecord> = new Map();
  /** By number of the Service; undefined: doesn't exist (yet, or any more). */
  readonly services: (ServiceRecord | undefined)[];
  readonly nodes: NodeRecord[];
  /** Of each Service, by the slice's number. */
  readonly slices: Map<number, EndpointSliceRecord>[];
  /** By number of the Service. */
  readonly endpoints: Map<number, EndpointsRecord> = new Map();
  /** Virtual time of each node's last renewal. */
  readonly leaseRenewals: Float64Array;
  /** Virtual time of the last change of each node's conditions: those of nodePressureNames, then Ready; -1: before the run. */
  readonly nodeTransitions: Float64Array;
  /** Pods by workload that count for their controller, and those of them that are Ready. */
  readonly activePods: Int32Array;
  readonly readyPods: Int32Array;
  /** Sum of spec.replicas over the ReplicaSets of each workload: what a Deployment keeps within its surge. */
  readonly specReplicas: Int32Array;
  private readonly deploymentIds = new Map<number, DeploymentId>();
  private readonly replicaSetIds = new Map<string, ReplicaSetId>();
  private readonly barePods = new Map<number, PodId>();
  private readonly namedPods = new Map<string, PodId>();
  private readonly objectsByKind = new Map<ObjectKind, Set<ObjectId>>();
  private readonly objectIds = new Map<string, ObjectId>();
  private readonly serviceNumbers = new Map<string, number>();
  private readonly nextOrdinals: Int32Array;
  /** Names of Pods' owners, kept after they are gone: their Pods' names begin with them. */
  private readonly ownerNames: string[] = [];
  /** Workloads of ReplicaSets and ReplicationControllers by id, also of those that are gone: they may have Pods of others. */
  private readonly ownerWorkloads: number[] = [];
  private version = 0;
  private deploymentCount = 0;
  private sliceCount = 0;

  constructor(options: StoreOptions) {
    this.seed = options.seed;
    this.definitions = options.definitions;
    this.workloads = options.workloads;
    this.podLabels = new PodLabels(options.definitions, options.workloads);
    this.nodeTemplates = options.nodes;
    this.services = options.services.map(() => undefined);
    this.slices = options.services.map(() => new Map<number, EndpointSliceRecord>());
    options.services.forEach((service, index) => this.serviceNumbers.set(`${service.metadata.namespace}/${service.metadata.name}`, index));
    this.nodes = options.nodes.map((node, index) => ({
      index,
      resourceVersion: 0,
      ready: NodeReady.True,
      taints: node.taints,
      unschedulable: false,
      ...(node.isAbsent === true ? { isAbsent: true as const } : {}),
    }));
    this.leaseRenewals = new Float64Array(options.nodes.length);
    this.nodeTransitions = new Float64Array(options.nodes.length * NODE_CONDITIONS).fill(-1);
    this.activePods = new Int32Array(options.workloads.size);
    this.readyPods = new Int32Array(options.workloads.size);
    this.specReplicas = new Int32Array(options.workloads.size);
    this.nextOrdinals = new Int32Array(options.workloads.size);
  }

  get resourceVersion(): number {
    return this.version;
  }

  nextResourceVersion(): number {
    return ++this.version;
  }

  nextPodId(): PodId {
    return this.pods.length;
  }

  nextOrdinal(workload: number): number {
    return this.nextOrdinals[workload]!++;
  }

  /** Of a ReplicaSet or any object of the common table, which is put next. */
  nextObjectId(): ObjectId {
    return this.ownerNames.length;
  }

  nextDeploymentId(): DeploymentId {
    return this.deploymentCount++;
  }

  nextSliceNumber(): number {
    return this.sliceCount++;
  }

  /** Number of a Service, whether it exists or not; -1: the run knows no such Service. */
  serviceNumber(namespace: string, name: string): number {
    return this.serviceNumbers.get(`${namespace}/${name}`) ?? -1;
  }

  putPod(pod: PodRecord): void {
    const before = this.pods[pod.id];
    if (before !== undefined) this.countPod(before, -1);
    this.countPod(pod, 1);
    this.pods[pod.id] = pod;
    if (pod.owner < 0 && this.workloads.workload(pod.workload).kind === "Pod") this.barePods.set(pod.workload, pod.id);
    const { traits } = pod;
    if (traits !== null && traits !== undefined && traits.name !== "") this.namedPods.set(this.nameKey(pod.workload, traits.name), pod.id);
  }

  removePod(pod: PodRecord): void {
    const before = this.pods[pod.id];
    if (before !== undefined) this.countPod(before, -1);
    this.pods[pod.id] = undefined;
    this.removedPods.push(pod);
  }

  putReplicaSet(replicaSet: ReplicaSetRecord): void {
    this.specReplicas[replicaSet.workload]! += replicaSet.replicas - (this.replicaSets.get(replicaSet.id)?.replicas ?? 0);
    this.replicaSets.set(replicaSet.id, replicaSet);
    this.ownerNames[replicaSet.id] = replicaSet.name;
    this.ownerWorkloads[replicaSet.id] = replicaSet.workload;
    this.replicaSetIds.set(`${replicaSet.namespace}/${replicaSet.name}`, replicaSet.id);
  }

  removeReplicaSet(replicaSet: ReplicaSetRecord): void {
    this.specReplicas[replicaSet.workload]! -= replicaSet.replicas;
    this.replicaSets.delete(replicaSet.id);
  }

  /** Of a kind in a namespace, by id. */
  objectsIn<K extends ObjectKind>(kind: K, namespace: string): ObjectRecord<K>[] {
    const found: ObjectRecord<K>[] = [];
    for (const id of this.objectsByKind.get(kind) ?? []) {
      const record = ofKind(this.objects.get(id), kind);
      if (record !== undefined && record.namespace === namespace) found.push(record);
    }
    return found;
  }

  /** The workload of which a Pod is a replica: its owner's, which may have adopted it; -1: of none, since it was released. */
  countedWorkload({ owner, workload }: PodRecord): number {
    if (owner >= 0) return this.ownerWorkloads[owner] ?? workload;
    return this.workloads.workload(workload).kind === "Pod" ? workload : -1;
  }

  /** Null: none, or never seen. */
  ownerName(owner: ObjectId): string | null {
    return owner < 0 ? null : (this.ownerNames[owner] ?? null);
  }

  putObject(record: ObjectRecord): void {
    this.objects.set(record.id, record);
    this.ownerNames[record.id] = record.name;
    if (record.kind === "ReplicationController") this.ownerWorkloads[record.id] = record.workload;
    const ofKindIds = this.objectsByKind.get(record.kind);
    if (ofKindIds === undefined) this.objectsByKind.set(record.kind, new Set([record.id]));
    else ofKindIds.add(record.id);
    this.objectIds.set(objectKey(record.kind, record.namespace, record.name), record.id);
  }

  removeObject(record: ObjectRecord): void {
    this.objects.delete(record.id);
    this.objectsByKind.get(record.kind)?.delete(record.id);
  }

  findObject(kind: ObjectKind, namespace: string, name: string): ObjectRecord | undefined {
    return this.objects.get(this.objectIds.get(objectKey(kind, namespace, name)) ?? -1);
  }

  podName(pod: PodRecord): string {
    const { traits } = pod;
    if (traits !== null && traits !== undefined && traits.name !== "") return traits.name;
    return this.newPodName(pod.owner, pod.workload, pod.ordinal);
  }

  /** With a made-up suffix. */
  newPodName(owner: ObjectId, workload: number, ordinal: number): string {
    const suffix = podSuffix(this.seed, this.workloads.label(workload), ordinal);
    return podNameOf(this.workloads.workload(workload), this.ownerName(owner), suffix);
  }

  putDeployment(deployment: DeploymentRecord): void {
    this.deployments.set(deployment.id, deployment);
    this.deploymentIds.set(deployment.workload, deployment.id);
  }

  removeDeployment(deployment: DeploymentRecord): void {
    this.deployments.delete(deployment.id);
    this.deploymentIds.delete(deployment.workload);
  }

  findDeployment(namespace: string, name: string): DeploymentRecord | undefined {
    return this.deployments.get(this.deploymentIds.get(this.workloads.indexOf("Deployment", namespace, name)) ?? -1);
  }

  findReplicaSet(namespace: string, name: string): ReplicaSetRecord | undefined {
    return this.replicaSets.get(this.replicaSetIds.get(`${namespace}/${name}`) ?? -1);
  }

  /** The Pod of a workload of kind Pod, if it exists. */
  barePod(workload: number): PodRecord | undefined {
    return this.pods[this.barePods.get(workload) ?? -1];
  }

  /** One whose name isn't made up, in the namespace of the workload. */
  namedPod(workload: number, name: string): PodRecord | undefined {
    return this.pods[this.namedPods.get(this.nameKey(workload, name)) ?? -1];
  }

  /** By full name, made-up suffix included. */
  findPod(namespace: string, name: string): PodRecord | undefined {
    return this.pods.find(
      (pod) => pod !== undefined && this.workloads.workload(pod.workload).namespace === namespace && this.podName(pod) === name,
    );
  }

  private nameKey(workload: number, name: string): string {
    return `${this.workloads.workload(workload).namespace}/${name}`;
  }

  private countPod(pod: PodRecord, by: number): void {
    const workload = this.countedWorkload(pod);
    if (workload < 0 || !isActive(pod)) return;
    this.activePods[workload]! += by;
    if (isReady(pod)) this.readyPods[workload]! += by;
  }
}

function objectKey(kind: ObjectKind, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}
