/**
 * The namespace controller: when a Namespace is being deleted, everything in it is, and when nothing is left, so is
 * the Namespace. Source: pkg/controller/namespace/deletion/namespaced_resources_deleter.go.
 */
import { SECOND } from "../../kernel/time.ts";
import {
  isDeleting,
  NAMESPACE_FINALIZER,
  type ApiRequest,
  type CacheListener,
  type Client,
  type InformerCache,
  type ObjectRecord,
} from "../api-server/client.ts";
import type { Definitions } from "../objects/definitions.ts";
import type { Workloads } from "../objects/workloads.ts";
import { ControllerRunner } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";

/** Source: --concurrent-namespace-syncs. */
const WORKERS = 10;
/** Seconds, where something without a grace period of its own is left. Source: finalizerEstimateSeconds. */
const FINALIZER_ESTIMATE = 15;

export class NamespaceController implements Controller, CacheListener {
  readonly name = "namespace";
  readonly runner: ControllerRunner;
  private readonly cache: InformerCache;
  private readonly definitions: Definitions;
  private readonly workloads: Workloads;

  constructor(client: Client, cache: InformerCache, definitions: Definitions, workloads: Workloads) {
    this.cache = cache;
    this.definitions = definitions;
    this.workloads = workloads;
    this.runner = new ControllerRunner(this, client, WORKERS, Infinity);
  }

  objectChanged(before: ObjectRecord | undefined, after: ObjectRecord | undefined): void {
    if (after?.kind === "Namespace" && after.deletionTimestamp >= 0 && (before === undefined || before.deletionTimestamp < 0))
      this.runner.queue.add(after.id);
  }

  *sync(id: number): Sync {
    const namespace = this.cache.object("Namespace", id);
    if (namespace === undefined || namespace.deletionTimestamp < 0) return "done";
    const { requests, estimate } = this.contentOf(namespace.name);
    if (requests.length > 0) yield requests;
    if (estimate >= 0) {
      // Half of the longest grace and a second, then it looks again.
      this.runner.queue.addAfter(id, (Math.trunc(estimate / 2) + 1) * SECOND);
      return "done";
    }
    const finalizers = namespace.finalizers.filter((name) => name !== NAMESPACE_FINALIZER);
    yield* call({ kind: "updateObject", object: id, resourceVersion: 0, change: { finalizers } });
    return "done";
  }

  /** What is to be deleted of a namespace's content, and how many seconds the rest may take; -1: nothing is left. */
  private contentOf(name: string): { readonly requests: readonly ApiRequest[]; readonly estimate: number } {
    const requests: ApiRequest[] = [];
    let estimate = -1;
    for (const pod of this.cache.pods) {
      if (pod === undefined || this.workloads.workload(pod.workload).namespace !== name) continue;
      const { terminationGracePeriodSeconds } = this.definitions.template(pod.template).spec;
      estimate = Math.max(estimate, terminationGracePeriodSeconds);
      if (!isDeleting(pod)) requests.push({ kind: "deletePod", pod: pod.id, gracePeriodSeconds: null });
    }
    const owners: ApiRequest[] = [
      ...[...this.cache.deployments.values()]
        .filter(({ namespace, deletionTimestamp = -1 }) => namespace === name && deletionTimestamp < 0)
        .map(({ id }): ApiRequest => ({ kind: "deleteDeployment", deployment: id })),
      ...[...this.cache.replicaSets.values()]
        .filter(({ namespace, deletionTimestamp = -1 }) => namespace === name && deletionTimestamp < 0)
        .map(({ id }): ApiRequest => ({ kind: "deleteReplicaSet", replicaSet: id })),
      ...[...this.cache.objects.values()]
        .filter(({ namespace, deletionTimestamp }) => namespace === name && deletionTimestamp < 0)
        .map(({ id }): ApiRequest => ({ kind: "deleteObject", object: id })),
      ...this.cache.services.flatMap((service, index): ApiRequest[] =>
        service?.object.metadata.namespace === name ? [{ kind: "deleteService", service: index }] : [],
      ),
    ];
    const isHeld = [...this.cache.objects.values()].some(
      ({ namespace, deletionTimestamp }) => namespace === name && deletionTimestamp >= 0,
    );
    if (isHeld) estimate = Math.max(estimate, FINALIZER_ESTIMATE);
    return { requests: [...owners, ...requests], estimate };
  }
}
