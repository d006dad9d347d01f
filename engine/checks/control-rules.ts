/**
 * What the API server commits, held against the rules of Pods (pod-rules.ts), of other objects (object-rules.ts)
 * and of nodes (node-rules.ts), each at the change that could break it; and against what must hold once nothing is
 * under way any more. Shard 0.
 */
import { statusesMatchAtRest, statusesMatchAtRestDefinition } from "../invariants/statuses-match-at-rest.ts";
import { replicasMatchAtRest, replicasMatchAtRestDefinition } from "../invariants/replicas-match-at-rest.ts";
import { slicesMatchAtRest, slicesMatchAtRestDefinition } from "../invariants/slices-match-at-rest.ts";
import { VersionsStrictlyGrow, versionsStrictlyGrowDefinition } from "../invariants/versions-strictly-grow.ts";
import { SECOND, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { PodObserver } from "../kubernetes/api-server/api-server.ts";
import type { PublishedEndpoints } from "../kubernetes/api-server/published-endpoints.ts";
import { EndpointCondition } from "../kubernetes/api-server/records.ts";
import type { PodRecord } from "../kubernetes/api-server/pod-record.ts";
import { isActive, isDeleting, isReady, isTerminal } from "../kubernetes/api-server/pod-facts.ts";
import type { WatchChange, WriteKind } from "../kubernetes/api-server/requests.ts";
import type { ControlPlane } from "../kubernetes/control-plane.ts";
import { labelsInclude } from "../kubernetes/objects/label-selector.ts";
import { ControlLags } from "./control-lag.ts";
import { NodeRules } from "./node-rules.ts";
import { ObjectRules } from "./object-rules.ts";
import { PodRules } from "./pod-rules.ts";
import type { ScenarioSpec } from "../scenario-spec.ts";

/** What every group of rules works with. */
export interface RuleContext {
  readonly control: ControlPlane;
  readonly spec: ScenarioSpec;
  readonly lags: ControlLags;
  /** A rule was held against something; null: it holds. */
  hold(rule: string, now: VirtualTime, breach: string | null): void;
  /** The same of a rule about how soon somebody acts: nothing is said while faults delay what the API server does. */
  holdTimely(rule: string, now: VirtualTime, breach: string | null): void;
}

export interface ControlRulesOptions {
  readonly control: ControlPlane;
  readonly spec: ScenarioSpec;
  ring(rule: string, now: VirtualTime, message: string): void;
}

/** After the end of a fault of the API server: watches, retries with their back-offs and what queued up go on for so long. */
const CALM_AFTER_FAULT: Duration = 120 * SECOND;

export class ControlRules implements PodObserver {
  private readonly context: RuleContext;
  private readonly versions = new VersionsStrictlyGrow();
  private readonly pods: PodRules;
  private readonly objects: ObjectRules;
  private readonly nodes: NodeRules;
  /** Faults delay what the API server does, or did: until then nobody is expected to know what is so. */
  private lateUntil: VirtualTime = -1;
  private faultKnown: VirtualTime = -1;

  constructor({ control, spec, ring }: ControlRulesOptions) {
    const lags = new ControlLags(control, spec.settings);
    const hold = (rule: string, now: VirtualTime, breach: string | null): void => {
      if (breach !== null) ring(rule, now, breach);
    };
    this.context = {
      control,
      spec,
      lags,
      hold,
      holdTimely: (rule, now, breach) => {
        if (breach !== null && now > this.lateUntil) ring(rule, now, breach);
      },
    };
    this.objects = new ObjectRules(this.context);
    this.nodes = new NodeRules(this.context);
    this.pods = new PodRules(this.context, this.objects, this.nodes);
  }

  podChanged(before: PodRecord | undefined, after: PodRecord | null, now: VirtualTime): void {
    this.context.lags.look(now);
    this.pods.changed(before, after, now);
  }

  deploymentChanged(): void {
    // Told by its commit.
  }

  committed(change: WatchChange, kind: WriteKind, now: VirtualTime): void {
    const { control, lags } = this.context;
    const { faultChangedAt, longestDelay } = control.apiServer;
    if (longestDelay > 0 || faultChangedAt > this.faultKnown) this.lateUntil = now + longestDelay + CALM_AFTER_FAULT;
    this.faultKnown = faultChangedAt;
    lags.look(now);
    if (change.type === "lease") return;
    const version = change.record?.resourceVersion ?? control.store.resourceVersion;
    this.context.hold(versionsStrictlyGrowDefinition.name, now, this.versions.written(change.type, version));
    switch (change.type) {
      case "pod":
        return;
      case "node":
        return this.nodes.changed(change.record, now);
      case "replicaSet":
        return this.objects.replicaSetChanged(change.id, change.record, kind === "ReplicaSet", now);
      case "deployment":
        return this.objects.deploymentChanged(change.id, change.record, now);
      case "endpointSlice":
        return this.objects.sliceChanged(change.service, change.id, change.record, this.pods, now);
      case "object":
        return this.objects.objectChanged(change.id, change.record, this.pods, now);
      default:
        return;
    }
  }

  endpointsPublished(service: number, endpoints: PublishedEndpoints, now: VirtualTime): void {
    this.objects.endpointsPublished(service, endpoints, now);
  }

  /** Liveness: held against the cluster if nothing is under way in it. */
  atEnd(now: VirtualTime): void {
    const { control, lags } = this.context;
    lags.look(now);
    this.objects.slicesAtEnd(this.pods, now);
    if (now <= this.lateUntil || control.apiServer.longestDelay > 0 || !control.atRest(now)) return;
    this.replicasAtRest(now);
    this.slicesAtRest(now);
  }

  private replicasAtRest(now: VirtualTime): void {
    const { control, hold } = this.context;
    const { store } = control;
    const podsOf = new Map<number, PodRecord[]>();
    for (const pod of control.view.pods()) {
      const known = podsOf.get(pod.owner);
      if (known === undefined) podsOf.set(pod.owner, [pod]);
      else known.push(pod);
    }
    for (const { id, name, namespace, replicas, status, generation, deletionTimestamp = -1 } of store.replicaSets.values()) {
      if (deletionTimestamp >= 0 || status.observedGeneration !== generation) continue;
      const active = (podsOf.get(id) ?? []).filter(isActive);
      const label = `ReplicaSet ${namespace}/${name}`;
      const hasFailed = status.replicaFailure !== undefined;
      hold(replicasMatchAtRestDefinition.name, now, replicasMatchAtRest(label, replicas, active.length, hasFailed));
      const counted = { replicas: active.length, readyReplicas: active.filter(isReady).length };
      hold(statusesMatchAtRestDefinition.name, now, statusesMatchAtRest(label, status, counted));
    }
    for (const record of store.objects.values()) {
      if (record.kind !== "StatefulSet" || record.deletionTimestamp >= 0) continue;
      const pods = podsOf.get(record.id) ?? [];
      const label = `StatefulSet ${record.namespace}/${record.name}`;
      const counted = { replicas: pods.length, readyReplicas: pods.filter((pod) => isReady(pod) && !isTerminal(pod)).length };
      hold(statusesMatchAtRestDefinition.name, now, statusesMatchAtRest(label, record.status, counted));
    }
  }

  private slicesAtRest(now: VirtualTime): void {
    const { control, hold } = this.context;
    const { store } = control;
    const all = control.view.pods();
    const pods = all.filter((pod) => isReady(pod) && !isDeleting(pod) && !isTerminal(pod) && pod.status.hasPodIp);
    // Their nodes are gone: slices leave them out, or stop changing, until somebody removes the Pods.
    const stranded = all.filter(({ node }) => store.nodes[node]?.isAbsent === true);
    store.services.forEach((record, service) => {
      const { selector, publishNotReadyAddresses, type } = record?.object.spec ?? { selector: null };
      if (record === undefined || selector === null || publishNotReadyAddresses === true || type === "ExternalName") return;
      const { namespace, name } = record.object.metadata;
      const isSelected = (pod: PodRecord): boolean =>
        store.workloads.workload(pod.workload).namespace === namespace && labelsInclude(store.podLabels.of(pod), selector);
      if (stranded.some(isSelected)) return;
      const ready = pods.filter(isSelected).map(({ id }) => id);
      const listed: number[] = [];
      for (const { pods: ids, conditions } of store.slices[service]?.values() ?? [])
        ids.forEach((id, index) => {
          if ((conditions[index]! & EndpointCondition.ready) !== 0) listed.push(id);
        });
      hold(slicesMatchAtRestDefinition.name, now, slicesMatchAtRest(`Service ${namespace}/${name}`, listed, ready));
    });
  }
}
