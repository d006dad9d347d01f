/**
 * The resource quota controller: what a namespace uses, counted anew when a quota changes or something in it goes.
 * (What comes is charged by the API server itself.) Source: pkg/controller/resourcequota/resource_quota_controller.go.
 */
import { wholeSeconds } from "../../kernel/time.ts";
import {
  isTerminal,
  type CacheListener,
  type Client,
  type InformerCache,
  type ObjectRecord,
  type ReplicaSetRecord,
} from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import type { Definitions } from "../objects/definitions.ts";
import { kinds, type Kind } from "../objects/index.ts";
import { isInScopes, limitedPart, objectUsage, plusUsage, podUsage } from "../objects/pod-usage.ts";
import type { Amounts, ResourceQuotaStatus } from "../objects/resource-quota.ts";
import type { Workloads } from "../objects/workloads.ts";
import { ControllerRunner, DEFAULT_WORKERS } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";

export class ResourceQuotaController implements Controller, CacheListener {
  readonly name = "resourcequota";
  readonly runner: ControllerRunner;
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly definitions: Definitions;
  private readonly workloads: Workloads;

  constructor(client: Client, cache: InformerCache, definitions: Definitions, workloads: Workloads) {
    this.client = client;
    this.cache = cache;
    this.definitions = definitions;
    this.workloads = workloads;
    this.runner = new ControllerRunner(this, client, DEFAULT_WORKERS, Infinity);
  }

  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    if (before === undefined || this.cache.objects.size === 0) return;
    const isReleased = after === undefined || (isTerminal(after) && !isTerminal(before));
    if (isReleased) this.addQuotasOf(this.workloads.workload(before.workload).namespace);
  }

  objectChanged(before: ObjectRecord | undefined, after: ObjectRecord | undefined): void {
    if (after === undefined) {
      if (before !== undefined) this.addQuotasOf(before.namespace);
    } else if (after.kind === "ResourceQuota" && (before === undefined || before.spec !== after.spec)) this.runner.queue.add(after.id);
  }

  replicaSetChanged(before: ReplicaSetRecord | undefined, after: ReplicaSetRecord | undefined): void {
    if (after === undefined && before !== undefined) this.addQuotasOf(before.namespace);
  }

  *sync(id: number): Sync {
    const quota = this.cache.object("ResourceQuota", id);
    if (quota === undefined) return "done";
    const status = this.statusOf(quota);
    if (JSON.stringify(status) === JSON.stringify(quota.status)) return "done";
    const response = yield* call({ kind: "updateObjectStatus", object: id, resourceVersion: quota.resourceVersion, status });
    return response.status === "conflict" ? "retry" : "done";
  }

  /** Counted over the cache. */
  statusOf({ namespace, spec }: ObjectRecord<"ResourceQuota">): ResourceQuotaStatus {
    let used: Amounts = Object.fromEntries(Object.keys(spec.hard).map((name) => [name, 0]));
    const add = (usage: Amounts): void => {
      used = plusUsage(used, limitedPart(usage, spec.hard));
    };
    for (const pod of this.cache.pods) {
      if (pod === undefined || this.workloads.workload(pod.workload).namespace !== namespace || !this.counts(pod)) continue;
      const { spec: podSpec } = this.definitions.template(pod.template);
      if (isInScopes(podSpec, spec)) add(podUsage(podSpec));
    }
    if (spec.scopes.length > 0) return { hard: spec.hard, used };
    for (const record of this.cache.deployments.values()) if (record.namespace === namespace) add(usageOf("Deployment"));
    for (const record of this.cache.replicaSets.values()) if (record.namespace === namespace) add(usageOf("ReplicaSet"));
    for (const service of this.cache.services) if (service?.object.metadata.namespace === namespace) add(usageOf("Service"));
    for (const { kind, namespace: home } of this.cache.objects.values())
      if (home === namespace) add(kind === "ControllerRevision" ? objectUsage("controllerrevisions", "apps") : usageOf(kind));
    return { hard: spec.hard, used };
  }

  /** Neither ended nor past its deadline of deletion. Source: core.QuotaV1Pod. */
  private counts(pod: PodRecord): boolean {
    if (isTerminal(pod)) return false;
    const { deletionTimestamp, deletionGracePeriodSeconds } = pod;
    return deletionTimestamp < 0 || wholeSeconds(this.client.now) <= deletionTimestamp + deletionGracePeriodSeconds;
  }

  private addQuotasOf(namespace: string): void {
    for (const quota of this.cache.objectsOfKind("ResourceQuota")) if (quota.namespace === namespace) this.runner.queue.add(quota.id);
  }
}

function usageOf(kind: Kind): Amounts {
  const { plural, apiVersion } = kinds[kind];
  return objectUsage(plural, apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "");
}
