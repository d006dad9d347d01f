/** HorizontalPodAutoscalers in the API's shape. */
import { timestamp } from "../../values/calendar.ts";
import type { ObjectRecord } from "../api-server/object-record.ts";
import type { MetricSpec, MetricTarget } from "../objects/horizontal-pod-autoscaler.ts";
import type { ApiHorizontalPodAutoscaler, ApiMetricValue } from "./api-object.ts";
import { createdAt, metadataOf, type ViewSource } from "./view-source.ts";

type Written = ApiHorizontalPodAutoscaler["spec"]["metrics"][number];
type Measured = ApiHorizontalPodAutoscaler["status"]["currentMetrics"][number];

export function apiHorizontalPodAutoscaler(
  source: ViewSource,
  { namespace, name, spec, status, generation, resourceVersion, createdAt: seconds }: ObjectRecord<"HorizontalPodAutoscaler">,
): ApiHorizontalPodAutoscaler {
  const kind = "HorizontalPodAutoscaler";
  const { kind: targetKind, name: target } = spec.scaleTargetRef;
  return {
    apiVersion: "autoscaling/v2",
    kind,
    metadata: metadataOf(source, kind, {
      namespace,
      name,
      createdAt: createdAt(source, kind, namespace, name, seconds),
      generation,
      resourceVersion,
    }),
    spec: {
      scaleTargetRef: { apiVersion: targetKind === "ReplicationController" ? "v1" : "apps/v1", kind: targetKind, name: target },
      minReplicas: spec.minReplicas,
      maxReplicas: spec.maxReplicas,
      metrics: spec.metrics.map(writtenMetric),
    },
    status: {
      currentReplicas: status.currentReplicas,
      desiredReplicas: status.desiredReplicas,
      ...(status.lastScaleTime === -1 ? {} : { lastScaleTime: timestamp(status.lastScaleTime) }),
      currentMetrics: spec.metrics.map((metric, index) => measuredMetric(metric, status.currentMetrics[index] ?? null)),
      ...(status.conditions.length === 0
        ? {}
        : {
            conditions: status.conditions.map((condition) => ({
              ...condition,
              lastTransitionTime: timestamp(condition.lastTransitionTime),
            })),
          }),
    },
  };
}

function writtenMetric(metric: MetricSpec): Written {
  if (metric.type === "Resource")
    return { type: metric.type, resource: { name: metric.name, target: writtenTarget(metric.name, metric.target) } };
  if (metric.type !== "ContainerResource") return { type: metric.type };
  const { type, name, container, target } = metric;
  return { type, containerResource: { name, container, target: writtenTarget(name, target) } };
}

function writtenTarget(resource: string, target: MetricTarget): ApiMetricValue & { readonly type: string } {
  return { type: target.type, ...valueOf(resource, target, target.value) };
}

function measuredMetric(metric: MetricSpec, current: number | null): Measured {
  if (current === null || (metric.type !== "Resource" && metric.type !== "ContainerResource")) return { type: metric.type };
  const value = valueOf(metric.name, metric.target, current);
  if (metric.type === "Resource") return { type: metric.type, resource: { name: metric.name, current: value } };
  return { type: metric.type, containerResource: { name: metric.name, container: metric.container, current: value } };
}

function valueOf(resource: string, { type }: MetricTarget, value: number): ApiMetricValue {
  return type === "Utilization" ? { averageUtilization: value } : { averageValue: amountText(resource, value) };
}

/** Of thousandths: 250m, or whole units; memory in the largest binary unit that divides it. */
function amountText(resource: string, milli: number): string {
  if (milli % 1000 !== 0) return `${milli}m`;
  let amount = milli / 1000;
  if (resource !== "memory") return String(amount);
  let unit = 0;
  while (amount >= 1024 && amount % 1024 === 0 && unit < BINARY_UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${amount}${BINARY_UNITS[unit]!}`;
}

const BINARY_UNITS: readonly string[] = ["", "Ki", "Mi", "Gi", "Ti"];
