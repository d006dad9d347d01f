/**
 * A small cluster and what happens to it, as numbers that fast-check can draw and shrink; the spec that they make,
 * built directly; and its run on one shard with every invariant on. Times in whole seconds.
 */
import { defaultBehaviour } from "../../engine/application/defaults.ts";
import type { ActionSpec } from "../../engine/actions/action.ts";
import type { FaultSpec } from "../../engine/chaos/fault.ts";
import { ClusterShard } from "../../engine/cluster.ts";
import { invariantNames } from "../../engine/invariants/index.ts";
import { SECOND } from "../../engine/kernel/time.ts";
import { blankContainer, blankProbe, blankTemplate } from "../../engine/kubernetes/objects/blank-pod.ts";
import type { KubernetesObject } from "../../engine/kubernetes/objects/index.ts";
import type { LabelSelector, ObjectMeta, Toleration } from "../../engine/kubernetes/objects/meta.ts";
import { NodeReady, type NodeTemplate } from "../../engine/kubernetes/objects/node.ts";
import type { PodTemplate } from "../../engine/kubernetes/objects/pod.ts";
import { NOT_READY_TAINT, UNREACHABLE_TAINT } from "../../engine/kubernetes/objects/toleration.ts";
import { lpLayout } from "../../engine/lp-layout.ts";
import type { Violation } from "../../engine/result.ts";
import type { ApplicationRule, ScenarioSpec } from "../../engine/scenario-spec.ts";
import { defaultSettings } from "../../engine/settings.ts";

export type ClusterKind = "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job";

export interface WorkloadCase {
  readonly kind: ClusterKind;
  readonly replicas: number;
  /** Millicores. */
  readonly cpu: number;
  readonly priority: number;
  readonly grace: number;
  /** On a node that was lost. */
  readonly stays: number;
  readonly minReady: number;
  /** Until it answers; with a readiness probe it isn't Ready before. */
  readonly startUp: number;
  readonly isProbed: boolean;
  readonly ignoresTerm: boolean;
  readonly hostPort: number | null;
  readonly surge: number | string;
  readonly unavailable: number | string;
  readonly isRecreate: boolean;
  readonly isParallel: boolean;
  readonly partition: number;
  /** Of a Job: how long its Pods run, and how they end. */
  readonly runs: number;
  readonly exitCode: number;
  readonly parallelism: number;
  readonly backoffLimit: number;
  readonly isIndexed: boolean;
  /** Null: no budget. */
  readonly budget: { readonly minAvailable: number | string | null; readonly maxUnavailable: number | string | null } | null;
}

export interface NodeCase {
  readonly zone: number;
  readonly cpu: number;
}

export type DeedKind =
  | "scale"
  | "setImage"
  | "restart"
  | "undo"
  | "pause"
  | "resume"
  | "delete"
  | "deleteForeground"
  | "apply"
  | "evict"
  | "drain"
  | "cordon"
  | "uncordon"
  | "taint"
  | "untaint"
  | "deletePods"
  | "loseNode"
  | "rebootNode"
  | "freezeNode"
  | "cutOffNode"
  | "restartKubelet";

export interface DeedCase {
  readonly at: number;
  readonly kind: DeedKind;
  readonly workload: number;
  readonly node: number;
  readonly value: number;
  /** Of a node event; 0: to the end, where that is possible. */
  readonly lasts: number;
}

export interface ClusterCase {
  readonly minor: number;
  readonly seed: number;
  readonly isSettled: boolean;
  readonly nodes: readonly NodeCase[];
  readonly workloads: readonly WorkloadCase[];
  readonly deeds: readonly DeedCase[];
  /** After the last deed. */
  readonly quiet: number;
}

/** How long it takes at most until all is well again: ordered updates, back-offs, grace periods one after the other. */
const RECOVERY = 900;

/** With finite faults and long enough, everything must come to what was asked for. A Job that fails often tries for longer. */
export function mustConverge({ workloads, deeds, quiet }: ClusterCase): boolean {
  const areShort = workloads.every(({ kind, exitCode, backoffLimit }) => kind !== "Job" || exitCode === 0 || backoffLimit <= 3);
  return areShort && quiet >= RECOVERY && deeds.every(({ kind, lasts }) => lasts > 0 || !lasting.includes(kind));
}

const lasting: readonly DeedKind[] = ["loseNode", "freezeNode", "cutOffNode"];

/** Runs it; `plant` may break something before the first event. */
export function runClusterCase(drawn: ClusterCase, plant?: (cluster: ClusterShard) => void): readonly Violation[] {
  const spec = specOfCase(drawn);
  const { count } = lpLayout(0, spec.nodes.length);
  const cluster = new ClusterShard(spec, { shard: 0, shardOf: new Uint8Array(count), outbox: null, broadcast: null });
  plant?.(cluster);
  cluster.simulator.runUntil(spec.duration);
  const { violations } = cluster.finish(spec.duration);
  const message = mustConverge(drawn) ? unconverged(cluster) : null;
  return message === null ? violations : [...violations, { invariant: "converges", time: spec.duration, message, cause: 0 }];
}

export function specOfCase(drawn: ClusterCase): ScenarioSpec {
  const end = drawn.deeds.reduce((latest, { at, lasts }) => Math.max(latest, at + lasts), 0) + drawn.quiet;
  return {
    name: "fuzz",
    kubernetesVersion: `1.${drawn.minor}`,
    seed: drawn.seed,
    duration: end * SECOND,
    warmup: 0,
    start: drawn.isSettled ? "settled" : "empty",
    settings: defaultSettings,
    settingsChanged: [],
    objects: drawn.workloads.flatMap((workload, index) => objectsOf(workload, index, workload.replicas)),
    nodes: drawn.nodes.map(nodeOf),
    applications: [
      ...drawn.workloads.map(ruleOf),
      { selector: {}, image: null, container: null, behaviour: defaultBehaviour, defaulted: [] },
    ],
    load: [],
    actions: drawn.deeds.flatMap((deed) => actionsOf(deed, drawn)).sort((a, b) => a.at - b.at),
    faults: drawn.deeds.flatMap((deed, index) => faultsOf(deed, index, drawn)),
    invariants: invariantNames,
    thresholds: [],
    notes: { notModelled: [], noEffect: [], liveOnly: [] },
  };
}

function nodeOf({ zone, cpu }: NodeCase, index: number): NodeTemplate {
  const name = `n${index}`;
  const labels = { "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": `z${zone}` };
  return { name, zone: `z${zone}`, labels, cpu, memory: 2 ** 33, pods: 12, taints: [] };
}

function ruleOf({ startUp, ignoresTerm, kind, runs, exitCode }: WorkloadCase, index: number): ApplicationRule {
  const after = kind === "Job" ? { after: { type: "constant", value: runs * SECOND } as const, code: exitCode } : null;
  return {
    selector: { labels: { app: nameOf(index) } },
    image: null,
    container: null,
    behaviour: {
      ...defaultBehaviour,
      startUp: { type: "constant", value: startUp * SECOND },
      shutdown: ignoresTerm ? { type: "ignore" } : { type: "exit" },
      exit: after,
    },
    defaulted: [],
  };
}

// ── objects ──

const nameOf = (workload: number): string => `w${workload}`;

function metadataOf(name: string): ObjectMeta {
  return { name, namespace: "default", labels: {}, annotations: {} };
}

function selectorOf(index: number): LabelSelector {
  return { matchLabels: { app: nameOf(index) }, matchExpressions: [] };
}

const readiness = blankProbe({ handler: { type: "tcpSocket", port: 80, host: "" }, periodSeconds: 5 });

function templateOf(drawn: WorkloadCase, index: number, image: string): PodTemplate {
  const container = blankContainer("main", {
    image,
    ports: [{ name: "", containerPort: 80, protocol: "TCP", hostPort: drawn.hostPort }],
    resources: { requests: { cpu: drawn.cpu }, limits: {} },
    readinessProbe: drawn.isProbed ? readiness : null,
  });
  const tolerations = [NOT_READY_TAINT, UNREACHABLE_TAINT].map((key): Toleration => ({
    key,
    operator: "Exists",
    value: "",
    effect: "NoExecute",
    tolerationSeconds: drawn.stays,
  }));
  const restartPolicy = drawn.kind === "Job" ? "Never" : "Always";
  const terms = { restartPolicy, terminationGracePeriodSeconds: drawn.grace, tolerations, priority: drawn.priority } as const;
  return blankTemplate([container], terms, { app: nameOf(index) });
}

function objectsOf(drawn: WorkloadCase, index: number, replicas: number, image: string = "web:v1"): KubernetesObject[] {
  const name = nameOf(index);
  const service: KubernetesObject = {
    kind: "Service",
    metadata: metadataOf(name),
    spec: {
      type: "ClusterIP",
      selector: { app: name },
      ports: [{ name: "", port: 80, targetPort: 80, protocol: "TCP" }],
      clusterIp: drawn.kind === "StatefulSet" ? "None" : "",
      publishNotReadyAddresses: false,
      sessionAffinity: "None",
      externalTrafficPolicy: "Cluster",
      internalTrafficPolicy: "Cluster",
    },
  };
  const budget: KubernetesObject[] =
    drawn.budget === null
      ? []
      : [
          {
            kind: "PodDisruptionBudget",
            metadata: metadataOf(name),
            spec: { ...drawn.budget, selector: selectorOf(index), unhealthyPodEvictionPolicy: "IfHealthyBudget" },
          },
        ];
  return [...(drawn.kind === "Job" ? [] : [service]), ...budget, workloadOf(drawn, index, replicas, image)];
}

function workloadOf(drawn: WorkloadCase, index: number, replicas: number, image: string): KubernetesObject {
  const metadata = metadataOf(nameOf(index));
  const selector = selectorOf(index);
  const template = templateOf(drawn, index, image);
  const minReadySeconds = drawn.minReady;
  switch (drawn.kind) {
    case "Deployment":
      return {
        kind: "Deployment",
        metadata,
        spec: {
          replicas,
          selector,
          template,
          minReadySeconds,
          strategy: drawn.isRecreate
            ? { type: "Recreate" }
            : { type: "RollingUpdate", maxSurge: drawn.surge, maxUnavailable: drawn.unavailable },
          progressDeadlineSeconds: 600,
          revisionHistoryLimit: 2,
          paused: false,
        },
      };
    case "ReplicaSet":
      return { kind: "ReplicaSet", metadata, spec: { replicas, selector, template, minReadySeconds } };
    case "StatefulSet":
      return {
        kind: "StatefulSet",
        metadata,
        spec: {
          replicas,
          selector,
          template,
          minReadySeconds,
          serviceName: metadata.name,
          podManagementPolicy: drawn.isParallel ? "Parallel" : "OrderedReady",
          updateStrategy: { type: "RollingUpdate", partition: drawn.partition, maxUnavailable: null },
          revisionHistoryLimit: 2,
          firstOrdinal: 0,
        },
      };
    case "DaemonSet":
      return {
        kind: "DaemonSet",
        metadata,
        spec: {
          selector,
          template,
          minReadySeconds,
          updateStrategy: { type: "RollingUpdate", maxUnavailable: 1, maxSurge: 0 },
          revisionHistoryLimit: 2,
        },
      };
    case "Job":
      return {
        kind: "Job",
        metadata,
        spec: {
          parallelism: drawn.parallelism,
          completions: Math.max(1, replicas),
          backoffLimit: drawn.backoffLimit,
          activeDeadlineSeconds: null,
          ttlSecondsAfterFinished: null,
          completionMode: drawn.isIndexed ? "Indexed" : "NonIndexed",
          suspend: false,
          podFailurePolicy: null,
          backoffLimitPerIndex: null,
          maxFailedIndexes: null,
          podReplacementPolicy: "TerminatingOrFailed",
          successPolicy: null,
          template,
        },
      };
  }
}

// ── deeds ──

function actionsOf(deed: DeedCase, { workloads, nodes }: ClusterCase): ActionSpec[] {
  const index = deed.workload % workloads.length;
  const drawn = workloads[index]!;
  const { kind } = drawn;
  const at = deed.at * SECOND;
  const named = { at, namespace: "default", name: nameOf(index) };
  const node = `n${deed.node % nodes.length}`;
  const image = `web:v${2 + (deed.value % 3)}`;
  const pods = { namespace: "default", labels: { app: nameOf(index) } };
  const isRolledOut = kind === "Deployment" || kind === "StatefulSet" || kind === "DaemonSet";
  switch (deed.kind) {
    case "scale":
      return kind === "DaemonSet" || kind === "Job" ? [] : [{ ...named, type: "scale", kind, replicas: deed.value }];
    case "setImage":
      return kind === "Job" ? [] : [{ ...named, type: "setImage", kind, container: null, image }];
    case "restart":
      return isRolledOut ? [{ ...named, type: "restart", kind }] : [];
    case "undo":
      return isRolledOut ? [{ ...named, type: "undo", kind, toRevision: 0 }] : [];
    case "pause":
    case "resume":
      return kind === "Deployment" ? [{ ...named, type: deed.kind, kind }] : [];
    case "delete":
    case "deleteForeground": {
      const cascade = deed.kind === "delete" ? "background" : "foreground";
      return [{ ...named, type: "delete", kind, cascade, gracePeriodSeconds: null, force: false }];
    }
    case "apply":
      // Neither completions nor the template of a Job may change.
      return [
        {
          at,
          type: "apply",
          objects: kind === "Job" ? objectsOf(drawn, index, drawn.replicas) : objectsOf(drawn, index, deed.value, image),
        },
      ];
    case "evict":
      return [{ at, type: "evict", selector: pods, gracePeriodSeconds: null }];
    case "drain": {
      const options = { force: true, ignoreDaemonSets: true, disableEviction: false, gracePeriodSeconds: null };
      return [{ at, type: "drain", node, ...options, timeout: 60 * SECOND }];
    }
    case "cordon":
    case "uncordon":
      return [{ at, type: "cordon", node, unschedulable: deed.kind === "cordon" }];
    case "taint":
    case "untaint": {
      const taint = { key: "maintenance", value: "", effect: deed.value % 2 === 0 ? "NoSchedule" : "NoExecute" } as const;
      return [{ at, type: "taint", node, add: deed.kind === "taint" ? [taint] : [], remove: deed.kind === "taint" ? [] : [taint] }];
    }
    default:
      return [];
  }
}

function faultsOf(deed: DeedCase, number: number, { nodes, workloads }: ClusterCase): FaultSpec[] {
  const selector = { node: `n${deed.node % nodes.length}` };
  const lasts = deed.lasts === 0 ? Infinity : deed.lasts * SECOND;
  const base = { name: `f${number}`, at: deed.at * SECOND, selector, mode: "all", value: 0, duration: lasts } as const;
  switch (deed.kind) {
    case "loseNode":
      return [{ ...base, type: "node-loss" }];
    case "rebootNode":
      return [{ ...base, type: "node-reboot", duration: Math.max(1, deed.lasts) * SECOND, keepsRecords: deed.value % 2 === 0 }];
    case "freezeNode":
      return [{ ...base, type: "node-freeze" }];
    case "cutOffNode":
      return [{ ...base, type: "network-partition", from: ["api-server"] }];
    case "restartKubelet":
      return [{ ...base, type: "kubelet-restart", duration: Math.max(1, deed.lasts) * SECOND }];
    case "deletePods": {
      const selected = { namespace: "default", labels: { app: nameOf(deed.workload % workloads.length) } };
      return [
        {
          ...base,
          type: "pod-kill",
          selector: selected,
          mode: "fixed",
          value: 1 + (deed.value % 3),
          gracePeriodSeconds: deed.value % 2 === 0 ? null : 0,
          duration: 0,
        } as FaultSpec,
      ];
    }
    default:
      return [];
  }
}

// ── the end ──

/** Everything that was to happen has ended, and long ago: what isn't as it was asked for; null: nothing. */
export function unconverged(cluster: ClusterShard): string | null {
  const { store, view } = cluster.control!;
  const pods = view.pods();
  const waits = new Set(pods.filter((pod) => pod.node < 0 && pod.status.unscheduled !== undefined).map(({ workload }) => workload));
  for (const { index, ready, isAbsent } of store.nodes)
    if (isAbsent !== true && ready !== NodeReady.True) return `node ${index} isn't ready`;
  for (const pod of pods) {
    const label = `${store.workloads.label(pod.workload)}, Pod ${pod.id}`;
    if (view.isDeleting(pod)) return `${label} is still being deleted`;
    if (view.isTerminal(pod) || store.workloads.workload(pod.workload).kind === "Job") continue;
    if (pod.node < 0 && pod.status.unscheduled === undefined) return `${label} has no node, and nobody says why`;
    if (pod.node >= 0 && !view.isReady(pod)) return `${label} isn't Ready`;
  }
  for (const { workload, spec, status } of store.deployments.values()) {
    if (spec.paused || waits.has(workload)) continue;
    const { updatedReplicas, availableReplicas, replicas } = status;
    if (updatedReplicas !== spec.replicas || availableReplicas !== spec.replicas || replicas !== spec.replicas)
      return `${store.workloads.label(workload)}: ${replicas} Pods, ${updatedReplicas} of them updated, ${availableReplicas} available, ${spec.replicas} asked for`;
  }
  for (const object of store.objects.values()) {
    if (waits.has(object.workload)) continue;
    const label = store.workloads.label.bind(store.workloads);
    if (object.kind === "StatefulSet" && object.status.availableReplicas !== object.spec.replicas)
      return `${label(object.workload)}: ${object.status.availableReplicas} available, ${object.spec.replicas} asked for`;
    if (object.kind === "DaemonSet" && object.status.numberUnavailable > 0)
      return `${label(object.workload)}: ${object.status.numberUnavailable} unavailable`;
    if (object.kind === "Job" && !object.status.conditions.some(({ type }) => type === "Complete" || type === "Failed"))
      return `${label(object.workload)}: not ended`;
  }
  return null;
}
