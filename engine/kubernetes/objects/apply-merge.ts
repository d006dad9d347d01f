/**
 * What kubectl apply makes of an object that others have changed (pure): what the file says holds, what the file
 * said the last time and says no more goes, what somebody else added stays. Lists are known by name.
 * What nothing was added to keeps its very form, so that templates stay the same by content.
 * Source: apimachinery pkg/util/jsonmergepatch, strategicpatch (three-way merge).
 */
import type { Container, PodTemplate, ResourceList } from "./pod.ts";

type Texts = Readonly<Record<string, string>>;

/** `last`: as the file before said; `live`: as the API server has it; `wanted`: as the file says. */
export function mergedTemplate(last: PodTemplate, live: PodTemplate, wanted: PodTemplate): PodTemplate {
  return {
    ...wanted,
    labels: mergedTexts(last.labels, live.labels, wanted.labels),
    annotations: mergedTexts(last.annotations, live.annotations, wanted.annotations),
    spec: {
      ...wanted.spec,
      initContainers: mergedContainers(last.spec.initContainers, live.spec.initContainers, wanted.spec.initContainers),
      containers: mergedContainers(last.spec.containers, live.spec.containers, wanted.spec.containers),
    },
  };
}

export function mergedTexts(last: Texts, live: Texts, wanted: Texts): Texts {
  const others = Object.entries(live).filter(([key]) => !Object.hasOwn(last, key) && !Object.hasOwn(wanted, key));
  return others.length === 0 ? wanted : { ...wanted, ...Object.fromEntries(others) };
}

function mergedContainers(last: readonly Container[], live: readonly Container[], wanted: readonly Container[]): readonly Container[] {
  const merged = wanted.map((container) => {
    const present = live.find(({ name }) => name === container.name);
    const before = last.find(({ name }) => name === container.name);
    return present === undefined ? container : mergedContainer(before ?? container, present, container);
  });
  return [...merged, ...othersOf(last, live, wanted)];
}

function mergedContainer(last: Container, live: Container, wanted: Container): Container {
  return {
    ...wanted,
    env: [...wanted.env, ...othersOf(last.env, live.env, wanted.env)],
    resources: {
      ...wanted.resources,
      requests: mergedAmounts(last.resources.requests, live.resources.requests, wanted.resources.requests),
      limits: mergedAmounts(last.resources.limits, live.resources.limits, wanted.resources.limits),
    },
  };
}

function othersOf<Item extends { readonly name: string }>(
  last: readonly Item[],
  live: readonly Item[],
  wanted: readonly Item[],
): readonly Item[] {
  const isKnown = (name: string): boolean => last.some((item) => item.name === name) || wanted.some((item) => item.name === name);
  return live.filter(({ name }) => !isKnown(name));
}

function mergedAmounts(last: ResourceList, live: ResourceList, wanted: ResourceList): ResourceList {
  const cpu = wanted.cpu ?? (last.cpu === undefined ? live.cpu : undefined);
  const memory = wanted.memory ?? (last.memory === undefined ? live.memory : undefined);
  const storage = wanted.storage ?? (last.storage === undefined ? live.storage : undefined);
  const others = Object.entries(live.other ?? {}).filter(([key]) => last.other?.[key] === undefined && wanted.other?.[key] === undefined);
  const other = { ...wanted.other, ...Object.fromEntries(others) };
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    ...(storage === undefined ? {} : { storage }),
    ...(Object.keys(other).length === 0 ? {} : { other }),
  };
}
