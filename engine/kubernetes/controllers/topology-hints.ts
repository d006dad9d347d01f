/**
 * For which zone each endpoint is hinted (pure). Source: staging/src/k8s.io/endpointslice/topologycache,
 * trafficdist/trafficdist.go.
 *
 *   same zone   each ready endpoint for its own zone; none at all if one has no zone
 *   auto        zones get endpoints by their share of CPU; none at all if that can't be done well
 */

export interface HintableEndpoint {
  readonly isReady: boolean;
  /** Number of its node's zone, -1: none. */
  readonly zone: number;
}

/** A zone may have so much more load per endpoint than its share. Source: topologycache.go OverloadThreshold. */
const OVERLOAD = 0.2;
/** Fewer endpoints a zone can't be spread well. */
const LEAST_PER_ZONE = 3;

/** Zone of each endpoint, -1: not hinted (it isn't ready); null: no hints. */
export function sameZoneHints(endpoints: readonly HintableEndpoint[]): readonly number[] | null {
  if (endpoints.some(({ isReady, zone }) => isReady && zone < 0)) return null;
  return endpoints.map(({ isReady, zone }) => (isReady ? zone : -1));
}

/** `cpu`: allocatable CPU of the ready nodes of each zone. */
export function autoHints(endpoints: readonly HintableEndpoint[], cpu: readonly number[]): readonly number[] | null {
  const count = endpoints.filter(({ isReady }) => isReady).length;
  const total = cpu.reduce((sum, share) => sum + share, 0);
  const zones = cpu.flatMap((share, zone) => (share > 0 ? [zone] : []));
  if (zones.length < 2 || count < LEAST_PER_ZONE * zones.length) return null;
  if (endpoints.some(({ isReady, zone }) => isReady && !zones.includes(zone))) return null;
  const desired = cpu.map((share) => (share / total) * count);
  if (desired.reduce((sum, share) => sum + Math.ceil(share / (1 + OVERLOAD)), 0) > count) return null;
  const hints = endpoints.map(({ isReady, zone }) => (isReady ? zone : -1));
  move(hints, desired, zones);
  return hints;
}

/** From the zone with the most to spare to the one that lacks the most, an endpoint at a time, while that helps. */
function move(hints: number[], desired: readonly number[], zones: readonly number[]): void {
  for (;;) {
    const spare = (zone: number): number => hints.filter((hint) => hint === zone).length - desired[zone]!;
    const giver = zones.reduce((most, zone) => (spare(zone) > spare(most) ? zone : most));
    const taker = zones.reduce((least, zone) => (spare(zone) < spare(least) ? zone : least));
    if (spare(giver) - spare(taker) <= 1) return;
    hints[hints.lastIndexOf(giver)] = taker;
  }
}
