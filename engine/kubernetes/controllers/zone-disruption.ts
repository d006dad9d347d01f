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
