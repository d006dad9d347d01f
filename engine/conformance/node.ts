/** Vectors of a node's resources: QoS classes, the OOM killer's scores, node-pressure eviction, answered by the functions that the kubelet uses. */
import { SECOND } from "../kernel/time.ts";
import {
  asShare,
  isSignal,
  parseThresholds,
  pressureOf,
  rankForEviction,
  thresholdsMet,
  thresholdsOverdue,
  type Amount,
  type EvictionCriterion,
  type Observation,
  type Signal,
  type Threshold,
} from "../kubernetes/kubelet/eviction-thresholds.ts";
import { oomScoreAdjustment } from "../kubernetes/kubelet/oom-score.ts";
import { qosClassOf } from "../kubernetes/kubelet/qos.ts";
import { NodePressure, nodePressureNames } from "../kubernetes/objects/node.ts";
import { podRequest } from "../kubernetes/scheduler/plugins/index.ts";
import { versionsOfMinor } from "../kubernetes/versions.ts";
import { parseQuantity, quantityUnits } from "../values/quantity.ts";
import { instant } from "./instant.ts";
import { podSpecOf, type WrittenPodSpec } from "./pod-specs.ts";

/** Recorded from 1.20, where every critical Pod is protected. */
const recorded = versionsOfMinor(20);

// ── classes and scores ──

export function qosClass(input: { readonly spec: WrittenPodSpec }): unknown {
  return { qosClass: qosClassOf(podSpecOf(input.spec)) };
}

export function qosClassAndOomScore(input: WrittenPodSpec & { readonly nodeMemoryCapacityBytes: number }): unknown {
  const spec = podSpecOf(input);
  const scores = spec.containers.map((container): [string, number] => [
    container.name,
    oomScoreAdjustment(spec, container, input.nodeMemoryCapacityBytes, false, recorded),
  ]);
  return { qosClass: qosClassOf(spec), oomScoreAdj: Object.fromEntries(scores) };
}

interface OwnedPod {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: WrittenPodSpec;
}

export function oomScore(input: { readonly pod: OwnedPod; readonly nodeMemoryCapacityBytes: number }): unknown {
  const spec = podSpecOf(input.pod.spec);
  const [container] = spec.containers;
  if (container === undefined) throw new Error("a Pod without containers");
  return { score: oomScoreAdjustment(spec, container, input.nodeMemoryCapacityBytes, isStatic(input.pod), recorded) };
}

export function isInRange(
  found: { readonly score: number },
  range: { readonly oomScoreAdjMin: number; readonly oomScoreAdjMax: number },
): boolean {
  return found.score >= range.oomScoreAdjMin && found.score <= range.oomScoreAdjMax;
}

/** Annotations by which the kubelet knows a Pod of its own files, and its mirror. */
function isStatic({ metadata }: OwnedPod): boolean {
  const source = metadata?.annotations?.["kubernetes.io/config.source"];
  return (source !== undefined && source !== "api") || metadata?.annotations?.["kubernetes.io/config.mirror"] !== undefined;
}

// ── eviction ──

interface WrittenAmount {
  readonly Quantity: string | null;
  readonly Percentage: number;
}

export interface WrittenThreshold {
  readonly Signal: string;
  readonly Operator: string;
  readonly Value: WrittenAmount;
  readonly GracePeriodSeconds: number;
  readonly MinReclaim: WrittenAmount | null;
}

/** The spelling of eviction_grace_period. */
interface ShortThreshold {
  readonly signal: string;
  readonly operator: string;
  readonly value: WrittenAmount;
  readonly gracePeriodSeconds: number;
}

export const thresholdFields = "Signal Operator Value{Quantity Percentage} GracePeriodSeconds MinReclaim{Quantity Percentage}";
export const shortThresholdFields = "signal operator value{Quantity Percentage} gracePeriodSeconds minReclaim{Quantity Percentage}";

function unitsOf(text: string): number {
  const quantity = parseQuantity(text);
  if (quantity === null) throw new Error(`no quantity: ${text}`);
  return quantityUnits(quantity);
}

function signalOf(text: string): Signal {
  if (!isSignal(text)) throw new Error(`no signal: ${text}`);
  return text;
}

function amountOf({ Quantity, Percentage }: WrittenAmount): Amount {
  return Quantity === null ? { type: "share", share: asShare(Percentage) } : { type: "quantity", units: unitsOf(Quantity) };
}

function thresholdOf({ Signal: signal, Operator, Value, GracePeriodSeconds, MinReclaim }: WrittenThreshold): Threshold {
  // The only operator there is; a threshold of a test may leave it out.
  if (Operator !== "LessThan" && Operator !== "") throw new Error(`no operator: ${Operator}`);
  return {
    signal: signalOf(signal),
    value: amountOf(Value),
    grace: GracePeriodSeconds * SECOND,
    minReclaim: MinReclaim === null || MinReclaim === undefined ? null : amountOf(MinReclaim),
  };
}

function fromShort({ signal, operator, value, gracePeriodSeconds }: ShortThreshold): Threshold {
  return thresholdOf({ Signal: signal, Operator: operator, Value: value, GracePeriodSeconds: gracePeriodSeconds, MinReclaim: null });
}

/** The expectation in the model's terms: quantities are compared by value. */
export function expectedThresholds(expected: Readonly<Record<string, unknown>>): unknown {
  return { met: (expected["met"] as readonly WrittenThreshold[]).map(thresholdOf) };
}

export function expectedShortThresholds(expected: Readonly<Record<string, unknown>>): unknown {
  return { met: (expected["met"] as readonly ShortThreshold[]).map(fromShort) };
}

export function evictionGracePeriod(input: {
  readonly now: string;
  readonly observed: readonly { readonly threshold: ShortThreshold; readonly firstObservedAt: string }[];
}): unknown {
  const observed = input.observed.map(({ threshold, firstObservedAt }) => ({
    threshold: fromShort(threshold),
    firstObservedAt: instant(firstObservedAt),
  }));
  return { met: thresholdsOverdue(observed, instant(input.now)) };
}

export function evictionThresholdsMet(input: {
  readonly thresholds: readonly WrittenThreshold[];
  readonly observations: Readonly<Record<string, { readonly available: string; readonly capacity: string | null }>>;
  readonly enforceMinReclaim: boolean;
}): unknown {
  const observations = Object.entries(input.observations).map(([signal, { available, capacity }]): [Signal, Observation] => [
    signalOf(signal),
    { available: unitsOf(available), capacity: capacity === null ? 0 : unitsOf(capacity) },
  ]);
  return { met: thresholdsMet(input.thresholds.map(thresholdOf), Object.fromEntries(observations), input.enforceMinReclaim) };
}

export function evictionNodeConditions(input: { readonly thresholds: readonly { readonly Signal: string }[] }): unknown {
  const bits = pressureOf(input.thresholds.map(({ Signal: signal }) => signalOf(signal)));
  return { nodeConditions: nodePressureNames.filter((name) => (bits & NodePressure[name]) !== 0).toSorted() };
}

export function expectedNodeConditions({ nodeConditions }: Readonly<Record<string, unknown>>): unknown {
  return { nodeConditions: (nodeConditions as readonly string[]).toSorted() };
}

type Signals = Readonly<Record<string, string>> | null;

export function evictionParsing(input: {
  readonly allocatableConfig: readonly string[];
  readonly evictionHard: Signals;
  readonly evictionSoft: Signals;
  readonly evictionSoftGracePeriod: Signals;
  readonly evictionMinReclaim: Signals;
}): unknown {
  const { thresholds, problems } = parseThresholds({
    enforceNodeAllocatable: input.allocatableConfig,
    evictionHard: input.evictionHard ?? {},
    evictionSoft: input.evictionSoft ?? {},
    evictionSoftGracePeriod: input.evictionSoftGracePeriod ?? {},
    evictionMinimumReclaim: input.evictionMinReclaim ?? {},
  });
  return { error: problems.length > 0, thresholds: thresholds.toSorted(byContent) };
}

export function expectedParsing({ error, thresholds }: Readonly<Record<string, unknown>>): unknown {
  return { error, thresholds: (thresholds as readonly WrittenThreshold[]).map(thresholdOf).toSorted(byContent) };
}

/** The list's order doesn't matter. */
function byContent(a: Threshold, b: Threshold): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : Number(left > right);
}

const criteria: Readonly<Record<string, EvictionCriterion>> = {
  exceedsMemoryRequest: "exceedsRequest",
  priority: "priority",
  memoryAboveRequest: "aboveRequest",
};

export function evictionRanking(input: {
  readonly rankBy: readonly string[];
  readonly pods: readonly { readonly name: string; readonly spec: WrittenPodSpec }[];
  readonly usage: Readonly<Record<string, { readonly memoryWorkingSetBytes: number }>>;
}): unknown {
  const candidates = input.pods.map(({ name, spec }) => ({
    name,
    priority: spec.priority ?? 0,
    request: podRequest(podSpecOf(spec)).memory,
    usage: input.usage[name]?.memoryWorkingSetBytes ?? 0,
  }));
  const order = input.rankBy.map((name) => {
    const criterion = criteria[name];
    if (criterion === undefined) throw new Error(`no criterion: ${name}`);
    return criterion;
  });
  return { order: rankForEviction(candidates, order).map(({ name }) => name) };
}
