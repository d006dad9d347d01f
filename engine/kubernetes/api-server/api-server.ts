/**
 * The API server as a logical process: it commits writes the moment they arrive, one after the other,
 * and tells the watchers. Admission happened when the spec was read: what arrives is valid.
 *
 *   client ── request leg ──▶ commit ── response leg ──▶ client
 *                               └── watch latency ──▶ scheduler, controllers, kubelet of the Pod's node
 */
import { assert, unreachable } from "../../kernel/assert.ts";
import type { CauseId } from "../../kernel/causes.ts";
import type { LpId } from "../../kernel/event.ts";
import type { LogicalProcess } from "../../kernel/logical-process.ts";
import type { Simulator } from "../../kernel/simulator.ts";
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import { Admission } from "./admission.ts";
import type { Availability } from "./availability.ts";
import { Commits, found, type CommitsOptions, type PodObserver } from "./commits.ts";
import { Deployments } from "./deployments.ts";
import { checkEviction } from "./eviction.ts";
import { EndpointSlices } from "./endpoint-slices.ts";
import { Endpoints } from "./endpoints.ts";
import type { KubeletRequest } from "./node-messages.ts";
import { Nodes } from "./nodes.ts";
import type { NewObject, ObjectRecord } from "./object-record.ts";
import { Objects } from "./objects.ts";
import { plainTraits, type PodRecord, type PodTraits } from "./pod-record.ts";
import { PodMetricsStore } from "./pod-metrics.ts";
import { Pods } from "./pods.ts";
import { ReplicaSets } from "./replica-sets.ts";
import { streamKey, uniform } from "../../kernel/random.ts";
import type { ServerFault } from "./server-faults.ts";
import type { ApiRequest, ApiRequestMessage, WaitingRequestMessage, ApiResponse } from "./requests.ts";
import type { Rollouts } from "./rollouts.ts";
import { Services } from "./services.ts";
import type { Store } from "./store.ts";
import type { ControlSender, WatchListener } from "./watch.ts";
import { versionOf, WorkloadPatches } from "./workload-patches.ts";

export type { EndpointPublisher, PodObserver } from "./commits.ts";

/** Longest pause of a reflector between two tries. Source: client-go tools/cache/reflector.go. */
const RELIST_PAUSE = 30 * SECOND;

export interface ApiServerOptions extends CommitsOptions {
  readonly simulator: Simulator;
  readonly mailbox: ControlSender & { take(slot: number): { readonly kind: string } };
}

export class ApiServer implements LogicalProcess {
  readonly id: LpId;
  readonly store: Store;
  private readonly options: ApiServerOptions;
  private readonly commits: Commits;
  private readonly pods: Pods;
  private readonly replicaSets: ReplicaSets;
  private readonly deployments: Deployments;
  private readonly services: Services;
  private readonly endpointSlices: EndpointSlices;
  private readonly endpoints: Endpoints;
  private readonly nodes: Nodes;
  private readonly objects: Objects;
  /** When a fault of it began or ended last. */
  faultChangedAt: VirtualTime = -1;
  private lastServed: VirtualTime = 0;
  private resumptions = 0;
  private readonly metrics: PodMetricsStore;
  private readonly patches: WorkloadPatches;
  /** Watches of single objects that have nothing to tell yet. */
  private watches: { readonly message: ApiRequestMessage; readonly origin: LpId }[] = [];

  constructor(options: ApiServerOptions) {
    this.options = options;
    this.id = options.lp;
    this.store = options.store;
    const commits = (this.commits = new Commits(options));
    const admission = new Admission(commits);
    this.pods = new Pods(commits, admission);
    this.replicaSets = new ReplicaSets(commits, admission);
    this.deployments = new Deployments(commits, admission);
    this.services = new Services(commits, admission);
    this.endpointSlices = new EndpointSlices(commits);
    this.endpoints = new Endpoints(commits);
    this.nodes = new Nodes(commits);
    this.objects = new Objects(commits, admission);
    const { metricsScrape, metricsFreshMin } = options.settings;
    this.metrics = new PodMetricsStore({ resolution: metricsScrape, freshMin: metricsFreshMin });
    this.patches = new WorkloadPatches(commits, this.deployments, this.replicaSets, this.objects);
    admission.objects = this.objects;
  }

  get rollouts(): Rollouts {
    return this.commits.rollouts;
  }

  get availability(): Availability {
    return this.commits.availability;
  }

  /** How late anything may come now because of faults. */
  get longestDelay(): number {
    return this.commits.faults.longestDelay;
  }

  /** When everything committed so far has reached controllers and scheduler. */
  get knownAt(): VirtualTime {
    return this.commits.knownAt;
  }

  /** Set by whoever checks rules. */
  get observer(): PodObserver | null {
    return this.commits.observer;
  }

  set observer(observer: PodObserver | null) {
    this.commits.observer = observer;
  }

  /** Why a node fell silent, where a fault says so. */
  get silences(): Map<number, CauseId> {
    return this.nodes.silences;
  }

  onMessage(now: VirtualTime, origin: LpId, payload: number): void {
    const message = this.options.mailbox.take(payload) as ApiRequestMessage | KubeletRequest | WaitingRequestMessage | ServerFault;
    switch (message.kind) {
      case "serverDown":
      case "serverUp":
      case "serverLag":
        this.meetFault(message, now);
        return;
      case "waitingRequest":
        this.serve(message.message, message.origin, now);
        return;
      default:
        this.accept(message, origin, now);
    }
  }

  private meetFault(fault: ServerFault, now: VirtualTime): void {
    const { faults } = this.commits;
    const wasDown = faults.isDown;
    faults.take(fault);
    this.faultChangedAt = now;
    if (faults.isDown && !wasDown) this.commits.breakWatches(now);
    if (wasDown && !faults.isDown) this.resumeWatches(now);
    if (faults.isHolding) this.endpointSlices.holdUp(now);
  }

  /** In the order of arrival; a slow server lets each wait. */
  private accept(message: ApiRequestMessage | KubeletRequest, origin: LpId, now: VirtualTime): void {
    const delay = this.commits.faults.delayOf("request", now);
    if (delay === 0) return this.serve(message, origin, now);
    this.lastServed = Math.max(this.lastServed + 1, now + delay);
    this.options.mailbox.post(this.id, this.lastServed, { kind: "waitingRequest", origin, message });
  }

  private serve(message: ApiRequestMessage | KubeletRequest, origin: LpId, now: VirtualTime): void {
    // What kubelets have sent before they knew is still served.
    if (message.kind !== "apiRequest") this.serveKubelet(message, now);
    else if (this.commits.faults.isDown) this.refuse(message, origin, now);
    else this.answer(message, origin, now);
    if (this.commits.faults.isHolding) this.noteHoldUp(message.kind === "apiRequest" ? message.request : message, now);
  }

  /** What follows from it comes late, or not at all: what waits for it has the fault as its cause. */
  private noteHoldUp(request: ApiRequest | KubeletRequest, now: VirtualTime): void {
    const { causes, faults } = this.commits;
    if (request.kind === "deletePod") this.endpointSlices.holdUp(now, request.pod);
    if (request.kind !== "bindPod" && request.kind !== "patchPodStatus") return;
    const { current } = causes;
    causes.current = faults.holdUp(now);
    this.endpointSlices.blame(request.pod, now);
    causes.current = current;
  }

  private refuse(message: ApiRequestMessage, origin: LpId, now: VirtualTime): void {
    this.commits.faults.refused(now);
    const response: ApiResponse = {
      status: "internalError",
      message: "the server is currently unable to handle the request",
      isUnanswered: true,
    };
    this.options.mailbox.post(origin, now + message.returnLeg, { kind: "apiResponse", ticket: message.ticket, response });
  }

  /** Their watches broke with the server: reflectors try again at growing intervals of up to 30 s, by now at some point of one. */
  private resumeWatches(now: VirtualTime): void {
    const { hi, lo } = streamKey(this.store.seed, "watch resumed", "control plane");
    this.commits.resumeWatches(now, () => Math.floor(uniform(hi, lo, this.resumptions++) * RELIST_PAUSE));
  }

  onTimer(): void {
    assert(false, "the API server has no timers");
  }

  /** Every committed change of every object, as its watchers will see it. */
  listen(listener: WatchListener): void {
    this.commits.listen(listener);
  }

  /** Nothing is on its way to a watcher. */
  isQuiet(now: VirtualTime): boolean {
    return this.commits.isQuiet(now);
  }

  /** A Pod that was there long before t = 0: no event, no watch. */
  adoptPod(pod: Omit<PodRecord, "id" | "ordinal" | "resourceVersion">): PodRecord {
    return this.pods.adopt(pod);
  }

  adoptObject(object: NewObject): ObjectRecord {
    return this.objects.adopt(object);
  }

  /** Of settled objects: the endpoints as the proxies know them at t = 0. */
  publishEndpoints(service: number, changed: number, now: VirtualTime): void {
    this.endpointSlices.publish(service, changed, now);
  }

  private answer(message: ApiRequestMessage, origin: LpId, now: VirtualTime): void {
    const { request } = message;
    if (request.kind === "awaitChange" && versionOf(this.patches.find(request)) === request.resourceVersion) {
      this.watches.push({ message, origin });
      return;
    }
    const isOperator = origin !== this.options.controllers && origin !== this.options.scheduler;
    const unwanted = isOperator && request.kind === "deletePod" ? this.store.pods[request.pod] : undefined;
    const response = this.execute(request, now);
    if (unwanted !== undefined) this.availability.podUnwanted(unwanted, now);
    this.respond(message, origin, response, now);
    if (this.watches.length > 0) this.tellWatches(now);
  }

  private respond({ ticket, returnLeg }: ApiRequestMessage, origin: LpId, response: ApiResponse, now: VirtualTime): void {
    this.options.mailbox.post(origin, now + returnLeg, { kind: "apiResponse", ticket, response });
  }

  private tellWatches(now: VirtualTime): void {
    this.watches = this.watches.filter(({ message, origin }) => {
      const { request } = message;
      if (request.kind !== "awaitChange") return false;
      const response = this.patches.find(request);
      if (versionOf(response) === request.resourceVersion) return true;
      this.respond(message, origin, response, now);
      return false;
    });
  }

  private serveKubelet(request: KubeletRequest, now: VirtualTime): void {
    switch (request.kind) {
      case "patchPodStatus":
        this.pods.patchStatus(request.pod, request.status, now);
        return;
      case "deletePod":
        this.pods.delete(request.pod, 0, now);
        return;
      case "createMirrorPod":
        this.pods.create({ owner: -1, workload: request.workload, template: request.template, traits: null }, now);
        return;
      case "podKeptUnready":
        this.endpointSlices.blame(request.pod, now);
        return;
      case "reportUsage":
        this.metrics.report(request.node, request.at, request.usage);
        return;
      case "renewLease":
        this.nodes.renewLease(request.node, now);
        return;
      case "registerNode":
        this.nodes.register(request.node, request.ready, request.pressure, now);
        return;
      case "patchNodeStatus":
        this.nodes.patchReady(request.node, request.ready, now, request.pressure, request.images);
        return;
      default:
        unreachable(request);
    }
  }

  private execute(request: ApiRequest, now: VirtualTime): ApiResponse {
    const { pods, replicaSets, deployments, services, endpointSlices, nodes, objects } = this;
    switch (request.kind) {
      case "createPod":
        return pods.create({ ...request, traits: request.traits ?? null }, now);
      case "createBarePod":
        return pods.create({ ...request, owner: -1, traits: traitsOfBarePod(request.finalizers) }, now);
      case "deletePod":
        return pods.delete(request.pod, request.gracePeriodSeconds, now);
      case "bindPod":
        return pods.bind(request.pod, request.node, now);
      case "markPodNotReady":
        return pods.markNotReady(request.pod, now);
      case "markDisruptionTarget":
        return pods.markDisrupted(request.pod, request.reason, request.message, now);
      case "patchPodScheduled":
        // False is the absence of its bit: the call costs, the object stays.
        return pods.patchUnscheduled(request.pod, request.message, request.nominatedNode, now);
      case "listPods":
        return {
          status: "ok",
          pods: this.store.pods.filter((pod) => pod !== undefined && request.workloads.includes(pod.workload)) as PodRecord[],
        };
      case "listPodsOn":
        return { status: "ok", pods: this.store.pods.filter((pod) => pod !== undefined && pod.node === request.node) as PodRecord[] };
      case "getPodMetrics":
        return { status: "ok", metrics: this.metrics.of(request.pods, now) };
      case "checkEviction":
        return checkEviction(request.pod, this.store, this.options.versions);
      case "setNodeUnschedulable":
        return nodes.setUnschedulable(request.node, request.unschedulable, now);
      case "updatePodTemplate":
        return pods.updateTemplate(request.pod, request.template, request.labels ?? [], now);
      case "setPodGate":
        return pods.setGate(request.pod, request.gate, request.status, now);
      case "setPodOwner":
        return pods.setOwner(request.pod, request.owner, now);
      case "removePodFinalizer":
        return pods.removeFinalizer(request.pod, request.finalizer, now);
      case "getPod":
        return found("pod", this.store.pods[request.pod]);
      case "createReplicaSet":
        return replicaSets.create(request.object, now);
      case "createBareReplicaSet":
        return replicaSets.createBare(request.object, now);
      case "updateReplicaSet":
        return replicaSets.update(request.replicaSet, request.resourceVersion, request.change, request.isRolloutStep === true, now);
      case "updateReplicaSetStatus":
        return replicaSets.updateStatus(request.replicaSet, request.resourceVersion, request.status, now);
      case "deleteReplicaSet":
        return replicaSets.delete(request.replicaSet, request.propagation ?? "background", now);
      case "getReplicaSet":
        return found("replicaSet", this.store.replicaSets.get(request.replicaSet));
      case "createDeployment":
        return deployments.create(request.object, now);
      case "updateDeployment":
        return deployments.update(request.deployment, request.resourceVersion, request.spec, now);
      case "updateDeploymentStatus":
        return deployments.updateStatus(request.deployment, request.resourceVersion, request.status, request.revision, now);
      case "setDeploymentFinalizers":
        return deployments.setFinalizers(request.deployment, request.finalizers, now);
      case "deleteDeployment":
        return deployments.delete(request.deployment, request.propagation ?? "background", now);
      case "getDeployment":
        return found("deployment", this.store.deployments.get(request.deployment));
      case "putService":
        return services.put(request.object, now);
      case "deleteService":
        return services.delete(request.service, now);
      case "deleteNode":
        return nodes.delete(request.node, now);
      case "failPod":
        return pods.fail(request.pod, now);
      case "patchNodeReady":
        return nodes.patchReady(request.node, request.ready, now);
      case "patchNodeTaints":
        return nodes.patchTaints(request, now);
      case "patchNodeLabels":
        return nodes.patchLabels(request.node, request.change, request.overwrite, now);
      case "putEndpointSlice":
        return endpointSlices.put(request, now);
      case "deleteEndpointSlice":
        return endpointSlices.delete(request.service, request.number, now);
      case "putEndpoints":
        return this.endpoints.put(request, now);
      case "deleteEndpoints":
        return this.endpoints.delete(request.service, now);
      case "createObject":
        return objects.create(request.object, now);
      case "updateObject":
        return objects.update(request.object, request.resourceVersion, request.change, now);
      case "updateObjectStatus":
        return objects.updateStatus(request.object, request.resourceVersion, request.status, now);
      case "deleteObject":
        return objects.delete(request.object, request.propagation ?? "background", now);
      case "getObject":
        return found("object", this.store.objects.get(request.object));
      case "patchWorkload":
        return this.patches.patch(request, now);
      case "awaitChange":
        return this.patches.find(request);
      case "listRevisions":
        return this.patches.revisions(request);
      case "createEvent":
        this.store.nextResourceVersion();
        this.commits.countWrite("Event", now);
        return { status: "ok" };
      case "find":
        return this.find(request);
      default:
        return unreachable(request);
    }
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
        return found("object", this.store.findObject(type, namespace, name));
    }
  }
}

function traitsOfBarePod(finalizers: readonly string[] = []): PodTraits | null {
  return finalizers.length === 0 ? null : { ...plainTraits, finalizers };
}
