/**
 * The disruption controller: keeps the status of each PodDisruptionBudget in step with its Pods. The API server
 * spends what the status allows; an eviction counts against it until its Pod is seen deleting, two minutes at most.
 * Source: pkg/controller/disruption/disruption.go.
 */
import { SECOND, wholeSeconds } from "../../kernel/time.ts";
import {
  haveSameLabels,
  isDeleting,
  isReady,
  ofKind,
  PodLabels,
  type CacheListener,
  type Client,
  type InformerCache,
  type Labels,
  type ObjectId,
  type ObjectRecord,
} from "../api-server/client.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import type { EventType } from "../events/event-recorder.ts";
import type { Definitions } from "../objects/definitions.ts";
import { selectsOnePod } from "../objects/given-labels.ts";
import { selectorMatches } from "../objects/label-selector.ts";
import { withDisruptionAllowed, type PodDisruptionBudgetStatus } from "../objects/pod-disruption-budget.ts";
import type { Workloads } from "../objects/workloads.ts";
import { ControllerRunner } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";
import { budgetStatus } from "./disruption-budget.ts";

type Budget = ObjectRecord<"PodDisruptionBudget">;

/** In every release. */
const EVENT_SOURCE = { component: "controllermanager", host: "" } as const;
const WORKERS = 1;

/** What the Pods' controllers ask for, found through the Pods. */
interface Scale {
  readonly total: number;
  /** Some Pods have no controller. */
  readonly hasUnmanaged: boolean;
  /** Why there is no such sum; null: there is. */
  readonly error: string | null;
}

export class DisruptionController implements Controller, CacheListener {
  readonly name = "disruption";
  readonly runner: ControllerRunner;
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly workloads: Workloads;
  /** Budgets that name a label that only one Pod has; null: not looked for since one changed. */
  private ofOnePod: readonly ObjectId[] | null = null;
  /** Pods that each known budget selects. */
  private readonly selected = new Map<ObjectId, Set<PodId>>();
  private readonly labels: PodLabels;
  /** Budgets by what a Pod's workload, which says its namespace, and all Pods like it are labelled with. */
  private readonly ofLabels = new Map<number, WeakMap<Labels, readonly ObjectId[]>>();

  constructor(client: Client, cache: InformerCache, definitions: Definitions, workloads: Workloads) {
    this.client = client;
    this.cache = cache;
    this.labels = new PodLabels(definitions, workloads);
    this.workloads = workloads;
    this.runner = new ControllerRunner(this, client, WORKERS, Infinity);
  }

  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    if (this.selected.size === 0) return;
    if (before !== undefined && (after === undefined || !haveSameLabels(before, after)))
      for (const id of this.budgetsOf(before)) {
        this.selected.get(id)?.delete(before.id);
        this.runner.queue.add(id);
      }
    if (after === undefined) return;
    const budgets = this.budgetsOf(after);
    if (budgets.length > 1) this.tellOfSeveral(after, budgets);
    for (const id of budgets) {
      this.selected.get(id)?.add(after.id);
      this.runner.queue.add(id);
    }
  }

  /** Its own status brings a budget back once more, as upstream's informer does. */
  objectChanged(before: ObjectRecord | undefined, after: ObjectRecord | undefined): void {
    if (before !== undefined && after === undefined && before.kind === "PodDisruptionBudget") this.forget(before.id);
    const budget = ofKind(after, "PodDisruptionBudget");
    if (budget === undefined) return;
    if (before === undefined || ofKind(before, "PodDisruptionBudget")?.spec !== budget.spec) this.learn([budget]);
    this.runner.queue.add(budget.id);
  }

  /** A budget that was there before the run: its status as it has long been. The Pods are in the cache already. */
  adopt(budget: Budget): PodDisruptionBudgetStatus {
    if (!this.selected.has(budget.id)) this.learn(this.cache.objectsOfKind("PodDisruptionBudget"));
    const pods = this.podsOf(budget.id);
    const scale = this.scaleOf(budget, pods);
    return this.statusOf(budget, pods, scale.error === null ? scale.total : 0);
  }

  *sync(id: ObjectId): Sync {
    const budget = this.budget(id);
    if (budget === undefined) return "done";
    const pods = this.podsOf(id);
    const scale = this.scaleOf(budget, pods);
    this.tell(budget, pods, scale);
    const status = scale.error === null ? this.statusOf(budget, pods, scale.total) : this.failedStatus(budget, scale.error);
    this.recheck(budget, status);
    if (isSameStatus(budget.status, status)) return "done";
    const response = yield* call({ kind: "updateObjectStatus", object: id, resourceVersion: budget.resourceVersion, status });
    return response.status === "conflict" ? "retry" : "done";
  }

  /** Nobody may be evicted until the sum is known. Source: failSafe. */
  private failedStatus({ status }: Budget, error: string): PodDisruptionBudgetStatus {
    const { now, host } = this.client;
    const after = { ...status, disruptionsAllowed: 0 };
    return host.versions.budgetCondition ? withDisruptionAllowed(after, status.allowed, error, wholeSeconds(now)) : after;
  }

  private budget(id: ObjectId): Budget | undefined {
    return this.cache.object("PodDisruptionBudget", id);
  }

  /** New ones, or ones whose selector may be another. */
  private learn(budgets: readonly Budget[]): void {
    this.ofLabels.clear();
    this.ofOnePod = null;
    const isNew = new Set(budgets.map(({ id }) => id));
    for (const id of isNew) this.selected.set(id, new Set());
    for (const pod of this.cache.pods) {
      if (pod === undefined) continue;
      for (const id of this.budgetsOf(pod)) if (isNew.has(id)) this.selected.get(id)!.add(pod.id);
    }
  }

  private forget(id: ObjectId): void {
    this.selected.delete(id);
    this.ofLabels.clear();
    this.ofOnePod = null;
  }

  private budgetsOf(pod: PodRecord): readonly ObjectId[] {
    let byLabels = this.ofLabels.get(pod.workload);
    if (byLabels === undefined) this.ofLabels.set(pod.workload, (byLabels = new WeakMap()));
    const shared = this.labels.shared(pod);
    const isOfOne = (id: ObjectId): boolean => {
      const selector = this.budget(id)?.spec.selector ?? null;
      return selector !== null && selectsOnePod(selector);
    };
    let ids = byLabels.get(shared);
    if (ids === undefined) {
      this.ofOnePod ??= [...this.selected.keys()].filter(isOfOne);
      ids = [...this.selected.keys()].filter((id) => !isOfOne(id) && this.selects(this.budget(id), pod, shared));
      byLabels.set(shared, ids);
    }
    if (this.ofOnePod === null || this.ofOnePod.length === 0) return ids;
    const labels = this.labels.of(pod);
    const own = this.ofOnePod.filter((id) => this.selects(this.budget(id), pod, labels));
    return own.length === 0 ? ids : [...ids, ...own].sort((a, b) => a - b);
  }

  private selects(budget: Budget | undefined, pod: PodRecord, labels: Labels): boolean {
    return (
      budget !== undefined &&
      budget.spec.selector !== null &&
      this.workloads.workload(pod.workload).namespace === budget.namespace &&
      selectorMatches(budget.spec.selector, labels)
    );
  }

  private podsOf(id: ObjectId): PodRecord[] {
    const pods: PodRecord[] = [];
    for (const pod of this.selected.get(id) ?? []) {
      const record = this.cache.pods[pod];
      if (record !== undefined) pods.push(record);
    }
    return pods.sort((a, b) => a.id - b.id);
  }

  private statusOf({ generation, spec, status }: Budget, pods: readonly PodRecord[], scale: number): PodDisruptionBudgetStatus {
    const { now, host } = this.client;
    const seconds = wholeSeconds(now);
    const granted = new Map(status.disruptedPods.map(({ pod, at }) => [pod, at]));
    const counted = budgetStatus(
      spec,
      scale,
      pods.map((pod) => ({
        name: String(pod.id),
        isReady: isReady(pod),
        isTerminating: isDeleting(pod),
        evictedSecondsAgo: granted.has(pod.id) ? seconds - granted.get(pod.id)! : null,
      })),
      host.settings.pdbDeletionTimeout / SECOND,
    );
    const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = counted;
    const disruptedPods = counted.disruptedPods.map(Number).map((pod) => ({ pod, at: granted.get(pod)! }));
    const after = { observedGeneration: generation, disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods, disruptedPods };
    return host.versions.budgetCondition ? withDisruptionAllowed(after, status.allowed, null, seconds) : after;
  }

  /** Looked at again when the first granted eviction is forgotten. */
  private recheck({ id }: Budget, { disruptedPods }: PodDisruptionBudgetStatus): void {
    if (disruptedPods.length === 0) return;
    const first = disruptedPods.reduce((least, { at }) => Math.min(least, at), Infinity);
    const { now, host } = this.client;
    // The first whole second in which it is more than the timeout ago.
    this.runner.queue.addAfter(id, Math.max(1, (first + 1) * SECOND + host.settings.pdbDeletionTimeout - now));
  }

  /** An integer minAvailable asks nobody. Source: getExpectedPodCount, getExpectedScale. */
  private scaleOf({ spec }: Budget, pods: readonly PodRecord[]): Scale {
    if (spec.maxUnavailable === null && typeof spec.minAvailable !== "string") return { total: 0, hasUnmanaged: false, error: null };
    const scales = new Map<string, number>();
    let hasUnmanaged = false;
    for (const pod of pods) {
      if (pod.owner < 0) {
        hasUnmanaged = true;
        if (!this.client.host.versions.budgetSkipsUnmanaged)
          return { total: 0, hasUnmanaged, error: `found no controller ref for pod "${this.client.events?.podName(pod) ?? ""}"` };
        continue;
      }
      const found = this.controllerScale(pod.owner);
      if ("error" in found) return { total: 0, hasUnmanaged, error: found.error };
      scales.set(found.key, found.replicas);
    }
    let total = 0;
    for (const replicas of scales.values()) total += replicas;
    return { total, hasUnmanaged, error: null };
  }

  /** Of a ReplicaSet that belongs to a Deployment, the Deployment's. */
  private controllerScale(owner: ObjectId): { readonly key: string; readonly replicas: number } | { readonly error: string } {
    const replicaSet = this.cache.replicaSets.get(owner);
    if (replicaSet !== undefined) {
      const deployment = this.cache.deployments.get(replicaSet.owner);
      if (deployment !== undefined) return { key: `Deployment/${deployment.id}`, replicas: deployment.spec.replicas };
      return { key: `${owner}`, replicas: replicaSet.replicas };
    }
    const object = this.cache.objects.get(owner);
    if (object?.kind === "ReplicationController" || object?.kind === "StatefulSet")
      return { key: `${owner}`, replicas: object.spec.replicas };
    return {
      error:
        object === undefined
          ? "controller not found"
          : `${scalelessKinds[object.kind] ?? object.kind} does not implement the scale subresource`,
    };
  }

  private tell(budget: Budget, pods: readonly PodRecord[], { hasUnmanaged, error }: Scale): void {
    if (pods.length === 0) this.record(budget, "Normal", "NoPods", "No matching pods found");
    if (error !== null) {
      this.record(budget, "Warning", "CalculateExpectedPodCountFailed", `Failed to calculate the number of expected pods: ${error}`);
      return;
    }
    if (hasUnmanaged) this.record(budget, "Warning", "UnmanagedPods", UNMANAGED);
    const { now, host, events } = this.client;
    const overdue = budget.status.disruptedPods.filter(({ at }) => wholeSeconds(now) - at > host.settings.pdbDeletionTimeout / SECOND);
    for (const { pod: id } of overdue) {
      const pod = pods.find((candidate) => candidate.id === id);
      if (pod === undefined || isDeleting(pod)) continue;
      this.client.recordEvent(`pod/${id}`);
      const message = `Pod was expected by PDB ${budget.namespace}/${budget.name} to be deleted but it wasn't`;
      events?.recordPod(now, EVENT_SOURCE, pod, "", "Warning", "NotDeleted", message);
    }
  }

  /** Source: getPdbForPod. */
  private tellOfSeveral(pod: PodRecord, budgets: readonly ObjectId[]): void {
    const { now, events } = this.client;
    this.client.recordEvent(`pod/${pod.id}`);
    if (events === null) return;
    const chosen = this.budget(budgets[0]!)?.name ?? "";
    const message = `Pod "${events.podNamespace(pod)}"/"${events.podName(pod)}" matches multiple PodDisruptionBudgets.  Chose "${chosen}" arbitrarily.`;
    events.recordPod(now, EVENT_SOURCE, pod, "", "Warning", "MultiplePodDisruptionBudgets", message);
  }

  private record({ id, namespace, name }: Budget, type: EventType, reason: string, message: string): void {
    this.client.recordEvent(`object/${id}`);
    this.client.events?.record(this.client.now, EVENT_SOURCE, { kind: "PodDisruptionBudget", namespace, name }, type, reason, message);
  }
}

const UNMANAGED =
  "Pods selected by this PodDisruptionBudget were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, " +
  'which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';

const scalelessKinds: Readonly<Record<string, string>> = { Job: "jobs.batch", DaemonSet: "daemonsets.apps", CronJob: "cronjobs.batch" };

function isSameStatus(a: PodDisruptionBudgetStatus, b: PodDisruptionBudgetStatus): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
