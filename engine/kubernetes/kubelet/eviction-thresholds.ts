/**
 * Node-pressure eviction as arithmetic: thresholds from the kubelet's configuration, which of them the
 * observations meet and for how long, the conditions they set, and the order in which Pods go.
 * Source: pkg/kubelet/eviction/helpers.go. Pure.
 */
import { parseDuration } from "../../values/duration.ts";
import { parseQuantity, quantityUnits } from "../../values/quantity.ts";
import { SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import { NodePressure } from "../objects/node.ts";

export type Signal =
  | "memory.available"
  | "allocatableMemory.available"
  | "nodefs.available"
  | "nodefs.inodesFree"
  | "imagefs.available"
  | "imagefs.inodesFree"
  | "pid.available";

/** What a signal is about, as Events name it. */
export const signalResources: Readonly<Record<Signal, "memory" | "ephemeral-storage" | "inodes" | "pids">> = {
  "memory.available": "memory",
  "allocatableMemory.available": "memory",
  "nodefs.available": "ephemeral-storage",
  "nodefs.inodesFree": "inodes",
  "imagefs.available": "ephemeral-storage",
  "imagefs.inodesFree": "inodes",
  "pid.available": "pids",
};

const signalConditions: Readonly<Record<Signal, NodePressure>> = {
  "memory.available": NodePressure.MemoryPressure,
  "allocatableMemory.available": NodePressure.MemoryPressure,
  "nodefs.available": NodePressure.DiskPressure,
  "nodefs.inodesFree": NodePressure.DiskPressure,
  "imagefs.available": NodePressure.DiskPressure,
  "imagefs.inodesFree": NodePressure.DiskPressure,
  "pid.available": NodePressure.PIDPressure,
};

/** An amount of its own, or a share of the capacity. */
export type Amount = { readonly type: "quantity"; readonly units: number } | { readonly type: "share"; readonly share: number };

export interface Threshold {
  readonly signal: Signal;
  readonly value: Amount;
  /** 0: a hard threshold. */
  readonly grace: Duration;
  readonly minReclaim: Amount | null;
}

export interface Observation {
  readonly available: number;
  readonly capacity: number;
}

export type Observations = Readonly<Partial<Record<Signal, Observation>>>;

/** As in KubeletConfiguration; a signal's value is a quantity or a percentage. */
export interface EvictionConfiguration {
  /** enforceNodeAllocatable */
  readonly enforceNodeAllocatable: readonly string[];
  readonly evictionHard: Readonly<Record<string, string>>;
  readonly evictionSoft: Readonly<Record<string, string>>;
  readonly evictionSoftGracePeriod: Readonly<Record<string, string>>;
  readonly evictionMinimumReclaim: Readonly<Record<string, string>>;
}

export type EvictionField = Exclude<keyof EvictionConfiguration, "enforceNodeAllocatable">;

/** What is wrong with one entry, in the kubelet's words. */
export interface EvictionProblem {
  readonly field: EvictionField;
  readonly signal: string;
  readonly text: string;
}

export interface ParsedThresholds {
  readonly thresholds: readonly Threshold[];
  readonly problems: readonly EvictionProblem[];
}

/** ParseThresholdConfig: hard thresholds, then soft ones, then the copy for what Pods may allocate. */
export function parseThresholds(configuration: EvictionConfiguration): ParsedThresholds {
  const problems: EvictionProblem[] = [];
  const hard = parseStatements(configuration.evictionHard, "evictionHard", problems);
  const soft = parseStatements(configuration.evictionSoft, "evictionSoft", problems);
  const graces = parseGraces(configuration.evictionSoftGracePeriod, problems);
  const reclaims = parseReclaims(configuration.evictionMinimumReclaim, problems);
  const own = [...hard, ...soft].map(({ signal, value, isSoft }): Threshold => {
    const grace = isSoft ? graces.get(signal) : 0;
    if (grace === undefined)
      problems.push({
        field: "evictionSoft",
        signal,
        text: `grace period must be specified for the soft eviction threshold ${signal}`,
      });
    return { signal, value, grace: grace ?? 0, minReclaim: reclaims.get(signal) ?? null };
  });
  const copies = configuration.enforceNodeAllocatable.includes("pods")
    ? own
        .filter(({ signal, grace }) => signal === "memory.available" && grace === 0)
        .map((threshold): Threshold => ({ ...threshold, signal: "allocatableMemory.available" }))
    : [];
  return { thresholds: problems.length === 0 ? [...own, ...copies] : [], problems };
}

interface Statement {
  readonly signal: Signal;
  readonly value: Amount;
  readonly isSoft: boolean;
}

function parseStatements(
  written: Readonly<Record<string, string>>,
  field: "evictionHard" | "evictionSoft",
  problems: EvictionProblem[],
): readonly Statement[] {
  const statements: Statement[] = [];
  for (const [signal, text] of Object.entries(written)) {
    const problem = (words: string): number => problems.push({ field, signal, text: words });
    if (!isSignal(signal)) problem(`unsupported eviction signal ${signal}`);
    // Both switch the signal off.
    else if (text === "0%" || text === "100%") continue;
    else if (text.endsWith("%")) {
      const share = parseShare(text);
      if (share === null) problem(`"${text}" is not a percentage`);
      else if (share < 0) problem(`eviction percentage threshold ${signal} must be >= 0%: ${text}`);
      else if (share > 1) problem(`eviction percentage threshold ${signal} must be <= 100%: ${text}`);
      else statements.push({ signal, value: { type: "share", share }, isSoft: field === "evictionSoft" });
    } else {
      const units = parseUnits(text);
      if (units === null) problem(`"${text}" is not a quantity`);
      else if (units <= 0) problem(`eviction threshold ${signal} must be positive: ${text}`);
      else statements.push({ signal, value: { type: "quantity", units }, isSoft: field === "evictionSoft" });
    }
  }
  return statements;
}

function parseGraces(written: Readonly<Record<string, string>>, problems: EvictionProblem[]): ReadonlyMap<string, Duration> {
  const graces = new Map<string, Duration>();
  for (const [signal, text] of Object.entries(written)) {
    const problem = (words: string): number => problems.push({ field: "evictionSoftGracePeriod", signal, text: words });
    const grace = text.startsWith("-") ? -1 : text === "0" ? 0 : parseDuration(text);
    if (!isSignal(signal)) problem(`unsupported eviction signal ${signal}`);
    else if (grace === null) problem(`"${text}" is not a duration`);
    else if (grace < 0) problem(`invalid eviction grace period specified: ${signal}, must be a positive value`);
    else graces.set(signal, grace);
  }
  return graces;
}

function parseReclaims(written: Readonly<Record<string, string>>, problems: EvictionProblem[]): ReadonlyMap<string, Amount> {
  const reclaims = new Map<string, Amount>();
  for (const [signal, text] of Object.entries(written)) {
    const problem = (words: string): number => problems.push({ field: "evictionMinimumReclaim", signal, text: words });
    if (!isSignal(signal)) problem(`unsupported eviction signal ${signal}`);
    else if (text.endsWith("%")) {
      const share = parseShare(text);
      if (share === null) problem(`"${text}" is not a percentage`);
      else if (share <= 0) problem(`eviction percentage minimum reclaim ${signal} must be positive: ${text}`);
      else reclaims.set(signal, { type: "share", share });
    } else {
      const units = parseUnits(text);
      if (units === null) problem(`"${text}" is not a quantity`);
      else if (units < 0) problem(`negative eviction minimum reclaim specified for ${signal}`);
      else reclaims.set(signal, { type: "quantity", units });
    }
  }
  return reclaims;
}

export function isSignal(text: string): text is Signal {
  return Object.hasOwn(signalResources, text);
}

const single = new Float32Array(1);

/** Upstream keeps percentages as 32-bit floats; so do we, or 10% of a terabyte is another byte. */
export function asShare(value: number): number {
  single[0] = value;
  return single[0]!;
}

function parseShare(text: string): number | null {
  const number = text.slice(0, -1);
  return /^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(number) ? asShare(asShare(Number(number)) / 100) : null;
}

function parseUnits(text: string): number | null {
  const quantity = parseQuantity(text);
  if (quantity === null) return null;
  return quantity.nano < 0n ? -1 : quantityUnits(quantity);
}

/** GetThresholdQuantity: a share is cut to a whole number. */
export function amountOf(value: Amount, capacity: number): number {
  return value.type === "quantity" ? value.units : Math.trunc(capacity * value.share);
}

/** thresholdsMet: strictly below; with `withMinReclaim`, a threshold ends only once that much more is free. */
export function thresholdsMet(thresholds: readonly Threshold[], observations: Observations, withMinReclaim: boolean): readonly Threshold[] {
  return thresholds.filter(({ signal, value, minReclaim }) => {
    const observed = observations[signal];
    if (observed === undefined) return false;
    const extra = withMinReclaim && minReclaim !== null ? amountOf(minReclaim, observed.capacity) : 0;
    return observed.available < amountOf(value, observed.capacity) + extra;
  });
}

/** A threshold and when it was seen crossed first, since when it has been all the time. */
export interface ObservedThreshold {
  readonly threshold: Threshold;
  readonly firstObservedAt: VirtualTime;
}

/** thresholdsMetGracePeriod: those crossed for at least their grace. */
export function thresholdsOverdue(observed: readonly ObservedThreshold[], now: VirtualTime): readonly Threshold[] {
  return observed.filter(({ threshold, firstObservedAt }) => now - firstObservedAt >= threshold.grace).map(({ threshold }) => threshold);
}

/** nodeConditions, as bits of NodePressure. */
export function pressureOf(signals: readonly Signal[]): number {
  return signals.reduce((bits, signal) => bits | signalConditions[signal], 0);
}

/** Order in which thresholds are acted on (byEvictionPriority): memory first, inodes and processes, of which nothing can be reclaimed by itself, last. */
export function byEvictionPriority(thresholds: readonly Threshold[]): readonly Threshold[] {
  const rank = ({ signal }: Threshold): number => {
    const resource = signalResources[signal];
    if (resource === "memory") return 0;
    return resource === "pids" ? 2 : 1;
  };
  return thresholds
    .map((threshold, index) => ({ threshold, index }))
    .sort((a, b) => rank(a.threshold) - rank(b.threshold) || a.index - b.index)
    .map(({ threshold }) => threshold);
}

/** A Pod as an eviction weighs it. */
export interface EvictionCandidate {
  readonly priority: number;
  /** Of the resource that is short; 0: none asked for. */
  readonly request: number;
  readonly usage: number;
}

/** What decides, the first that differs. */
export type EvictionCriterion = "exceedsRequest" | "priority" | "aboveRequest" | "usage";

/** rankMemoryPressure, and the same for disks. */
export const rankByRequest: readonly EvictionCriterion[] = ["exceedsRequest", "priority", "aboveRequest"];
/** rankPIDPressure: nobody requests processes. */
export const rankByUsage: readonly EvictionCriterion[] = ["priority", "usage"];

/** First in the list goes first; equal ones stay in their order. */
export function rankForEviction<Candidate extends EvictionCandidate>(
  candidates: readonly Candidate[],
  criteria: readonly EvictionCriterion[],
): readonly Candidate[] {
  return candidates
    .map((candidate, index) => ({ candidate, index }))
    .sort((a, b) => {
      for (const criterion of criteria) {
        const order = compare(a.candidate, b.candidate, criterion);
        if (order !== 0) return order;
      }
      return a.index - b.index;
    })
    .map(({ candidate }) => candidate);
}

function compare(a: EvictionCandidate, b: EvictionCandidate, criterion: EvictionCriterion): number {
  switch (criterion) {
    case "exceedsRequest":
      return Number(b.usage > b.request) - Number(a.usage > a.request);
    case "priority":
      return a.priority - b.priority;
    case "aboveRequest":
      return b.usage - b.request - (a.usage - a.request);
    case "usage":
      return b.usage - a.usage;
  }
}

/** Seconds that an evicted Pod gets. Source: eviction_manager.go synchronize. */
export function evictionGrace(
  isHard: boolean,
  podGraceSeconds: number,
  maxPodGraceSeconds: number,
  hardGrace: Duration,
  podGraceCounts: boolean,
): number {
  if (isHard) return Math.floor(hardGrace / SECOND);
  return podGraceCounts ? Math.min(maxPodGraceSeconds, podGraceSeconds) : maxPodGraceSeconds;
}
