/**
 * The API server as a logical process: it commits writes the moment they arrive, one after the other,
 * and tells the watchers. Admission happened when the spec was read: what arrives is valid.
 *
 *   client ── request leg ──▶ commit ── response leg ──▶ client
 *                               └── watch latency ──▶ scheduler, controllers, kubelet of the Pod's node
 */
import { CauseKind } from "../../cause-kinds.ts";
import { assert, unreachable } from "../../kernel/assert.ts";
import type { CauseId, CauseTable } from "../../kernel/causes.ts";
import type { LpId } from "../../kernel/event.ts";
import type { LogicalProcess } from "../../kernel/logical-process.ts";
import type { Simulator } from "../../kernel/simulator.ts";
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import { seriesName } from "../../metrics/catalogue.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import type { Settings } from "../../settings.ts";
import type { Deployment, DeploymentSpec } from "../objects/deployment.ts";
import type { Taint } from "../objects/meta.ts";
import { NodeReady, type NodeRecord } from "../objects/node.ts";
import { PodCondition, pendingPodStatus, type PodStatus } from "../objects/pod.ts";
import { GATE_BITS, withGate, type GateStatus } from "../objects/readiness-gates.ts";
import type { ReplicaSet } from "../objects/replica-set.ts";
import type { Service } from "../objects/service.ts";
import type { KubeletRequest } from "./node-messages.ts";
import { Availability } from "./availability.ts";
import { decideDeletion } from "./pod-deletion.ts";
import { isActive, isReady, isSameStatus, isTerminal, podStateOf, podStates } from "./pod-facts.ts";
import type { PodId, PodRecord } from "./pod-record.ts";
import {
  EndpointCondition,
  emptyDeploymentStatus,
  emptyReplicaSetStatus,
  type DeploymentRecord,
  type DeploymentStatus,
  type EndpointSliceRecord,
  type ReplicaSetRecord,
  type ReplicaSetStatus,
  type ServiceRecord,
} from "./records.ts";
import type { ApiRequest, ApiRequestMessage, ApiResponse, NewReplicaSet, ReplicaSetChange, WatchChange, WriteKind } from "./requests.ts";
import { Rollouts } from "./rollouts.ts";
import type { Store } from "./store.ts";
import type { Versions } from "../versions.ts";
import { Watcher, type ControlSender, type WatchListener } from "./watch.ts";

/** Where committed endpoints go: the log that Service proxies read. */
export interface EndpointPublisher {
  /** `pods` ascending; `changed`: endpoints that differ from the version before. */
  publish(
    service: number,
    pods: readonly PodId[],
    nodes: readonly number[],
    changed: number,
    committedAt: VirtualTime,
    cause: CauseId,
  ): void;
}

/** Told of every committed change of a Pod, for those who check rules. */
export interface PodObserver {
  podChanged(before: PodRecord | undefined, after: PodRecord | null, now: VirtualTime): void;
  /** The spec or status of this workload's Deployment was written. */
  deploymentChanged(workload: number, now: VirtualTime): void;
  /** A ReplicaSet's spec was written. */
  replicaSetChanged?(replicaSet: number, now: VirtualTime): void;
}

export interface ApiServerOptions {
  readonly lp: LpId;
  readonly scheduler: LpId;
  readonly controllers: LpId;
  readonly firstNode: LpId;
  readonly simulator: Simulator;
  readonly mailbox: ControlSender & { take(slot: number): { readonly kind: string } };
  readonly causes: CauseTable;
  readonly recorder: Recorder;
  readonly settings: Settings;
  readonly store: Store;
  readonly endpoints: EndpointPublisher;
  readonly versions: Versions;
}

const notFound: ApiResponse = { status: "notFound" };
const conflict: ApiResponse = { status: "conflict" };
const alreadyExists: ApiResponse = { status: "alreadyExists" };
/** Conditions of a Pod that its kubelet doesn't take away; DisruptionTarget it may add. */
const FOREIGN_CONDITIONS: number = PodCondition.PodScheduled | PodCondition.DisruptionTarget | GATE_BITS;

export class ApiServer implements LogicalProcess {
  readonly id: LpId;
  readonly store: Store;
  readonly rollouts: Rollouts = new Rollouts();
  readonly availability: Availability;
  /** Set by whoever checks rules. */
  observer: PodObserver | null = null;
  /** Why a node fell silent, where a fault says so: nobody is told by a node that is gone. */
  readonly silences: Map<number, CauseId> = new Map();
  private readonly options: ApiServerOptions;
  private readonly causes: CauseTable;
  private readonly controllers: Watcher;
  private readonly scheduler: Watcher;
  private readonly nodes: (Watcher | undefined)[];
  private readonly stateSeries: readonly number[];
  private readonly writeCounters = new Map<WriteKind, number>();

  constructor(options: ApiServerOptions) {
    this.options = options;
    this.id = options.lp;
    this.store = options.store;
    this.causes = options.causes;
    this.availability = new Availability(options.store, options.recorder, options.causes);
    this.controllers = this.watcher(options.controllers, "controllers");
    this.scheduler = this.watcher(options.scheduler, "scheduler");
    this.nodes = options.store.nodeTemplates.map(() => undefined);
    this.stateSeries = podStates.map((state) => options.recorder.timeSeries(seriesName("pods", state)));
  }

  onMessage(now: VirtualTime, origin: LpId, payload: number): void {
    const message = this.options.mailbox.take(payload) as ApiRequestMessage | KubeletRequest;
    if (message.kind === "apiRequest") this.answer(message, origin, now);
    else this.serveKubelet(message, now);
  }

  onTimer(): void {
    assert(false, "the API server has no timers");
  }

  /** Every committed change of every object, as its watchers will see it. */
  listen(listener: WatchListener): void {
    this.controllers.listener = listener;
  }

  /** Nothing is on its way to a watcher. */
  isQuiet(now: VirtualTime): boolean {
    const isDelivered = (watcher: Watcher | undefined): boolean => watcher === undefined || watcher.lastChange < now;
    return isDelivered(this.controllers) && isDelivered(this.scheduler) && this.nodes.every(isDelivered);
  }

  /** A Pod that was there long before t = 0: no event, no watch. */
  adoptPod(pod: Omit<PodRecord, "id" | "ordinal" | "resourceVersion">): PodRecord {
    const record: PodRecord = podRecord(
      this.store.nextPodId(),
      this.store.nextResourceVersion(),
      pod.owner,
      pod.workload,
      this.store.nextOrdinal(pod.workload),
      pod.template,
      pod.node,
      pod.createdAt,
      pod.deletionTimestamp,
      pod.deletionGracePeriodSeconds,
      pod.status,
      pod.cause,
    );
    this.store.putPod(record);
    this.countState(undefined, record, 0);
    this.availability.podChanged(undefined, record, 0);
    return record;
  }

  /** Of settled objects: the endpoints as the proxies know them at t = 0. */
  publishEndpoints(service: number, changed: number, now: VirtualTime): void {
    const { pods, nodes } = visibleEndpoints([...(this.store.slices[service]?.values() ?? [])]);
    this.options.endpoints.publish(service, pods, nodes, changed, now, this.causes.current);
  }

  private answer(message: ApiRequestMessage, origin: LpId, now: VirtualTime): void {
    const { request } = message;
    const isOperator = origin !== this.options.controllers && origin !== this.options.scheduler;
    const unwanted = isOperator && request.kind === "deletePod" ? this.store.pods[request.pod] : undefined;
    const response = this.execute(request, now);
    if (unwanted !== undefined) this.availability.podUnwanted(unwanted, now);
    this.options.mailbox.post(origin, now + message.returnLeg, { kind: "apiResponse", ticket: message.ticket, response });
  }

  private serveKubelet(request: KubeletRequest, now: VirtualTime): void {
    switch (request.kind) {
      case "patchPodStatus":
        this.patchPodStatus(request.pod, request.status, now);
        return;
      case "deletePod":
        this.deletePod(request.pod, 0, now);
        return;
      case "createMirrorPod":
        this.createPod(-1, request.workload, request.template, now);
        return;
      case "renewLease":
        this.store.leaseRenewals[request.node] = now;
        this.countWrite("Lease", now);
        this.controllers.deliver({ type: "lease", id: request.node, renewTime: now }, now);
        return;
      case "patchNodeStatus":
        this.patchNodeReady(request.node, request.ready, now, request.pressure);
        return;
      default:
        unreachable(request);
    }
  }

  private execute(request: ApiRequest, now: VirtualTime): ApiResponse {
    switch (request.kind) {
      case "createPod":
        return this.createPod(request.owner, request.workload, request.template, now);
      case "createBarePod":
        return this.createPod(-1, request.workload, request.template, now);
      case "deletePod":
        return this.deletePod(request.pod, request.gracePeriodSeconds, now);
      case "bindPod":
        return this.bindPod(request.pod, request.node, now);
      case "markPodNotReady":
        return this.markPodNotReady(request.pod, now);
      case "markDisruptionTarget":
        return this.setConditions(request.pod, PodCondition.DisruptionTarget, now);
      case "patchPodScheduled":
        // False is the absence of its bit: the call costs, the object stays.
        // Differs: unscheduled condition without text
        return this.patchPodUnscheduled(request.pod, now);
      case "listPods":
        return { status: "ok", pods: this.store.pods.filter((pod) => pod !== undefined && request.workloads.includes(pod.workload)) as PodRecord[] };
      case "updatePodTemplate":
        return this.updatePodTemplate(request.pod, request.template, now);
      case "setPodGate":
        return this.setPodGate(request.pod, request.gate, request.status, now);
      case "getPod":
        return found("pod", this.store.pods[request.pod]);
      case "createReplicaSet":
        return this.createReplicaSet(request.object, now);
      case "createBareReplicaSet":
        return this.createBareReplicaSet(request.object, now);
      case "updateReplicaSet":
        return this.updateReplicaSet(request.replicaSet, request.resourceVersion, request.change, request.isRolloutStep === true, now);
      case "updateReplicaSetStatus":
        return this.updateReplicaSetStatus(request.replicaSet, request.resourceVersion, request.status, now);
      case "deleteReplicaSet":
        return this.deleteReplicaSet(request.replicaSet, now);
      case "getReplicaSet":
        return found("replicaSet", this.store.replicaSets.get(request.replicaSet));
      case "createDeployment":
        return this.createDeployment(request.object, now);
      case "updateDeployment":
        return this.updateDeployment(request.deployment, request.resourceVersion, request.spec, now);
      case "updateDeploymentStatus":
        return this.updateDeploymentStatus(request.deployment, request.resourceVersion, request.status, request.revision, now);
      case "deleteDeployment":
        return this.deleteDeployment(request.deployment, now);
      case "putService":
        return this.putService(request.object, now);
      case "deleteService":
        return this.deleteService(request.service, now);
      case "patchNodeReady":
        return this.patchNodeReady(request.node, request.ready, now);
      case "patchNodeTaints":
        return this.patchNodeTaints(request.node, request.add, request.remove, now);
      case "putEndpointSlice":
        return this.putEndpointSlice(request.service, request.number, request.pods, request.nodes, request.conditions, now);
      case "deleteEndpointSlice":
        return this.deleteEndpointSlice(request.service, request.number, now);
      case "createEvent":
        this.store.nextResourceVersion();
        this.countWrite("Event", now);
        return { status: "ok" };
      case "find":
        return this.find(request);
      default:
        return unreachable(request);
    }
  }

  // ── Pods ──

  private createPod(owner: number, workload: number, template: number, now: VirtualTime): ApiResponse {
    if (owner < 0 && this.store.barePod(workload) !== undefined) return alreadyExists;
    const id = this.store.nextPodId();
    const nodeName = this.store.definitions.template(template).spec.nodeName;
    const node = nodeName === "" ? -1 : this.store.nodeTemplates.findIndex(({ name }) => name === nodeName);
    const status: PodStatus = node < 0 ? pendingPodStatus : { ...pendingPodStatus, conditions: PodCondition.PodScheduled };
    const cause = this.causes.note(this.id, CauseKind.podCreated, id, now);
    const pod = podRecord(
      id,
      this.store.nextResourceVersion(),
      owner,
      workload,
      this.store.nextOrdinal(workload),
      template,
      node,
      wholeSeconds(now),
      -1,
      -1,
      status,
      cause,
    );
    this.commitPod(undefined, pod, "Pod", now);
    return { status: "ok", pod };
  }

  private bindPod(id: PodId, node: number, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    if (pod.node >= 0 || pod.deletionTimestamp >= 0) return conflict;
    const cause = this.causes.note(this.id, CauseKind.podBound, id, now, this.causes.current, node);
    const status = { ...pod.status, conditions: pod.status.conditions | PodCondition.PodScheduled };
    const bound = nextVersion(
      pod,
      this.store.nextResourceVersion(),
      node,
      pod.deletionTimestamp,
      pod.deletionGracePeriodSeconds,
      status,
      cause,
    );
    this.commitPod(pod, bound, "Binding", now);
    return { status: "ok", pod: bound };
  }

  /** Told to listeners alone: no watcher decides by it. */
  private patchPodUnscheduled(id: PodId, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    this.store.unscheduled.add(id);
    this.controllers.listener?.({ type: "pod", id, record: pod }, now);
    return { status: "ok" };
  }

  private patchPodStatus(id: PodId, status: PodStatus, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    if (isTerminal(pod) && status.phase !== pod.status.phase) return conflict;
    const conditions = (status.conditions & ~(PodCondition.PodScheduled | GATE_BITS)) | (pod.status.conditions & FOREIGN_CONDITIONS);
    // A kubelet before 1.22 takes all conditions of a Pod past its deadline away.
    const merged = status.conditions === 0 || conditions === status.conditions ? status : { ...status, conditions };
    return this.putStatus(pod, merged, now);
  }

  private markPodNotReady(id: PodId, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    if (!isReady(pod)) return { status: "ok", pod };
    return this.putForeignStatus(
      pod,
      { ...pod.status, conditions: pod.status.conditions & ~PodCondition.Ready, readySince: wholeSeconds(now) },
      now,
    );
  }

  private setConditions(id: PodId, conditions: number, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    return this.putForeignStatus(pod, { ...pod.status, conditions: pod.status.conditions | conditions }, now);
  }

  private updatePodTemplate(id: PodId, template: number, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    if (pod.template === template) return { status: "ok", pod };
    const cause = this.causes.note(this.id, CauseKind.podChanged, id, now);
    const changed = podRecord(
      pod.id,
      this.store.nextResourceVersion(),
      pod.owner,
      pod.workload,
      pod.ordinal,
      template,
      pod.node,
      pod.createdAt,
      pod.deletionTimestamp,
      pod.deletionGracePeriodSeconds,
      pod.status,
      cause,
    );
    this.commitPod(pod, changed, "Pod", now);
    return { status: "ok", pod: changed };
  }

  private setPodGate(id: PodId, gate: number, status: GateStatus, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    return this.putForeignStatus(pod, { ...pod.status, conditions: withGate(pod.status.conditions, gate, status) }, now);
  }

  /** A write of somebody else than the Pod's kubelet, who gets to see it. */
  private putForeignStatus(pod: PodRecord, status: PodStatus, now: VirtualTime): ApiResponse {
    const response = this.putStatus(pod, status, now);
    const record = this.store.pods[pod.id];
    if (record !== undefined && record !== pod && record.node >= 0)
      this.nodeWatcher(record.node).deliverNotice({ kind: "podUpdated", record }, now);
    return response;
  }

  private putStatus(pod: PodRecord, status: PodStatus, now: VirtualTime): ApiResponse {
    if (isSameStatus(pod.status, status)) return { status: "ok", pod };
    const cause = this.causes.current === 0 ? pod.cause : this.causes.current;
    const next = nextVersion(
      pod,
      this.store.nextResourceVersion(),
      pod.node,
      pod.deletionTimestamp,
      pod.deletionGracePeriodSeconds,
      status,
      cause,
    );
    this.commitPod(pod, next, "PodStatus", now);
    return { status: "ok", pod: next };
  }

  private deletePod(id: PodId, gracePeriodSeconds: number | null, now: VirtualTime): ApiResponse {
    const pod = this.store.pods[id];
    if (pod === undefined) return notFound;
    const own = this.store.definitions.template(pod.template).spec.terminationGracePeriodSeconds;
    const decision = decideDeletion(pod, own, gracePeriodSeconds, now, this.options.versions);
    switch (decision.type) {
      case "unchanged":
        return { status: "ok", pod };
      case "remove":
        this.removePod(pod, now);
        return { status: "ok" };
      case "mark": {
        const isFirst = pod.deletionTimestamp < 0;
        const cause = isFirst
          ? this.causes.note(this.id, CauseKind.podDeleted, id, now, this.causes.current, decision.gracePeriodSeconds)
          : this.causes.current;
        const marked = nextVersion(
          pod,
          this.store.nextResourceVersion(),
          pod.node,
          decision.deletionTimestamp,
          decision.gracePeriodSeconds,
          pod.status,
          cause,
        );
        this.commitPod(pod, marked, "Pod", now);
        if (decision.removeAtOnce) this.removePod(marked, now);
        return { status: "ok", pod: marked };
      }
      default:
        return unreachable(decision);
    }
  }

  private removePod(pod: PodRecord, now: VirtualTime): void {
    this.store.nextResourceVersion();
    this.causes.note(this.id, CauseKind.podRemoved, pod.id, now);
    this.store.removePod(pod);
    this.countState(pod, undefined, now);
    this.availability.podChanged(pod, null, now);
    this.countWrite("Pod", now);
    this.controllers.deliver({ type: "pod", id: pod.id, record: null }, now);
    this.scheduler.deliver({ type: "pod", id: pod.id, record: null }, now);
    if (pod.node >= 0) this.nodeWatcher(pod.node).deliverNotice({ kind: "podRemoved", pod: pod.id }, now);
    this.observer?.podChanged(pod, null, now);
  }

  private commitPod(before: PodRecord | undefined, after: PodRecord, kind: WriteKind, now: VirtualTime): void {
    this.store.putPod(after);
    this.countState(before, after, now);
    this.availability.podChanged(before, after, now);
    this.countWrite(kind, now);
    const change: WatchChange = { type: "pod", id: after.id, record: after };
    this.controllers.deliver(change, now);
    if (concernsScheduler(before, after)) this.scheduler.deliver(change, now);
    if (after.node >= 0) this.notifyKubelet(before, after, now);
    this.observer?.podChanged(before, after, now);
  }

  private notifyKubelet(before: PodRecord | undefined, after: PodRecord, now: VirtualTime): void {
    if (before === undefined || before.node < 0) this.nodeWatcher(after.node).deliverNotice({ kind: "podAdded", record: after }, now);
    else if (
      before.template !== after.template ||
      before.deletionTimestamp !== after.deletionTimestamp ||
      before.deletionGracePeriodSeconds !== after.deletionGracePeriodSeconds
    ) {
      this.nodeWatcher(after.node).deliverNotice({ kind: "podUpdated", record: after }, now);
    }
  }

  // ── ReplicaSets ──

  private createReplicaSet(object: NewReplicaSet, now: VirtualTime): ApiResponse {
    if (this.store.findReplicaSet(object.namespace, object.name) !== undefined) return alreadyExists;
    if (object.owner >= 0) this.noteStep(object.workload, object.replicas, now);
    const record: ReplicaSetRecord = {
      id: this.store.nextReplicaSetId(),
      resourceVersion: this.store.nextResourceVersion(),
      generation: 1,
      namespace: object.namespace,
      name: object.name,
      owner: object.owner,
      workload: object.workload,
      template: object.template,
      replicas: object.replicas,
      minReadySeconds: object.minReadySeconds,
      desiredReplicas: object.desiredReplicas,
      maxReplicas: object.maxReplicas,
      revision: object.revision,
      createdAt: wholeSeconds(now),
      status: emptyReplicaSetStatus,
      cause: this.causes.current,
    };
    this.commitReplicaSet(record, "ReplicaSet", now);
    return { status: "ok", replicaSet: record };
  }

  private createBareReplicaSet(object: ReplicaSet, now: VirtualTime): ApiResponse {
    const { namespace, name } = object.metadata;
    return this.createReplicaSet(
      {
        owner: -1,
        workload: this.store.workloads.indexOf("ReplicaSet", namespace, name),
        namespace,
        name,
        template: this.store.definitions.idOf(object.spec.template),
        replicas: object.spec.replicas,
        minReadySeconds: object.spec.minReadySeconds,
        desiredReplicas: -1,
        maxReplicas: -1,
        revision: 0,
      },
      now,
    );
  }

  /** Noted with the write, so that a step that a conflict keeps from happening leaves no row. */
  private noteStep(workload: number, by: number, now: VirtualTime): void {
    if (by !== 0) this.causes.note(this.id, CauseKind.rolloutStep, workload, now, this.causes.current, by);
  }

  private updateReplicaSet(
    id: number,
    resourceVersion: number,
    change: ReplicaSetChange,
    isRolloutStep: boolean,
    now: VirtualTime,
  ): ApiResponse {
    const before = this.store.replicaSets.get(id);
    if (before === undefined) return notFound;
    if (resourceVersion !== 0 && resourceVersion !== before.resourceVersion) return conflict;
    const changed = { ...before, ...change };
    const isSpecSame =
      before.replicas === changed.replicas && before.minReadySeconds === changed.minReadySeconds && before.template === changed.template;
    if (
      isSpecSame &&
      before.desiredReplicas === changed.desiredReplicas &&
      before.maxReplicas === changed.maxReplicas &&
      before.revision === changed.revision
    ) {
      return { status: "ok", replicaSet: before };
    }
    if (isRolloutStep) this.noteStep(before.workload, changed.replicas - before.replicas, now);
    const record: ReplicaSetRecord = {
      ...changed,
      resourceVersion: this.store.nextResourceVersion(),
      generation: isSpecSame ? before.generation : before.generation + 1,
      cause: this.causes.current,
    };
    this.commitReplicaSet(record, "ReplicaSet", now);
    return { status: "ok", replicaSet: record };
  }

  private updateReplicaSetStatus(id: number, resourceVersion: number, status: ReplicaSetStatus, now: VirtualTime): ApiResponse {
    const before = this.store.replicaSets.get(id);
    if (before === undefined) return notFound;
    if (resourceVersion !== 0 && resourceVersion !== before.resourceVersion) return conflict;
    const record: ReplicaSetRecord = { ...before, resourceVersion: this.store.nextResourceVersion(), status, cause: this.causes.current };
    this.commitReplicaSet(record, "ReplicaSetStatus", now);
    return { status: "ok", replicaSet: record };
  }

  private deleteReplicaSet(id: number, now: VirtualTime): ApiResponse {
    const before = this.store.replicaSets.get(id);
    if (before === undefined) return notFound;
    this.store.removeReplicaSet(before);
    if (before.owner < 0) this.availability.desire(before.workload, 0, now);
    this.store.nextResourceVersion();
    // Of a Deployment that was deleted, this is the garbage collector's share: its row says it.
    if (before.owner < 0 || this.store.deployments.has(before.owner))
      this.causes.note(this.id, CauseKind.workloadDeleted, before.workload, now);
    this.countWrite("ReplicaSet", now);
    this.controllers.deliver({ type: "replicaSet", id, record: null }, now);
    return { status: "ok" };
  }

  private commitReplicaSet(record: ReplicaSetRecord, kind: WriteKind, now: VirtualTime): void {
    const before = this.store.replicaSets.get(record.id);
    this.store.putReplicaSet(record);
    if (before !== undefined && before.minReadySeconds !== record.minReadySeconds)
      this.availability.minReadyChanged(record.id, before.minReadySeconds, now);
    if (record.owner < 0) this.availability.desire(record.workload, record.replicas, now);
    if (kind === "ReplicaSet") this.observer?.replicaSetChanged?.(record.id, now);
    this.countWrite(kind, now);
    this.controllers.deliver({ type: "replicaSet", id: record.id, record }, now);
  }

  // ── Deployments ──

  private createDeployment(object: Deployment, now: VirtualTime): ApiResponse {
    const { namespace, name } = object.metadata;
    if (this.store.findDeployment(namespace, name) !== undefined) return alreadyExists;
    const workload = this.store.workloads.indexOf("Deployment", namespace, name);
    const cause = this.causes.note(this.id, CauseKind.deploymentChanged, workload, now);
    const record: DeploymentRecord = {
      id: this.store.nextDeploymentId(),
      resourceVersion: this.store.nextResourceVersion(),
      generation: 1,
      namespace,
      name,
      workload,
      template: this.store.definitions.idOf(object.spec.template),
      spec: object.spec,
      revision: 0,
      createdAt: wholeSeconds(now),
      status: emptyDeploymentStatus,
      cause,
    };
    this.rollouts.began(workload, now, cause);
    this.commitDeployment(record, "Deployment", now);
    return { status: "ok", deployment: record };
  }

  private updateDeployment(id: number, resourceVersion: number, spec: DeploymentSpec, now: VirtualTime): ApiResponse {
    const before = this.store.deployments.get(id);
    if (before === undefined) return notFound;
    if (resourceVersion !== 0 && resourceVersion !== before.resourceVersion) return conflict;
    const template = this.store.definitions.idOf(spec.template);
    if (JSON.stringify(before.spec) === JSON.stringify(spec)) return { status: "ok", deployment: before };
    const cause = this.causes.note(this.id, CauseKind.deploymentChanged, before.workload, now);
    const record: DeploymentRecord = {
      ...before,
      resourceVersion: this.store.nextResourceVersion(),
      generation: before.generation + 1,
      template,
      spec,
      cause,
    };
    if (template !== before.template) this.rollouts.began(before.workload, now, cause);
    this.commitDeployment(record, "Deployment", now);
    return { status: "ok", deployment: record };
  }

  private updateDeploymentStatus(
    id: number,
    resourceVersion: number,
    status: DeploymentStatus,
    revision: number,
    now: VirtualTime,
  ): ApiResponse {
    const before = this.store.deployments.get(id);
    if (before === undefined) return notFound;
    if (resourceVersion !== 0 && resourceVersion !== before.resourceVersion) return conflict;
    const record: DeploymentRecord = {
      ...before,
      resourceVersion: this.store.nextResourceVersion(),
      status,
      revision,
      cause: this.causes.current,
    };
    this.rollouts.statusWritten(record, now);
    this.commitDeployment(record, "DeploymentStatus", now);
    return { status: "ok", deployment: record };
  }

  private deleteDeployment(id: number, now: VirtualTime): ApiResponse {
    const before = this.store.deployments.get(id);
    if (before === undefined) return notFound;
    this.store.removeDeployment(before);
    this.availability.desire(before.workload, 0, now);
    this.store.nextResourceVersion();
    this.causes.note(this.id, CauseKind.workloadDeleted, before.workload, now);
    this.rollouts.deleted(before.workload, now);
    this.countWrite("Deployment", now);
    this.controllers.deliver({ type: "deployment", id, record: null }, now);
    return { status: "ok" };
  }

  private commitDeployment(record: DeploymentRecord, kind: WriteKind, now: VirtualTime): void {
    this.store.putDeployment(record);
    this.availability.desire(record.workload, record.spec.replicas, now);
    this.countWrite(kind, now);
    if (kind === "Deployment") this.observer?.deploymentChanged(record.workload, now);
    this.controllers.deliver({ type: "deployment", id: record.id, record }, now);
  }

  // ── Services and their slices ──

  private putService(object: Service, now: VirtualTime): ApiResponse {
    const index = this.store.serviceNumber(object.metadata.namespace, object.metadata.name);
    assert(index >= 0, `a Service that the run doesn't know: ${object.metadata.namespace}/${object.metadata.name}`);
    const before = this.store.services[index];
    if (before !== undefined && JSON.stringify(before.object) === JSON.stringify(object)) return { status: "ok", service: before };
    const record: ServiceRecord = {
      index,
      resourceVersion: this.store.nextResourceVersion(),
      object,
      createdAt: before === undefined ? wholeSeconds(now) : (before.createdAt ?? 0),
      cause: this.causes.current,
    };
    this.store.services[index] = record;
    this.countWrite("Service", now);
    this.controllers.deliver({ type: "service", id: index, record }, now);
    return { status: "ok", service: record };
  }

  private deleteService(index: number, now: VirtualTime): ApiResponse {
    if (this.store.services[index] === undefined) return notFound;
    this.store.services[index] = undefined;
    this.store.nextResourceVersion();
    this.countWrite("Service", now);
    this.controllers.deliver({ type: "service", id: index, record: null }, now);
    return { status: "ok" };
  }

  private putEndpointSlice(
    service: number,
    asked: number,
    pods: readonly PodId[],
    nodes: readonly number[],
    conditions: readonly number[],
    now: VirtualTime,
  ): ApiResponse {
    const slices = this.slicesOf(service);
    const before = asked < 0 ? undefined : slices.get(asked);
    if (asked >= 0 && before === undefined) return notFound;
    const number = asked < 0 ? this.store.nextSliceNumber() : asked;
    const cause = this.causes.note(this.id, CauseKind.endpointsChanged, service, now, this.causes.current, pods.length);
    const record: EndpointSliceRecord = {
      service,
      number,
      resourceVersion: this.store.nextResourceVersion(),
      pods,
      nodes,
      conditions,
      createdAt: before === undefined ? wholeSeconds(now) : (before.createdAt ?? 0),
      cause,
    };
    slices.set(number, record);
    this.countWrite("EndpointSlice", now);
    this.controllers.deliver({ type: "endpointSlice", service, id: number, record }, now);
    this.publishEndpoints(service, changedEndpoints(before, record), now);
    return { status: "ok", slice: record };
  }

  private deleteEndpointSlice(service: number, number: number, now: VirtualTime): ApiResponse {
    const slices = this.slicesOf(service);
    const before = slices.get(number);
    if (before === undefined) return notFound;
    slices.delete(number);
    this.store.nextResourceVersion();
    this.causes.note(this.id, CauseKind.endpointsChanged, service, now);
    this.countWrite("EndpointSlice", now);
    this.controllers.deliver({ type: "endpointSlice", service, id: number, record: null }, now);
    this.publishEndpoints(service, before.pods.length, now);
    return { status: "ok" };
  }

  private slicesOf(service: number): Map<number, EndpointSliceRecord> {
    const slices = this.store.slices[service];
    assert(slices !== undefined, `no Service ${service}`);
    return slices;
  }

  // ── Nodes ──

  /** `pressure`: what a kubelet reports; the node controller leaves it. */
  private patchNodeReady(index: number, ready: NodeReady, now: VirtualTime, pressure?: number): ApiResponse {
    const before = this.store.nodes[index];
    if (before === undefined) return notFound;
    const reported = pressure ?? before.pressure ?? 0;
    if (before.ready === ready && (before.pressure ?? 0) === reported) return { status: "ok" };
    if (ready === NodeReady.Unknown)
      this.causes.note(this.id, CauseKind.nodeUnknown, index, now, this.silences.get(index) ?? this.causes.current);
    if (ready === NodeReady.True && before.ready !== ready) this.causes.note(this.id, CauseKind.nodeReturned, index, now);
    this.commitNode({ ...before, resourceVersion: this.store.nextResourceVersion(), ready, pressure: reported }, now);
    return { status: "ok" };
  }

  private patchNodeTaints(index: number, add: readonly Taint[], remove: readonly Taint[], now: VirtualTime): ApiResponse {
    const before = this.store.nodes[index];
    if (before === undefined) return notFound;
    const kept = before.taints.filter((taint) => !remove.some((other) => isSameTaint(taint, other)));
    const added = add.filter((taint) => !kept.some((other) => isSameTaint(taint, other)));
    if (added.length === 0 && kept.length === before.taints.length) return { status: "ok" };
    if (added.some(({ effect }) => effect === "NoExecute")) this.causes.note(this.id, CauseKind.nodeTainted, index, now);
    this.commitNode({ ...before, resourceVersion: this.store.nextResourceVersion(), taints: [...kept, ...added] }, now);
    return { status: "ok" };
  }

  private commitNode(record: NodeRecord, now: VirtualTime): void {
    this.store.nodes[record.index] = record;
    this.countWrite("Node", now);
    const change: WatchChange = { type: "node", id: record.index, record };
    this.controllers.deliver(change, now);
    this.scheduler.deliver(change, now);
  }

  private find({ type, namespace, name }: Extract<ApiRequest, { kind: "find" }>): ApiResponse {
    switch (type) {
      case "Deployment":
        return found("deployment", this.store.findDeployment(namespace, name));
      case "ReplicaSet":
        return found("replicaSet", this.store.findReplicaSet(namespace, name));
      case "Pod":
        return found("pod", this.store.findPod(namespace, name));
      case "Service":
        return found("service", this.store.services[this.store.serviceNumber(namespace, name)]);
      default:
        return unreachable(type);
    }
  }

  private countState(before: PodRecord | undefined, after: PodRecord | undefined, now: VirtualTime): void {
    const from = before === undefined ? -1 : podStateOf(before);
    const to = after === undefined ? -1 : podStateOf(after);
    if (from === to) return;
    if (from >= 0) this.options.recorder.mark(this.stateSeries[from]!, now, -1);
    if (to >= 0) this.options.recorder.mark(this.stateSeries[to]!, now, 1);
  }

  private countWrite(kind: WriteKind, now: VirtualTime): void {
    let counter = this.writeCounters.get(kind);
    if (counter === undefined) {
      counter = this.options.recorder.counter(seriesName("api_writes", kind));
      this.writeCounters.set(kind, counter);
    }
    this.options.recorder.count(counter, now);
  }

  private nodeWatcher(node: number): Watcher {
    return (this.nodes[node] ??= this.watcher(this.options.firstNode + node, `node/${this.store.nodeTemplates[node]?.name ?? ""}`));
  }

  private watcher(lp: LpId, name: string): Watcher {
    return new Watcher(lp, name, this.options.mailbox, this.options.settings, this.store.seed);
  }
}

/** What kube-proxy routes to: the ready ones, or, if there is none, those that still serve while terminating. */
export function visibleEndpoints(slices: readonly EndpointSliceRecord[]): {
  readonly pods: readonly PodId[];
  readonly nodes: readonly number[];
} {
  const ready = endpointsWith(slices, (conditions) => (conditions & EndpointCondition.ready) !== 0);
  const fallback = EndpointCondition.serving | EndpointCondition.terminating;
  const chosen = ready.length > 0 ? ready : endpointsWith(slices, (conditions) => (conditions & fallback) === fallback);
  chosen.sort((a, b) => a.pod - b.pod);
  return { pods: chosen.map(({ pod }) => pod), nodes: chosen.map(({ node }) => node) };
}

function endpointsWith(slices: readonly EndpointSliceRecord[], isWanted: (conditions: number) => boolean): { pod: PodId; node: number }[] {
  return slices.flatMap((slice) =>
    slice.pods
      .map((pod, index) => ({ pod, node: slice.nodes[index] ?? -1, conditions: slice.conditions[index] ?? 0 }))
      .filter(({ conditions }) => isWanted(conditions)),
  );
}

function changedEndpoints(before: EndpointSliceRecord | undefined, after: EndpointSliceRecord): number {
  if (before === undefined) return after.pods.length;
  const known = new Map(before.pods.map((pod, index) => [pod, before.conditions[index]]));
  let changed = 0;
  after.pods.forEach((pod, index) => {
    if (known.get(pod) !== after.conditions[index]) changed++;
    known.delete(pod);
  });
  return changed + known.size;
}

/** Of all that happens to a Pod, the scheduler's queue and its sums of requests depend on this alone. */
function concernsScheduler(before: PodRecord | undefined, after: PodRecord): boolean {
  return (
    before === undefined ||
    before.node !== after.node ||
    isTerminal(before) !== isTerminal(after) ||
    (after.node < 0 && isActive(before) !== isActive(after))
  );
}

function isSameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

function found<Field extends "pod" | "replicaSet" | "deployment" | "service">(
  field: Field,
  record: ApiResponse[Field] | undefined,
): ApiResponse {
  return record === undefined ? notFound : { status: "ok", [field]: record };
}

function nextVersion(
  pod: PodRecord,
  resourceVersion: number,
  node: number,
  deletionTimestamp: number,
  deletionGracePeriodSeconds: number,
  status: PodStatus,
  cause: CauseId,
): PodRecord {
  return podRecord(
    pod.id,
    resourceVersion,
    pod.owner,
    pod.workload,
    pod.ordinal,
    pod.template,
    node,
    pod.createdAt,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    status,
    cause,
  );
}

/** The one place where records are made, so that all have one shape. */
function podRecord(
  id: PodId,
  resourceVersion: number,
  owner: number,
  workload: number,
  ordinal: number,
  template: number,
  node: number,
  createdAt: number,
  deletionTimestamp: number,
  deletionGracePeriodSeconds: number,
  status: PodStatus,
  cause: CauseId,
): PodRecord {
  return {
    id,
    resourceVersion,
    owner,
    workload,
    ordinal,
    template,
    node,
    createdAt,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    status,
    cause,
  };
}
