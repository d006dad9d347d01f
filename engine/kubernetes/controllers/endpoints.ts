/**
 * The Endpoints controller: the same Pods as the EndpointSlice controller (which knows them), in one list
 * per Service, without those that terminate. Source: pkg/controller/endpoint/endpoints_controller.go.
 */
import {
  EndpointCondition,
  haveSameLabels,
  type ApiRequest,
  type CacheListener,
  type Client,
  type EndpointsRecord,
  type InformerCache,
  type ServiceRecord,
} from "../api-server/client.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import { ControllerRunner, DEFAULT_WORKERS } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";
import type { Endpoint } from "./endpoint-packing.ts";
import { differsForEndpoints, type EndpointSliceController } from "./endpoint-slice.ts";

/** Source: endpoints_controller.go maxRetries, maxCapacity. */
const MAX_RETRIES = 15;
const CAPACITY = 1000;
const EVENT_SOURCE = { component: "endpoint-controller", host: "" } as const;

export interface EndpointLists {
  readonly ready: readonly PodId[];
  readonly notReady: readonly PodId[];
}

export class EndpointsController implements Controller, CacheListener {
  readonly name = "endpoint";
  readonly runner: ControllerRunner;
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly slices: EndpointSliceController;

  /** Must listen to the cache after `slices`. */
  constructor(client: Client, cache: InformerCache, slices: EndpointSliceController) {
    this.client = client;
    this.cache = cache;
    this.slices = slices;
    this.runner = new ControllerRunner(this, client, DEFAULT_WORKERS, MAX_RETRIES);
  }

  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    const pod = after ?? before;
    if (pod === undefined) return;
    if (before !== undefined && after !== undefined && !haveSameLabels(before, after))
      for (const service of this.slices.servicesOf(before)) this.enqueue(service);
    if (before === undefined || after === undefined || !haveSameLabels(before, after) || differsForEndpoints(before, after))
      for (const service of this.slices.servicesOf(pod)) this.enqueue(service);
  }

  serviceChanged(index: number): void {
    this.enqueue(index);
  }

  *sync(index: number): Sync {
    const request = this.requestFor(index, this.cache.services[index], this.cache.endpoints.get(index));
    if (request === null) return "done";
    const { status } = yield* call(request);
    // Endpoints that the cache hasn't seen go are as good as deleted.
    if (status === "ok" || request.kind === "deleteEndpoints") return "done";
    this.recordConflict(index);
    return "retry";
  }

  /** Pods by id. */
  wanted(service: ServiceRecord): EndpointLists {
    return endpointLists(this.slices.listedOf(service), this.client.host.versions.endpointsAreCapped);
  }

  private requestFor(index: number, service: ServiceRecord | undefined, before: EndpointsRecord | undefined): ApiRequest | null {
    if (service === undefined) return before === undefined ? null : { kind: "deleteEndpoints", service: index };
    if (service.object.spec.selector === null) return null;
    const { ready, notReady } = this.wanted(service);
    if (before !== undefined && isSameList(before.ready, ready) && isSameList(before.notReady, notReady)) return null;
    return { kind: "putEndpoints", service: index, resourceVersion: before?.resourceVersion ?? 0, ready, notReady };
  }

  private recordConflict(index: number): void {
    const { metadata } = this.cache.services[index]?.object ?? {};
    if (metadata === undefined) return;
    const { namespace, name } = metadata;
    const message =
      `Failed to update endpoint ${namespace}/${name}: Operation cannot be fulfilled on endpoints "${name}": ` +
      "the object has been modified; please apply your changes to the latest version and try again";
    this.client.events?.record(
      this.client.now,
      EVENT_SOURCE,
      { kind: "Endpoints", namespace, name },
      "Warning",
      "FailedToUpdateEndpoint",
      message,
    );
  }

  private enqueue(service: number): void {
    this.runner.queue.addAfter(service, this.client.host.settings.endpointsBatch);
  }
}

/** Ready ones go first where there is room for so many only. Source: truncateEndpoints. */
export function endpointLists(endpoints: readonly Pick<Endpoint, "pod" | "conditions">[], isCapped: boolean): EndpointLists {
  const ready: PodId[] = [];
  const notReady: PodId[] = [];
  for (const { pod, conditions } of endpoints) {
    if ((conditions & EndpointCondition.ready) !== 0) ready.push(pod);
    else if ((conditions & EndpointCondition.terminating) === 0) notReady.push(pod);
  }
  if (!isCapped) return { ready, notReady };
  return { ready: ready.slice(0, CAPACITY), notReady: notReady.slice(0, Math.max(0, CAPACITY - ready.length)) };
}

function isSameList(a: readonly PodId[], b: readonly PodId[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
