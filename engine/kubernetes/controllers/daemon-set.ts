/** The DaemonSet controller: carries out what daemon-set-plan.ts decides. Source: pkg/controller/daemon/daemon_controller.go. */
import { CauseKind } from "../../cause-kinds.ts";
import { streamKey, word, type StreamKey } from "../../kernel/random.ts";
import { MILLISECOND, SECOND, wholeSeconds, type Duration, type VirtualTime } from "../../kernel/time.ts";
import {
  availableFrom,
  isDeleting,
  isReady,
  ofKind,
  type ApiRequest,
  type CacheListener,
  type Client,
  type GivenLabels,
  type InformerCache,
  type ObjectRecord,
} from "../api-server/client.ts";
import { plainTraits, type PodRecord } from "../api-server/pod-record.ts";
import type { DaemonSetStatus } from "../objects/daemon-set.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import type { Taint } from "../objects/meta.ts";
import type { NodeRecord, NodeTemplate } from "../objects/node.ts";
import { PodPhase } from "../objects/pod.ts";
import type { Workloads } from "../objects/workloads.ts";
import { ControllerRevisions } from "./controller-revisions.ts";
import { ControllerRunner } from "./controller-runner.ts";
import type { Controller, Sync } from "./controller.ts";
import { planNode, planUpdate, shouldRunOn, updateBounds, type DaemonPod, type NodeVerdict } from "./daemon-set-plan.ts";
import { daemonSetLabels } from "./given-labels.ts";
import { idsOf, PodControl } from "./pod-control.ts";
import { queueOfPod } from "./ready-resync.ts";
import { writeStatus } from "./status-writer.ts";

type DaemonSetRecord = ObjectRecord<"DaemonSet">;

/** Source: kube-controller-manager --concurrent-daemonset-syncs. */
const WORKERS = 2;
/** Writes of the status. Source: StatusUpdateRetries, and the first. */
const STATUS_ATTEMPTS = 2;
/** Until the cache has caught up with a write of its own. */
const CATCH_UP = 5 * MILLISECOND;

const UNSCHEDULABLE: Taint = { key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" };

/** One node as a sync sees it. */
interface DaemonNode {
  readonly index: number;
  readonly verdict: NodeVerdict;
  readonly pods: readonly (DaemonPod & { readonly record: PodRecord })[];
}

interface BackOff {
  readonly wait: Duration;
  readonly since: VirtualTime;
}

export class DaemonSetController implements Controller, CacheListener {
  readonly name = "daemonset";
  readonly runner: ControllerRunner;
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly workloads: Workloads;
  private readonly nodes: readonly NodeTemplate[];
  private readonly nodeKeys: readonly StreamKey[];
  private readonly pods: PodControl;
  private readonly revisions: ControllerRevisions;
  private readonly written = new Map<number, number>();
  /** What all Pods of the newest template have, by DaemonSet. */
  private readonly given = new Map<number, { readonly template: TemplateId; readonly generation: number; readonly labels: GivenLabels }>();
  /** Of failed Pods, by DaemonSet and node. */
  private readonly backOffs = new Map<string, BackOff>();
  /** Rolling updates looked at, by DaemonSet: each draws an order of nodes of its own. */
  private readonly passes = new Map<number, number>();

  constructor(client: Client, cache: InformerCache, definitions: Definitions, workloads: Workloads, nodes: readonly NodeTemplate[]) {
    this.client = client;
    this.cache = cache;
    this.workloads = workloads;
    this.nodes = nodes;
    this.nodeKeys = nodes.map(({ name }) => streamKey(client.host.seed, "DaemonSet node order", name));
    this.pods = new PodControl(client, "daemonset-controller");
    this.revisions = new ControllerRevisions(cache, definitions);
    this.runner = new ControllerRunner(this, client, WORKERS, Infinity);
  }

  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    const pod = after ?? before;
    if (pod === undefined || pod.owner < 0) return;
    const set = this.cache.object("DaemonSet", pod.owner);
    if (set === undefined) return;
    this.pods.observe(before, after);
    queueOfPod(this.runner.queue, set, before, after);
  }

  objectChanged(before: ObjectRecord | undefined, after: ObjectRecord | undefined): void {
    const set = ofKind(after ?? before, "DaemonSet");
    if (set === undefined) return;
    if (after === undefined) this.forget(set.id);
    this.runner.queue.add(set.id);
  }

  nodeChanged(before: NodeRecord, after: NodeRecord): void {
    const isOther = before.isAbsent !== after.isAbsent;
    if (!isOther && before.taints === after.taints && before.unschedulable === after.unschedulable && before.labels === after.labels)
      return;
    for (const set of this.cache.objectsOfKind("DaemonSet")) {
      const [was, is] = [this.verdictOn(set, before), this.verdictOn(set, after)];
      if (isOther || was.shouldRun !== is.shouldRun || was.shouldContinue !== is.shouldContinue) this.runner.queue.add(set.id);
    }
  }

  *sync(id: number): Sync {
    const set = this.cache.object("DaemonSet", id);
    if (set === undefined || set.deletionTimestamp >= 0) return "done";
    if (set.resourceVersion < (this.written.get(id) ?? 0)) {
      this.runner.queue.addAfter(id, CATCH_UP);
      return "kept";
    }
    const template = this.revisions.idOf(set.spec.template);
    if (!(yield* this.revisions.ensure(set, template))) return "retry";
    if (!this.isUpToDate(set)) return (yield* this.putStatus(set, template, set.status.observedGeneration)) ? "done" : "retry";
    let hasFailed = yield* this.manage(set, template);
    if (!hasFailed && this.isUpToDate(set)) hasFailed = yield* this.update(set, template);
    const inUse = new Set([template, ...this.cache.podsOf(id).map((pod) => pod.template)]);
    yield* this.revisions.cleanUp(set, inUse, set.spec.revisionHistoryLimit);
    const isWritten = yield* this.putStatus(set, template, set.generation);
    return hasFailed || !isWritten ? "retry" : "done";
  }

  private isUpToDate({ id }: DaemonSetRecord): boolean {
    return this.pods.expectations.areSatisfied(id, this.client.now);
  }

  /** A Pod on each node that wants one, none elsewhere. True: some request failed. */
  private *manage(set: DaemonSetRecord, template: TemplateId): Sync<boolean> {
    const { daemonSetReplacesSucceeded } = this.client.host.versions;
    const creates: number[] = [];
    const deletes: PodRecord[] = [];
    for (const { index, verdict, pods } of this.daemonNodes(set, template)) {
      const plan = planNode(verdict, pods, {
        isInBackOff: this.remainingBackOff(set, index) > 0,
        allowsSurge: this.bounds(set, 1).maxSurge > 0,
        deletesSucceeded: daemonSetReplacesSucceeded,
      });
      if (plan.creates) creates.push(index);
      for (const pod of plan.ended) this.tellEnd(set, index, pod, pods);
      if (plan.waitsForBackOff) this.runner.queue.addAfter(set.id, Math.max(1, this.remainingBackOff(set, index)));
      for (const { id } of plan.deletes) deletes.push(pods.find((pod) => pod.id === id)!.record);
    }
    return yield* this.carryOut(set, template, creates, deletes);
  }

  /** A step of a rolling update. */
  private *update(set: DaemonSetRecord, template: TemplateId): Sync<boolean> {
    if (set.spec.updateStrategy.type !== "RollingUpdate") return false;
    const nodes = this.daemonNodes(set, template).filter(({ verdict, pods }) => verdict.shouldRun || pods.length > 0);
    if (nodes.every(({ pods }) => pods.every(({ isUpdated }) => isUpdated))) return false;
    const ordered = this.shuffled(set, nodes);
    const desired = nodes.filter(({ verdict }) => verdict.shouldRun).length;
    const { daemonSetSurgeLeavesNodes } = this.client.host.versions;
    const positions = new Set(ordered.flatMap(({ verdict }, index) => (daemonSetSurgeLeavesNodes && !verdict.shouldRun ? [index] : [])));
    const plan = planUpdate(
      ordered.map(({ pods }) => pods),
      this.bounds(set, desired),
      { positions, desired },
    );
    if (plan.deletes.length + plan.surges.length === 0) return false;
    const { host } = this.client;
    host.causes.note(host.lp, CauseKind.rolloutStep, set.workload, host.now, set.rolledBy);
    const deletes = plan.deletes.map(({ id }) => this.cache.pods[id]).filter((pod) => pod !== undefined);
    return yield* this.carryOut(
      set,
      template,
      plan.surges.map((position) => ordered[position]!.index),
      deletes,
    );
  }

  private bounds(set: DaemonSetRecord, desired: number): ReturnType<typeof updateBounds> {
    const { daemonSetNeverStuck, daemonSetSurge } = this.client.host.versions;
    const bounds = updateBounds(set.spec.updateStrategy, desired, daemonSetNeverStuck);
    return daemonSetSurge ? bounds : { ...bounds, maxSurge: 0 };
  }

  /** Creations before deletions, each up to the burst. */
  private *carryOut(set: DaemonSetRecord, template: TemplateId, nodes: readonly number[], pods: readonly PodRecord[]): Sync<boolean> {
    const { dsBurst } = this.client.host.settings;
    const given = this.labelsOf(set, template);
    const creates = nodes.slice(0, dsBurst).map((node): ApiRequest => ({
      kind: "createPod",
      owner: set.id,
      workload: set.workload,
      template,
      traits: { ...plainTraits, targetNode: node, given },
    }));
    const deletes = pods.slice(0, dsBurst);
    if (creates.length + deletes.length === 0) return false;
    this.pods.expectations.expect(set.id, creates.length, idsOf(deletes), this.client.now);
    let hasFailed = false;
    if (creates.length > 0) {
      const created = yield* this.pods.create(set, creates);
      hasFailed = created.hasFailed && !created.isHopeless;
    }
    if (deletes.length > 0) hasFailed = (yield* this.pods.remove(set, deletes)) > 0 || hasFailed;
    return hasFailed;
  }

  private labelsOf(set: DaemonSetRecord, template: TemplateId): GivenLabels {
    const generation = this.revisions.numberOf(set, template);
    const known = this.given.get(set.id);
    if (known?.template === template && known.generation === generation) return known.labels;
    const labels = daemonSetLabels(this.revisions.hashOf(template), generation);
    this.given.set(set.id, { template, generation, labels });
    return labels;
  }

  private daemonNodes(set: DaemonSetRecord, template: TemplateId): DaemonNode[] {
    const nowSeconds = wholeSeconds(this.client.now);
    const hash = this.revisions.hashOf(template);
    const onNode = new Map<number, (DaemonPod & { record: PodRecord })[]>();
    for (const record of this.cache.podsOf(set.id)) {
      const target = targetOf(record);
      const pod = daemonPod(record, this.revisions.hashOfPod(record) === hash, set.spec.minReadySeconds, nowSeconds);
      const pods = onNode.get(target);
      if (pods === undefined) onNode.set(target, [pod]);
      else pods.push(pod);
    }
    const there = this.cache.nodes.filter(({ isAbsent }) => isAbsent !== true);
    return there.map((node) => ({ index: node.index, verdict: this.verdictOn(set, node), pods: onNode.get(node.index) ?? [] }));
  }

  private verdictOn({ spec: { template } }: DaemonSetRecord, node: NodeRecord): NodeVerdict {
    const taints = node.unschedulable ? [...node.taints, UNSCHEDULABLE] : node.taints;
    const written = this.nodes[node.index]!;
    const { labels } = node;
    return shouldRunOn(template.spec, template.spec.tolerations, labels === undefined ? written : { ...written, labels }, taints);
  }

  /** Upstream walks a map: another order each time. */
  private shuffled(set: DaemonSetRecord, nodes: readonly DaemonNode[]): DaemonNode[] {
    const pass = this.passes.get(set.id) ?? 0;
    this.passes.set(set.id, pass + 1);
    const own = streamKey(this.client.host.seed, "DaemonSet node order", this.workloads.label(set.workload));
    const draw = ({ index }: DaemonNode): number => word(this.nodeKeys[index]!.hi ^ own.hi, this.nodeKeys[index]!.lo ^ own.lo, pass);
    return nodes
      .map((node) => ({ node, place: draw(node) }))
      .sort((a, b) => a.place - b.place)
      .map(({ node }) => node);
  }

  private tellEnd(set: DaemonSetRecord, node: number, { id, phase }: DaemonPod, pods: DaemonNode["pods"]): void {
    const record = pods.find((pod) => pod.id === id)!.record;
    if (phase === "Failed") {
      this.startBackOff(set, node);
      this.pods.record(
        set,
        "Warning",
        "FailedDaemonPod",
        () => `Found failed daemon pod ${this.fullName(set, record)} on node ${this.nodes[node]!.name}, will try to kill it`,
      );
    } else {
      this.pods.record(
        set,
        "Normal",
        "SucceededDaemonPod",
        () => `Found succeeded daemon pod ${this.fullName(set, record)} on node ${this.nodes[node]!.name}, will try to delete it`,
      );
    }
  }

  private fullName({ namespace }: DaemonSetRecord, pod: PodRecord): string {
    return `${namespace}/${this.client.events!.podName(pod)}`;
  }

  private startBackOff(set: DaemonSetRecord, node: number): void {
    const { dsFailedPodBackoff, dsFailedPodBackoffMax } = this.client.host.settings;
    const { now } = this.client;
    const key = `${set.id}/${node}`;
    const before = this.backOffs.get(key);
    // Forgotten after twice the maximum, as client-go's Backoff does.
    const isOld = before === undefined || now - before.since > 2 * dsFailedPodBackoffMax;
    this.backOffs.set(key, { wait: isOld ? dsFailedPodBackoff : Math.min(2 * before.wait, dsFailedPodBackoffMax), since: now });
  }

  private remainingBackOff(set: DaemonSetRecord, node: number): Duration {
    const backOff = this.backOffs.get(`${set.id}/${node}`);
    return backOff === undefined ? 0 : Math.max(0, backOff.since + backOff.wait - this.client.now);
  }

  /** False: it must be tried again. With surge the oldest Pod of a node, by which it counts, may hide a new one that isn't available yet: then nobody looks again. */
  private *putStatus(set: DaemonSetRecord, template: TemplateId, observedGeneration: number): Sync<boolean> {
    const status = daemonSetStatus(this.daemonNodes(set, template), observedGeneration);
    if (set.spec.minReadySeconds > 0 && status.numberReady !== status.numberAvailable)
      this.runner.queue.addAfter(set.id, set.spec.minReadySeconds * SECOND);
    if (isSame(status, set.status)) return true;
    return yield* writeStatus(set, status, STATUS_ATTEMPTS, this.written);
  }

  private forget(id: number): void {
    this.pods.expectations.forget(id);
    this.written.delete(id);
    this.given.delete(id);
    this.passes.delete(id);
    for (let node = 0; node < this.nodes.length; node++) this.backOffs.delete(`${id}/${node}`);
  }
}

/** Source: updateDaemonSetStatus: the oldest Pod of a node speaks for it, also while it is being deleted. */
export function daemonSetStatus(
  nodes: readonly { readonly verdict: NodeVerdict; readonly pods: readonly DaemonPod[] }[],
  observedGeneration: number,
): DaemonSetStatus {
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const { verdict, pods } of nodes) {
    if (!verdict.shouldRun) {
      if (pods.length > 0) counts.misscheduled++;
      continue;
    }
    counts.desired++;
    const oldest = pods.toSorted((a, b) => Number(b.isAssigned) - Number(a.isAssigned) || a.createdAt - b.createdAt || a.id - b.id)[0];
    if (oldest === undefined) continue;
    counts.current++;
    if (oldest.isReady) counts.ready++;
    if (oldest.isAvailable) counts.available++;
    if (oldest.isUpdated) counts.updated++;
  }
  return {
    observedGeneration,
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    updatedNumberScheduled: counts.updated,
    numberAvailable: counts.available,
    numberUnavailable: counts.desired - counts.available,
  };
}

/** The node that a Pod is for, whether it is bound already or not. */
function targetOf({ node, traits }: PodRecord): number {
  return node >= 0 ? node : (traits?.targetNode ?? -1);
}

function daemonPod(
  record: PodRecord,
  isUpdated: boolean,
  minReadySeconds: number,
  nowSeconds: number,
): DaemonPod & { readonly record: PodRecord } {
  const { phase } = record.status;
  return {
    record,
    id: record.id,
    createdAt: record.createdAt,
    isAssigned: record.node >= 0,
    phase: phase === PodPhase.Failed ? "Failed" : phase === PodPhase.Succeeded ? "Succeeded" : "other",
    isReady: isReady(record),
    isAvailable: availableFrom(record, minReadySeconds) <= nowSeconds,
    isTerminating: isDeleting(record),
    isUpdated,
  };
}

function isSame(a: DaemonSetStatus, b: DaemonSetStatus): boolean {
  return (
    a.observedGeneration === b.observedGeneration &&
    a.currentNumberScheduled === b.currentNumberScheduled &&
    a.numberMisscheduled === b.numberMisscheduled &&
    a.desiredNumberScheduled === b.desiredNumberScheduled &&
    a.numberReady === b.numberReady &&
    a.updatedNumberScheduled === b.updatedNumberScheduled &&
    a.numberAvailable === b.numberAvailable &&
    a.numberUnavailable === b.numberUnavailable
  );
}
