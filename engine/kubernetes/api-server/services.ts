/** Writes of Services. */
import { assert } from "../../kernel/assert.ts";
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import type { Service } from "../objects/service.ts";
import type { Admission } from "./admission.ts";
import { notFound, type Commits } from "./commits.ts";
import type { ServiceRecord } from "./records.ts";
import type { ApiResponse } from "./requests.ts";
import type { Store } from "./store.ts";

export class Services {
  private readonly commits: Commits;
  private readonly admission: Admission;
  private readonly store: Store;

  constructor(commits: Commits, admission: Admission) {
    this.commits = commits;
    this.admission = admission;
    this.store = commits.store;
  }

  /** Creates it, or replaces its spec. */
  put(object: Service, now: VirtualTime): ApiResponse {
    const { namespace, name } = object.metadata;
    const index = this.store.serviceNumber(namespace, name);
    assert(index >= 0, `a Service that the run doesn't know: ${namespace}/${name}`);
    const before = this.store.services[index];
    if (before !== undefined && JSON.stringify(before.object) === JSON.stringify(object)) return { status: "ok", service: before };
    const refusal = before === undefined ? this.admission.refusalOfObject("Service", namespace, name) : null;
    if (refusal !== null) return refusal;
    const record: ServiceRecord = {
      index,
      resourceVersion: this.store.nextResourceVersion(),
      object,
      createdAt: before === undefined ? wholeSeconds(now) : (before.createdAt ?? 0),
      cause: this.commits.causes.current,
    };
    this.store.services[index] = record;
    this.commits.commit({ type: "service", id: index, record }, "Service", now);
    if (before === undefined) this.admission.objectAdmitted("Service", namespace, now);
    return { status: "ok", service: record };
  }

  delete(index: number, now: VirtualTime): ApiResponse {
    if (this.store.services[index] === undefined) return notFound;
    this.store.services[index] = undefined;
    this.store.nextResourceVersion();
    this.commits.commit({ type: "service", id: index, record: null }, "Service", now);
    return { status: "ok" };
  }
}
