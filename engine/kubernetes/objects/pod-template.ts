/** A Pod template as kubectl makes it of another one: set image, env or resources, rollout restart, label, debug (pure). */
import { blankContainer } from "./blank-pod.ts";
import { defaultPullPolicy } from "./pod-defaulting.ts";
import type { Container, EnvVar, PodTemplate, ResourceList } from "./pod.ts";

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

/** In the named container (null: in all regular ones), variables set by name, or taken away (null); null: no such container. Source: kubectl set env. */
export function withEnv(
  template: PodTemplate,
  container: string | null,
  change: Readonly<Record<string, string | null>>,
): PodTemplate | null {
  return withContainers(template, container, (before) => ({ ...before, env: changedEnv(before.env, change) }));
}

function changedEnv(before: readonly EnvVar[], change: Readonly<Record<string, string | null>>): readonly EnvVar[] {
  const kept = before.flatMap((variable) => {
    const value = change[variable.name];
    if (value === undefined) return [variable];
    return value === null ? [] : [{ name: variable.name, value, fieldPath: null }];
  });
  const added = Object.entries(change).flatMap(([name, value]) =>
    value === null || before.some((variable) => variable.name === name) ? [] : [{ name, value, fieldPath: null }],
  );
  return [...kept, ...added];
}

/**
 * Amounts of the named container (null: of all regular ones), each given one in place of the former; null: no such
 * container. A request that was its limit's, or isn't there, goes with the limit. Source: kubectl set resources.
 */
export function withResources(
  template: PodTemplate,
  container: string | null,
  requests: ResourceList,
  limits: ResourceList,
): PodTemplate | null {
  return withContainers(template, container, (definition) => {
    const { resources: before } = definition;
    const followed: { cpu?: number; memory?: number; storage?: number } = {};
    for (const name of ["cpu", "memory", "storage"] as const) {
      const limit = limits[name];
      if (limit !== undefined && (before.requests[name] ?? before.limits[name]) === before.limits[name]) followed[name] = limit;
    }
    const resources = {
      ...before,
      requests: plusAmounts(before.requests, { ...followed, ...requests }),
      limits: plusAmounts(before.limits, limits),
    };
    return { ...definition, resources };
  });
}

/** In the order of readResourceList: templates are known by content. */
function plusAmounts(before: ResourceList, change: ResourceList): ResourceList {
  const cpu = change.cpu ?? before.cpu;
  const memory = change.memory ?? before.memory;
  const storage = change.storage ?? before.storage;
  const other = { ...before.other, ...change.other };
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    ...(storage === undefined ? {} : { storage }),
    ...(Object.keys(other).length === 0 ? {} : { other }),
  };
}

function withContainers(template: PodTemplate, name: string | null, change: (before: Container) => Container): PodTemplate | null {
  const isMeant = (candidate: Container): boolean => name === null || candidate.name === name;
  const { containers, initContainers } = template.spec;
  const changed = (list: readonly Container[]): readonly Container[] =>
    list.map((candidate) => (isMeant(candidate) ? change(candidate) : candidate));
  if (name !== null && initContainers.some(isMeant))
    return { ...template, spec: { ...template.spec, initContainers: changed(initContainers) } };
  if (!containers.some(isMeant)) return null;
  return { ...template, spec: { ...template.spec, containers: changed(containers) } };
}

/** Labels or annotations set, or taken away (null). */
export function withMetadata(
  template: PodTemplate,
  field: "labels" | "annotations",
  change: Readonly<Record<string, string | null>>,
): PodTemplate {
  return { ...template, [field]: changedTexts(template[field], change) };
}

/** Null takes a key away. */
export function changedTexts(
  before: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string>> {
  const after: Record<string, string> = {};
  for (const [key, value] of Object.entries({ ...before, ...change })) if (value !== null) after[key] = value;
  return after;
}

/** The template with one ephemeral container more, or null if a container of this name is there already. */
export function withEphemeral(template: PodTemplate, name: string, image: string): PodTemplate | null {
  const { containers, initContainers, ephemeralContainers = [] } = template.spec;
  if ([...initContainers, ...containers, ...ephemeralContainers].some((container) => container.name === name)) return null;
  return { ...template, spec: { ...template.spec, ephemeralContainers: [...ephemeralContainers, ephemeral(name, image)] } };
}

/** Ephemeral containers have neither probes, hooks, ports nor resources, and are never restarted. */
function ephemeral(name: string, image: string): Container {
  return blankContainer(name, { image, imagePullPolicy: defaultPullPolicy(image) });
}
