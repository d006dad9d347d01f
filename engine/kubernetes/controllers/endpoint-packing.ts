/**
 * Which slices to write so that they hold the wanted endpoints with few writes (pure): changes in
 * place, then room in slices that are written anyway, then one unchanged slice that fits best, then new
 * ones. Never rebalances. A Service without endpoints keeps one empty slice. Source: staging/src/k8s.io/endpointslice/reconciler.go.
 */
import type { PodId } from "../api-server/pod-record.ts";

export interface Endpoint {
  readonly pod: PodId;
  readonly node: number;
  /** Bits of EndpointCondition. */
  readonly conditions: number;
  /** Number of the zone that it is hinted for; left out: no hint. */
  readonly hint?: number;
}

export interface Slice {
  readonly number: number;
  readonly endpoints: readonly Endpoint[];
}

/** `number` -1: a new slice; `endpoints` null: delete it. */
export interface SliceWrite {
  readonly number: number;
  readonly endpoints: readonly Endpoint[] | null;
}

/** Writes in order: new slices, changed ones, deletions. */
export function packEndpoints(wanted: readonly Endpoint[], existing: readonly Slice[], capacity: number): SliceWrite[] {
  const missing = new Map(wanted.map((endpoint) => [endpoint.pod, endpoint]));
  const changed: { readonly number: number; readonly endpoints: Endpoint[] }[] = [];
  const emptied: number[] = [];
  const unchanged: Slice[] = [];
  for (const slice of existing) {
    const kept = slice.endpoints.map(({ pod }) => missing.get(pod)).filter((endpoint) => endpoint !== undefined);
    const isSame =
      kept.length === slice.endpoints.length && kept.every((endpoint, index) => isSameEndpoint(endpoint, slice.endpoints[index]));
    for (const { pod } of kept) missing.delete(pod);
    // An empty one stood for "no endpoints": with some, it is used as one that would be deleted.
    if (isSame && (kept.length > 0 || wanted.length === 0)) unchanged.push(slice);
    else if (kept.length === 0) emptied.push(slice.number);
    else changed.push({ number: slice.number, endpoints: kept });
  }
  const rest = [...missing.values()];
  const fullestFirst = [...changed].sort((a, b) => b.endpoints.length - a.endpoints.length);
  for (const slice of fullestFirst) slice.endpoints.push(...rest.splice(0, capacity - slice.endpoints.length));
  const created: Endpoint[][] = [];
  while (rest.length > 0) {
    const fitting = rest.length < capacity ? bestFit(unchanged, rest.length, capacity) : null;
    if (fitting === null) created.push(rest.splice(0, capacity));
    else {
      unchanged.splice(unchanged.indexOf(fitting), 1);
      changed.push({ number: fitting.number, endpoints: [...fitting.endpoints, ...rest.splice(0)] });
    }
  }
  if (unchanged.length + changed.length + created.length === 0) created.push([]);
  // A slice that would be deleted while another is created is used again instead.
  const reused = created.splice(0, emptied.length).map((endpoints) => ({ number: emptied.shift() ?? -1, endpoints }));
  return [
    ...created.map((endpoints) => ({ number: -1, endpoints })),
    ...changed,
    ...reused,
    ...emptied.map((number) => ({ number, endpoints: null })),
  ];
}

/** The fullest of those that have room for all. */
function bestFit(slices: readonly Slice[], count: number, capacity: number): Slice | null {
  let best: Slice | null = null;
  for (const slice of slices) {
    if (slice.endpoints.length + count > capacity) continue;
    if (best === null || slice.endpoints.length > best.endpoints.length) best = slice;
  }
  return best;
}

function isSameEndpoint(a: Endpoint, b: Endpoint | undefined): boolean {
  return b !== undefined && a.pod === b.pod && a.node === b.node && a.conditions === b.conditions && (a.hint ?? -1) === (b.hint ?? -1);
}

/** As records and requests carry them: nothing, if nobody has one. */
export function hintsOf(endpoints: readonly Endpoint[]): { readonly hints?: readonly number[] } {
  return endpoints.some(({ hint = -1 }) => hint >= 0) ? { hints: endpoints.map(({ hint = -1 }) => hint) } : {};
}
