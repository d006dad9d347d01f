/**
 * Spec and options → how many shards, and why. Pure. A window costs about 10 µs of synchronisation, so
 * shards pay only where a window holds more work than that; cores that are left go to replications.
 */
import { isWorkload, podTemplateOf, replicasOf } from "../engine/kubernetes/objects/index.ts";
import type { Duration } from "../engine/kernel/time.ts";
import { SECOND, formatTime } from "../engine/kernel/time.ts";
import type { Container, PodTemplate, Probe } from "../engine/kubernetes/objects/pod.ts";
import { callsOf } from "../engine/spec/calls.ts";
import { routesOf, travelsAsMessages } from "../engine/spec/routes.ts";
import { estimatedRate } from "../engine/traffic/path.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { SHARDS_MAX } from "./partition.ts";

/** Measured cost of one event, and of one window's synchronisation at its worst. */
const EVENT_NS = 100;
const WINDOW_NS = 10_000;
/** Events of one request that is sent by message (attempt, arrival, outcome), and of one that is split at the endpoints. */
const EVENTS_PER_MESSAGE_REQUEST = 3;
const EVENTS_PER_SPLIT_REQUEST = 1;
/** Events of one heartbeat of a node: timer, request, commit. */
const EVENTS_PER_HEARTBEAT = 3;

export interface Plan {
  readonly shards: number;
  /** For people: what was chosen and why. */
  readonly reason: string;
}

export interface PlanOptions {
  readonly workers: number | "auto";
  readonly cores: number;
}

export function planRun(spec: ScenarioSpec, { workers, cores }: PlanOptions): Plan {
  const most = Math.max(1, Math.min(spec.nodes.length, SHARDS_MAX));
  if (workers !== "auto") {
    if (workers <= most) return { shards: workers, reason: `${counted(workers)}, as asked` };
    const limit = most < SHARDS_MAX ? `one for each of ${most} nodes` : `the most there can be`;
    return { shards: most, reason: `${counted(most)} instead of ${workers}: ${limit}` };
  }
  const lookahead = lookaheadOf(spec);
  const events = (predictedEventsPerSecond(spec) * lookahead) / SECOND;
  const window = `a window of ${formatTime(lookahead)} holds about ${rounded(events)} events, ${rounded((events * EVENT_NS) / 1000)}µs of work`;
  if (events * EVENT_NS < WINDOW_NS) return { shards: 1, reason: `1 shard: ${window}; more shards pay from ${WINDOW_NS / 1000}µs on` };
  const shards = Math.min(cores, most);
  return { shards, reason: `${counted(shards)} on ${cores === 1 ? "1 core" : `${cores} cores`}: ${window}` };
}

/**
 * The window that needs no word from other shards: the least floor of those messages that the scenario can
 * send between LPs of different shards. Each leg of a write takes at least half of the write's floor.
 */
export function lookaheadOf(spec: ScenarioSpec): Duration {
  const { apiWriteLatencyFloor, watchLatencyFloor, networkLatencyFloor } = spec.settings;
  const floors = [Math.floor(apiWriteLatencyFloor / 2), watchLatencyFloor];
  if (messageLoads(spec).some((travels, load) => travels || spec.load[load]!.retries.max > 0)) floors.push(networkLatencyFloor);
  else if (callsOf(spec).length > 0) floors.push(networkLatencyFloor);
  return Math.max(1, Math.min(...floors));
}

/** Whether requests of each load travel as messages from the client's LP to the endpoint's node. */
function messageLoads(spec: ScenarioSpec): readonly boolean[] {
  return routesOf(spec).map((route, load) => travelsAsMessages(spec.load[load]!, route));
}

/** Expected events per virtual second, for all nodes and the control plane. */
export function predictedEventsPerSecond(spec: ScenarioSpec): number {
  return controlWeight(spec) + nodeWeights(spec).reduce((sum, weight) => sum + weight, 0);
}

/** Expected events per second of the LPs that stay on shard 0: sources, and what heartbeats cost the API server. */
export function controlWeight(spec: ScenarioSpec): number {
  let weight = heartbeatsPerSecond(spec) * spec.nodes.length;
  messageLoads(spec).forEach((travels, load) => {
    if (travels) weight += estimatedRate(spec.load[load]!);
  });
  return weight;
}

/** Expected events per second of each node: its heartbeats, and its share of probes and requests by its CPU. */
export function nodeWeights(spec: ScenarioSpec): Float64Array {
  const shared = probesPerSecond(spec) + requestEventsPerSecond(spec);
  const cpu = spec.nodes.reduce((sum, node) => sum + node.cpu, 0);
  const own = heartbeatsPerSecond(spec) * (EVENTS_PER_HEARTBEAT - 1);
  return Float64Array.from(spec.nodes, (node) => own + shared * (cpu > 0 ? node.cpu / cpu : 1 / spec.nodes.length));
}

function heartbeatsPerSecond(spec: ScenarioSpec): number {
  return perSecond(spec.settings.leaseRenew);
}

function requestEventsPerSecond(spec: ScenarioSpec): number {
  let events = 0;
  messageLoads(spec).forEach((travels, load) => {
    events += estimatedRate(spec.load[load]!) * (travels ? EVENTS_PER_MESSAGE_REQUEST - 1 : EVENTS_PER_SPLIT_REQUEST);
  });
  return events;
}

function probesPerSecond(spec: ScenarioSpec): number {
  let probes = 0;
  for (const object of spec.objects) {
    if (isWorkload(object)) probes += replicasOf(object, spec.nodes.length) * probesOfPod(podTemplateOf(object));
  }
  return probes;
}

function probesOfPod(template: PodTemplate): number {
  const sidecars = template.spec.initContainers.filter((container) => container.restartPolicy === "Always");
  return [...template.spec.containers, ...sidecars].reduce((sum, container) => sum + probesOfContainer(container), 0);
}

/** A startup probe ends with the start; the other two last as long as the container. */
function probesOfContainer(container: Container): number {
  const lasting: readonly (Probe | null)[] = [container.livenessProbe, container.readinessProbe];
  return lasting.reduce((sum, probe) => sum + (probe === null ? 0 : 1 / probe.periodSeconds), 0);
}

function perSecond(period: Duration): number {
  return period > 0 ? SECOND / period : 0;
}

function counted(shards: number): string {
  return shards === 1 ? "1 shard" : `${shards} shards`;
}

function rounded(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toPrecision(2);
}
