/**
 * The control plane of one cluster: API server, scheduler and controllers, wired. All three are LPs of
 * shard 0, so what they say to each other are references. Also the door for a settled start.
 */
import type { Bulletin } from "../kernel/bulletin.ts";
import { NO_CAUSE, type CauseId, type CauseTable } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import type { LogicalProcess } from "../kernel/logical-process.ts";
import type { Simulator } from "../kernel/simulator.ts";
import { SECOND, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { LpLayout } from "../lp-layout.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { Settings } from "../settings.ts";
import type { AvailabilityResult } from "./api-server/availability.ts";
import { ApiServer, type EndpointPublisher } from "./api-server/api-server.ts";
import { Client, ClientHost, InformerCache, ofKind } from "./api-server/client.ts";
import { templateHash } from "./api-server/names.ts";
import { newObjectOf, type ObjectRecord } from "./api-server/object-record.ts";
import { isActive, isDeleting, isReady } from "./api-server/pod-facts.ts";
import { finalizersOf } from "./api-server/object-deletion.ts";
import { MACHINE, type KubeletNotice, type MachineNotice } from "./api-server/node-messages.ts";
import type { PodId, PodRecord, PodTraits } from "./api-server/pod-record.ts";
import {
  emptyDeploymentStatus,
  emptyReplicaSetStatus,
  type DeploymentRecord,
  type EndpointSliceRecord,
  type ServiceRecord,
  type ReplicaSetRecord,
} from "./api-server/records.ts";
import type { ControlMessage } from "./api-server/requests.ts";
import type { Rollout } from "./api-server/rollouts.ts";
import type { ServerFaults } from "./api-server/server-faults.ts";
import { Store } from "./api-server/store.ts";
import { ControlView } from "./control-view.ts";
import { deploymentCounts, isComplete, withCondition } from "./controllers/deployment-status.ts";
import { hintsOf, packEndpoints } from "./controllers/endpoint-packing.ts";
import { Controllers } from "./controllers/index.ts";
import { replicaSetStatus } from "./controllers/replica-set.ts";
import { settledStatus } from "./controllers/settled-status.ts";
import { maxSurgeOf } from "./controllers/rolling-update.ts";
import type { BlameLog } from "./network/blame-log.ts";
import type { EndpointEntry, EndpointNotice } from "./network/endpoint-log.ts";
import type { PublishedEndpoints } from "./api-server/published-endpoints.ts";
import { whyNoEndpoint, whyNoEndpointYet } from "./missing-endpoints.ts";
import type { Definitions, TemplateId } from "./objects/definitions.ts";
import type { Deployment } from "./objects/deployment.ts";
import type { KubernetesObject, TableObject } from "./objects/index.ts";
import type { NodeTemplate } from "./objects/node.ts";
import type { PodStatus } from "./objects/pod.ts";
import type { ReplicaSet } from "./objects/replica-set.ts";
import type { Service } from "./objects/service.ts";
import type { Workloads } from "./objects/workloads.ts";
import type { EventRecorder } from "./events/event-recorder.ts";
import { newestVersions, type Versions } from "./versions.ts";
import { GivenPlacement, type GivenNodes } from "./scheduler/given-placement.ts";
import type { ImageFacts } from "./scheduler/node-images.ts";
import { Placement } from "./scheduler/placement.ts";
import { Scheduler } from "./scheduler/scheduler.ts";

/** A mailbox of any wider kind of bodies is one. */
export interface ControlMailbox {
  post(receiver: LpId, at: VirtualTime, body: ControlMessage | KubeletNotice | EndpointNotice | MachineNotice): void;
  take(slot: number): { readonly kind: string };
}

export interface ControlPlaneOptions {
  readonly simulator: Simulator;
  readonly mailbox: ControlMailbox;
  readonly causes: CauseTable;
  readonly recorder: Recorder;
  readonly settings: Settings;
  readonly seed: number;
  readonly layout: LpLayout;
  readonly nodes: readonly NodeTemplate[];
  readonly definitions: Definitions;
  readonly workloads: Workloads;
  /** Every Service of the manifests and the actions: its index is its number. */
  readonly services: readonly Service[];
  readonly endpointLog: Bulletin<EndpointEntry>;
  /** Why Services stay without endpoints; left out: nobody asks. */
  readonly blameLog?: BlameLog;
  /** The newest, unless given. */
  readonly versions?: Versions;
  /** Asked for Event objects; null or absent: nobody asks. */
  readonly events?: EventRecorder | null;
  /** What the scenario says of images; absent: nothing. */
  readonly images?: ReadonlyMap<string, ImageFacts>;
  /** Nodes of Pods that the scheduler isn't asked for. */
  readonly placement?: readonly GivenNodes[];
  /** Further LPs to tell of a Service's new endpoints: the sources of its loads. Without a source nobody reads them, and no node is told either. */
  sourcesOf?(service: number): readonly LpId[];
}

/** A Pod that was there before the run. Times in whole seconds, may be negative (but -1 means never). */
export interface AdoptedPod {
  /** ReplicaSet or other controller, -1: a bare Pod. */
  readonly owner: number;
  readonly workload: number;
  readonly template: TemplateId;
  /** -1: not bound; it waits for a node from t = 0 on. */
  readonly node: number;
  readonly createdAt: number;
  readonly status: PodStatus;
  /** Left out: none. */
  readonly traits?: PodTraits;
}

/** Nodes of endpoints that left a Service so recently still hear of its next versions: some proxy may route to them yet. */
const NOTICE_MEMORY = 60 * SECOND;

export class ControlPlane {
  readonly apiServer: ApiServer;
  readonly scheduler: Scheduler;
  readonly controllers: Controllers;
  /** Filters and scores: a settled start asks it where Pods go, and charges what it places. */
  readonly placement: Placement;
  readonly store: Store;
  readonly view: ControlView;
  readonly versions: Versions;
  private readonly options: ControlPlaneOptions;
  private readonly cache: InformerCache;

  constructor(options: ControlPlaneOptions) {
    this.options = options;
    const { simulator, mailbox, causes, recorder, settings, seed, layout, nodes, definitions, workloads, services } = options;
    this.store = new Store({ seed, definitions, workloads, nodes, services });
    const versions = (this.versions = options.versions ?? newestVersions);
    this.apiServer = new ApiServer({
      lp: layout.apiServer,
      scheduler: layout.scheduler,
      controllers: layout.controllers,
      firstNode: layout.firstNode,
      simulator,
      mailbox,
      causes,
      recorder,
      settings,
      store: this.store,
      endpoints: new EndpointLogWriter(options),
      versions,
    });
    this.placement = new Placement(nodes, definitions, workloads, seed, options.settings.percentageOfNodesToScore, versions, services);
    if (options.images !== undefined) this.placement.knowImages(options.images);
    const given = options.placement === undefined ? null : new GivenPlacement(options.placement, workloads, nodes);
    this.scheduler = new Scheduler({
      host: this.host(layout.scheduler),
      mailbox,
      definitions,
      workloads,
      placement: this.placement,
      given,
    });
    this.cache = new InformerCache(this.store.nodes);
    this.controllers = new Controllers({
      host: this.host(layout.controllers),
      cache: this.cache,
      mailbox,
      definitions,
      workloads,
      nodes,
      machine: (node, isOn, at) =>
        mailbox.post(
          layout.firstNode + node,
          at,
          isOn ? { kind: "returnNode", fault: MACHINE, recordsLost: true } : { kind: "loseNode", fault: MACHINE },
        ),
    });
    this.view = new ControlView(this.store, (now) => this.atRest(now));
  }

  /** The LPs to add to shard 0's simulator. */
  get processes(): readonly LogicalProcess[] {
    return [this.apiServer, this.scheduler, this.controllers];
  }

  /** Begins the periodic passes, and the search for nodes of what was adopted without one. Before the first event. */
  start(): void {
    this.controllers.start();
    this.scheduler.start();
  }

  /**
   * What an operator at `lp` acts through: that LP hands `apiResponse` messages to `client.host.receive`.
   * Differs: operator without a rate limit. So its LP needs no timer for it.
   */
  operator(lp: LpId): {
    readonly client: Client;
    readonly definitions: Definitions;
    readonly workloads: Workloads;
    readonly nodes: readonly NodeTemplate[];
    readonly podName: (pod: PodRecord) => string;
  } {
    const { definitions, workloads, nodes } = this.options;
    const podName = (pod: PodRecord): string => this.store.podName(pod);
    return { client: new Client(this.host(lp), "operator", Infinity, 1), definitions, workloads, nodes, podName };
  }

  /** A fault made this node silent: when it turns Unknown, that is why. */
  nodeSilenced(node: number, cause: CauseId): void {
    this.apiServer.silences.set(node, cause);
  }

  /** No request, key or undelivered watch is pending. */
  atRest(now: VirtualTime): boolean {
    return this.apiServer.isQuiet(now) && this.scheduler.isQuiet && this.controllers.isQuiet;
  }

  // ── a settled start ──

  adoptService(service: Service): number {
    const index = this.store.serviceNumber(service.metadata.namespace, service.metadata.name);
    const record = { index, resourceVersion: this.store.nextResourceVersion(), object: service, cause: this.options.causes.current };
    this.store.services[index] = record;
    this.cache.services[index] = record;
    return index;
  }

  /** With its ReplicaSet of revision 1; their Pods follow by adoptPod. Returns the ReplicaSet's number. */
  adoptDeployment(deployment: Deployment): number {
    const { namespace, name } = deployment.metadata;
    const { spec } = deployment;
    const workload = this.options.workloads.indexOf("Deployment", namespace, name);
    const template = this.options.definitions.idOf(spec.template);
    const record: DeploymentRecord = {
      id: this.store.nextDeploymentId(),
      resourceVersion: this.store.nextResourceVersion(),
      generation: 1,
      namespace,
      name,
      workload,
      template,
      spec,
      revision: 1,
      createdAt: 0,
      ...finalizersOf(deployment.metadata),
      status: emptyDeploymentStatus,
      cause: this.options.causes.current,
    };
    this.store.putDeployment(record);
    this.apiServer.availability.desire(workload, spec.replicas, 0);
    this.cache.deployments.set(record.id, record);
    return this.adoptSet({
      namespace,
      name: `${name}-${templateHash(spec.template)}`,
      owner: record.id,
      workload,
      template,
      replicas: spec.replicas,
      minReadySeconds: spec.minReadySeconds,
      desiredReplicas: spec.replicas,
      maxReplicas: spec.replicas + maxSurgeOf(spec.strategy, spec.replicas),
      revision: 1,
    });
  }

  /** Any object of the common table; its Pods follow by adoptPod. */
  adoptObject(object: TableObject): number {
    const record = this.apiServer.adoptObject(newObjectOf(object, this.options.workloads));
    this.cache.adoptObject(record);
    if (record.kind === "StatefulSet" || record.kind === "DaemonSet") this.adoptRevision(record);
    return record.id;
  }

  /** Of the template that its Pods have. */
  private adoptRevision({ kind, id, namespace, name, spec }: ObjectRecord<"StatefulSet" | "DaemonSet">): void {
    const template = this.options.definitions.idOf(spec.template);
    const revision = this.apiServer.adoptObject({
      kind: "ControllerRevision",
      namespace,
      name: `${name}-${templateHash(spec.template)}`,
      spec: { template, revision: 1 },
      ownerReferences: [{ kind, id, isController: true, blocksDeletion: true }],
    });
    this.cache.adoptObject(revision);
  }

  adoptReplicaSet({ metadata, spec }: ReplicaSet): number {
    const { namespace, name } = metadata;
    const workload = this.options.workloads.indexOf("ReplicaSet", namespace, name);
    this.apiServer.availability.desire(workload, spec.replicas, 0);
    return this.adoptSet({
      namespace,
      name,
      owner: -1,
      workload,
      template: this.options.definitions.idOf(spec.template),
      replicas: spec.replicas,
      minReadySeconds: spec.minReadySeconds,
      desiredReplicas: -1,
      maxReplicas: -1,
      revision: 0,
      ...finalizersOf(metadata),
    });
  }

  /** The node was charged by `placement.add` when the Pod was placed, or is charged here. */
  adoptPod(pod: AdoptedPod, isCharged: boolean): PodRecord {
    const { owner, workload, template, node, createdAt, status, traits = null } = pod;
    const record = this.apiServer.adoptPod({
      owner,
      workload,
      template,
      node,
      createdAt,
      status,
      deletionTimestamp: -1,
      deletionGracePeriodSeconds: -1,
      traits,
      cause: this.options.causes.current,
    });
    this.cache.adoptPod(record);
    if (record.node < 0) this.controllers.podGarbageCollector.podChanged(undefined, record);
    this.scheduler.adopt(record, isCharged);
    return record;
  }

  /** Everything is adopted: fills in what controllers had written by now, endpoints included. `unsettled`: what comes at t = 0 only. */
  finishAdoption(unsettled: readonly KubernetesObject[] = []): void {
    for (const replicaSet of this.store.replicaSets.values()) this.settleReplicaSet(replicaSet);
    for (const object of this.store.objects.values()) this.settleObject(object);
    for (const deployment of this.store.deployments.values()) this.settleDeployment(deployment);
    this.controllers.endpointSlice.adopt();
    this.options.services.forEach((_, service) => this.settleEndpoints(service, unsettled));
    this.placement.forget();
    this.settleImages();
    for (const object of this.store.objects.values()) {
      const budget = ofKind(object, "PodDisruptionBudget");
      if (budget !== undefined) this.scheduler.adoptBudget(budget);
    }
  }

  /** Nodes have the images of the Pods that run on them. */
  private settleImages(): void {
    const byNode = new Map<number, Set<string>>();
    for (const pod of this.store.pods) {
      if (pod === undefined || pod.node < 0) continue;
      let images = byNode.get(pod.node);
      if (images === undefined) byNode.set(pod.node, (images = new Set()));
      const { containers, initContainers } = this.options.definitions.template(pod.template).spec;
      for (const { image } of [...initContainers, ...containers]) images.add(image);
    }
    for (const [node, images] of byNode) this.placement.putImages(node, [...images]);
  }

  /**
   * Of a cluster that begins empty: why each Service, by number, has no endpoint before the first entry of
   * it in the log. The same ids on every shard.
   */
  beginEmpty(objects: readonly KubernetesObject[]): readonly CauseId[] {
    const { causes, layout, services } = this.options;
    const { current } = causes;
    return services.map((object, service) => {
      const { kind, subject } = whyNoEndpointYet(service, object, this.store, objects);
      const cause = causes.note(layout.apiServer, kind, subject, 0, current);
      causes.current = current;
      return cause;
    });
  }

  // ── results ──

  /** Every Pod that there ever was, by number. */
  summaries(): PodSummary[] {
    const live = this.store.pods.filter((pod) => pod !== undefined).map((pod) => this.summary(pod, false));
    const gone = this.store.removedPods.map((pod) => this.summary(pod, true));
    return [...live, ...gone].sort((a, b) => a.id - b.id);
  }

  rollouts(): readonly Rollout[] {
    return this.apiServer.rollouts.all();
  }

  /** Up to `end`, the instant that the run has come to. */
  availability(end: VirtualTime): AvailabilityResult {
    return this.apiServer.availability.result(end);
  }

  deployments(): {
    readonly label: string;
    readonly desired: number;
    readonly updated: number;
    readonly ready: number;
    readonly available: number;
  }[] {
    return this.view.deployments().map(({ label, desired, updatedReplicas, readyReplicas, availableReplicas }) => ({
      label,
      desired,
      updated: updatedReplicas,
      ready: readyReplicas,
      available: availableReplicas,
    }));
  }

  /** Pods without a node, with the scheduler's words. */
  unscheduled(): string[] {
    return this.view
      .pods()
      .filter((pod) => pod.node < 0 && isActive(pod))
      .map((pod) => {
        const { namespace } = this.options.workloads.workload(pod.workload);
        return `${namespace}/${this.store.podName(pod)}: ${this.scheduler.unschedulable.get(pod.id) ?? this.placement.explain(pod.workload, pod.template)}`;
      });
  }

  private summary(pod: PodRecord, isGone: boolean): PodSummary {
    const { status } = pod;
    return {
      id: pod.id,
      name: this.store.podName(pod),
      namespace: this.options.workloads.workload(pod.workload).namespace,
      workload: pod.workload,
      node: pod.node,
      phase: status.phase,
      restarts: status.containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
      isReady: isReady(pod),
      isDeleting: isDeleting(pod),
      isGone,
    };
  }

  private adoptSet(set: Omit<ReplicaSetRecord, "id" | "resourceVersion" | "generation" | "createdAt" | "status" | "cause">): number {
    const record: ReplicaSetRecord = {
      ...set,
      id: this.store.nextObjectId(),
      resourceVersion: this.store.nextResourceVersion(),
      generation: 1,
      createdAt: 0,
      status: emptyReplicaSetStatus,
      cause: this.options.causes.current,
    };
    this.store.putReplicaSet(record);
    this.cache.adoptReplicaSet(record);
    return record.id;
  }

  private settleReplicaSet(replicaSet: ReplicaSetRecord): void {
    const active = this.cache.podsOf(replicaSet.id).filter(isActive);
    const settled: ReplicaSetRecord = {
      ...replicaSet,
      status: replicaSetStatus(replicaSet.generation, active, 0, replicaSet.minReadySeconds, 0, () => true),
    };
    this.store.putReplicaSet(settled);
    this.cache.replicaSets.set(settled.id, settled);
  }

  private settleObject(object: ObjectRecord): void {
    const status =
      object.kind === "ResourceQuota"
        ? this.controllers.resourceQuota.statusOf(object)
        : object.kind === "PodDisruptionBudget"
          ? this.controllers.disruption.adopt(object)
          : object.kind === "HorizontalPodAutoscaler"
            ? this.settledAutoscaler(object)
            : settledStatus(object, this.cache.podsOf(object.id).filter(isActive));
    const settled = { ...object, status } as ObjectRecord;
    if (settled.kind === "DaemonSet") this.apiServer.availability.desire(settled.workload, settled.status.desiredNumberScheduled, 0);
    this.store.putObject(settled);
    this.cache.objects.set(settled.id, settled);
  }

  /** It has found its target at the size that the manifest gives; what it measured is not known. */
  private settledAutoscaler({ namespace, spec, status }: ObjectRecord<"HorizontalPodAutoscaler">): ObjectRecord["status"] {
    const { kind, name } = spec.scaleTargetRef;
    const object = kind === "StatefulSet" || kind === "ReplicationController" ? this.store.findObject(kind, namespace, name) : undefined;
    const scaled = ofKind(object, "StatefulSet") ?? ofKind(object, "ReplicationController") ?? this.store.findDeployment(namespace, name);
    const bare = kind === "ReplicaSet" ? this.store.findReplicaSet(namespace, name)?.replicas : undefined;
    const replicas = bare ?? scaled?.spec.replicas ?? 0;
    return { ...status, currentReplicas: replicas, desiredReplicas: replicas };
  }

  private settleDeployment(deployment: DeploymentRecord): void {
    const sets = this.cache.replicaSetsOf(deployment.id);
    const counts = deploymentCounts(deployment, sets, sets[0] ?? null, 0);
    const isDone = isComplete(deployment.spec.replicas, deployment.generation, counts);
    const progressing = withCondition(null, "True", isDone ? "NewReplicaSetAvailable" : "ReplicaSetUpdated", 0);
    const settled: DeploymentRecord = { ...deployment, status: { ...counts, progressing } };
    this.store.putDeployment(settled);
    this.cache.deployments.set(settled.id, settled);
  }

  private settleEndpoints(service: number, unsettled: readonly KubernetesObject[]): void {
    const record = this.store.services[service];
    const wanted = record === undefined ? [] : this.controllers.endpointSlice.wanted(record);
    const hasSlices = record !== undefined && record.object.spec.selector !== null;
    const packed = hasSlices ? packEndpoints(wanted, [], this.options.settings.maxEndpointsPerSlice) : [];
    for (const { endpoints } of packed) {
      if (endpoints === null) continue;
      const slice: EndpointSliceRecord = {
        service,
        number: this.store.nextSliceNumber(),
        resourceVersion: this.store.nextResourceVersion(),
        cause: this.options.causes.current,
        pods: endpoints.map(({ pod }) => pod),
        nodes: endpoints.map(({ node }) => node),
        conditions: endpoints.map(({ conditions }) => conditions),
        ...hintsOf(endpoints),
      };
      this.store.slices[service]?.set(slice.number, slice);
      this.cache.slicesOf(service).set(slice.number, slice);
    }
    if (hasSlices) this.settleEndpointList(record);
    const { causes, layout } = this.options;
    const { current } = causes;
    if (wanted.length === 0) {
      const { kind, subject } = whyNoEndpoint(service, this.store, unsettled);
      causes.note(layout.apiServer, kind, subject, 0);
    }
    this.apiServer.publishEndpoints(service, 0, 0);
    causes.current = current;
  }

  private settleEndpointList(service: ServiceRecord): void {
    const resourceVersion = this.store.nextResourceVersion();
    const { causes } = this.options;
    const lists = this.controllers.endpoints.wanted(service);
    const endpoints = { service: service.index, resourceVersion, ...lists, createdAt: 0, cause: causes.current };
    this.store.endpoints.set(service.index, endpoints);
    this.cache.endpoints.set(service.index, endpoints);
  }

  private host(lp: LpId): ClientHost {
    const { layout, simulator, mailbox, causes, settings, seed } = this.options;
    const { versions = newestVersions, events = null } = this.options;
    return new ClientHost({ lp, apiServer: layout.apiServer, simulator, mailbox, causes, settings, seed, versions, events });
  }
}

/** The shape of engine/result.ts. */
export interface PodSummary {
  readonly id: PodId;
  readonly name: string;
  readonly namespace: string;
  readonly workload: number;
  readonly node: number;
  readonly phase: number;
  readonly restarts: number;
  readonly isReady: boolean;
  readonly isDeleting: boolean;
  readonly isGone: boolean;
}

/** Appends committed endpoints to the log and tells the nodes concerned when the entry becomes valid. */
class EndpointLogWriter implements EndpointPublisher {
  private readonly options: ControlPlaneOptions;
  /** Nodes that had an endpoint of a Service, and until when they have to hear of it. */
  private readonly concerned = new Map<number, Map<number, VirtualTime>>();
  /** Of Services without endpoints: what took the last one away, or keeps it away. */
  private readonly emptied = new Map<number, CauseId>();
  faults?: ServerFaults;
  private lastValid: VirtualTime = 0;

  constructor(options: ControlPlaneOptions) {
    this.options = options;
  }

  publish(service: number, endpoints: PublishedEndpoints, changed: number, committedAt: VirtualTime, cause: CauseId): void {
    const { endpointLog, mailbox, layout, settings } = this.options;
    // What was settled before the run is known from its first instant on.
    const known = committedAt + Math.max(1, settings.watchLatencyFloor);
    const validFrom = committedAt === 0 ? 0 : this.validFrom(service, known);
    const late = validFrom > known ? (this.faults?.rowOf("endpoints") ?? NO_CAUSE) : NO_CAUSE;
    const position = endpointLog.length;
    const blamed = this.causeOf(service, endpoints.pods.length, cause);
    endpointLog.append(
      { position, service, committedAt, ...endpoints, changed, cause: blamed, ...(late === NO_CAUSE ? {} : { late }) },
      validFrom,
    );
    const sources = this.options.sourcesOf?.(service);
    if (sources?.length === 0) return;
    const nodes = [...endpoints.nodes, ...(endpoints.fallback?.nodes ?? [])];
    for (const node of this.concernedNodes(service, nodes, committedAt)) {
      if (validFrom > 0) mailbox.post(layout.firstNode + node, validFrom, { kind: "endpointsChanged", position });
    }
    if (validFrom === 0) return;
    for (const source of sources ?? []) mailbox.post(source, validFrom, { kind: "endpointsChanged", position });
  }

  /** Entries stay in order when a lag ends. */
  private validFrom(service: number, at: VirtualTime): VirtualTime {
    this.lastValid = Math.max(this.lastValid, at + (this.faults?.delayOf("endpoints", at, service) ?? 0));
    return this.lastValid;
  }

  blame(service: number, now: VirtualTime, cause: CauseId): void {
    if (!this.emptied.has(service)) return;
    this.emptied.set(service, cause);
    this.options.blameLog?.append({ service, pod: -1, cause, delay: 0 }, now + Math.max(1, this.options.settings.watchLatencyFloor));
  }

  holdUp(service: number, pod: PodId, now: VirtualTime, cause: CauseId, delay: Duration): void {
    this.options.blameLog?.append({ service, pod, cause, delay }, now + Math.max(1, this.options.settings.watchLatencyFloor));
  }

  /** What happens while there is no endpoint isn't why there is none. */
  private causeOf(service: number, endpoints: number, cause: CauseId): CauseId {
    if (endpoints > 0) {
      this.emptied.delete(service);
      return cause;
    }
    const known = this.emptied.get(service);
    if (known !== undefined) return known;
    this.emptied.set(service, cause);
    return cause;
  }

  /** Ascending, so that messages have an order of their own. */
  private concernedNodes(service: number, nodes: readonly number[], now: VirtualTime): number[] {
    let known = this.concerned.get(service);
    if (known === undefined) {
      known = new Map();
      this.concerned.set(service, known);
    }
    for (const [node, until] of known) {
      if (until === Infinity) known.set(node, now + NOTICE_MEMORY);
      else if (until < now) known.delete(node);
    }
    for (const node of nodes) known.set(node, Infinity);
    return [...known.keys()].sort((a, b) => a - b);
  }
}
