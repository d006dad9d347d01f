/** Pods in the API's shape. */
import { childKey, streamKey, word } from "../../kernel/random.ts";
import { timestamp } from "../../values/calendar.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { containersReadyCondition, initializedCondition, readyCondition, type ConditionWords } from "../kubelet/pod-conditions.ts";
import { mayRestartAll } from "../kubelet/restart-rules.ts";
import { GateStatus, gateStatus, gateStatusNames, gatesMessage } from "../objects/readiness-gates.ts";
import { qosClassOf } from "../kubelet/qos.ts";
import {
  POD_HERE,
  PodCondition,
  PodPhase,
  podPhaseNames,
  type Container,
  type ContainerState,
  type ContainerStatus,
  type PodSpec,
  type PodStatus,
} from "../objects/pod.ts";
import { CONFIG_SOURCE } from "../objects/static-pods.ts";
import { admittedTolerations } from "../objects/toleration.ts";
import type { ApiCondition, ApiContainerState, ApiContainerStatus, ApiPod } from "./api-object.ts";
import { conditionTime, TimeOf } from "../objects/condition-times.ts";
import { podAddress } from "../objects/pod-address.ts";
import { apiPodSpec } from "./pod-templates.ts";
import { createdAt, metadataOf, nodeAddress, ownerOf, unlessZero, type ViewSource } from "./view-source.ts";

export function apiPod(source: ViewSource, pod: PodRecord): ApiPod {
  const { store, names, settings } = source;
  const { spec } = store.definitions.template(pod.template);
  const { status } = pod;
  // -1: never; what began before the run is negative, too.
  const hasStarted = status.startTime !== -1;
  const nodeName = store.nodeTemplates[pod.node]?.name ?? spec.nodeName;
  const tellsStarted = ({ restartPolicy }: Container): boolean => source.versions.sidecars || restartPolicy === "Always";
  const initContainerStatuses = statusesOf(source, pod, spec.initContainers, status.initContainers, 0, tellsStarted);
  const containerStatuses = statusesOf(source, pod, spec.containers, status.containers, spec.initContainers.length, () => true);
  const first = spec.initContainers.length + spec.containers.length;
  const ephemeralStatuses = statusesOf(source, pod, spec.ephemeralContainers ?? [], status.ephemeralContainers ?? [], first, () => false);
  const conditions = conditionsOf(source, pod, spec);
  // What takes all conditions away takes the node's address, too.
  const hasHostIp = hasStarted && (status.conditions & PodCondition.PodScheduled) !== 0;
  const isMirror = store.definitions.template(pod.template).annotations[CONFIG_SOURCE] !== undefined;
  const address = status.hasPodIp ? podAddress(pod.id) : "";
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: podMetadata(source, pod),
    spec: {
      ...apiPodSpec(spec, admittedTolerations(spec.tolerations, settings), nodeName),
      ...(isMirror ? {} : { serviceAccountName: "default" }),
    },
    status: {
      phase: podPhaseNames[status.phase] ?? "Unknown",
      ...unlessZero("reason", status.reason),
      ...unlessZero("message", status.message ?? ""),
      ...unlessZero("nominatedNodeName", store.nodeTemplates[status.unscheduled?.nominatedNode ?? -1]?.name ?? ""),
      qosClass: qosClassOf(spec),
      ...(pod.node < 0 || !hasHostIp ? {} : { hostIP: nodeAddress(pod.node) }),
      ...(address === "" ? {} : { podIP: address, podIPs: [{ ip: address }] }),
      ...(!hasStarted ? {} : { startTime: timestamp(status.startTime) }),
      ...(conditions.length === 0 ? {} : { conditions }),
      ...(initContainerStatuses.length === 0 ? {} : { initContainerStatuses }),
      ...(containerStatuses.length === 0 ? {} : { containerStatuses }),
      ...(ephemeralStatuses.length === 0 ? {} : { ephemeralContainerStatuses: ephemeralStatuses }),
    },
  };

  function podMetadata(of: ViewSource, record: PodRecord): ApiPod["metadata"] {
    const object = store.objects.get(record.owner);
    const set = object?.name ?? store.replicaSets.get(record.owner)?.name ?? null;
    const ownerKind = object?.kind ?? "ReplicaSet";
    const name = names.pod(record);
    const namespace = names.podNamespace(record);
    const isManaged = record.owner >= 0;
    const setName = set ?? name.slice(0, name.lastIndexOf("-"));
    // Of a CronJob's Pod the record has the name that was made up.
    const isMadeUp = store.workloads.workload(record.workload).kind === "CronJob";
    const hasOwnName = !isMadeUp && (record.traits ?? null) !== null && record.traits?.name !== "";
    const meta = metadataOf(of, "Pod", {
      namespace,
      name,
      uid: names.podUid(record),
      resourceVersion: record.resourceVersion,
      createdAt: isManaged ? record.createdAt : createdAt(of, "Pod", namespace, name, record.createdAt),
      ...(of.versions.podGeneration ? { generation: record.deletionTimestamp < 0 ? 1 : 2 } : {}),
      ...(isManaged && !hasOwnName ? { generateName: `${setName}-` } : {}),
      ...(isManaged ? { owner: ownerOf(of, ownerVersions[ownerKind] ?? "apps/v1", ownerKind, namespace, setName) } : {}),
      labels: store.podLabels.of(record),
      annotations: store.podLabels.annotations(record),
    });
    const { finalizers = [] } = record.traits ?? {};
    const held = finalizers.length === 0 ? {} : { finalizers };
    if (record.deletionTimestamp < 0) return { ...meta, ...held };
    return {
      ...meta,
      ...held,
      deletionTimestamp: timestamp(record.deletionTimestamp),
      deletionGracePeriodSeconds: record.deletionGracePeriodSeconds,
    };
  }
}

/** In the order in which they stand in the API: the newest kind first, PodScheduled last. */
function conditionsOf(source: ViewSource, pod: PodRecord, spec: PodSpec): ApiCondition[] {
  const { status } = pod;
  const conditions: ApiCondition[] = [];
  const hasStarted = status.startTime !== -1;
  const since = !hasStarted ? pod.createdAt : status.startTime;
  const readySince = status.readySince === -1 ? since : status.readySince;
  const add = (type: string, words: ConditionWords, time: number): void => {
    const { reason, message } = words;
    conditions.push({
      type,
      status: words.status,
      lastTransitionTime: timestamp(time),
      ...unlessZero("reason", reason),
      ...unlessZero("message", message),
    });
  };
  const at = (position: number): number => {
    const time = conditionTime(status, position);
    return time === -1 ? since : time;
  };
  const isSet = (bit: number): boolean => (status.conditions & bit) !== 0;
  const plain = (bit: number): ConditionWords => ({ status: isSet(bit) ? "True" : "False", reason: "", message: "" });
  if (isSet(PodCondition.DisruptionTarget))
    add(
      "DisruptionTarget",
      { status: "True", reason: status.disruption?.reason ?? "", message: status.disruption?.message ?? "" },
      status.disruption?.since ?? since,
    );
  if (hasStarted && isSet(PodCondition.PodScheduled)) {
    const mayRestart = source.versions.restartAllContainers && [...spec.initContainers, ...spec.containers].some(mayRestartAll);
    if (mayRestart) add("AllContainersRestarting", restartingWords(status), at(TimeOf.allRestarting));
    if (source.versions.readyToStartCondition)
      add("PodReadyToStartContainers", plain(PodCondition.PodReadyToStartContainers), at(TimeOf.readyToStart));
    const shape = {
      init: spec.initContainers.map(({ name, restartPolicy }) => ({ name, isSidecar: restartPolicy === "Always" })),
      regular: spec.containers.map(({ name }) => name),
    };
    const statuses = { init: status.initContainers, regular: status.containers };
    const phase = status.conditionPhase ?? status.phase;
    const initialized = initializedCondition(shape, statuses, phase);
    const containersReady = containersReadyCondition(shape, statuses, phase, source.versions);
    add("Initialized", agreeing(initialized, isSet(PodCondition.Initialized)), at(TimeOf.initialized));
    const gates = spec.readinessGates ?? [];
    const nameOf = (_gate: string, index: number): string | null => {
      const gate = gateStatus(status.conditions, index);
      return gate === GateStatus.absent ? null : gateStatusNames[gate];
    };
    gates.forEach((gate, index) => {
      const value = nameOf(gate, index);
      const lastTransitionTime = timestamp(at(TimeOf.firstGate + index));
      if (value !== null) conditions.push({ type: gate, status: value as ApiCondition["status"], lastTransitionTime });
    });
    // The node controller writes Ready=False without a reason of its own.
    add("Ready", agreeing(readyCondition(containersReady, gatesMessage(gates, nameOf)), isSet(PodCondition.Ready)), readySince);
    add("ContainersReady", agreeing(containersReady, isSet(PodCondition.ContainersReady)), at(TimeOf.containersReady));
  }
  const obstacle = status.unscheduled;
  if (isSet(PodCondition.PodScheduled)) add("PodScheduled", plain(PodCondition.PodScheduled), at(TimeOf.podScheduled));
  else if (obstacle !== undefined)
    add("PodScheduled", { status: "False", reason: obstacle.reason, message: obstacle.message }, pod.createdAt);
  return conditions;
}

/** Source: status/generate.go GenerateAllContainersRestartingCondition. */
function restartingWords({ phase: shownPhase, conditionPhase, conditions }: PodStatus): ConditionWords {
  const phase = conditionPhase ?? shownPhase;
  const reason = phase === PodPhase.Succeeded ? "PodCompleted" : phase === PodPhase.Failed ? "PodFailed" : "";
  return { status: (conditions & PodCondition.AllContainersRestarting) === 0 ? "False" : "True", reason, message: "" };
}

/** The bit is what is stored; the words follow from the containers and count where they say the same. */
function agreeing(words: ConditionWords, isTrue: boolean): ConditionWords {
  if ((words.status === "True") === isTrue) return words;
  return { status: isTrue ? "True" : "False", reason: "", message: "" };
}

function statusesOf(
  source: ViewSource,
  pod: PodRecord,
  containers: readonly Container[],
  statuses: readonly ContainerStatus[],
  first: number,
  tellsStarted: (container: Container) => boolean,
): ApiContainerStatus[] {
  const label = source.store.workloads.label(pod.workload);
  const key = childKey(streamKey(source.store.seed, "container id", label), pod.ordinal);
  return statuses.flatMap((status, index) => {
    const container = containers[index];
    if (container === undefined) return [];
    const { state, lastState, restartCount, ready, started, image = container.image } = status;
    const idOf = (instance: number): string => containerId(childKey(key, (first + index) * 65_536 + instance));
    const hasRun = state.type !== "waiting" || lastState !== null;
    return [
      {
        name: container.name,
        image,
        imageID: hasRun ? image : "",
        ...(hasRun ? { containerID: idOf(restartCount) } : {}),
        ready,
        ...(tellsStarted(container) ? { started } : {}),
        restartCount,
        state: apiState(source, pod, state, idOf(restartCount)),
        // Of a container that waits the newest instance is the last one.
        lastState:
          lastState === null
            ? {}
            : apiState(source, pod, lastState, idOf(state.type === "waiting" ? restartCount : Math.max(0, restartCount - 1))),
      },
    ];
  });
}

function apiState({ names }: ViewSource, pod: PodRecord, state: ContainerState, id: string): ApiContainerState {
  switch (state.type) {
    case "waiting": {
      const { reason, message = "" } = state;
      const isNaming = message.includes(POD_HERE);
      const podText = isNaming ? `${names.pod(pod)}_${names.podNamespace(pod)}(${names.podUid(pod)})` : "";
      return {
        waiting: {
          reason,
          ...unlessZero(
            "message",
            message.replace(POD_HERE, () => podText),
          ),
        },
      };
    }
    case "running":
      return { running: { startedAt: timestamp(state.startedAt) } };
    case "terminated": {
      const { reason, exitCode, startedAt, finishedAt } = state;
      if (reason === "ContainerStatusUnknown")
        return { terminated: { reason, message: UNKNOWN_END, exitCode, startedAt: null, finishedAt: null } };
      return {
        terminated: { reason, exitCode, startedAt: timestamp(startedAt), finishedAt: timestamp(finishedAt), containerID: id },
      };
    }
  }
}

const UNKNOWN_END = "The container could not be located when the pod was terminated";

function containerId({ hi, lo }: { readonly hi: number; readonly lo: number }): string {
  let id = "containerd://";
  for (let index = 0; index < 8; index++) id += word(hi, lo, index).toString(16).padStart(8, "0");
  return id;
}

/** apiVersions of owners outside apps/v1. */
const ownerVersions: Readonly<Record<string, string>> = { ReplicationController: "v1", Job: "batch/v1" };
