/**
 * The garbage collector, background policy: when an owner is gone, its dependents are read live and
 * deleted, gcWorkers at a time under one client's limit. Source: pkg/controller/garbagecollector.
 */
import type { CacheListener, Client, DeploymentRecord, InformerCache, ReplicaSetRecord } from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { ControllerRunner } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";

export class GarbageCollector implements Controller, CacheListener {
  readonly name = "garbage-collector";
  readonly runner: ControllerRunner;
  private readonly cache: InformerCache;

  constructor(client: Client, cache: InformerCache) {
    this.cache = cache;
    this.runner = new ControllerRunner(this, client, client.host.settings.gcWorkers, Infinity);
  }

  deploymentChanged(before: DeploymentRecord | undefined, after: DeploymentRecord | undefined): void {
    if (after !== undefined || before === undefined) return;
    for (const { id } of this.cache.replicaSetsOf(before.id)) this.runner.queue.add(keyOfReplicaSet(id));
  }

  replicaSetChanged(before: ReplicaSetRecord | undefined, after: ReplicaSetRecord | undefined): void {
    if (after === undefined) {
      if (before !== undefined) for (const { id } of this.cache.podsOf(before.id)) this.runner.queue.add(keyOfPod(id));
    } else if (before === undefined && after.owner >= 0 && !this.cache.deployments.has(after.owner))
      this.runner.queue.add(keyOfReplicaSet(after.id));
  }

  /** Made by a controller that hadn't seen its owner go. */
  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    if (before === undefined && after !== undefined && after.owner >= 0 && !this.cache.replicaSets.has(after.owner))
      this.runner.queue.add(keyOfPod(after.id));
  }

  *sync(key: number): Sync {
    const id = Math.floor(key / 2);
    if (key % 2 === 0) {
      const replicaSet = this.cache.replicaSets.get(id);
      if (replicaSet === undefined || this.cache.deployments.has(replicaSet.owner)) return "done";
      const live = yield* call({ kind: "getReplicaSet", replicaSet: id });
      if (live.status === "ok") yield* call({ kind: "deleteReplicaSet", replicaSet: id });
      return "done";
    }
    const pod = this.cache.pods[id];
    if (pod === undefined || this.cache.replicaSets.has(pod.owner)) return "done";
    const live = yield* call({ kind: "getPod", pod: id });
    if (live.status === "ok") yield* call({ kind: "deletePod", pod: id, gracePeriodSeconds: null });
    return "done";
  }
}

function keyOfReplicaSet(id: number): number {
  return id * 2;
}

function keyOfPod(id: number): number {
  return id * 2 + 1;
}
