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

/** As a record holds it, column by column: one that need not be written is only compared. */
export interface Slice {
  readonly number: number;
  readonly pods: readonly PodId[];
  readonly nodes: readonly number[];
  readonly conditions: readonly number[];
  readonly hints?: readonly number[];
}

/** `number` -1: a new slice; `endpoints` null: delete it. */
export interface SliceWrite {
  readonly number: number;
  readonly endpoints: readonly Endpoint[] | null;
}

/** A slice and what of it is still wanted. */
interface Kept {
  readonly number: number;
  readonly endpoints: Endpoint[];
}

/** Writes in order: new slices, changed ones, deletions. */
export function packEndpoints(wanted: readonly Endpoint[], existing: readonly Slice[], capacity: number): SliceWrite[] {
  const missing = new Missing(wanted);
  const changed: Kept[] = [];
  const emptied: number[] = [];
  const unchanged: Kept[] = [];
  for (const slice of existing) {
    const kept: Kept = { number: slice.number, endpoints: [] };
    const isSame = keep(slice, missing, kept.endpoints);
    // An empty one stood for "no endpoints": with some, it is used as one that would be deleted.
    if (isSame && (kept.endpoints.length > 0 || wanted.length === 0)) unchanged.push(kept);
    else if (kept.endpoints.length === 0) emptied.push(slice.number);
    else changed.push(kept);
  }
  const rest = missing.rest();
  const fullestFirst = [...changed].sort((a, b) => b.endpoints.length - a.endpoints.length);
  for (const slice of fullestFirst) slice.endpoints.push(...rest.splice(0, capacity - slice.endpoints.length));
  const created: Endpoint[][] = [];
  while (rest.length > 0) {
    const fitting = rest.length < capacity ? bestFit(unchanged, rest.length, capacity) : null;
    if (fitting === null) created.push(rest.splice(0, capacity));
    else changed.push({ number: fitting.number, endpoints: [...fitting.endpoints, ...rest.splice(0)] });
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

/** Wanted endpoints that no slice has been found to hold. They come by Pod ascending, and slices mostly hold them so. */
class Missing {
  private readonly wanted: readonly Endpoint[];
  private readonly isFound: Uint8Array;
  private readonly isAscending: boolean;
  private found = 0;
  /** Where the next one is looked for first. */
  private next = 0;

  constructor(wanted: readonly Endpoint[]) {
    this.wanted = wanted;
    this.isFound = new Uint8Array(wanted.length);
    this.isAscending = isAscending(wanted);
  }

  take(pod: PodId): Endpoint | null {
    const { wanted, isFound } = this;
    const index = wanted[this.next]?.pod === pod ? this.next : this.indexOf(pod);
    if (index < 0 || isFound[index] === 1) return null;
    isFound[index] = 1;
    this.found++;
    this.next = index + 1;
    return wanted[index]!;
  }

  rest(): Endpoint[] {
    return this.found === this.wanted.length ? [] : this.wanted.filter((_, index) => this.isFound[index] === 0);
  }

  private indexOf(pod: PodId): number {
    const { wanted } = this;
    if (!this.isAscending) return wanted.findIndex((endpoint) => endpoint.pod === pod);
    let from = 0;
    let to = wanted.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (wanted[middle]!.pod < pod) from = middle + 1;
      else to = middle;
    }
    return wanted[from]?.pod === pod ? from : -1;
  }
}

function isAscending(endpoints: readonly Endpoint[]): boolean {
  for (let index = 1; index < endpoints.length; index++) if (endpoints[index - 1]!.pod >= endpoints[index]!.pod) return false;
  return true;
}

/** Moves what a slice holds from `missing` to `kept`; whether it holds just that. */
function keep(slice: Slice, missing: Missing, kept: Endpoint[]): boolean {
  let isSame = true;
  for (let index = 0; index < slice.pods.length; index++) {
    const endpoint = missing.take(slice.pods[index]!);
    isSame &&= endpoint !== null && isEndpointAt(slice, index, endpoint);
    if (endpoint !== null) kept.push(endpoint);
  }
  return isSame;
}

/** The fullest of those that have room for all. */
function bestFit(slices: readonly Kept[], count: number, capacity: number): Kept | null {
  let best: Kept | null = null;
  for (const slice of slices) {
    if (slice.endpoints.length + count > capacity) continue;
    if (best === null || slice.endpoints.length > best.endpoints.length) best = slice;
  }
  return best;
}

function isEndpointAt({ nodes, conditions, hints }: Slice, index: number, { node, conditions: wanted, hint = -1 }: Endpoint): boolean {
  return (nodes[index] ?? -1) === node && (conditions[index] ?? 0) === wanted && (hints?.[index] ?? -1) === hint;
}

/** As records and requests carry them: nothing, if nobody has one. */
export function hintsOf(endpoints: readonly Endpoint[]): { readonly hints?: readonly number[] } {
  return endpoints.some(({ hint = -1 }) => hint >= 0) ? { hints: endpoints.map(({ hint = -1 }) => hint) } : {};
}
