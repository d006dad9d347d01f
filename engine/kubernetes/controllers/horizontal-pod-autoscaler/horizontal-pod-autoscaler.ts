/**
 * The controller of HorizontalPodAutoscalers: each is looked at every `hpaSync`. Arithmetic stands beside it
 * (replica-calculation.ts, scaling-behavior.ts), its memory in scaling-history.ts.
 *
 *   read the target's size ──▶ 0: disabled ── outside min … max: back into it
 *      └▶ each metric: read usage ──▶ proposal or error ──▶ the greatest, if no error hides a smaller one
 *            └▶ stabilised by the windows ──▶ limited by the policies ──▶ written, if it is another size
 *
 * Source: pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler).
 */
import { CauseKind } from "../../../cause-kinds.ts";
import { NO_CAUSE } from "../../../kernel/causes.ts";
import { streamKey, uniform } from "../../../kernel/random.ts";
import { wholeSeconds } from "../../../kernel/time.ts";
import {
  ofKind,
  type CacheListener,
  type Client,
  type InformerCache,
  type ObjectId,
  type ObjectRecord,
  type PodMetrics,
} from "../../api-server/client.ts";
import type { EventType } from "../../events/event-recorder.ts";
import type { Definitions } from "../../objects/definitions.ts";
import type {
  HorizontalPodAutoscalerCondition,
  HorizontalPodAutoscalerStatus,
  MetricSpec,
} from "../../objects/horizontal-pod-autoscaler.ts";
import { ControllerRunner, DEFAULT_WORKERS } from "../controller-runner.ts";
import { call, type Controller, type Sync } from "../controller.ts";
import { proposalOf, type Proposal, type ProposalError } from "./metric-proposal.ts";
import { scalableKind, scaleTargetOf, type ScaleTarget } from "./scale-target.ts";
import type { LimitReason, ScalingBehavior } from "./scaling-behavior.ts";
import { behaviorOf, ScalingHistory } from "./scaling-history.ts";

type Autoscaler = ObjectRecord<"HorizontalPodAutoscaler">;

const EVENT_SOURCE = { component: "horizontal-pod-autoscaler", host: "" } as const;

/** Its status as one look makes it, step by step. */
interface Draft {
  currentReplicas: number;
  desiredReplicas: number;
  lastScaleTime: number;
  currentMetrics: readonly (number | null)[];
  conditions: readonly HorizontalPodAutoscalerCondition[];
}

/** What the metrics ask for together; null: nothing that could be followed. */
type Wish = { readonly replicas: number; readonly name: string } | null;

const limitMessages: Readonly<Record<LimitReason, string>> = {
  DesiredWithinRange: "the desired count is within the acceptable range",
  TooFewReplicas: "the desired replica count is less than the minimum replica count",
  TooManyReplicas: "the desired replica count is more than the maximum replica count",
  ScaleUpLimit: "the desired replica count is increasing faster than the maximum scale rate",
  ScaleDownLimit: "the desired replica count is decreasing faster than the maximum scale rate",
};

export class HorizontalPodAutoscalerController implements Controller, CacheListener {
  readonly name = "horizontalpodautoscaler";
  readonly runner: ControllerRunner;
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly definitions: Definitions;
  private readonly histories = new Map<ObjectId, ScalingHistory>();

  constructor(client: Client, cache: InformerCache, definitions: Definitions) {
    this.client = client;
    this.cache = cache;
    this.definitions = definitions;
    this.runner = new ControllerRunner(this, client, DEFAULT_WORKERS, Infinity);
  }

  /** Those that were there before the run: each looks first when its Pods have been measured, at an instant of its own. */
  start(): void {
    const { settings, seed } = this.client.host;
    const measured = 2 * settings.metricsScrape + settings.metricsScrapeScatter;
    for (const { id, namespace, name } of this.cache.objectsOfKind("HorizontalPodAutoscaler")) {
      const key = streamKey(seed, "autoscaler phase", `${namespace}/${name}`);
      this.runner.queue.addAfter(id, measured + uniform(key.hi, key.lo, 0) * settings.hpaSyncPhase * settings.hpaSync);
    }
  }

  /** Always a period later: a look that is due earlier stays. */
  objectChanged(before: ObjectRecord | undefined, after: ObjectRecord | undefined): void {
    const autoscaler = ofKind(after, "HorizontalPodAutoscaler");
    if (autoscaler !== undefined) this.runner.queue.addAfter(autoscaler.id, this.client.host.settings.hpaSync);
    else if (before !== undefined) this.histories.delete(before.id);
  }

  *sync(id: ObjectId): Sync {
    const autoscaler = this.cache.object("HorizontalPodAutoscaler", id);
    if (autoscaler === undefined) return "done";
    yield* this.look(autoscaler);
    this.runner.queue.addAfter(id, this.client.host.settings.hpaSync);
    return "done";
  }

  private *look(autoscaler: Autoscaler): Sync<void> {
    const { spec, namespace, status } = autoscaler;
    const { kind, name } = spec.scaleTargetRef;
    const draft: Draft = { ...status };
    const scalable = scalableKind(kind);
    const found = scalable === undefined ? null : yield* call({ kind: "find", type: scalable.type, namespace, name });
    const target = found === null ? null : scaleTargetOf(found);
    if (target === null) {
      const resource = scalable?.scale ?? kind;
      const error =
        found === null || found.status === "notFound" ? `${resource} "${name}" not found` : (found.message ?? "the server did not answer");
      this.tell(autoscaler, "Warning", "FailedGetScale", error);
      this.condition(
        draft,
        "AbleToScale",
        "False",
        "FailedGetScale",
        `the HPA controller was unable to get the target's current scale: ${error}`,
      );
      return yield* this.write(autoscaler, draft);
    }
    this.condition(draft, "AbleToScale", "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale");
    const current = target.replicas;
    this.historyOf(autoscaler.id).begin(current, this.client.now);
    draft.currentReplicas = current;
    if (current === 0) {
      const message = "scaling is disabled since the replica count of the target is zero";
      this.condition(draft, "ScalingActive", "False", "ScalingDisabled", message);
      draft.desiredReplicas = 0;
      draft.currentMetrics = [];
      return yield* this.write(autoscaler, draft);
    }
    if (current > spec.maxReplicas)
      return yield* this.rescale(autoscaler, draft, target, spec.maxReplicas, "Current number of replicas above Spec.MaxReplicas");
    if (current < spec.minReplicas)
      return yield* this.rescale(autoscaler, draft, target, spec.minReplicas, "Current number of replicas below Spec.MinReplicas");
    const wish = yield* this.wishOf(autoscaler, draft, target);
    if (wish === null) return yield* this.write(autoscaler, draft);
    const reason = wish.replicas > current ? `${wish.name} above target` : "All metrics below target";
    const desired = this.allowed(autoscaler, draft, current, wish.replicas);
    if (desired !== current) return yield* this.rescale(autoscaler, draft, target, desired, wish.replicas === current ? "" : reason);
    draft.desiredReplicas = current;
    yield* this.write(autoscaler, draft);
  }

  /** computeReplicasForMetrics: one read of the metrics API for each metric. */
  private *wishOf(autoscaler: Autoscaler, draft: Draft, target: ScaleTarget): Sync<Wish> {
    const current = target.replicas;
    const statuses: (number | null)[] = [];
    let wish: Wish = null;
    let first: ProposalError | null = null;
    let failures = 0;
    for (const metric of autoscaler.spec.metrics) {
      const proposal = yield* this.proposal(autoscaler, metric, target);
      if ("error" in proposal) {
        this.tell(autoscaler, "Warning", proposal.reason, proposal.error);
        statuses.push(null);
        failures++;
        first ??= proposal;
        continue;
      }
      statuses.push(proposal.current);
      if (wish === null || proposal.replicas > wish.replicas) wish = proposal;
    }
    draft.currentMetrics = statuses;
    if (first !== null && (wish === null || wish.replicas < current)) {
      const message = `the HPA was unable to compute the replica count: ${first.error}`;
      this.condition(draft, "ScalingActive", "False", first.reason, message);
      const count = `${failures} invalid out of ${autoscaler.spec.metrics.length}`;
      this.tell(autoscaler, "Warning", "FailedComputeMetricsReplicas", `invalid metrics (${count}), first error is: ${first.error}`);
      return null;
    }
    const message = `the HPA was able to successfully calculate a replica count from ${wish?.name ?? ""}`;
    this.condition(draft, "ScalingActive", "True", "ValidMetricFound", message);
    return wish;
  }

  private *proposal({ spec }: Autoscaler, metric: MetricSpec, target: ScaleTarget): Sync<Proposal | ProposalError> {
    const { host, events } = this.client;
    const { settings, versions } = host;
    if (metric.type === "ContainerResource" && !versions.autoscalerContainerMetrics)
      return { reason: "InvalidMetricSourceType", error: 'unknown metric source type "ContainerResource"' };
    let metrics: readonly PodMetrics[] = [];
    if (metric.type === "Resource" || metric.type === "ContainerResource") {
      const pods = target.pods(this.cache).map(({ id }) => id);
      metrics = (yield* call({ kind: "getPodMetrics", pods })).metrics ?? [];
    }
    const { scaleUp, scaleDown } = (versions.autoscalerTolerance ? spec.behavior : null) ?? { scaleUp: null, scaleDown: null };
    return proposalOf(metric, {
      context: {
        now: this.client.now,
        currentReplicas: target.replicas,
        tolerance: { up: scaleUp?.tolerance ?? settings.hpaTolerance, down: scaleDown?.tolerance ?? settings.hpaTolerance },
        initialisationPeriod: settings.hpaCpuInit,
        readinessDelay: settings.hpaInitialReadiness,
      },
      pods: target.pods(this.cache),
      metrics,
      namesPods: versions.autoscalerNamesPods,
      templateOf: (pod) => this.definitions.template(pod.template),
      podName: (pod) => events?.podName(pod) ?? "",
    });
  }

  /** normalizeDesiredReplicas and its sibling with behaviour: windows first, then limits. */
  private allowed({ id, spec }: Autoscaler, draft: Draft, current: number, wanted: number): number {
    const { now, host } = this.client;
    const { settings, versions } = host;
    const behavior = behaviorOf(spec, settings.hpaDownscaleWindow);
    const history = this.historyOf(id);
    const stabilized = history.stabilized(current, wanted, behavior, settings.hpaDownscaleWindow, versions.autoscalerBothWindows, now);
    const [reason, message] = stabilizationWords(stabilized !== wanted, behavior !== null && wanted >= current);
    this.condition(draft, "AbleToScale", "True", reason, message);
    const { replicas, reason: limit } = history.limited(current, stabilized, spec.minReplicas, spec.maxReplicas, behavior, now);
    this.condition(draft, "ScalingLimited", replicas === stabilized ? "False" : "True", limit, limitMessages[limit]);
    return replicas;
  }

  private *rescale(autoscaler: Autoscaler, draft: Draft, target: ScaleTarget, desired: number, reason: string): Sync<void> {
    const { spec } = autoscaler;
    const { kind, name } = spec.scaleTargetRef;
    const { causes, lp } = this.client.host;
    // Where a chain ends that begins with a Pod that it made or removed: nobody but the load decided.
    causes.note(lp, CauseKind.autoscaled, target.workload, this.client.now, NO_CAUSE);
    const answer = yield* call(target.resize(desired));
    if (answer.status !== "ok") {
      const resource = scalableKind(kind)?.resource ?? kind;
      const error = answer.message ?? refusal(answer.status, resource, name);
      this.tell(autoscaler, "Warning", "FailedRescale", `New size: ${desired}; reason: ${reason}; error: ${error}`);
      this.condition(
        draft,
        "AbleToScale",
        "False",
        "FailedUpdateScale",
        `the HPA controller was unable to update the target scale: ${error}`,
      );
      return yield* this.write(autoscaler, draft);
    }
    const { now, host } = this.client;
    const message = `the HPA controller was able to update the target scale to ${desired}`;
    this.condition(draft, "AbleToScale", "True", "SucceededRescale", message);
    this.tell(autoscaler, "Normal", "SuccessfulRescale", `New size: ${desired}; reason: ${reason}`);
    const behavior: ScalingBehavior | null = behaviorOf(spec, host.settings.hpaDownscaleWindow);
    this.historyOf(autoscaler.id).scaled(target.replicas, desired, behavior, now);
    draft.desiredReplicas = desired;
    draft.lastScaleTime = wholeSeconds(now);
    yield* this.write(autoscaler, draft);
  }

  /** A conflict is left to the next look. */
  private *write({ id, resourceVersion, status }: Autoscaler, draft: Draft): Sync<void> {
    const after: HorizontalPodAutoscalerStatus = { ...draft, observedGeneration: status.observedGeneration };
    if (isSameStatus(status, after)) return;
    yield* call({ kind: "updateObjectStatus", object: id, resourceVersion, status: after });
  }

  private condition(
    draft: Draft,
    type: HorizontalPodAutoscalerCondition["type"],
    status: "True" | "False",
    reason: string,
    message: string,
  ): void {
    const before = draft.conditions.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : wholeSeconds(this.client.now);
    const after = { type, status, reason, message, lastTransitionTime };
    draft.conditions =
      before === undefined
        ? [...draft.conditions, after]
        : draft.conditions.map((condition) => (condition.type === type ? after : condition));
  }

  private historyOf(id: ObjectId): ScalingHistory {
    let history = this.histories.get(id);
    if (history === undefined) this.histories.set(id, (history = new ScalingHistory()));
    return history;
  }

  private tell({ id, namespace, name }: Autoscaler, type: EventType, reason: string, message: string): void {
    this.client.recordEvent(`object/${id}`);
    const { now, events } = this.client;
    events?.record(now, EVENT_SOURCE, { kind: "HorizontalPodAutoscaler", namespace, name }, type, reason, message);
  }
}

function stabilizationWords(isHeld: boolean, isUp: boolean): readonly [string, string] {
  if (!isHeld) return ["ReadyForNewScale", "recommended size matches current size"];
  return isUp
    ? ["ScaleUpStabilized", "recent recommendations were lower than current one, applying the lowest recent recommendation"]
    : ["ScaleDownStabilized", "recent recommendations were higher than current one, applying the highest recent recommendation"];
}

function refusal(status: string, resource: string, name: string): string {
  if (status === "notFound") return `${resource} "${name}" not found`;
  const conflict = "the object has been modified; please apply your changes to the latest version and try again";
  return `Operation cannot be fulfilled on ${resource} "${name}": ${conflict}`;
}

function isSameStatus(a: HorizontalPodAutoscalerStatus, b: HorizontalPodAutoscalerStatus): boolean {
  return (
    a.currentReplicas === b.currentReplicas &&
    a.desiredReplicas === b.desiredReplicas &&
    a.lastScaleTime === b.lastScaleTime &&
    JSON.stringify([a.currentMetrics, a.conditions]) === JSON.stringify([b.currentMetrics, b.conditions])
  );
}
