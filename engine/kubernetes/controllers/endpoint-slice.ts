/**
 * The EndpointSlice controller: Pods' readiness to slices. Source: pkg/controller/endpointslice,
 * staging/src/k8s.io/endpointslice/utils.go.
 */
import { unreachable } from "../../kernel/assert.ts";
import {
  EndpointCondition,
  haveSameLabels,
  isDeleting,
  isReady,
  isTerminal,
  namesPods,
  ownLabels,
  PodLabels,
  type ApiRequest,
  type CacheListener,
  type Client,
  type InformerCache,
  type Labels,
  type ServiceRecord,
} from "../api-server/client.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import { namesOnePod } from "../objects/given-labels.ts";
import { labelsInclude } from "../objects/label-selector.ts";
import { PodPhase, type RestartPolicy } from "../objects/pod.ts";
import type { Service } from "../objects/service.ts";
import { hasEndpointPort } from "../objects/service-port.ts";
import { NodeReady, type NodeTemplate } from "../objects/node.ts";
import type { Workloads } from "../objects/workloads.ts";
import { zoneNames, zoneNumbers } from "../objects/zones.ts";
import { hintKindOf } from "../objects/traffic-hints.ts";
import type { Versions } from "../versions.ts";
import { ControllerRunner, DEFAULT_WORKERS } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";
import { autoHints, sameZoneHints } from "./topology-hints.ts";
import { hintsOf, packEndpoints, type Endpoint, type SliceWrite } from "./endpoint-packing.ts";

/** Source: endpointslice_controller.go maxRetries. */
const MAX_RETRIES = 15;

export class EndpointSliceController implements Controller, CacheListener {
  readonly name = "endpointslice";
  readonly runner: ControllerRunner;
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly definitions: Definitions;
  private readonly workloads: Workloads;
  /** Pods that a Service selects, by its number. */
  private readonly members: Set<PodId>[] = [];
  /** Those of them that belong into slices, ascending; undefined: nobody asked since the Service changed. */
  private readonly listed: (Endpoint[] | undefined)[] = [];
  private readonly labels: PodLabels;
  /** Services that select all Pods of a namespace with these labels; empty again when a Service changes. */
  private selecting = new WeakMap<Labels, Map<string, readonly number[]>>();
  private readonly byLabel = new Map<string, ServiceRecord[]>();
  /** The same by workload, of its Pods without labels that its controller gave. */
  private readonly plain: { readonly template: TemplateId; readonly services: readonly number[] }[][] = [];
  /** Some Service selects by a label that only one Pod has. */
  private selectsOnePods = false;
  /** resourceVersions of own writes, by Service and slice: a cache that hasn't seen them must not decide. */
  private readonly written = new Map<number, Map<number, number>>();
  private readonly nodes: readonly NodeTemplate[];
  private readonly zones: readonly number[];

  constructor(client: Client, cache: InformerCache, definitions: Definitions, workloads: Workloads, nodes: readonly NodeTemplate[]) {
    this.nodes = nodes;
    this.zones = zoneNumbers(nodes);
    this.client = client;
    this.cache = cache;
    this.definitions = definitions;
    this.workloads = workloads;
    this.labels = new PodLabels(definitions, workloads);
    this.runner = new ControllerRunner(this, client, DEFAULT_WORKERS, MAX_RETRIES, client.host.settings.endpointSliceSelfResync);
  }

  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    const pod = after ?? before;
    if (pod === undefined) return;
    if (before !== undefined && after !== undefined && !haveSameLabels(before, after)) {
      // Other labels may be meant by other Services.
      this.podChanged(before, undefined);
      this.podChanged(undefined, after);
      return;
    }
    for (const service of this.servicesOf(pod)) {
      if (after === undefined) this.membersOf(service).delete(pod.id);
      else if (before === undefined) this.membersOf(service).add(pod.id);
      if (before === undefined || after === undefined || mayBeListedOtherwise(before, after)) this.relist(service, pod.id, after);
      if (before === undefined || after === undefined || differsForEndpoints(before, after)) this.enqueue(service);
    }
  }

  serviceChanged(index: number): void {
    this.selecting = new WeakMap();
    this.byLabel.clear();
    this.plain.length = 0;
    const members = new Set<PodId>();
    for (const pod of this.cache.pods) if (pod !== undefined && this.servicesOf(pod).includes(index)) members.add(pod.id);
    this.members[index] = members;
    this.listed[index] = undefined;
    this.enqueue(index);
  }

  *sync(index: number): Sync {
    if (this.isCacheStale(index)) return "retry";
    const service = this.cache.services[index];
    const hasLostPods = service !== undefined && this.hasLost(service);
    if (hasLostPods && this.client.host.versions.absentNodesStopSlices) return "retry";
    const existing = [...this.cache.slicesOf(index).values()];
    const requests =
      service === undefined
        ? existing.map(({ number }) => requestFor(index, { number, endpoints: null }))
        : service.object.spec.selector === null
          ? []
          : packEndpoints(this.wanted(service), existing, this.client.host.settings.maxEndpointsPerSlice).map((write) =>
              requestFor(index, write),
            );
    let hasFailed = hasLostPods;
    // Deletions that the cache hasn't seen are answered "not found", which is as good.
    for (const request of requests) {
      const response = yield* call(request);
      hasFailed ||= response.status !== "ok" && request.kind !== "deleteEndpointSlice";
      if (response.slice !== undefined) this.writtenOf(index).set(response.slice.number, response.slice.resourceVersion);
      else if (request.kind === "deleteEndpointSlice") this.writtenOf(index).delete(request.number);
    }
    return hasFailed ? "retry" : "done";
  }

  /** Membership of Pods that were there before the run. */
  adopt(): void {
    for (const pod of this.cache.pods) {
      if (pod !== undefined) for (const service of this.servicesOf(pod)) this.membersOf(service).add(pod.id);
    }
  }

  /** What a Service's slices should hold, by Pod ascending. */
  wanted(service: ServiceRecord): readonly Endpoint[] {
    const { object } = service;
    const listed = this.listedOf(service);
    return this.withHints(object, this.cache.absentNodes === 0 ? listed : listed.filter((endpoint) => !this.isLost(endpoint, object)));
  }

  private hasLost(service: ServiceRecord): boolean {
    return this.cache.absentNodes > 0 && this.listedOf(service).some((endpoint) => this.isLost(endpoint, service.object));
  }

  /** Its Node object is gone, which nobody is told: the next sync leaves it out and is retried. Source: Reconcile, kubernetes#110639. */
  private isLost({ node }: Endpoint, { spec }: Service): boolean {
    const isAbsent = this.cache.nodes[node]?.isAbsent === true;
    return isAbsent && !(spec.publishNotReadyAddresses && !this.client.host.versions.absentNodesStopSlices);
  }

  /** Pods that a Service selects and that have an address, ascending. */
  listedOf(service: ServiceRecord): readonly Endpoint[] {
    const known = this.listed[service.index];
    if (known !== undefined) return known;
    const endpoints: Endpoint[] = [];
    for (const id of this.membersOf(service.index)) {
      const pod = this.cache.pods[id];
      if (pod !== undefined && this.isListed(pod, service)) endpoints.push(endpointOf(pod, service));
    }
    // Members mostly came in this order.
    if (endpoints.some(({ pod }, at) => at > 0 && pod < endpoints[at - 1]!.pod)) endpoints.sort((a, b) => a.pod - b.pod);
    this.listed[service.index] = endpoints;
    return endpoints;
  }

  private isListed(pod: PodRecord, { object }: ServiceRecord): boolean {
    const template = this.definitions.template(pod.template);
    const { restartPolicy } = template.spec;
    const { publishNotReadyAddresses } = object.spec;
    return belongsToSlices(pod, restartPolicy, publishNotReadyAddresses, this.client.host.versions) && hasEndpointPort(template, object);
  }

  /** One Pod of a Service changed. */
  private relist(index: number, id: PodId, after: PodRecord | undefined): void {
    const list = this.listed[index];
    const service = this.cache.services[index];
    if (list === undefined) return;
    const at = placeOf(list, id);
    const wasListed = list[at]?.pod === id;
    const isListed = after !== undefined && service !== undefined && this.isListed(after, service);
    if (isListed) list.splice(at, wasListed ? 1 : 0, endpointOf(after, service));
    else if (wasListed) list.splice(at, 1);
  }

  /** Differs: hints are dealt out anew. */
  private withHints(service: Service, endpoints: readonly Endpoint[]): readonly Endpoint[] {
    const kind = hintKindOf(service, this.client.host.versions);
    if (kind === "none") return endpoints;
    const hintable = endpoints.map(({ conditions, node }) => ({
      isReady: (conditions & EndpointCondition.ready) !== 0,
      zone: this.zones[node] ?? -1,
    }));
    const hints = kind === "auto" ? autoHints(hintable, this.cpuByZone()) : sameZoneHints(hintable);
    return endpoints.map((endpoint, index) => ((hints?.[index] ?? -1) < 0 ? endpoint : { ...endpoint, hint: hints![index]! }));
  }

  /** Of ready nodes. */
  private cpuByZone(): readonly number[] {
    const cpu = zoneNames(this.nodes).map(() => 0);
    this.nodes.forEach((template, node) => {
      const zone = this.zones[node]!;
      const record = this.cache.nodes[node];
      if (zone >= 0 && record?.ready === NodeReady.True && record.isAbsent !== true) cpu[zone]! += template.cpu;
    });
    return cpu;
  }

  private isCacheStale(service: number): boolean {
    const slices = this.cache.slicesOf(service);
    for (const [number, version] of this.writtenOf(service)) if ((slices.get(number)?.resourceVersion ?? 0) < version) return true;
    return false;
  }

  private writtenOf(service: number): Map<number, number> {
    let written = this.written.get(service);
    if (written === undefined) {
      written = new Map();
      this.written.set(service, written);
    }
    return written;
  }

  private enqueue(service: number): void {
    this.runner.queue.addAfter(service, this.client.host.settings.endpointsBatch);
  }

  private membersOf(service: number): Set<PodId> {
    return (this.members[service] ??= new Set());
  }

  /** A selector is matched once for all Pods with the same labels; one that names a Pod, for those with such labels. */
  servicesOf(pod: PodRecord): readonly number[] {
    return (pod.traits?.given ?? null) === null ? this.servicesOfPlain(pod) : this.servicesOfGiven(pod);
  }

  private servicesOfPlain(pod: PodRecord): readonly number[] {
    const known = (this.plain[pod.workload] ??= []);
    for (const { template, services } of known) if (template === pod.template) return services;
    const services = this.servicesOfGiven(pod);
    known.push({ template: pod.template, services });
    return services;
  }

  private servicesOfGiven(pod: PodRecord): readonly number[] {
    const { namespace } = this.workloads.workload(pod.workload);
    const shared = this.labels.shared(pod);
    let byNamespace = this.selecting.get(shared);
    if (byNamespace === undefined) this.selecting.set(shared, (byNamespace = new Map()));
    let found = byNamespace.get(namespace);
    if (found === undefined) {
      found = this.selectedBy(namespace, shared, [...Object.entries(shared), ["", ""]]);
      byNamespace.set(namespace, found);
    }
    if (!this.selectsOnePods || !namesPods(pod)) return found;
    const own = this.selectedBy(namespace, this.labels.of(pod), Object.entries(ownLabels(pod)));
    return own.length === 0 ? found : [...found, ...own].sort((a, b) => a - b);
  }

  /** Of those that are known by one of `entries`, each of which is another key. */
  private selectedBy(namespace: string, labels: Labels, entries: readonly (readonly [string, string])[]): number[] {
    return entries
      .flatMap(([name, value]) => this.servicesBy(placeOfLabel(namespace, name, value)))
      .filter(({ object: { spec } }) => spec.selector !== null && labelsInclude(labels, spec.selector))
      .map(({ index }) => index)
      .sort((a, b) => a - b);
  }

  /** Services by namespace and one label that they select by, the one that names a Pod if there is such: few are worth a closer look. */
  private servicesBy(key: string): readonly ServiceRecord[] {
    if (this.byLabel.size === 0) this.indexServices();
    return this.byLabel.get(key) ?? [];
  }

  private indexServices(): void {
    this.selectsOnePods = false;
    for (const service of this.cache.services) {
      if (service === undefined || service.object.spec.selector === null) continue;
      const entries = Object.entries(service.object.spec.selector);
      const ofOnePod = entries.find(([name]) => namesOnePod(name));
      if (ofOnePod !== undefined) this.selectsOnePods = true;
      const [name, value] = ofOnePod ?? entries[0] ?? ["", ""];
      const key = placeOfLabel(service.object.metadata.namespace, name, value);
      const known = this.byLabel.get(key);
      if (known === undefined) this.byLabel.set(key, [service]);
      else known.push(service);
    }
  }
}

/** Without a name: of Services that select every Pod. */
function placeOfLabel(namespace: string, name: string, value: string): string {
  return `${namespace}/${name}=${value}`;
}

/** Index of the first Pod whose id isn't less. */
function placeOf(endpoints: readonly Endpoint[], id: PodId): number {
  let from = 0;
  let to = endpoints.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (endpoints[middle]!.pod < id) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * Has an address and hasn't ended; terminating Pods stay until they are removed, in old releases only those of
 * Services that publish addresses that aren't ready. Source: ShouldPodBeInEndpoints.
 */
export function belongsToSlices(
  pod: PodRecord,
  restartPolicy: RestartPolicy,
  publishNotReadyAddresses: boolean,
  { endpointsTellTerminating, endedPodsLeaveEndpoints }: Pick<Versions, "endpointsTellTerminating" | "endedPodsLeaveEndpoints">,
): boolean {
  if (!pod.status.hasPodIp || pod.node < 0) return false;
  if (isDeleting(pod) && !endpointsTellTerminating && !publishNotReadyAddresses) return false;
  if (endedPodsLeaveEndpoints) return !isTerminal(pod);
  switch (restartPolicy) {
    case "Always":
      return true;
    case "OnFailure":
      return pod.status.phase !== PodPhase.Succeeded;
    case "Never":
      return !isTerminal(pod);
    default:
      return unreachable(restartPolicy);
  }
}

/** Ready is never true while terminating, unless the Service publishes addresses that aren't ready. */
export function endpointConditions(isPodReady: boolean, isTerminating: boolean, publishNotReadyAddresses: boolean): number {
  const ready = publishNotReadyAddresses || (isPodReady && !isTerminating);
  return (
    (ready ? EndpointCondition.ready : 0) |
    (isPodReady ? EndpointCondition.serving : 0) |
    (isTerminating ? EndpointCondition.terminating : 0)
  );
}

/** Two versions with the same labels: whether belongsToSlices or endpointConditions may say something else of the second. */
function mayBeListedOtherwise(before: PodRecord, after: PodRecord): boolean {
  return before.status.phase !== after.status.phase || differsForEndpoints(before, after);
}

/** A change of phase alone triggers nothing. Source: podEndpointsChanged. */
export function differsForEndpoints(before: PodRecord, after: PodRecord): boolean {
  return (
    before.status.hasPodIp !== after.status.hasPodIp ||
    before.node !== after.node ||
    isReady(before) !== isReady(after) ||
    isDeleting(before) !== isDeleting(after)
  );
}

function endpointOf(pod: PodRecord, { object }: ServiceRecord): Endpoint {
  const conditions = endpointConditions(isReady(pod), isDeleting(pod), object.spec.publishNotReadyAddresses);
  return { pod: pod.id, node: pod.node, conditions };
}

function requestFor(service: number, { number, endpoints }: SliceWrite): ApiRequest {
  if (endpoints === null) return { kind: "deleteEndpointSlice", service, number };
  return {
    kind: "putEndpointSlice",
    service,
    number,
    pods: endpoints.map(({ pod }) => pod),
    nodes: endpoints.map(({ node }) => node),
    conditions: endpoints.map(({ conditions }) => conditions),
    ...hintsOf(endpoints),
  };
}
