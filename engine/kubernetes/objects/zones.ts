/** Zones of nodes as small numbers. */
import type { NodeTemplate } from "./node.ts";

/** In order of the nodes. */
export function zoneNames(nodes: readonly Pick<NodeTemplate, "zone">[]): readonly string[] {
  return [...new Set(nodes.map(({ zone }) => zone).filter((zone) => zone !== ""))];
}

/** Of each node the place of its zone among the names, -1: none. */
export function zoneNumbers(nodes: readonly Pick<NodeTemplate, "zone">[]): readonly number[] {
  const zones = zoneNames(nodes);
  return nodes.map(({ zone }) => zones.indexOf(zone));
}
