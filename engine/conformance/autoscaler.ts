/** Vectors of the horizontal Pod autoscaler, answered by the functions that its controller uses. */
import { unreachable } from "../kernel/assert.ts";
import { MINUTE, SECOND } from "../kernel/time.ts";
import {
  replicasByAverage,
  replicasByUtilization,
  replicasByValue,
  replicasByValuePerPod,
  type Calculation,
  type CalculationContext,
  type MetricPod,
  type MetricSample,
} from "../kubernetes/controllers/horizontal-pod-autoscaler/replica-calculation.ts";
import {
  defaultScaleDown,
  defaultScaleUp,
  limitByBehavior,
  limitWithoutBehavior,
  stabilize,
  stabilizeDown,
  type LimitedReplicas,
  type ScaleEvent,
  type ScalingRules,
} from "../kubernetes/controllers/horizontal-pod-autoscaler/scaling-behavior.ts";
import { parseQuantity, quantityMilli } from "../values/quantity.ts";
import { instant } from "./instant.ts";

interface WrittenRules {
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy?: ScalingRules["selectPolicy"];
  readonly policies?: readonly { readonly type: "Pods" | "Percent"; readonly value: number; readonly periodSeconds: number }[];
}

interface WrittenChange {
  readonly replicaChange: number;
  readonly timestamp: string;
}

interface WrittenRecommendation {
  readonly recommendation: number;
  readonly timestamp: string;
}

/** Missing fields have the API's defaults. */
function rulesOf(written: WrittenRules | null, usual: ScalingRules): ScalingRules {
  const { stabilizationWindowSeconds, selectPolicy, policies } = written ?? {};
  return {
    stabilizationWindow: stabilizationWindowSeconds === undefined ? usual.stabilizationWindow : stabilizationWindowSeconds * SECOND,
    selectPolicy: selectPolicy ?? usual.selectPolicy,
    policies:
      policies === undefined || policies.length === 0
        ? usual.policies
        : policies.map(({ type, value, periodSeconds }) => ({ type, value, period: periodSeconds * SECOND })),
  };
}

function changesOf(written: readonly WrittenChange[]): ScaleEvent[] {
  return written.map(({ replicaChange, timestamp }) => ({ replicas: replicaChange, at: instant(timestamp) }));
}

function recommendationsOf(written: readonly WrittenRecommendation[]): ScaleEvent[] {
  return written.map(({ recommendation, timestamp }) => ({ replicas: recommendation, at: instant(timestamp) }));
}

function limited({ replicas, reason }: LimitedReplicas): unknown {
  return { replicas, condition: reason };
}

interface LimitInput {
  readonly currentReplicas: number;
  readonly desiredReplicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

export function limitsWithoutBehavior(input: LimitInput): unknown {
  return limited(limitWithoutBehavior(input.currentReplicas, input.desiredReplicas, input.minReplicas, input.maxReplicas));
}

export function behaviorRate(
  input: LimitInput & {
    readonly behavior: { readonly scaleUp: WrittenRules | null; readonly scaleDown: WrittenRules | null };
    readonly scaleUpEvents: readonly WrittenChange[];
    readonly scaleDownEvents: readonly WrittenChange[];
    readonly now: string;
  },
): unknown {
  const behavior = {
    scaleUp: rulesOf(input.behavior.scaleUp, defaultScaleUp),
    scaleDown: rulesOf(input.behavior.scaleDown, defaultScaleDown),
  };
  return limited(
    limitByBehavior(
      input.currentReplicas,
      input.desiredReplicas,
      input.minReplicas,
      input.maxReplicas,
      behavior,
      changesOf(input.scaleUpEvents),
      changesOf(input.scaleDownEvents),
      instant(input.now),
    ),
  );
}

export function stabilization(input: {
  readonly desiredReplicas: number;
  readonly recommendations: readonly WrittenRecommendation[];
  readonly downscaleStabilizationSeconds: number;
  readonly now: string;
}): unknown {
  const window = input.downscaleStabilizationSeconds * SECOND;
  return { replicas: stabilizeDown(input.desiredReplicas, recommendationsOf(input.recommendations), window, instant(input.now)) };
}

export function stabilizationBehavior(input: {
  readonly currentReplicas: number;
  readonly desiredReplicas: number;
  readonly recommendations: readonly WrittenRecommendation[];
  readonly scaleUpStabilizationSeconds: number;
  readonly scaleDownStabilizationSeconds: number;
  readonly now: string;
}): unknown {
  const behavior = {
    scaleUp: { ...defaultScaleUp, stabilizationWindow: input.scaleUpStabilizationSeconds * SECOND },
    scaleDown: { ...defaultScaleDown, stabilizationWindow: input.scaleDownStabilizationSeconds * SECOND },
  };
  const recommendations = recommendationsOf(input.recommendations);
  return { replicas: stabilize(input.currentReplicas, input.desiredReplicas, recommendations, behavior, instant(input.now)) };
}

// ── replicas from metrics ──

interface ResourceInput {
  readonly name: string;
  readonly requestPerContainer: readonly string[];
  readonly usageMilliPerContainer: readonly (readonly number[])[];
  readonly targetUtilizationPercent: number;
  readonly podNames?: readonly string[];
}

interface MetricInput {
  readonly type: "pods" | "object" | "objectPerPod" | "external" | "externalPerPod";
  readonly levelsMilli: readonly number[];
  readonly targetMilli?: number;
  readonly targetPerPodMilli?: number;
}

export interface CalculationInput {
  readonly currentReplicas: number;
  readonly now?: string;
  readonly resource?: ResourceInput;
  readonly metric?: MetricInput;
  /** One of the two containers. */
  readonly containerMetric?: string;
  readonly podPhase?: readonly MetricPod["phase"][];
  readonly podReadiness?: readonly ("True" | "False" | "Unknown")[];
  readonly podStartTime?: readonly (string | null)[];
  readonly podDeletionTimestamp?: readonly boolean[];
}

const containerNames = ["container1", "container2"];
/** Go's zero time lies before everything. */
const LONG_AGO = -1e15;

export function replicaCalculation(input: CalculationInput): unknown {
  const { resource, metric } = input;
  if (resource !== undefined) return ofResource(input, resource);
  if (metric === undefined) throw new Error("neither a resource nor a metric");
  return ofMetric(input, metric);
}

function ofResource(input: CalculationInput, resource: ResourceInput): unknown {
  const container = input.containerMetric ?? null;
  const samples = new Map<string, MetricSample>();
  for (const [index, usage] of resource.usageMilliPerContainer.entries()) {
    const milli = container === null ? usage.reduce((sum, one) => sum + one, 0) : usage[containerNames.indexOf(container)];
    if (milli === undefined) return { error: true };
    samples.set(resource.podNames?.[index] ?? podName(index), sampleOf(milli));
  }
  const result = replicasByUtilization(contextOf(input), resource.name, container, samples, resource.targetUtilizationPercent);
  if (result === null) return { error: true };
  return { replicas: result.replicas, utilizationPercent: result.utilization, rawValueMilli: result.usageMilli };
}

function ofMetric(input: CalculationInput, metric: MetricInput): unknown {
  const result = calculationOf(contextOf(input), metric);
  return result === null ? { error: true } : { replicas: result.replicas, usageMilli: result.usageMilli };
}

function calculationOf(
  context: CalculationContext,
  { type, levelsMilli, targetMilli = 0, targetPerPodMilli = 0 }: MetricInput,
): Calculation {
  const total = levelsMilli.reduce((sum, level) => sum + level, 0);
  switch (type) {
    case "pods":
      return replicasByAverage(context, "", new Map(levelsMilli.map((level, index) => [podName(index), sampleOf(level)])), targetMilli);
    case "object":
    case "external":
      return replicasByValue(context, total, targetMilli);
    case "objectPerPod":
    case "externalPerPod":
      return replicasByValuePerPod(context, total, targetPerPodMilli);
    default:
      return unreachable(type);
  }
}

function podName(index: number): string {
  return `test-pod-${index}`;
}

/** Every sample ends less than a window after its Pod turned ready. */
function sampleOf(milli: number): MetricSample {
  return { milli, at: LONG_AGO, window: MINUTE };
}

function contextOf(input: CalculationInput): CalculationContext {
  return {
    now: instant(input.now),
    currentReplicas: input.currentReplicas,
    pods: podsOf(input),
    tolerance: { up: 0.1, down: 0.1 },
    initialisationPeriod: 120 * SECOND,
    readinessDelay: 10 * SECOND,
  };
}

function podsOf(input: CalculationInput): MetricPod[] {
  const count = Math.max(input.currentReplicas, input.podPhase?.length ?? 0);
  return Array.from({ length: count }, (_, index) => {
    const startTime = input.podStartTime?.[index] ?? null;
    const request = parseQuantity(input.resource?.requestPerContainer[index] ?? "");
    return {
      name: podName(index),
      phase: input.podPhase?.[index] ?? "Running",
      isDeleting: input.podDeletionTimestamp?.[index] ?? false,
      ready: { isTrue: (input.podReadiness?.[index] ?? "True") === "True", since: LONG_AGO },
      startedAt: startTime === null ? LONG_AGO : instant(startTime),
      requests: containerNames.map((container) => ({ container, milli: request === null ? null : quantityMilli(request) })),
    };
  });
}
