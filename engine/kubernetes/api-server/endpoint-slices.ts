/** Writes of EndpointSlices, and the log of endpoints that follows from them. */
import { CauseKind } from "../../cause-kinds.ts";
import { assert } from "../../kernel/assert.ts";
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import { NO_CAUSE } from "../../kernel/causes.ts";
import { labelsInclude } from "../objects/label-selector.ts";
import { notFound, type Commits } from "./commits.ts";
import { isDeleting } from "./pod-facts.ts";
import { publishedEndpoints } from "./published-endpoints.ts";
import type { PodId } from "./pod-record.ts";
import { EndpointCondition, type EndpointSliceRecord } from "./records.ts";
import type { ApiRequest, ApiResponse } from "./requests.ts";
import type { Store } from "./store.ts";

export class EndpointSlices {
  private readonly commits: Commits;
  private readonly store: Store;

  constructor(commits: Commits) {
    this.commits = commits;
    this.store = commits.store;
  }

  /** Of settled objects: the endpoints as the proxies know them at t = 0. */
  publish(service: number, changed: number, now: VirtualTime): void {
    const slices = [...(this.store.slices[service]?.values() ?? [])];
    const endpoints = publishedEndpoints(slices, this.store.services[service]?.object, this.commits.versions);
    this.commits.endpoints.publish(service, endpoints, changed, now, this.commits.causes.current);
    this.commits.observer?.endpointsPublished?.(service, endpoints, now);
  }

  put(request: Extract<ApiRequest, { kind: "putEndpointSlice" }>, now: VirtualTime): ApiResponse {
    const { service, number: asked, pods, nodes, conditions, hints } = request;
    const slices = this.slicesOf(service);
    const before = asked < 0 ? undefined : slices.get(asked);
    if (asked >= 0 && before === undefined) return notFound;
    const number = asked < 0 ? this.store.nextSliceNumber() : asked;
    const cause = this.commits.note(CauseKind.endpointsChanged, service, now, this.commits.causes.current, pods.length);
    const record: EndpointSliceRecord = {
      service,
      number,
      resourceVersion: this.store.nextResourceVersion(),
      pods,
      nodes,
      conditions,
      ...(hints === undefined ? {} : { hints }),
      createdAt: before === undefined ? wholeSeconds(now) : (before.createdAt ?? 0),
      cause,
    };
    slices.set(number, record);
    this.commits.commit({ type: "endpointSlice", service, id: number, record }, "EndpointSlice", now);
    this.publish(service, changedEndpoints(before, record), now);
    return { status: "ok", slice: record };
  }

  delete(service: number, number: number, now: VirtualTime): ApiResponse {
    const slices = this.slicesOf(service);
    const before = slices.get(number);
    if (before === undefined) return notFound;
    slices.delete(number);
    this.store.nextResourceVersion();
    this.commits.note(CauseKind.endpointsChanged, service, now);
    this.commits.commit({ type: "endpointSlice", service, id: number, record: null }, "EndpointSlice", now);
    this.publish(service, before.pods.length, now);
    return { status: "ok" };
  }

  /** A Pod that would be an endpoint is kept from it: where there is none, that is why from now on. */
  blame(pod: PodId, now: VirtualTime): void {
    const record = this.store.pods[pod];
    if (record === undefined) return;
    const { namespace } = this.store.workloads.workload(record.workload);
    const labels = this.store.podLabels.of(record);
    this.store.services.forEach((service, index) => {
      if (service === undefined) return;
      const { metadata, spec } = service.object;
      if (metadata.namespace === namespace && spec.selector !== null && labelsInclude(labels, spec.selector))
        this.commits.endpoints.blame?.(index, now, this.commits.causes.current);
    });
  }

  /** Where slices still list Pods that end, or this one, as ready, a fault of the server is why from now on. */
  holdUp(now: VirtualTime, pod: PodId | null = null): void {
    this.store.slices.forEach((slices, service) => {
      for (const { conditions, pods } of slices?.values() ?? [])
        pods.forEach((listed, index) => {
          if ((pod !== null && listed !== pod) || ((conditions[index] ?? 0) & EndpointCondition.ready) === 0) return;
          const record = this.store.pods[listed];
          if (record !== undefined && !isDeleting(record)) return;
          const cause = this.commits.faults.holdUp(now);
          const { leastHoldUp } = this.commits.faults;
          if (cause !== NO_CAUSE) this.commits.endpoints.holdUp?.(service, listed, now, cause, leastHoldUp);
        });
    });
  }

  private slicesOf(service: number): Map<number, EndpointSliceRecord> {
    const slices = this.store.slices[service];
    assert(slices !== undefined, `no Service ${service}`);
    return slices;
  }
}

function changedEndpoints(before: EndpointSliceRecord | undefined, after: EndpointSliceRecord): number {
  if (before === undefined) return after.pods.length;
  let found = 0;
  let changed = 0;
  // Slices keep their order: most are a little further on.
  let next = 0;
  after.pods.forEach((pod, index) => {
    const ahead = before.pods.indexOf(pod, next);
    const at = ahead >= 0 || next === 0 ? ahead : before.pods.indexOf(pod);
    if (at < 0) {
      changed++;
      return;
    }
    found++;
    next = at + 1;
    if (before.conditions[at] !== after.conditions[index] || (before.hints?.[at] ?? -1) !== (after.hints?.[index] ?? -1)) changed++;
  });
  return changed + before.pods.length - found;
}
