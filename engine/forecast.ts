/**
 * What can be said of a run before it: how long its rollouts take at least because their clients may send only so
 * many requests, and how large it will be. Of the spec alone, in closed form; pods that can't start, hooks, budgets
 * and whatever else delays a rollout come on top.
 */
import type { ActionSpec } from "./actions/action.ts";
import { SECOND, type Duration, type VirtualTime } from "./kernel/time.ts";
import { isWorkload, podTemplateOf, replicasOf, type KubernetesObject, type WorkloadObject } from "./kubernetes/objects/index.ts";
import type { PodTemplate, Probe } from "./kubernetes/objects/pod.ts";
import type { ScenarioSpec } from "./scenario-spec.ts";
import type { Settings } from "./settings.ts";
import { routesOf } from "./spec/routes.ts";
import { pathOf } from "./traffic/path.ts";

/** Pods that one controller replaces, creates or deletes because of what happens at one instant. */
export interface RolloutForecast {
  readonly at: VirtualTime;
  /** What the controller's Pods belong to. */
  readonly kind: WorkloadKind;
  readonly workloads: number;
  readonly creations: number;
  readonly deletions: number;
  /** From `at` on: each Pod's own requests alone, and with an Event for each of them. */
  readonly least: Duration;
  readonly most: Duration;
  /** The client that takes longest. */
  readonly limit: "kcmQps" | "schedulerQps";
}

export interface SizeForecast {
  /** Pods at the end. */
  readonly pods: number;
  readonly events: number;
  readonly bytes: number;
}

/**
 * Kernel events of a Pod from its creation to its removal, and of a request that travels as messages: measured,
 * docs/performance.md. One that is split is one event at most; at steady endpoints many make one (traffic/arrival-plan.ts).
 */
const EVENTS_PER_POD = 70;
const EVENTS_PER_MESSAGE_REQUEST = 4;
/** A node's renewed lease: at its kubelet, at the API server, at the controllers. */
const EVENTS_PER_LEASE = 3;
/** Resident bytes: of the process, of a settled Pod, of one that is created during the run. Source: docs/performance.md. */
const BASE_BYTES = 120e6;
const POD_BYTES = 1_720;
const NEW_POD_BYTES = 6_000;

/** In the order of time; what asks for no Pod is left out. */
export function forecastRollouts(spec: ScenarioSpec): readonly RolloutForecast[] {
  return worksOf(spec).map((work) => ({ ...work, ...timesOf(work, spec.settings) }));
}

export function forecastSize(spec: ScenarioSpec): SizeForecast {
  const last = new Map<string, WorkloadObject>();
  for (const object of [...spec.objects, ...spec.actions.flatMap(objectsOf)]) if (isWorkload(object)) last.set(keyOf(object), object);
  let pods = 0;
  let probesPerSecond = 0;
  for (const object of last.values()) {
    const count = replicasOf(object, spec.nodes.length);
    pods += count;
    probesPerSecond += count * probeRate(podTemplateOf(object));
  }
  const seconds = spec.duration / SECOND;
  const created = worksOf(spec).reduce((sum, { creations }) => sum + creations, 0);
  const leases = (spec.duration / spec.settings.leaseRenew) * spec.nodes.length;
  const events = probesPerSecond * seconds + leases * EVENTS_PER_LEASE + created * EVENTS_PER_POD + requestEvents(spec);
  return { pods, events, bytes: BASE_BYTES + pods * POD_BYTES + created * NEW_POD_BYTES };
}

/** Those of loads without users, who send when they are ready. */
function requestEvents(spec: ScenarioSpec): number {
  const routes = routesOf(spec);
  return spec.load.reduce((sum, load, index) => {
    const each = pathOf(load, routes[index]!).kind === "split" ? 1 : EVENTS_PER_MESSAGE_REQUEST;
    return sum + (load.rate * Math.max(0, load.until - load.from) * each) / SECOND;
  }, 0);
}

/** Attempts a second of a ready Pod. */
function probeRate({ spec }: PodTemplate): number {
  const sidecars = spec.initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
  const rateOf = (probe: Probe | null): number => (probe === null ? 0 : 1 / probe.periodSeconds);
  return [...spec.containers, ...sidecars].reduce(
    (sum, { livenessProbe, readinessProbe }) => sum + rateOf(livenessProbe) + rateOf(readinessProbe),
    0,
  );
}

type WorkloadKind = WorkloadObject["kind"];

type Work = Omit<RolloutForecast, "least" | "most" | "limit">;

interface Known {
  readonly object: WorkloadObject;
  replicas: number;
}

function worksOf(spec: ScenarioSpec): readonly Work[] {
  const known = new Map<string, Known>();
  const works = new Map<string, Work>();
  const add = (at: VirtualTime, kind: WorkloadKind, creations: number, deletions: number): void => {
    if (creations + deletions === 0) return;
    const key = `${at}/${kind}`;
    const before = works.get(key) ?? { at, kind, workloads: 0, creations: 0, deletions: 0 };
    const workloads = before.workloads + 1;
    works.set(key, { at, kind, workloads, creations: before.creations + creations, deletions: before.deletions + deletions });
  };
  const put = (at: VirtualTime, object: KubernetesObject, isSettled: boolean): void => {
    if (!isWorkload(object)) return;
    const replicas = replicasOf(object, spec.nodes.length);
    const before = known.get(keyOf(object));
    known.set(keyOf(object), { object, replicas });
    if (isSettled) return;
    if (before !== undefined && !isSameTemplate(before.object, object)) add(at, object.kind, replicas, before.replicas);
    else addDifference(at, object.kind, before?.replicas ?? 0, replicas);
  };
  const addDifference = (at: VirtualTime, kind: WorkloadKind, before: number, after: number): void =>
    add(at, kind, Math.max(0, after - before), Math.max(0, before - after));
  for (const object of spec.objects) put(0, object, spec.start === "settled");
  for (const action of [...spec.actions].sort((a, b) => a.at - b.at)) {
    for (const object of objectsOf(action)) put(action.at, object, false);
    if (!("kind" in action) || !("name" in action)) continue;
    const target = known.get(`${action.kind}/${action.namespace}/${action.name}`);
    if (target === undefined) continue;
    if (replacesPods(action)) add(action.at, target.object.kind, target.replicas, target.replicas);
    if (action.type !== "scale") continue;
    addDifference(action.at, target.object.kind, target.replicas, action.replicas);
    target.replicas = action.replicas;
  }
  return [...works.values()].sort((a, b) => a.at - b.at);
}

function objectsOf(action: ActionSpec): readonly KubernetesObject[] {
  return action.type === "apply" ? action.objects : [];
}

/** Of kinds that roll a template out. */
function replacesPods(action: ActionSpec): boolean {
  switch (action.type) {
    case "setImage":
    case "setEnv":
    case "setResources":
    case "restart":
    case "undo":
      return action.kind === "Deployment" || action.kind === "StatefulSet" || action.kind === "DaemonSet";
    default:
      return false;
  }
}

/** A bucket of `burst` requests, refilled at `qps`, is empty after the first ones. */
function timesOf({ kind, creations, deletions }: Work, settings: Settings): Pick<RolloutForecast, "least" | "most" | "limit"> {
  const { kcmQps, kcmBurst, schedulerQps, schedulerBurst } = settings;
  // A bare Pod is the operator's own request.
  const own = kind === "Pod" ? 0 : 1;
  const controller = (events: number): number => timeOf(own * (creations + deletions) * events, kcmQps, kcmBurst);
  const scheduler = (events: number): number => timeOf(creations * events, schedulerQps, schedulerBurst);
  return {
    least: Math.max(controller(1), scheduler(1)),
    most: Math.max(controller(2), scheduler(2)),
    limit: scheduler(2) > controller(2) ? "schedulerQps" : "kcmQps",
  };
}

function timeOf(requests: number, perSecond: number, burst: number): Duration {
  return Math.round((Math.max(0, requests - burst) / perSecond) * SECOND);
}

function isSameTemplate(one: WorkloadObject, other: WorkloadObject): boolean {
  return JSON.stringify(podTemplateOf(one)) === JSON.stringify(podTemplateOf(other));
}

function keyOf({ kind, metadata: { namespace, name } }: WorkloadObject): string {
  return `${kind}/${namespace}/${name}`;
}
