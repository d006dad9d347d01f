/** Vectors of nodes that aren't ready: zones, taints and whom they evict. */
import { SECOND } from "../kernel/time.ts";
import { evictionDelay, minTolerationSeconds } from "../kubernetes/controllers/toleration-time.ts";
import { areAllDown, countsForZone, evictionRate, zoneState, type ZoneState } from "../kubernetes/controllers/zone-disruption.ts";
import type { Taint, Toleration } from "../kubernetes/objects/meta.ts";
import { defaultSettings } from "../settings.ts";
import { instant } from "./instant.ts";
import { tolerationsOf, taintsOf } from "./pod-specs.ts";

export function noExecuteEviction(input: {
  readonly taints: readonly Partial<Taint>[];
  readonly tolerations: readonly Partial<Toleration>[];
}): unknown {
  const delay = evictionDelay(taintsOf(input.taints), tolerationsOf(input.tolerations));
  if (delay === Infinity) return { action: "never" };
  return delay === 0 ? { action: "evict-now" } : { action: "evict-after", afterSeconds: delay };
}

export function noExecuteMultiplePods(input: {
  readonly taints: readonly Partial<Taint>[];
  readonly pods: readonly { readonly name: string; readonly tolerations: readonly Partial<Toleration>[] }[];
}): unknown {
  const delays = input.pods.map(({ name, tolerations }): [string, number] => [
    name,
    evictionDelay(taintsOf(input.taints), tolerationsOf(tolerations)),
  ]);
  return { deletedAfterSeconds: Object.fromEntries(delays.filter(([, delay]) => delay < Infinity)) };
}

export function minTolerationTime(input: { readonly tolerations: readonly Partial<Toleration>[] }): unknown {
  const least = minTolerationSeconds(tolerationsOf(input.tolerations));
  return { minTolerationSeconds: least === Infinity ? null : least };
}

export function nodeZoneState(input: { readonly readyNodes: number; readonly notReadyNodes: number }): unknown {
  const state = zoneState(input.readyNodes, input.notReadyNodes, defaultSettings.unhealthyZone);
  const rate = evictionRate(state, input.readyNodes + input.notReadyNodes, defaultSettings);
  return { zoneState: state, notReadyCount: input.notReadyNodes, evictionsPerSecond: String(rate) };
}

interface DisruptedNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly conditions: readonly NodeCondition[];
}

interface NodeCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime: string;
}

/** Rates don't matter here: a Pod goes once its node has been silent for long enough, unless every zone is down. */
export function nodeDisruption(input: {
  readonly nodes: readonly DisruptedNode[];
  readonly pods: readonly { readonly name: string; readonly nodeName: string }[];
  readonly t0: string;
  readonly laterSeconds: number;
  readonly evictionTimeoutSeconds: number;
  readonly nodeConditionsLater: readonly (readonly NodeCondition[])[];
}): unknown {
  const atStart = zoneStates(input.nodes);
  const nodes = input.nodes.map((node, index) => ({ ...node, conditions: input.nodeConditionsLater[index] ?? [] }));
  const later = zoneStates(nodes);
  const now = instant(input.t0) + input.laterSeconds * SECOND;
  const isLate = ({ conditions }: DisruptedNode): boolean => {
    const ready = readyOf(conditions);
    return ready?.status !== "True" && instant(ready?.lastTransitionTime) + input.evictionTimeoutSeconds * SECOND <= now;
  };
  const late = nodes.filter(isLate).map(({ name }) => name);
  return {
    zoneStatesAtStart: Object.fromEntries(atStart),
    zoneStatesLater: Object.fromEntries(later),
    podEvicted: !areAllDown([...later.values()]) && input.pods.some(({ nodeName }) => late.includes(nodeName)),
  };
}

function zoneStates(nodes: readonly DisruptedNode[]): Map<string, ZoneState> {
  const counts = new Map<string, { ready: number; notReady: number }>();
  for (const { labels, conditions } of nodes.filter((node) => countsForZone(node.labels))) {
    const zone = `${labels["topology.kubernetes.io/region"] ?? ""}:${labels["topology.kubernetes.io/zone"] ?? ""}`;
    const count = counts.get(zone) ?? { ready: 0, notReady: 0 };
    counts.set(zone, count);
    if (readyOf(conditions)?.status === "True") count.ready++;
    else count.notReady++;
  }
  const states = [...counts].map(([zone, { ready, notReady }]): [string, ZoneState] => [
    zone,
    zoneState(ready, notReady, defaultSettings.unhealthyZone),
  ]);
  return new Map(states);
}

function readyOf(conditions: readonly NodeCondition[]): NodeCondition | undefined {
  return conditions.find(({ type }) => type === "Ready");
}
