/**
 * The state of a cluster that was rolled out long ago (`start: settled`): objects written, Pods placed by the
 * scheduler's own filters and scores without latencies, containers started at drawn ages, endpoints
 * programmed. A pure function of the spec: every shard computes it for itself and keeps its own nodes.
 */
import type { ApplicationBehaviour } from "./application/application.ts";
import { unreachable } from "./kernel/assert.ts";
import type { Distribution } from "./kernel/distribution.ts";
import { log, pow } from "./kernel/elementary.ts";
import { childKey, streamKey, uniform } from "./kernel/random.ts";
import { HOUR, MINUTE, SECOND, wholeSeconds, type Duration, type VirtualTime } from "./kernel/time.ts";
import { templateHash } from "./kubernetes/api-server/names.ts";
import { plainTraits, type GivenLabels, type PodRecord, type PodTraits } from "./kubernetes/api-server/pod-record.ts";
import type { ControlPlane } from "./kubernetes/control-plane.ts";
import { daemonSetLabels, statefulSetLabels } from "./kubernetes/controllers/given-labels.ts";
import { shouldRunOn } from "./kubernetes/controllers/daemon-set-plan.ts";
import { isWorkload, podTemplateOf, replicasOf, type KubernetesObject, type WorkloadObject } from "./kubernetes/objects/index.ts";
import type { TemplateId } from "./kubernetes/objects/definitions.ts";
import type { NodeTemplate } from "./kubernetes/objects/node.ts";
import {
  PodCondition,
  PodPhase,
  pendingPodStatus,
  type Container,
  type ContainerStatus,
  type Pod,
  type PodStatus,
  type PodTemplate,
} from "./kubernetes/objects/pod.ts";
import { portIsKnown } from "./kubernetes/probes/port.ts";
import { openGates } from "./kubernetes/objects/readiness-gates.ts";
import type { Versions } from "./kubernetes/versions.ts";
import { Adoptions } from "./settled-adoptions.ts";
import type { ScenarioSpec } from "./scenario-spec.ts";
import type { SpecTables } from "./spec/tables.ts";

/** A Pod that has been running, and since when (µs, before 0). */
export interface SettledPod {
  readonly record: PodRecord;
  readonly startedAt: VirtualTime;
}

export interface SettledCluster {
  /** Running and ready, by number. */
  readonly pods: readonly SettledPod[];
  /** What never comes to rest by itself, or not as asked: applied at t = 0 like anything new. */
  readonly unsettledObjects: readonly KubernetesObject[];
  /** The same, and Pods without a node, in words. */
  readonly unsettled: readonly string[];
}

/** Containers of a settled cluster have run for so long, uniformly: longer than any back-off remembers, shorter than a day. */
const ageMin: Duration = 20 * MINUTE;
const ageMax: Duration = 24 * HOUR;

const settledConditions = PodCondition.PodScheduled | PodCondition.Initialized | PodCondition.ContainersReady | PodCondition.Ready;

export function settle(spec: ScenarioSpec, tables: SpecTables, control: ControlPlane): SettledCluster {
  const pods: SettledPod[] = [];
  const unsettledObjects: KubernetesObject[] = [];
  const unsettled: string[] = [];
  const adoptions = new Adoptions(spec.objects);
  const priorityClasses = new Set(spec.objects.flatMap(({ kind, metadata }) => (kind === "PriorityClass" ? [metadata.name] : [])));
  for (const object of adoptions.order) {
    if (object.kind === "Service") control.adoptService(object);
    else if (!isWorkload(object)) control.adoptObject(object);
    if (!isWorkload(object)) continue;
    const template = podTemplateOf(object);
    const workload = tables.workloads.indexOf(object.kind, object.metadata.namespace, object.metadata.name);
    const id = tables.definitions.idOf(template);
    const obstacle =
      obstacleOfKind(object, template) ??
      adoptions.obstacleOf(object) ??
      obstacleOfGates(template, control.versions) ??
      obstacleOfPriority(template, priorityClasses) ??
      obstacleOf(template, (container) => tables.behaviourOf(workload, id, container));
    if (obstacle !== null) {
      unsettledObjects.push(object);
      unsettled.push(`${object.metadata.namespace}/${object.metadata.name}: ${obstacle}`);
      continue;
    }
    const owner = adoptions.ownerOf(object) ?? adoptOwner(object, control);
    adoptions.adopted(object, owner);
    const places = object.kind === "DaemonSet" ? daemonNodes(object.spec.template, spec.nodes) : null;
    const given = givenLabels(object, control.versions);
    const replicas = (places?.length ?? replicasOf(object, spec.nodes.length)) - adoptions.countOf(object);
    for (let ordinal = 0; ordinal < replicas; ordinal++) {
      const startedAt = -ageOf(spec.seed, tables, workload, ordinal);
      const traits =
        places === null ? traitsOf(object, ordinal, owner >= 0, given) : { ...plainTraits, targetNode: places[ordinal]!, given };
      const settledPod = adoptPod(control, owner, workload, id, ordinal, template, startedAt, traits);
      if (settledPod !== null) pods.push(settledPod);
    }
  }
  control.finishAdoption(unsettledObjects);
  unsettled.push(...control.unscheduled());
  return { pods, unsettledObjects, unsettled };
}

function adoptOwner(object: WorkloadObject, control: ControlPlane): number {
  switch (object.kind) {
    case "Pod":
      return -1;
    case "Deployment":
      return control.adoptDeployment(object);
    case "ReplicaSet":
      return control.adoptReplicaSet(object);
    default:
      return control.adoptObject(object);
  }
}

/** What makes Pods that come and go by themselves. */
function obstacleOfKind({ kind }: WorkloadObject, { spec: { nodeName } }: PodTemplate): string | null {
  if (kind === "Job") return "a Job ends by itself";
  // The node takes those that fit, and refuses the rest again and again.
  if (nodeName !== "" && kind !== "Pod" && kind !== "DaemonSet") return `its Pods are assigned to ${nodeName} by name`;
  return kind === "CronJob" ? "a CronJob waits for its time" : null;
}

/** Nodes that a DaemonSet has its Pods on. */
function daemonNodes({ spec }: PodTemplate, nodes: readonly NodeTemplate[]): number[] {
  return nodes.flatMap((node, index) =>
    node.isAbsent !== true && shouldRunOn(spec, spec.tolerations, node, node.taints).shouldRun ? [index] : [],
  );
}

/** As its controller gave them; a settled DaemonSet has had one template. */
function givenLabels(object: WorkloadObject, versions: Versions): GivenLabels | null {
  if (object.kind === "StatefulSet") return statefulSetLabels(`${object.metadata.name}-${templateHash(object.spec.template)}`, versions);
  return object.kind === "DaemonSet" ? daemonSetLabels(templateHash(object.spec.template), 1) : null;
}

function traitsOf(object: WorkloadObject, ordinal: number, isOwned: boolean, given: GivenLabels | null): PodTraits | undefined {
  if (object.kind === "Pod") return barePodTraits(object, isOwned);
  if (object.kind !== "StatefulSet") return undefined;
  const index = object.spec.firstOrdinal + ordinal;
  return { ...plainTraits, name: `${object.metadata.name}-${index}`, index, given };
}

function barePodTraits({ metadata: { name, finalizers = [] } }: Pod, isOwned: boolean): PodTraits | undefined {
  if (!isOwned && finalizers.length === 0) return undefined;
  return { ...plainTraits, ...(isOwned ? { name } : {}), finalizers };
}

/** Placed and running, or, if no node takes it, waiting for one (null). */
function adoptPod(
  control: ControlPlane,
  owner: number,
  workload: number,
  templateId: TemplateId,
  ordinal: number,
  template: PodTemplate,
  startedAt: VirtualTime,
  traits: PodTraits | undefined,
): SettledPod | null {
  const special = traits === undefined ? {} : { traits };
  const node = control.placement.place(workload, ordinal, templateId, 0, { only: traits?.targetNode ?? -1, ...special });
  const createdAt = wholeSeconds(startedAt);
  if (node === -1) {
    control.adoptPod({ owner, workload, template: templateId, node, createdAt: 0, status: pendingPodStatus, ...special }, false);
    return null;
  }
  control.placement.add(node, workload, templateId, traits);
  const record = control.adoptPod(
    { owner, workload, template: templateId, node, createdAt, status: runningStatus(template, createdAt, control.versions), ...special },
    true,
  );
  return { record, startedAt };
}

function runningStatus(template: PodTemplate, at: number, versions: Versions): PodStatus {
  const running: ContainerStatus = Object.freeze({
    state: Object.freeze({ type: "running", startedAt: at }),
    lastState: null,
    restartCount: 0,
    ready: true,
    started: true,
  });
  const { containers, initContainers, readinessGates = [] } = template.spec;
  const base = settledConditions | openGates(readinessGates.length);
  return Object.freeze({
    phase: PodPhase.Running,
    reason: "",
    conditions: versions.readyToStartCondition ? base | PodCondition.PodReadyToStartContainers : base,
    readySince: at,
    startTime: at,
    hasPodIp: true,
    containers: Object.freeze(containers.map(() => running)),
    initContainers:
      initContainers.length === 0
        ? pendingPodStatus.initContainers
        : Object.freeze(initContainers.map((container) => (container.restartPolicy === "Always" ? running : completed(at)))),
  });
}

function completed(at: number): ContainerStatus {
  return Object.freeze({
    state: Object.freeze({ type: "terminated", reason: "Completed", exitCode: 0, startedAt: at, finishedAt: at }),
    lastState: null,
    restartCount: 0,
    ready: true,
    started: false,
  });
}

/** How long a Pod has run at t = 0. */
function ageOf(seed: number, tables: SpecTables, workload: number, ordinal: number): Duration {
  const key = childKey(streamKey(seed, "age", tables.workloads.label(workload)), ordinal);
  return Math.round((ageMin + uniform(key.hi, key.lo, 0) * (ageMax - ageMin)) / SECOND) * SECOND;
}

/** Nobody takes them away, so nothing was ever placed. */
function obstacleOfGates({ spec: { schedulingGates = [] } }: PodTemplate, versions: Versions): string | null {
  return versions.schedulingGates && schedulingGates.length > 0 ? "scheduling gates keep its Pods from every node" : null;
}

/** Admission refuses Pods of a class that nobody has made. */
function obstacleOfPriority({ spec: { priorityClassName = "" } }: PodTemplate, known: ReadonlySet<string>): string | null {
  if (priorityClassName === "" || priorityClassName.startsWith("system-") || known.has(priorityClassName)) return null;
  return `no PriorityClass with name ${priorityClassName} was found`;
}

/** Why Pods of this template don't come to rest by themselves; null: they do. */
function obstacleOf(template: PodTemplate, behaviourOf: (container: number) => ApplicationBehaviour): string | null {
  const { containers, initContainers, restartPolicy, activeDeadlineSeconds } = template.spec;
  if (activeDeadlineSeconds !== null) return "it has an active deadline";
  const all = [...initContainers, ...containers];
  for (let index = 0; index < all.length; index++) {
    const container = all[index]!;
    const isOneShot = index < initContainers.length && container.restartPolicy !== "Always";
    const obstacle = containerObstacle(container, behaviourOf(index), isOneShot, restartPolicy);
    if (obstacle !== null) return `container ${container.name} ${obstacle}`;
  }
  return null;
}

function containerObstacle(
  container: Container,
  behaviour: ApplicationBehaviour,
  isOneShot: boolean,
  restartPolicy: string,
): string | null {
  if (container.imagePullPolicy === "Never" && !behaviour.image.present) return "has an image that no node holds, and pull policy Never";
  if (isOneShot) return null;
  if (asksUnknownPort(container)) return "has a probe whose port no container declares";
  if (behaviour.neverReady === true && (container.startupProbe ?? container.readinessProbe) !== null) return "never gets ready";
  if (behaviour.memory.spike !== undefined && container.resources.limits.memory !== undefined) return "needs more memory one day";
  if (behaviour.exit !== null) return `exits by itself with code ${behaviour.exit.code} (restart policy ${restartPolicy})`;
  if (behaviour.unhealthyAfter !== null && (container.livenessProbe !== null || container.readinessProbe !== null))
    return "turns unhealthy";
  const limit = container.resources.limits.memory;
  if (limit !== undefined && behaviour.memory.base >= limit) return "needs more memory than its limit from the start";
  if (behaviour.memory.growth > 0) return limit === undefined ? "needs more memory all the time" : "grows into its memory limit";
  if (behaviour.disk !== undefined && behaviour.disk.growth > 0) return "needs more disk all the time";
  const slowest = slowStart(behaviour.startUp);
  if (slowest > 0 && container.postStart?.type === "httpGet" && container.postStart.host === "")
    return "is asked by its own postStart hook before it answers";
  const guard = container.startupProbe ?? container.livenessProbe;
  if (guard === null || guard.handler.type === "exec") return null;
  const patience = (guard.initialDelaySeconds + (guard.failureThreshold - 1) * guard.periodSeconds) * SECOND;
  return slowest >= patience ? "may be killed by its own probe before it has started up" : null;
}

/** It always fails, whatever the process does. */
function asksUnknownPort({ startupProbe, livenessProbe, readinessProbe, ports }: Container): boolean {
  return [startupProbe, livenessProbe, readinessProbe].some(
    (probe) => probe !== null && probe.handler.type !== "exec" && !portIsKnown(probe.handler.port, ports),
  );
}

/** A start-up that one in a hundred exceeds. */
function slowStart(distribution: Distribution): Duration {
  switch (distribution.type) {
    case "constant":
      return distribution.value;
    case "uniform":
      return distribution.max;
    case "exponential":
      return -distribution.mean * log(0.01);
    case "normal":
      return distribution.mean + 2.3263478740408408 * distribution.deviation;
    case "logNormal":
      return distribution.p99;
    case "pareto":
      return distribution.scale * pow(0.01, -1 / distribution.shape);
    case "weibull":
      return distribution.scale * pow(-log(0.01), 1 / distribution.shape);
    case "empirical":
      return distribution.values.reduce((most, value) => Math.max(most, value), 0);
    default:
      return unreachable(distribution);
  }
}
