/**
 * How many nodes of a zone may be tainted for eviction while many of them are silent (pure).
 * Source: node_lifecycle_controller.go ComputeZoneState, handleDisruption, setLimiterInZone.
 */
export type ZoneState = "Initial" | "Normal" | "PartialDisruption" | "FullDisruption";

/** Below this many silent nodes a zone is never partly disrupted. */
const MIN_SILENT = 3;

export function zoneState(readyNodes: number, notReadyNodes: number, unhealthyShare: number): ZoneState {
  if (readyNodes === 0 && notReadyNodes > 0) return "FullDisruption";
  if (notReadyNodes >= MIN_SILENT && notReadyNodes / (readyNodes + notReadyNodes) >= unhealthyShare) return "PartialDisruption";
  return "Normal";
}

/** Nodes with this label say nothing of their zone. Source: isNodeExcludedFromDisruptionChecks. */
const EXCLUDED_LABEL = "node.kubernetes.io/exclude-disruption";

export function countsForZone(labels: Readonly<Record<string, string>>): boolean {
  return !Object.hasOwn(labels, EXCLUDED_LABEL);
}

/** Every zone at once: more likely the fault is the control plane's, and nobody is evicted. `null`: a zone without nodes that count. */
export function areAllDown(states: readonly (ZoneState | null)[]): boolean {
  const known = states.filter((state) => state !== null);
  return known.length > 0 && known.every((state) => state === "FullDisruption");
}

export interface EvictionRates {
  readonly nodeEvictionRate: number;
  readonly nodeEvictionRateSecondary: number;
  readonly largeClusterSize: number;
}

/** Nodes per second, for a zone while not all zones are down. */
export function evictionRate(state: ZoneState, nodesInZone: number, rates: EvictionRates): number {
  if (state !== "PartialDisruption") return rates.nodeEvictionRate;
  return nodesInZone > rates.largeClusterSize ? rates.nodeEvictionRateSecondary : 0;
}
