/** Commits of controllers' objects, budgets and slices, and the Pods that come of them, held against the rules about them. */
import { budgetRespectedDefinition } from "../invariants/budget-respected.ts";
import { endpointsFollowPodsDefinition } from "../invariants/endpoints-follow-pods.ts";
import { finalizersRespected, finalizersRespectedDefinition } from "../invariants/finalizers-respected.ts";
import { JobCompletionsRespected, jobCompletionsRespectedDefinition } from "../invariants/job-completions-respected.ts";
import { jobCountsGrow, jobCountsGrowDefinition } from "../invariants/job-counts-grow.ts";
import { JobEndsOnce, jobEndsOnceDefinition } from "../invariants/job-ends-once.ts";
import { JobPodsCountedOnce, jobPodsCountedOnceDefinition } from "../invariants/job-pods-counted-once.ts";
import { JobParallelismRespected, jobParallelismRespectedDefinition } from "../invariants/job-parallelism-respected.ts";
import { MaxSurgeRespected, maxSurgeRespectedDefinition } from "../invariants/max-surge-respected.ts";
import { MinAvailableRespected, minAvailableRespectedDefinition } from "../invariants/min-available-respected.ts";
import { observedGenerationHonest, observedGenerationHonestDefinition } from "../invariants/observed-generation-honest.ts";
import { OneDaemonPerNode, oneDaemonPerNodeDefinition } from "../invariants/one-daemon-per-node.ts";
import { OnePodPerIndex, onePodPerIndexDefinition } from "../invariants/one-pod-per-index.ts";
import { OneReplicaSetPerTemplate, oneReplicaSetPerTemplateDefinition } from "../invariants/one-replica-set-per-template.ts";
import { onlyReadyEndpointsDefinition } from "../invariants/only-ready-endpoints.ts";
import { onlyReadyPublished, onlyReadyPublishedDefinition } from "../invariants/only-ready-published.ts";
import { OrderedReadiness, orderedReadinessDefinition } from "../invariants/ordered-readiness.ts";
import { OwnersExist, ownersExistDefinition } from "../invariants/owners-exist.ts";
import { writesChangeSomething, writesChangeSomethingDefinition } from "../invariants/writes-change-something.ts";
import { Highest, Recent } from "../invariants/recent.ts";
import { SECOND, type Duration, type VirtualTime } from "../kernel/time.ts";
import { ofKind, type ObjectRecord } from "../kubernetes/api-server/object-record.ts";
import { isActive, isDeleting, isReady, isTerminal } from "../kubernetes/api-server/pod-facts.ts";
import type { PodRecord } from "../kubernetes/api-server/pod-record.ts";
import {
  EndpointCondition,
  type DeploymentRecord,
  type EndpointSliceRecord,
  type ReplicaSetRecord,
} from "../kubernetes/api-server/records.ts";
import type { PublishedEndpoints } from "../kubernetes/api-server/published-endpoints.ts";
import type { Store } from "../kubernetes/api-server/store.ts";
import type { DeploymentSpec } from "../kubernetes/objects/deployment.ts";
import { scaledValue } from "../kubernetes/objects/int-or-string.ts";
import { selectsOnePod } from "../kubernetes/objects/given-labels.ts";
import { isHeadless } from "../kubernetes/objects/traffic-hints.ts";
import { selectorMatches } from "../kubernetes/objects/label-selector.ts";
import { PodPhase } from "../kubernetes/objects/pod.ts";
import type { RuleContext } from "./control-rules.ts";
import { isServing, type PodRules } from "./pod-rules.ts";

/** A ReplicaSet and what is known of its Pods. */
interface SetState {
  record: ReplicaSetRecord;
  /** Pods that are neither ended nor being deleted. */
  active: number;
  ready: number;
  /** With minReadySeconds: since when each of the ready ones is, in whole seconds. */
  readonly readySince: Map<number, number>;
}

interface Kept {
  readonly all: number;
  readonly known: number;
}

const nothingKept: Kept = { all: 0, known: 0 };

/** Instants of creation are whole seconds; the rest is for usual watches. */
const INFORMED_WITHIN_LEAST: Duration = 2 * SECOND;

export class ObjectRules {
  private readonly context: RuleContext;
  private readonly store: Store;
  private readonly sets = new Map<number, SetState>();
  /** ReplicaSets of each Deployment. */
  private readonly setsOf = new Map<number, Set<SetState>>();
  private readonly deployments = new Map<number, DeploymentRecord>();
  private readonly known = new Map<number, ObjectRecord>();
  private readonly slices = new Map<string, EndpointSliceRecord>();
  /** Endpoints that the last write of a slice took `ready` from. */
  private unreadied: readonly number[] = [];
  /** Active Pods by owner, of those that aren't ReplicaSets. */
  private readonly active = new Map<number, number>();
  private readonly surge: MaxSurgeRespected;
  private readonly available: MinAvailableRespected;
  /** Pods of each ReplicaSet that turned Ready so recently that its status may not tell it. */
  private readonly gains: Recent<number>;
  private readonly templates = new OneReplicaSetPerTemplate();
  private readonly owners: OwnersExist;
  private readonly order: OrderedReadiness;
  private readonly daemons = new OneDaemonPerNode();
  private readonly parallelism: JobParallelismRespected;
  /** Available Pods of ReplicaSets that became smaller with their Deployment, which statuses still tell of: a step may take as many more away. */
  private readonly overstated: Recent<number>;
  /** What ReplicaSets asked for, negated, in the time within which watches tell everybody: a Deployment's sync isn't held back until it has seen what it wrote. */
  private readonly sizes: Highest;
  private readonly completions = new JobCompletionsRespected();
  private readonly counts = new JobPodsCountedOnce();
  private readonly endings = new JobEndsOnce();
  private readonly indexes = new OnePodPerIndex();

  constructor(context: RuleContext) {
    this.context = context;
    const { lags } = context;
    const { store } = context.control;
    this.store = store;
    const informedWithin = Math.max(INFORMED_WITHIN_LEAST, SECOND + 2 * context.spec.settings.watchLatencyP99);
    this.sizes = new Highest({ since: (now) => now - informedWithin });
    this.surge = new MaxSurgeRespected(lags.rollouts);
    this.available = new MinAvailableRespected(lags.rollouts);
    this.gains = new Recent(lags.rollouts);
    this.overstated = new Recent(lags.rollouts);
    this.owners = new OwnersExist(lags.owners);
    this.order = new OrderedReadiness(lags.sets);
    this.parallelism = new JobParallelismRespected(lags.jobs);
    for (const deployment of store.deployments.values()) this.noteDeployment(deployment, 0);
    for (const replicaSet of store.replicaSets.values()) this.noteReplicaSet(replicaSet, 0);
    for (const object of store.objects.values()) {
      this.noteObject(object, 0);
      if (object.kind === "Job") this.counts.adopted(object.id, object.status);
    }
    store.slices.forEach((slices, service) => {
      for (const slice of slices.values()) this.slices.set(`${service}/${slice.number}`, slice);
    });
  }

  // ── Pods ──

  podAdopted(pod: PodRecord): void {
    this.count(undefined, pod, 0);
  }

  podChanged(before: PodRecord | undefined, after: PodRecord | null, now: VirtualTime): void {
    if (before?.owner === -1 && (after === null || after.owner === -1)) return;
    this.count(before, after, now);
    if (before === undefined && after !== null && after.owner >= 0) this.judgeCreation(after, now);
  }

  private judgeCreation(pod: PodRecord, now: VirtualTime): void {
    const { hold, holdTimely } = this.context;
    const { owner } = pod;
    hold(ownersExistDefinition.name, now, this.owners.podCreated(`Pod ${pod.id}`, owner, now));
    const set = this.sets.get(owner);
    if (set !== undefined) {
      const breach = this.surge.podCreated(owner, set.active, now);
      if (set.record.owner >= 0) holdTimely(maxSurgeRespectedDefinition.name, now, labelled(this.labelOf(pod.workload), breach));
      return;
    }
    const object = this.known.get(owner);
    const index = pod.traits?.index ?? -1;
    switch (object?.kind) {
      case "StatefulSet": {
        const { podManagementPolicy, firstOrdinal } = object.spec;
        const breach = this.order.created(`${object.namespace}/${object.name}`, owner, index, firstOrdinal, now);
        if (podManagementPolicy === "OrderedReady") holdTimely(orderedReadinessDefinition.name, now, breach);
        return;
      }
      case "DaemonSet": {
        const { updateStrategy } = object.spec;
        const maySurge = updateStrategy.type === "RollingUpdate" && updateStrategy.maxSurge !== 0 && updateStrategy.maxSurge !== "0%";
        const breach = this.daemons.created(labelOfObject(object), owner, pod.traits?.targetNode ?? -1, maySurge);
        return holdTimely(oneDaemonPerNodeDefinition.name, now, breach);
      }
      case "Job": {
        const label = labelOfObject(object);
        const active = this.active.get(owner) ?? 0;
        holdTimely(jobParallelismRespectedDefinition.name, now, this.parallelism.podCreated(label, owner, active, now));
        holdTimely(jobEndsOnceDefinition.name, now, this.endings.podCreated(label, owner));
        if (object.spec.completionMode === "Indexed") return;
        const breach = this.completions.podCreated(label, owner, active, object.spec.completions);
        return holdTimely(jobCompletionsRespectedDefinition.name, now, breach);
      }
      default:
        return;
    }
  }

  private count(before: PodRecord | undefined, after: PodRecord | null, now: VirtualTime): void {
    if (before !== undefined && after !== null && before.owner !== after.owner) {
      this.count(before, null, now);
      this.count(undefined, after, now);
      return;
    }
    const pod = (after ?? before)!;
    const { owner } = pod;
    if (owner < 0) return;
    const [was, is] = [before !== undefined && isActive(before), after !== null && isActive(after)];
    const set = this.sets.get(owner);
    if (set !== undefined) return this.countOfSet(set, before, after, now);
    if (was !== is) this.active.set(owner, (this.active.get(owner) ?? 0) + (is ? 1 : -1));
    const object = this.known.get(owner);
    if (object === undefined) return;
    const { index = -1, targetNode = -1 } = pod.traits ?? {};
    if (object.kind === "StatefulSet") {
      const isUp = after !== null && isServing(after) && after.status.phase === PodPhase.Running;
      const wasUp = before !== undefined && isServing(before) && before.status.phase === PodPhase.Running;
      if (isUp !== wasUp) this.order.changed(owner, index, isUp, now);
    } else if (object.kind === "DaemonSet") {
      if (was !== is) this.daemons.counted(owner, targetNode, is ? 1 : -1);
    } else if (object.kind === "Job") {
      this.countOfJob(object, before, after, index, now);
    }
  }

  private countOfJob(
    job: ObjectRecord<"Job">,
    before: PodRecord | undefined,
    after: PodRecord | null,
    index: number,
    now: VirtualTime,
  ): void {
    const [was, is] = [before !== undefined && isActive(before), after !== null && isActive(after)];
    if (was !== is && job.spec.completionMode === "Indexed") {
      const breach = this.indexes.changed(labelOfObject(job), job.id, index, is ? 1 : -1);
      this.context.holdTimely(onePodPerIndexDefinition.name, now, breach);
    }
    this.countEnds(job.id, before, after);
    const hadSucceeded = before?.status.phase === PodPhase.Succeeded;
    if (after !== null && after.status.phase === PodPhase.Succeeded && !hadSucceeded && !isDeleting(after))
      this.completions.podSucceeded(job.id);
    const countsExisting = !this.context.control.versions.jobBackOffPerPod;
    if (after === null && hadSucceeded && countsExisting) this.completions.podForgotten(job.id);
  }

  /** A Pod that is being deleted may yet succeed; each ends once. */
  private countEnds(job: number, before: PodRecord | undefined, after: PodRecord | null): void {
    const hadSucceeded = before?.status.phase === PodPhase.Succeeded;
    const wasLost = before !== undefined && !hadSucceeded && (isTerminal(before) || isDeleting(before));
    const hasSucceeded = after?.status.phase === PodPhase.Succeeded;
    const isLost = after === null ? !hadSucceeded : !hasSucceeded && (isTerminal(after) || isDeleting(after));
    if (hasSucceeded && !hadSucceeded) this.counts.podSucceeded(job, wasLost);
    else if (isLost && !wasLost) this.counts.podLost(job);
  }

  private countOfSet(set: SetState, before: PodRecord | undefined, after: PodRecord | null, now: VirtualTime): void {
    const [was, is] = [before !== undefined && isActive(before), after !== null && isActive(after)];
    const [wasReady, ready] = [was && isReady(before!), is && isReady(after!)];
    const hasSurplus = set.active > set.record.replicas;
    if (was !== is) set.active += is ? 1 : -1;
    if (wasReady === ready) return;
    set.ready += ready ? 1 : -1;
    if (ready && now > 0) this.gains.note(set.record.id, now);
    if (set.record.minReadySeconds > 0) {
      if (ready) set.readySince.set(after!.id, after!.status.readySince);
      else set.readySince.delete(before!.id);
    }
    // What its controller takes away because it has too many isn't lost.
    const isOwnDoing = was && !is && hasSurplus;
    if (!ready && !isOwnDoing) this.available.podLost(set.record.workload, now);
  }

  // ── Deployments and ReplicaSets ──

  deploymentChanged(id: number, after: DeploymentRecord | null, now: VirtualTime): void {
    const before = this.deployments.get(id);
    if (after === null) {
      this.judgeRemoval(`Deployment ${before?.name ?? id}`, before, now);
      this.deployments.delete(id);
      return;
    }
    if (before !== undefined) this.judgeUpdate(`Deployment ${after.namespace}/${after.name}`, before, after, now);
    this.noteDeployment(after, now);
  }

  replicaSetChanged(id: number, after: ReplicaSetRecord | null, isSpec: boolean, now: VirtualTime): void {
    const state = this.sets.get(id);
    if (after === null) {
      if (state !== undefined) this.forgetSet(state, now);
      return;
    }
    if (state !== undefined) this.judgeUpdate(`ReplicaSet ${after.namespace}/${after.name}`, state.record, after, now);
    if (!isSpec) {
      if (state !== undefined) state.record = after;
      return;
    }
    const { hold, holdTimely } = this.context;
    const label = this.labelOf(after.workload);
    if (state === undefined && after.owner >= 0)
      hold(oneReplicaSetPerTemplateDefinition.name, now, labelled(label, this.templates.created(after.owner, after.template, id)));
    const before = state?.record;
    const kept = before === undefined ? nothingKept : this.keptBy(after.owner, now);
    this.noteReplicaSet(after, now);
    if (after.owner < 0) return;
    // Of the others counts what who asks for more must have heard of.
    let total = after.replicas;
    for (const { record } of this.setsOf.get(after.owner) ?? []) if (record.id !== id) total -= this.sizes.within(record.id, now);
    const breach = this.surge.replicaSetChanged(after.workload, id, after.replicas, total, now);
    if (before === undefined || after.replicas > before.replicas)
      holdTimely(maxSurgeRespectedDefinition.name, now, labelled(label, breach));
    if (before !== undefined && before.desiredReplicas !== after.desiredReplicas)
      for (let excess = before.status.availableReplicas - after.replicas; excess > 0; excess--) this.overstated.note(id, now);
    // A change of the Deployment's size isn't a step of its rollout.
    const isStep = before !== undefined && before.replicas > after.replicas && before.desiredReplicas === after.desiredReplicas;
    if (!isStep || this.deployments.get(after.owner)?.spec.strategy.type !== "RollingUpdate") return;
    const left = this.keptBy(after.owner, now);
    // Of what it couldn't know it takes nothing away.
    if (left.known >= kept.known) return;
    let overstated = 0;
    for (const { record } of this.setsOf.get(after.owner) ?? []) if (record.id !== id) overstated += this.overstated.count(record.id, now);
    const breachOfStep = this.available.scaledDown(after.workload, kept.all, left.all + overstated, now);
    holdTimely(minAvailableRespectedDefinition.name, now, labelled(label, breachOfStep));
  }

  /** Available Pods that the sizes of a Deployment's ReplicaSets leave: all, and those of which the statuses must tell by now. */
  private keptBy(deployment: number, now: VirtualTime): Kept {
    let [all, known] = [0, 0];
    for (const state of this.setsOf.get(deployment) ?? []) {
      const { record } = state;
      all += Math.min(availableAt(state, now), record.replicas);
      known += Math.min(this.knownAvailable(state, now), record.replicas);
    }
    return { all, known };
  }

  private knownAvailable(state: SetState, now: VirtualTime): number {
    const { record } = state;
    if (record.minReadySeconds === 0) return Math.max(0, state.ready - this.gains.count(record.id, now));
    const available = availableAt(state, this.context.lags.rollouts.since(now));
    // A retry makes client-go forget a later look at the same key: then the status tells of Pods that got available when something else happens.
    const { minReadyResyncExact } = this.context.control.versions;
    return minReadyResyncExact ? available : Math.min(available, record.status.availableReplicas);
  }

  private noteDeployment(record: DeploymentRecord, now: VirtualTime): void {
    const before = this.deployments.get(record.id);
    this.deployments.set(record.id, record);
    if (before?.spec === record.spec) return;
    const { replicas } = record.spec;
    const { surge, unavailable } = boundsOf(record.spec);
    this.surge.deploymentChanged(record.workload, replicas + surge, now);
    this.available.deploymentChanged(record.workload, replicas - unavailable, now);
  }

  private noteReplicaSet(record: ReplicaSetRecord, now: VirtualTime): void {
    let state = this.sets.get(record.id);
    if (state === undefined) {
      state = { record, active: 0, ready: 0, readySince: new Map() };
      this.sets.set(record.id, state);
      if (now > 0) this.sizes.set(record.id, 0, now - 1);
      if (now === 0) {
        if (record.owner >= 0) this.templates.created(record.owner, record.template, record.id);
        this.surge.replicaSetChanged(record.workload, record.id, record.replicas, 0, 0);
      }
    } else if (state.record.owner !== record.owner) this.setsOf.get(state.record.owner)?.delete(state);
    state.record = record;
    this.sizes.set(record.id, -record.replicas, now);
    if (record.owner < 0) return;
    const siblings = this.setsOf.get(record.owner);
    if (siblings === undefined) this.setsOf.set(record.owner, new Set([state]));
    else siblings.add(state);
  }

  private forgetSet(state: SetState, now: VirtualTime): void {
    const { record } = state;
    this.judgeRemoval(`ReplicaSet ${record.namespace}/${record.name}`, record, now);
    this.sets.delete(record.id);
    this.gains.forget(record.id);
    this.sizes.forget(record.id);
    this.overstated.forget(record.id);
    this.setsOf.get(record.owner)?.delete(state);
    this.templates.removed(record.owner, record.template, record.id);
    this.owners.ownerRemoved(record.id, now);
  }

  // ── objects of other kinds ──

  objectChanged(id: number, after: ObjectRecord | null, pods: PodRules, now: VirtualTime): void {
    const before = this.known.get(id);
    if (after === null) {
      if (before === undefined) return;
      this.judgeRemoval(labelOfObject(before), before, now);
      this.known.delete(id);
      this.endings.forget(id);
      this.counts.forget(id);
      this.owners.ownerRemoved(id, now);
      return;
    }
    if (before !== undefined) {
      this.judgeUpdate(labelOfObject(after), before, after, now);
      this.judgeStatus(before, after, pods, now);
    }
    this.noteObject(after, now);
  }

  private noteObject(object: ObjectRecord, now: VirtualTime): void {
    this.known.set(object.id, object);
    if (object.kind === "Job") this.parallelism.jobChanged(object.id, object.spec.suspend ? 0 : object.spec.parallelism, now);
  }

  private judgeStatus(before: ObjectRecord, after: ObjectRecord, pods: PodRules, now: VirtualTime): void {
    const { hold, control } = this.context;
    const job = ofKind(after, "Job");
    const jobBefore = ofKind(before, "Job");
    if (job !== undefined && jobBefore !== undefined) {
      const { conditions } = job.status;
      const endings = conditions.flatMap(({ type, status }) =>
        status === "True" && (type === "Complete" || type === "Failed") ? [type] : [],
      );
      hold(jobEndsOnceDefinition.name, now, this.endings.statusWritten(labelOfObject(job), job.id, endings));
      hold(jobPodsCountedOnceDefinition.name, now, this.counts.statusWritten(labelOfObject(job), job.id, job.status));
      if (control.versions.jobBackOffPerPod)
        hold(jobCountsGrowDefinition.name, now, jobCountsGrow(labelOfObject(job), jobBefore.status, job.status));
    }
    const budget = ofKind(after, "PodDisruptionBudget");
    const budgetBefore = ofKind(before, "PodDisruptionBudget");
    if (budget !== undefined && budgetBefore !== undefined) this.judgeBudget(budgetBefore, budget, pods, now);
  }

  /** An eviction was granted: one more Pod is on record. */
  private judgeBudget(
    before: ObjectRecord<"PodDisruptionBudget">,
    after: ObjectRecord<"PodDisruptionBudget">,
    pods: PodRules,
    now: VirtualTime,
  ): void {
    const { selector } = after.spec;
    const { disruptedPods, disruptionsAllowed, desiredHealthy } = after.status;
    const granted = disruptedPods.find((entry) => !before.status.disruptedPods.some(({ pod, at }) => pod === entry.pod && at === entry.at));
    // Kinds don't tell Pods of one revision apart.
    if (granted === undefined || selector === null || selectsOnePod(selector)) return;
    const { workloads, podLabels } = this.store;
    const kinds = [...pods.kinds.values()]
      .filter((pod) => workloads.workload(pod.workload).namespace === after.namespace && selectorMatches(selector, podLabels.shared(pod)))
      .map(({ key }) => key);
    const record = this.store.pods[granted.pod];
    const pod = record === undefined ? undefined : { id: record.id, kind: pods.kindOf(record), isHealthy: isServing(record) };
    const breach = pods.budgets.evictionGranted(labelOfObject(after), pod, kinds, desiredHealthy, disruptionsAllowed, now);
    this.context.holdTimely(budgetRespectedDefinition.name, now, breach);
  }

  // ── slices ──

  sliceChanged(service: number, number: number, after: EndpointSliceRecord | null, pods: PodRules, now: VirtualTime): void {
    const key = `${service}/${number}`;
    const before = this.slices.get(key);
    this.unreadied = before === undefined ? [] : unreadiedBy(before, after);
    if (before !== undefined) this.judgeDelay(before.service, pods, now);
    if (after === null) {
      this.slices.delete(key);
      return;
    }
    this.slices.set(key, after);
    const spec = this.store.services[service]?.object.spec;
    const { hold, holdTimely } = this.context;
    if (before !== undefined) hold(writesChangeSomethingDefinition.name, now, writesChangeSomething(`slice ${key}`, before, after));
    if (spec === undefined || spec.publishNotReadyAddresses) return;
    after.pods.forEach((id, index) => {
      if ((after.conditions[index]! & EndpointCondition.ready) === 0) return;
      const pod = this.store.pods[id];
      const isUp = pod !== undefined && isServing(pod);
      if (!isUp) holdTimely(onlyReadyEndpointsDefinition.name, now, pods.endpoints.listed(`Service ${service}`, id, isUp, now));
    });
  }

  /** What a write takes back, it takes back in time. */
  private judgeDelay(service: number, pods: PodRules, now: VirtualTime): void {
    if (this.unreadied.length === 0 || this.isExcused(service)) return;
    const label = this.serviceLabel(service);
    for (const pod of this.unreadied)
      this.context.holdTimely(endpointsFollowPodsDefinition.name, now, pods.following.wasListed(label, pod, now));
  }

  /** The proxies are told of a Service, after the write of one of its slices. */
  endpointsPublished(service: number, { pods }: PublishedEndpoints, now: VirtualTime): void {
    const told = this.unreadied.filter((pod) => isIn(pods, pod));
    if (told.length === 0) return;
    const { versions } = this.context.control;
    const object = this.store.services[service]?.object;
    const slices = [...(this.store.slices[service]?.values() ?? [])];
    const anyReady = slices.some(({ conditions }) => conditions.some((one) => (one & EndpointCondition.ready) !== 0));
    const fallsBack = versions.proxyFallsBackOnTerminating && (object === undefined || !isHeadless(object));
    for (const pod of told) {
      const said = slices.reduce((all, slice) => all | (slice.conditions[slice.pods.indexOf(pod)] ?? 0), 0);
      const isLeaving = (said & EndpointCondition.serving) !== 0 && (said & EndpointCondition.terminating) !== 0;
      const says = { isReady: (said & EndpointCondition.ready) !== 0, isLeaving, anyReady, fallsBack };
      this.context.hold(onlyReadyPublishedDefinition.name, now, onlyReadyPublished(this.serviceLabel(service), pod, says));
    }
  }

  /** What nobody has taken back by the end of the run. */
  slicesAtEnd(pods: PodRules, now: VirtualTime): void {
    for (const slice of this.slices.values()) {
      if (this.isExcused(slice.service)) continue;
      const label = this.serviceLabel(slice.service);
      for (const pod of readyIn(slice))
        this.context.holdTimely(endpointsFollowPodsDefinition.name, now, pods.following.wasListed(label, pod, now));
    }
  }

  /** Its Pods needn't be Ready, its slices are nobody's or nobody's yet; or Pods without a node hold up their writes. */
  private isExcused(service: number): boolean {
    const spec = this.store.services[service]?.object.spec;
    if (spec === undefined || spec.publishNotReadyAddresses || spec.selector === null) return true;
    return this.context.control.versions.absentNodesStopSlices && this.store.nodes.some(({ isAbsent }) => isAbsent === true);
  }

  private serviceLabel(service: number): string {
    const metadata = this.store.services[service]?.object.metadata;
    return metadata === undefined ? `Service ${service}` : `Service ${metadata.namespace}/${metadata.name}`;
  }

  // ── all of them ──

  private judgeUpdate(label: string, before: Versioned, after: Versioned, now: VirtualTime): void {
    const { hold } = this.context;
    hold(writesChangeSomethingDefinition.name, now, writesChangeSomething(label, before, after));
    const observed = observedGenerationOf(after);
    if (observed === null) return;
    const breach = observedGenerationHonest(label, observedGenerationOf(before) ?? -1, observed, after.generation);
    hold(observedGenerationHonestDefinition.name, now, breach);
  }

  private judgeRemoval(label: string, before: { readonly finalizers?: readonly string[] } | undefined, now: VirtualTime): void {
    this.context.hold(finalizersRespectedDefinition.name, now, finalizersRespected(label, before?.finalizers ?? []));
  }

  private labelOf(workload: number): string {
    return this.store.workloads.label(workload);
  }
}

function availableAt({ record: { minReadySeconds }, ready, readySince }: SetState, at: VirtualTime): number {
  if (minReadySeconds === 0) return ready;
  let available = 0;
  for (const since of readySince.values()) if ((since + minReadySeconds) * SECOND <= at) available++;
  return available;
}

function readyIn({ pods, conditions }: EndpointSliceRecord): readonly number[] {
  return pods.filter((_, index) => (conditions[index]! & EndpointCondition.ready) !== 0);
}

/** `pods` ascend. */
function isIn(pods: readonly number[], pod: number): boolean {
  let [from, to] = [0, pods.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (pods[middle]! < pod) from = middle + 1;
    else to = middle;
  }
  return pods[from] === pod;
}

/** Endpoints that a write took `ready` from. */
function unreadiedBy(before: EndpointSliceRecord, after: EndpointSliceRecord | null): readonly number[] {
  if (after === null) return readyIn(before);
  let stays: ReadonlySet<number> | null = null;
  const unreadied: number[] = [];
  for (let index = 0; index < before.pods.length; index++) {
    if ((before.conditions[index]! & EndpointCondition.ready) === 0) continue;
    const pod = before.pods[index]!;
    // Mostly it stands where it stood.
    if (after.pods[index] === pod && (after.conditions[index]! & EndpointCondition.ready) !== 0) continue;
    stays ??= new Set(readyIn(after));
    if (!stays.has(pod)) unreadied.push(pod);
  }
  return unreadied;
}

interface Versioned {
  readonly generation: number;
  readonly status: object | null;
}

function observedGenerationOf({ status }: Versioned): number | null {
  return status !== null && "observedGeneration" in status ? (status.observedGeneration as number) : null;
}

function labelOfObject({ kind, namespace, name }: ObjectRecord): string {
  return `${kind} ${namespace}/${name}`;
}

function labelled(label: string, breach: string | null): string | null {
  return breach === null ? null : `${label}: ${breach}`;
}

/** Surge rounds up, unavailability down; one may be unavailable where both come to nothing. */
function boundsOf({ strategy, replicas }: DeploymentSpec): { readonly surge: number; readonly unavailable: number } {
  if (strategy.type === "Recreate") return { surge: 0, unavailable: replicas };
  const surge = scaledValue(strategy.maxSurge, replicas, true) ?? 0;
  const unavailable = scaledValue(strategy.maxUnavailable, replicas, false) ?? 0;
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}
