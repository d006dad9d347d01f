/**
 * What a recording proves of requests that it doesn't show: that other cases had used up what a client of the
 * cluster may send. Then its requests leave one refill after the other, on a beat that chance doesn't keep, although
 * this case's own requests would have left tokens in its bucket. How many others there were follows from the beats
 * that this case didn't use.
 */
import type { TraceEntry } from "./trace.ts";

/** A while in which a client had no tokens. */
export interface ClientDebt {
  /** Whose client: a node's name, for its kubelet's; null: the ReplicaSet controller's. */
  readonly node: string | null;
  readonly limit: ClientLimit;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Tokens of this while that others took. */
  readonly others: number;
}

/** Of a client: a token each `intervalMs`, `burst` of them at rest. */
export interface ClientLimit {
  readonly intervalMs: number;
  readonly burst: number;
}

export interface ClientLimits {
  /** Of each controller's client. */
  readonly controller: ClientLimit;
  /** Of each kubelet's, Events apart. */
  readonly kubelet: ClientLimit;
}

/** A request as it was seen to take effect, and the tokens that it took. */
interface Call {
  readonly atMs: number;
  readonly tokens: number;
}

/** None: the recording proves nothing of the kind. */
export function clientDebts(entries: readonly TraceEntry[], { controller, kubelet }: ClientLimits): readonly ClientDebt[] {
  const debts = debtsOf(null, replicaSetCalls(entries), controller);
  for (const [node, calls] of kubeletCalls(entries)) debts.push(...debtsOf(node, calls, kubelet));
  return debts;
}

function debtsOf(node: string | null, calls: readonly Call[], limit: ClientLimit): ClientDebt[] {
  const left = tokensLeft(calls, limit);
  return apartRuns(calls, limit).flatMap(([first, end]) => {
    const part = steadiest(calls.slice(first, end), limit.intervalMs);
    if (part === null || left[first + part.from]! < limit.burst * OWN_TOKENS_SHARE) return [];
    const own = calls.slice(first + part.from, first + part.until);
    const fromMs = own[0]!.atMs;
    const untilMs = own.at(-1)!.atMs;
    const beats = Math.round((untilMs - fromMs) / limit.intervalMs) + 1;
    const others = beats - tokensOf(own);
    return others < beats * OTHERS_SHARE ? [] : [{ node, limit, fromMs, untilMs, others }];
  });
}

/** Creations and deletions of Pods, statuses and Events: each is one request of the ReplicaSet controller's client. */
function replicaSetCalls(entries: readonly TraceEntry[]): Call[] {
  const owned = new Set<string>();
  const calls: Call[] = [];
  for (const entry of entries) {
    const { owner } = entry.change;
    if (entry.kind === "Pod" && typeof owner === "string" && owner.startsWith("ReplicaSet/")) owned.add(entry.name);
    if (isReplicaSetCall(entry, owned)) calls.push({ atMs: entry.atMs, tokens: 1 });
  }
  return calls;
}

function isReplicaSetCall({ kind, name, change }: TraceEntry, owned: ReadonlySet<string>): boolean {
  if (kind === "Event") return change["from"] === "replicaset-controller";
  if (kind === "Pod") return owned.has(name) && (change["event"] === "added" || Number(change["deletion.graceSeconds"] ?? 0) > 0);
  // It is created, and scaled, by another controller.
  return kind === "ReplicaSet" && change["event"] === undefined && statusFields.some((field) => field in change);
}

const statusFields = ["replicas", "ready", "available", "observedGeneration"] as const;

/** By node: statuses of Pods, read before they are written, and removals. */
function kubeletCalls(entries: readonly TraceEntry[]): ReadonlyMap<string, Call[]> {
  const nodes = new Map<string, string>();
  const calls = new Map<string, Call[]>();
  for (const { kind, name, change, atMs } of entries) {
    if (kind !== "Pod") continue;
    if (typeof change["node"] === "string") nodes.set(name, change["node"]);
    const node = nodes.get(name);
    const tokens = change["event"] === "removed" ? 1 : Object.keys(change).some(isKubeletField) ? 2 : 0;
    if (node === undefined || tokens === 0) continue;
    const ofNode = calls.get(node) ?? [];
    calls.set(node, ofNode);
    ofNode.push({ atMs, tokens });
  }
  return calls;
}

function isKubeletField(field: string): boolean {
  return field.startsWith("containers.") || field.startsWith("initContainers.") || field === "conditions.Initialized";
}

/** Before each call: what the bucket would hold if nobody else took from it. */
function tokensLeft(calls: readonly Call[], { intervalMs, burst }: ClientLimit): number[] {
  let left = burst;
  let last = -Infinity;
  return calls.map(({ atMs, tokens }) => {
    const before = Math.min(burst, left + (atMs - last) / intervalMs);
    last = atMs;
    left = Math.max(0, before - tokens);
    return before;
  });
}

/** Runs of calls as far apart as a client in debt sends them: `[from, until)`. */
function apartRuns(calls: readonly Call[], { intervalMs, burst }: ClientLimit): (readonly [from: number, until: number])[] {
  const runs: (readonly [number, number])[] = [];
  let from = 0;
  for (let index = 1; index <= calls.length; index++) {
    const gap = (calls[index]?.atMs ?? Infinity) - calls[index - 1]!.atMs;
    if (gap >= intervalMs * CLOSEST_BEATS && gap <= intervalMs * burst * FARTHEST_REFILLS) continue;
    if (index - from >= FEWEST_CALLS) runs.push([from, index]);
    from = index;
  }
  return runs;
}

interface Part {
  readonly from: number;
  readonly until: number;
}

/** The part of a run that keeps a beat best; null: none does so beyond chance. */
function steadiest(run: readonly Call[], intervalMs: number): Part | null {
  let best: Part | null = null;
  let bestProof = LEAST_PROOF;
  for (let phase = 0; phase < PHASES; phase++) {
    const offs = run.map(({ atMs }) => offBeat(atMs / intervalMs - phase / PHASES));
    for (let from = 0; from + FEWEST_CALLS <= run.length; from++) {
      let sum = 0;
      for (let until = from + 1; until <= run.length; until++) {
        sum += offs[until - 1]!;
        const proof = until - from < FEWEST_CALLS ? -Infinity : proofOf(sum, until - from);
        if (proof <= bestProof) continue;
        bestProof = proof;
        best = { from, until };
      }
    }
  }
  return best;
}

/** From the nearest beat, in beats: 0 to 1/2. */
function offBeat(beats: number): number {
  return Math.abs(beats - Math.round(beats));
}

/** By how many standard errors so many calls are nearer to a beat than by chance: that is 1/4 off, give or take 1/√48. */
function proofOf(offs: number, count: number): number {
  return (count / 4 - offs) / Math.sqrt(count / 48);
}

function tokensOf(calls: readonly Call[]): number {
  return calls.reduce((sum, { tokens }) => sum + tokens, 0);
}

/** Fewer prove nothing. */
const FEWEST_CALLS = 10;
/** Standard errors. Ten calls or more are so steady by chance once in 10^10, and all traces have some 10^6 parts of runs and phases. */
const LEAST_PROOF = 5;
/** Phases that are tried. */
const PHASES = 50;
/** Closer calls didn't wait for tokens, even if the first was seen late. */
const CLOSEST_BEATS = 0.5;
/** Between calls farther apart than the time in which an empty bucket fills so often, the debt has ended. */
const FARTHEST_REFILLS = 2;
/** This case's own requests explain no debt if they leave this part of the burst at its beginning … */
const OWN_TOKENS_SHARE = 1 / 3;
/** … and this part of the beats unused in it, even if some of them were seen by nobody. */
const OTHERS_SHARE = 1 / 3;
