/** A Pod template with another image, as `kubectl set image` makes it, or with an ephemeral container, as `kubectl debug` does. */
import { defaultPullPolicy } from "./pod-defaulting.ts";
import type { Container, PodTemplate } from "./pod.ts";

/**
 * The template with `image` in the named container (null: in all regular ones), or null if no container
 * has that name. The pull policy stays as it was set at creation (pkg/apis/core/v1/defaults.go).
 */
export function withImage(template: PodTemplate, container: string | null, image: string): PodTemplate | null {
  const { containers, initContainers } = template.spec;
  const isMeant = (candidate: Container): boolean => container === null || candidate.name === container;
  const isInit = container !== null && initContainers.some(isMeant);
  if (!isInit && !containers.some(isMeant)) return null;
  const replaced = (list: readonly Container[]): readonly Container[] =>
    list.map((candidate) => (isMeant(candidate) ? { ...candidate, image } : candidate));
  return {
    ...template,
    spec: { ...template.spec, containers: replaced(containers), initContainers: isInit ? replaced(initContainers) : initContainers },
  };
}

/** The template with one ephemeral container more, or null if a container of this name is there already. */
export function withEphemeral(template: PodTemplate, name: string, image: string): PodTemplate | null {
  const { containers, initContainers, ephemeralContainers = [] } = template.spec;
  if ([...initContainers, ...containers, ...ephemeralContainers].some((container) => container.name === name)) return null;
  return { ...template, spec: { ...template.spec, ephemeralContainers: [...ephemeralContainers, ephemeral(name, image)] } };
}

/** Ephemeral containers have neither probes, hooks, ports nor resources, and are never restarted. */
function ephemeral(name: string, image: string): Container {
  return {
    name,
    image,
    command: [],
    args: [],
    workingDir: "",
    env: [],
    ports: [],
    resources: { requests: {}, limits: {} },
    imagePullPolicy: defaultPullPolicy(image),
    livenessProbe: null,
    readinessProbe: null,
    startupProbe: null,
    postStart: null,
    preStop: null,
    restartPolicy: null,
  };
}
