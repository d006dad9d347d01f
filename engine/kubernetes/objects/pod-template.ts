/** A Pod template with another image, as `kubectl set image` makes it. */
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
