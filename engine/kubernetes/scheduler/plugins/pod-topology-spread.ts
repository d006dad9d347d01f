/** Topology spread constraints that must hold (DoNotSchedule), node by node (pure). Source: plugins/podtopologyspread/filtering.go. */
import { selectorMatches } from "../../objects/label-selector.ts";
import type { LabelSelector } from "../../objects/meta.ts";

type Labels = Readonly<Record<string, string>>;

export interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly labelSelector: LabelSelector;
}

export interface SpreadNode {
  readonly labels: Labels;
  /** The Pod's own node selector and affinity admit it: only such nodes are counted. */
  readonly isEligible: boolean;
}

export interface SpreadPod {
  readonly namespace: string;
  readonly labels: Labels;
}

export interface PlacedPod extends SpreadPod {
  /** Index of its node. */
  readonly node: number;
  readonly isTerminating: boolean;
}

/** "keyMissing": no preemption will help there. */
export type SpreadVerdict = "fits" | "skewed" | "keyMissing";

export function spreadVerdicts(
  constraints: readonly SpreadConstraint[],
  pod: SpreadPod,
  nodes: readonly SpreadNode[],
  placed: readonly PlacedPod[],
): SpreadVerdict[] {
  const domains = constraints.map((constraint) => ({ constraint, counts: countDomains(constraint, constraints, pod, nodes, placed) }));
  return nodes.map(({ labels }) => {
    for (const { constraint, counts } of domains) {
      const domain = labels[constraint.topologyKey];
      if (domain === undefined) return "keyMissing";
      const own = selectorMatches(constraint.labelSelector, pod.labels) ? 1 : 0;
      const least = Math.min(...counts.values());
      if ((counts.get(domain) ?? 0) + own - least > constraint.maxSkew) return "skewed";
    }
    return "fits";
  });
}

/** Matching Pods by value of the topology key, over eligible nodes that have all keys. */
function countDomains(
  { topologyKey, labelSelector }: SpreadConstraint,
  all: readonly SpreadConstraint[],
  { namespace }: SpreadPod,
  nodes: readonly SpreadNode[],
  placed: readonly PlacedPod[],
): Map<string, number> {
  const counts = new Map<string, number>();
  const isCounted = nodes.map(({ labels, isEligible }) => isEligible && all.every((other) => labels[other.topologyKey] !== undefined));
  nodes.forEach(({ labels }, index) => {
    if (isCounted[index] === true) counts.set(labels[topologyKey] ?? "", 0);
  });
  for (const pod of placed) {
    if (isCounted[pod.node] !== true || pod.isTerminating || pod.namespace !== namespace) continue;
    const domain = nodes[pod.node]?.labels[topologyKey] ?? "";
    if (selectorMatches(labelSelector, pod.labels)) counts.set(domain, (counts.get(domain) ?? 0) + 1);
  }
  return counts;
}
