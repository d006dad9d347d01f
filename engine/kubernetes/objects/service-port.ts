/** Which container of a Pod answers on a Service's port (pkg/api/v1/pod/util.go `FindPort`, and whose process that is). */
import type { ContainerPort, PodTemplate } from "./pod.ts";
import type { Service, ServicePort } from "./service.ts";

/**
 * Index of the container, init containers counted; -1: the target port is a name that no container has, so the
 * Pod is no endpoint of this port. Names are looked up in regular containers, then in sidecars.
 */
export function containerOfPort({ spec }: PodTemplate, { targetPort, protocol }: ServicePort): number {
  const { containers, initContainers } = spec;
  const isTarget = (port: ContainerPort): boolean =>
    port.protocol === protocol && (typeof targetPort === "number" ? port.containerPort === targetPort : port.name === targetPort);
  const regular = containers.findIndex(({ ports }) => ports.some(isTarget));
  if (regular !== -1) return initContainers.length + regular;
  const sidecar = initContainers.findIndex(({ restartPolicy, ports }) => restartPolicy === "Always" && ports.some(isTarget));
  // Differs: every port is listened on. A number that nobody declares is taken for one of the first container's.
  return sidecar === -1 && typeof targetPort === "number" ? initContainers.length : sidecar;
}

/** Whether Pods of a template are endpoints of at least one of a Service's ports; a headless Service may have none. */
export function hasEndpointPort(template: PodTemplate, service: Service): boolean {
  // Differs: one list of endpoints for all ports. Upstream keeps a list for each set of ports that Pods have.
  const { ports } = service.spec;
  return ports.length === 0 || ports.some((port) => containerOfPort(template, port) !== -1);
}
