/** Which namespaces a term of affinity speaks of (pure). Source: pkg/scheduler/framework/types.go getNamespacesFromPodAffinityTerm. */
import { selectorMatches } from "../../objects/label-selector.ts";
import type { PodTerm } from "../../objects/scheduling.ts";

/** The label that every namespace has: its name. */
const NAME_LABEL = "kubernetes.io/metadata.name";

/**
 * Listed, or by their labels (null: all), or else the Pod's own.
 * Differs: namespaces by name alone
 */
export function termNamespaces({ namespaces, namespaceSelector }: PodTerm, own: string): readonly string[] | null {
  if (namespaceSelector === null) return namespaces.length === 0 ? [own] : namespaces;
  if (selectorMatches(namespaceSelector, {})) return null;
  const { matchLabels, matchExpressions } = namespaceSelector;
  const named = [
    matchLabels[NAME_LABEL] ?? [],
    ...matchExpressions.filter(({ key, operator }) => key === NAME_LABEL && operator === "In").map(({ values }) => values),
  ].flat();
  return [...namespaces, ...named];
}
