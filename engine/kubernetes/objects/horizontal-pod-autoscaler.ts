/** HorizontalPodAutoscaler (autoscaling/v2; v1 is read into the same form). */
import type { Issues } from "../../values/issue.ts";
import { parseQuantity, quantityMilli } from "../../values/quantity.ts";
import { invalid, required, unsupported } from "./field-errors.ts";
import { validateNonNegative } from "./int-or-string.ts";
import type { ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import type { WrittenHorizontalPodAutoscaler, WrittenMetric, WrittenMetricTarget, WrittenScalingRules } from "./written-workloads.ts";

export interface MetricTarget {
  readonly type: "Utilization" | "AverageValue" | "Value";
  /** Percent of the request, or thousandths of the metric's unit. */
  readonly value: number;
}

/** Metrics of Pods, objects and from outside aren't measured here: they count as missing. */
export type MetricSpec =
  | { readonly type: "Resource"; readonly name: string; readonly target: MetricTarget }
  | { readonly type: "ContainerResource"; readonly name: string; readonly container: string; readonly target: MetricTarget }
  | { readonly type: "Pods" | "Object" | "External" };

export interface AutoscalerScalingRules {
  /** Share of the target; null: the controller's own. */
  readonly tolerance: number | null;
  /** Null: the default of the direction. Seconds. */
  readonly stabilizationWindowSeconds: number | null;
  readonly selectPolicy: "Max" | "Min" | "Disabled";
  readonly policies: readonly { readonly type: "Pods" | "Percent"; readonly value: number; readonly periodSeconds: number }[];
}

export interface HorizontalPodAutoscalerSpec {
  readonly scaleTargetRef: { readonly kind: string; readonly name: string };
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly MetricSpec[];
  /** Null: none is given. A direction left out has the default rules. */
  readonly behavior: { readonly scaleUp: AutoscalerScalingRules; readonly scaleDown: AutoscalerScalingRules } | null;
}

export interface HorizontalPodAutoscaler {
  readonly kind: "HorizontalPodAutoscaler";
  readonly metadata: ObjectMeta;
  readonly spec: HorizontalPodAutoscalerSpec;
}

export interface HorizontalPodAutoscalerCondition {
  readonly type: "ScalingActive" | "AbleToScale" | "ScalingLimited";
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  /** Whole seconds. */
  readonly lastTransitionTime: number;
}

export interface HorizontalPodAutoscalerStatus {
  readonly observedGeneration: number;
  /** Whole seconds; -1: never. */
  readonly lastScaleTime: number;
  readonly currentReplicas: number;
  readonly desiredReplicas: number;
  /** Of each metric of the spec: percent or thousandths as its target; null: unknown. */
  readonly currentMetrics: readonly (number | null)[];
  readonly conditions: readonly HorizontalPodAutoscalerCondition[];
}

export const emptyHorizontalPodAutoscalerStatus: HorizontalPodAutoscalerStatus = Object.freeze({
  observedGeneration: 0,
  lastScaleTime: -1,
  currentReplicas: 0,
  desiredReplicas: 0,
  currentMetrics: Object.freeze([]),
  conditions: Object.freeze([]),
});

/** Percent of the CPU request. Source: autoscaling DefaultCPUUtilization. */
const DEFAULT_CPU_UTILIZATION = 80;
/** Source: autoscaling/validation MaxPeriodSeconds and MaxStabilizationWindowSeconds. */
const PERIOD_MAX = 1800;
const WINDOW_MAX = 3600;

const defaultRules: { readonly [Direction in "scaleUp" | "scaleDown"]: AutoscalerScalingRules } = {
  scaleUp: {
    tolerance: null,
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: 4, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    tolerance: null,
    stabilizationWindowSeconds: null,
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
  },
};

/** pkg/apis/autoscaling/v2/defaults.go SetDefaults_HorizontalPodAutoscaler; v1's one percentage becomes a metric. */
export function defaultHorizontalPodAutoscaler(written: WrittenHorizontalPodAutoscaler): WrittenHorizontalPodAutoscaler {
  const { targetCPUUtilizationPercentage, ...spec } = written.spec ?? {};
  const metrics = spec.metrics ?? [];
  const averageUtilization = targetCPUUtilizationPercentage ?? DEFAULT_CPU_UTILIZATION;
  const cpu: WrittenMetric = { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } };
  return { ...written, spec: { ...spec, minReplicas: spec.minReplicas ?? 1, metrics: metrics.length === 0 ? [cpu] : metrics } };
}

/** pkg/apis/autoscaling/validation/validation.go. Defaulted form in. */
export function validateHorizontalPodAutoscaler(written: WrittenHorizontalPodAutoscaler, issues: Issues): void {
  validateMeta(written.metadata, { name: "subdomain", isNamespaced: true }, issues);
  const spec = written.spec ?? {};
  const { minReplicas = 1, maxReplicas } = spec;
  if (minReplicas < 1) invalid(issues, "spec.minReplicas", minReplicas, "1 or more", "must be greater than or equal to 1");
  if (maxReplicas === undefined || maxReplicas < 1)
    invalid(issues, "spec.maxReplicas", maxReplicas ?? 0, "1 or more", "must be greater than 0");
  else if (maxReplicas < minReplicas)
    invalid(
      issues,
      "spec.maxReplicas",
      maxReplicas,
      `at least minReplicas, ${minReplicas}`,
      "must be greater than or equal to `minReplicas`",
    );
  const { kind = "", name = "" } = spec.scaleTargetRef ?? {};
  if (kind === "") required(issues, "spec.scaleTargetRef.kind", "a kind such as Deployment");
  if (name === "") required(issues, "spec.scaleTargetRef.name", "a name");
  (spec.metrics ?? []).forEach((metric, index) => validateMetric(metric, `spec.metrics[${index}]`, issues));
  for (const direction of ["scaleUp", "scaleDown"] as const) {
    const rules = spec.behavior?.[direction];
    if (rules !== undefined) validateRules(rules, `spec.behavior.${direction}`, issues);
  }
}

function validateMetric(metric: WrittenMetric, path: string, issues: Issues): void {
  const types = ["ContainerResource", "External", "Object", "Pods", "Resource"];
  const { type = "" } = metric;
  if (type === "") return required(issues, `${path}.type`, `one of ${types.join(", ")}`, "must specify a metric source type");
  if (!types.includes(type)) return unsupported(issues, `${path}.type`, type, types);
  if (type !== "Resource" && type !== "ContainerResource") return;
  const field = type === "Resource" ? "resource" : "containerResource";
  const source = metric[field];
  if (source === undefined)
    return required(issues, `${path}.${field}`, "the metric", `must populate information for the given metric source`);
  if ((source.name ?? "") === "") required(issues, `${path}.${field}.name`, "cpu or memory", "must specify a resource name");
  if ("container" in source && (source.container ?? "") === "") required(issues, `${path}.${field}.container`, "a container");
  validateTarget(source.target, `${path}.${field}.target`, issues);
}

function validateTarget(target: WrittenMetricTarget | undefined, path: string, issues: Issues): void {
  const { averageUtilization, averageValue } = target ?? {};
  if (averageUtilization === undefined && averageValue === undefined)
    return required(
      issues,
      `${path}.averageUtilization`,
      "a percentage, or averageValue",
      "must set either a target raw value or a target utilization",
    );
  if (averageUtilization !== undefined && averageUtilization < 1)
    invalid(issues, `${path}.averageUtilization`, averageUtilization, "more than 0", "must be greater than 0");
  if (averageUtilization !== undefined && averageValue !== undefined)
    invalid(issues, `${path}.averageValue`, averageValue, "one of the two", "may not set both a target raw value and a target utilization");
}

function validateRules(
  { stabilizationWindowSeconds: window, selectPolicy, policies, tolerance }: WrittenScalingRules,
  path: string,
  issues: Issues,
): void {
  validateNonNegative(window, `${path}.stabilizationWindowSeconds`, issues);
  if (window !== undefined && window > WINDOW_MAX)
    invalid(issues, `${path}.stabilizationWindowSeconds`, window, `at most ${WINDOW_MAX}`, `must be less than or equal to ${WINDOW_MAX}`);
  const share = tolerance === undefined ? null : parseQuantity(String(tolerance));
  if (tolerance !== undefined && (share === null || quantityMilli(share) < 0))
    invalid(issues, `${path}.tolerance`, tolerance, "a share such as 0.05", "must be greater or equal to 0");
  const choices = ["Disabled", "Max", "Min"];
  if (selectPolicy !== undefined && !choices.includes(selectPolicy)) unsupported(issues, `${path}.selectPolicy`, selectPolicy, choices);
  (policies ?? []).forEach(({ type, value = 0, periodSeconds = 0 }, index) => {
    const at = `${path}.policies[${index}]`;
    if (type !== "Pods" && type !== "Percent") unsupported(issues, `${at}.type`, type ?? "", ["Pods", "Percent"]);
    if (value <= 0) invalid(issues, `${at}.value`, value, "more than 0", "must be greater than zero");
    if (periodSeconds <= 0) invalid(issues, `${at}.periodSeconds`, periodSeconds, "more than 0", "must be greater than zero");
    if (periodSeconds > PERIOD_MAX)
      invalid(issues, `${at}.periodSeconds`, periodSeconds, `at most ${PERIOD_MAX}`, `must be less than or equal to ${PERIOD_MAX}`);
  });
}

export function readHorizontalPodAutoscaler(written: WrittenHorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const spec = written.spec ?? {};
  const { behavior } = spec;
  return {
    kind: "HorizontalPodAutoscaler",
    metadata: readMeta(written.metadata, true),
    spec: {
      scaleTargetRef: { kind: spec.scaleTargetRef?.kind ?? "", name: spec.scaleTargetRef?.name ?? "" },
      minReplicas: spec.minReplicas ?? 1,
      maxReplicas: spec.maxReplicas ?? 1,
      metrics: (spec.metrics ?? []).map(readMetric),
      behavior:
        behavior === undefined
          ? null
          : { scaleUp: readRules(behavior.scaleUp, "scaleUp"), scaleDown: readRules(behavior.scaleDown, "scaleDown") },
    },
  };
}

function readMetric({ type, resource, containerResource }: WrittenMetric): MetricSpec {
  if (type === "Resource") return { type, name: resource?.name ?? "", target: readTarget(resource?.target) };
  if (type === "ContainerResource") {
    const { name = "", container = "", target } = containerResource ?? {};
    return { type, name, container, target: readTarget(target) };
  }
  return { type: type === "Pods" || type === "Object" ? type : "External" };
}

function readTarget({ averageUtilization, averageValue, value }: WrittenMetricTarget = {}): MetricTarget {
  if (averageUtilization !== undefined) return { type: "Utilization", value: averageUtilization };
  const quantity = parseQuantity(String(averageValue ?? value ?? 0));
  return { type: averageValue === undefined ? "Value" : "AverageValue", value: quantity === null ? 0 : quantityMilli(quantity) };
}

function readRules(rules: WrittenScalingRules | undefined, direction: "scaleUp" | "scaleDown"): AutoscalerScalingRules {
  const ofDirection = defaultRules[direction];
  const { stabilizationWindowSeconds, selectPolicy, policies, tolerance } = rules ?? {};
  const share = tolerance === undefined ? null : parseQuantity(String(tolerance));
  return {
    tolerance: share === null ? null : quantityMilli(share) / 1000,
    stabilizationWindowSeconds: stabilizationWindowSeconds ?? ofDirection.stabilizationWindowSeconds,
    selectPolicy: selectPolicy === "Min" || selectPolicy === "Disabled" ? selectPolicy : "Max",
    policies:
      policies === undefined
        ? ofDirection.policies
        : policies.map(({ type, value = 0, periodSeconds = 0 }) => ({
            type: type === "Percent" ? "Percent" : "Pods",
            value,
            periodSeconds,
          })),
  };
}
