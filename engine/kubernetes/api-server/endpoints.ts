/** Writes of Endpoints, the older list beside EndpointSlices: nobody routes by them. */
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import { conflict, notFound, type Commits } from "./commits.ts";
import type { EndpointsRecord } from "./records.ts";
import type { ApiRequest, ApiResponse } from "./requests.ts";

export class Endpoints {
  private readonly commits: Commits;

  constructor(commits: Commits) {
    this.commits = commits;
  }

  /** Creates them (resourceVersion 0), or replaces the version that the client has seen. */
  put({ service, resourceVersion, ready, notReady }: Extract<ApiRequest, { kind: "putEndpoints" }>, now: VirtualTime): ApiResponse {
    const { causes, store } = this.commits;
    const before = store.endpoints.get(service);
    if ((before?.resourceVersion ?? 0) !== resourceVersion) return conflict;
    const record: EndpointsRecord = {
      service,
      resourceVersion: store.nextResourceVersion(),
      ready,
      notReady,
      createdAt: before === undefined ? wholeSeconds(now) : before.createdAt,
      cause: causes.current,
    };
    store.endpoints.set(service, record);
    this.commits.commit({ type: "endpoints", id: service, record }, "Endpoints", now);
    return { status: "ok" };
  }

  delete(service: number, now: VirtualTime): ApiResponse {
    const { store } = this.commits;
    if (!store.endpoints.delete(service)) return notFound;
    store.nextResourceVersion();
    this.commits.commit({ type: "endpoints", id: service, record: null }, "Endpoints", now);
    return { status: "ok" };
  }
}
