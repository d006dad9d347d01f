/**
 * What may keep an object from being created: a namespace that is going away, a priority class that isn't there,
 * bounds of a LimitRange, a ResourceQuota. Mutating admission happened when the scenario was read.
 */
import type { VirtualTime } from "../../kernel/time.ts";
import type { TemplateId } from "../objects/definitions.ts";
import type { Commits } from "./commits.ts";
import type { Objects } from "./objects.ts";
import type { PodRecord, PodTraits } from "./pod-record.ts";
import type { ApiResponse } from "./requests.ts";
import type { Store } from "./store.ts";

export class Admission {
  /** Set once both exist: what it charges is written there. */
  objects: Objects | null = null;
  private readonly store: Store;

  constructor({ store }: Commits) {
    this.store = store;
  }

  /** Null: it may be created. */
  refusalOfPod(_owner: number, _workload: number, _template: TemplateId, _traits: PodTraits | null): ApiResponse | null {
    return null;
  }

  refusalOfObject(kind: string, namespace: string, name: string): ApiResponse | null {
    if (namespace === "") return null;
    const terminating = this.store.findObject("Namespace", "", namespace);
    if (terminating === undefined || terminating.deletionTimestamp < 0) return null;
    return refused(`${kind} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`, true);
  }

  podAdmitted(_pod: PodRecord, _now: VirtualTime): void {}

  objectAdmitted(_kind: string, _namespace: string, _now: VirtualTime): void {}
}

function refused(message: string, isNamespaceTerminating: boolean): ApiResponse {
  return { status: "forbidden", message, ...(isNamespaceTerminating ? { isNamespaceTerminating } : {}) };
}
