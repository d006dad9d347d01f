/**
 * QoS class of a Pod, which follows from its requests and limits of CPU and memory alone and never changes.
 * Source: pkg/apis/core/v1/helper/qos/qos.go GetPodQOS. Pure.
 */
import type { Container, PodSpec, ResourceList } from "../objects/pod.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

type Resource = "cpu" | "memory";
const resources: readonly Resource[] = ["cpu", "memory"];

/** Init containers count like all others; an amount of 0 is as good as none. */
export function qosClassOf(spec: Pick<PodSpec, "containers" | "initContainers">): QosClass {
  const containers = [...spec.initContainers, ...spec.containers];
  const isUnlimited = containers.some(({ resources: { limits } }) => resources.some((name) => !isSet(limits, name)));
  const asksForNothing = !containers.some(({ resources: { requests, limits } }) =>
    resources.some((name) => isSet(requests, name) || isSet(limits, name)),
  );
  if (asksForNothing) return "BestEffort";
  if (isUnlimited) return "Burstable";
  // Sums are compared, not container by container.
  return resources.every((name) => sumOf(containers, "requests", name) === sumOf(containers, "limits", name)) ? "Guaranteed" : "Burstable";
}

function sumOf(containers: readonly Container[], kind: "requests" | "limits", name: Resource): number {
  return containers.reduce((sum, container) => sum + (container.resources[kind][name] ?? 0), 0);
}

function isSet(list: ResourceList, name: Resource): boolean {
  return (list[name] ?? 0) > 0;
}
