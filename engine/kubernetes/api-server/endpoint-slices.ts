/** Writes of EndpointSlices, and the log of endpoints that follows from them. */
import { CauseKind } from "../../cause-kinds.ts";
import { assert } from "../../kernel/assert.ts";
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import { notFound, type Commits } from "./commits.ts";
import { publishedEndpoints } from "./published-endpoints.ts";
import type { PodId } from "./pod-record.ts";
import type { EndpointSliceRecord } from "./records.ts";
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
    this.store.slices.forEach((slices, service) => {
      for (const { pods } of slices?.values() ?? [])
        if (pods.includes(pod)) return this.commits.endpoints.blame?.(service, now, this.commits.causes.current);
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
  const stateOf = ({ conditions, hints }: EndpointSliceRecord, index: number): string =>
    `${conditions[index] ?? 0}/${hints?.[index] ?? -1}`;
  const known = new Map(before.pods.map((pod, index) => [pod, stateOf(before, index)]));
  let changed = 0;
  after.pods.forEach((pod, index) => {
    if (known.get(pod) !== stateOf(after, index)) changed++;
    known.delete(pod);
  });
  return changed + known.size;
}
