/**
 * What one metric of an autoscaler asks for, from what the metrics API answered; or why it asks for nothing, in
 * upstream's words. Source: pkg/controller/podautoscaler/horizontal.go (computeStatusFor…), replica_calculator.go.
 */
import { unreachable } from "../../../kernel/assert.ts";
import { SECOND } from "../../../kernel/time.ts";
import type { PodMetrics } from "../../api-server/client.ts";
import type { PodRecord } from "../../api-server/pod-record.ts";
import type { MetricSpec } from "../../objects/horizontal-pod-autoscaler.ts";
import { PodCondition, podPhaseNames, type Container, type PodTemplate } from "../../objects/pod.ts";
import {
  hasCountedSamples,
  replicasByAverage,
  replicasByUtilization,
  type CalculationContext,
  type MetricPod,
  type MetricSample,
} from "./replica-calculation.ts";

export interface Proposal {
  readonly replicas: number;
  /** As SuccessfulRescale names the metric. */
  readonly name: string;
  /** Percent, or thousandths for an average. */
  readonly current: number;
}

export interface ProposalError {
  /** Of the condition and the Event. */
  readonly reason: string;
  readonly error: string;
}

type ResourceMetric = Extract<MetricSpec, { readonly type: "Resource" | "ContainerResource" }>;

export interface ProposalInput {
  readonly context: Omit<CalculationContext, "pods">;
  readonly pods: readonly PodRecord[];
  readonly metrics: readonly PodMetrics[];
  /** Messages name Pods and containers; before, they don't. */
  readonly namesPods: boolean;
  templateOf(pod: PodRecord): PodTemplate;
  podName(pod: PodRecord): string;
}

export function proposalOf(metric: MetricSpec, input: ProposalInput): Proposal | ProposalError {
  switch (metric.type) {
    case "Resource":
    case "ContainerResource":
      return ofResource(metric, input);
    case "Pods":
      return { reason: "FailedGetPodsMetric", error: `failed to get pods metric value: ${noApi("custom")}` };
    case "Object":
      return { reason: "FailedGetObjectMetric", error: `failed to get object metric value: ${noApi("custom")}` };
    case "External":
      return { reason: "FailedGetExternalMetric", error: `failed to get external metric: ${noApi("external")}` };
    default:
      return unreachable(metric);
  }
}

/** Differs: metrics of one's own. */
function noApi(name: "custom" | "external"): string {
  return `unable to fetch metrics from ${name} metrics API: no ${name} metrics API (${name}.metrics.k8s.io) registered`;
}

function ofResource(metric: ResourceMetric, input: ProposalInput): Proposal | ProposalError {
  const { type, name, target } = metric;
  const container = metric.type === "ContainerResource" ? metric.container : null;
  const reason = type === "Resource" ? "FailedGetResourceMetric" : "FailedGetContainerResourceMetric";
  const isShare = target.type === "Utilization";
  const failed = (error: string): ProposalError => ({
    reason,
    error: `failed to get ${name} ${isShare ? "utilization" : type === "Resource" ? "resource metric value" : "usage"}: ${error}`,
  });
  const samples = samplesOf(name, container, input);
  if (typeof samples === "string") return failed(`unable to get metrics for resource ${name}: ${samples}`);
  if (input.pods.length === 0) return failed("no pods returned by selector while calculating replica count");
  const pods = input.pods.map((pod) => metricPod(pod, name, input.templateOf(pod)));
  const context: CalculationContext = { ...input.context, pods };
  const calculation = isShare
    ? replicasByUtilization(context, name, container, samples, target.value)
    : replicasByAverage(context, name, samples, target.value);
  if (calculation === null) return failed(whyNothing(context, name, container, samples, input));
  const { replicas, utilization, usageMilli } = calculation;
  return {
    replicas,
    name: isShare ? `${name} resource utilization (percentage of request)` : `${name} resource`,
    current: isShare ? utilization : usageMilli,
  };
}

/** By Pod's number, in thousandths; a text: why there are none. */
function samplesOf(resource: string, container: string | null, input: ProposalInput): Map<string, MetricSample> | string {
  if (input.metrics.length === 0) return "no metrics returned from resource metrics API";
  if (resource !== "cpu" && resource !== "memory") return `missing resource metric ${resource}`;
  const records = new Map(input.pods.map((pod) => [pod.id, pod]));
  const samples = new Map<string, MetricSample>();
  for (const { pod, at, window, containers } of input.metrics) {
    const record = records.get(pod);
    if (record === undefined) continue;
    const definitions = input.templateOf(record).spec.containers;
    const wanted = containers.filter(({ container: place }) => container === null || definitions[place]?.name === container);
    if (container !== null && wanted.length === 0) return `container ${container} not present in metrics for pod ${input.podName(record)}`;
    const milli = wanted.reduce((sum, { cpu, memory }) => sum + (resource === "cpu" ? cpu : memory * 1000), 0);
    samples.set(String(pod), { milli, at, window });
  }
  return samples;
}

function metricPod(pod: PodRecord, resource: string, template: PodTemplate): MetricPod {
  const { status } = pod;
  // Its kubelet has seen it: from then on it has the condition.
  const hasCondition = status.startTime !== -1;
  const isTrue = (status.conditions & PodCondition.Ready) !== 0;
  const since = status.readySince === -1 ? status.startTime : status.readySince;
  return {
    name: String(pod.id),
    phase: (podPhaseNames[status.phase] ?? "Unknown") as MetricPod["phase"],
    isDeleting: pod.deletionTimestamp !== -1,
    ready: hasCondition ? { isTrue, since: since * SECOND } : null,
    startedAt: hasCondition ? status.startTime * SECOND : null,
    requests: template.spec.containers.map((container) => ({ container: container.name, milli: requestOf(container, resource) })),
  };
}

function requestOf({ resources: { requests } }: Container, resource: string): number | null {
  if (resource === "cpu") return requests.cpu ?? null;
  return requests.memory === undefined ? null : requests.memory * 1000;
}

/** The calculation came to nothing: in the order in which upstream looks. */
function whyNothing(
  context: CalculationContext,
  resource: string,
  container: string | null,
  samples: ReadonlyMap<string, MetricSample>,
  { namesPods, pods, podName }: ProposalInput,
): string {
  if (!hasCountedSamples(context, resource, samples))
    return namesPods ? "did not receive metrics for targeted pods (pods might be unready)" : "did not receive metrics for any ready pods";
  for (const [index, { requests }] of context.pods.entries()) {
    const missing = requests.find(({ container: name, milli }) => milli === null && (container === null || name === container));
    if (missing === undefined) continue;
    return namesPods
      ? `missing request for ${resource} in container ${missing.container} of Pod ${podName(pods[index]!)}`
      : `missing request for ${resource}`;
  }
  return "no metrics returned matched known pods";
}
