/** Containers and Pods for tests, without the forty fields that a test doesn't care about. */
import { blankContainer, blankProbe, blankTemplate } from "../../../engine/kubernetes/objects/blank-pod.ts";
import type { Container, Pod, PodTemplate, Probe, ProbeHandler } from "../../../engine/kubernetes/objects/pod.ts";

export function testContainer(more: Partial<Container> = {}): Container {
  return blankContainer("web", more);
}

export const testTemplate: typeof blankTemplate = blankTemplate;

export function testProbe(handler: ProbeHandler, more: Partial<Probe> = {}): Probe {
  return blankProbe({ handler, periodSeconds: 1, failureThreshold: 1, ...more });
}

export function testPod(name: string, template: PodTemplate): Pod {
  return { kind: "Pod", metadata: { name, namespace: "default", labels: template.labels, annotations: {} }, template };
}
