/** Vectors of Deployments: conditions, deadlines, templates and what is left of old ReplicaSets. */
import type { DeploymentStatus } from "../kubernetes/api-server/client.ts";
import { hasTimedOut, isComplete, isProgress, progressingAfter, timeToDeadline } from "../kubernetes/controllers/deployment-status.ts";
import { hasOldPodsRunning, surplusHistory } from "../kubernetes/controllers/deployment.ts";
import { maxUnavailableOf } from "../kubernetes/controllers/rolling-update.ts";
import { Definitions } from "../kubernetes/objects/definitions.ts";
import type { IntOrString } from "../kubernetes/objects/meta.ts";
import type { PodTemplate } from "../kubernetes/objects/pod.ts";
import { instant, wholeSecondsOf } from "./instant.ts";
import { rolling, type Strategy } from "./rolling-updates.ts";
import { type WrittenPod, podOf } from "./written-pods.ts";

interface WrittenTemplate {
  readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: object;
}

/** Templates are the same if they have one number; the hash is a label of ReplicaSets' Pods only, never of a template. */
export function deploymentTemplateEqual(input: { readonly former: WrittenTemplate; readonly latter: WrittenTemplate }): unknown {
  const definitions = new Definitions();
  const numberOf = ({ metadata, spec }: WrittenTemplate): number => {
    const labels = Object.entries(metadata?.labels ?? {}).filter(([name]) => name !== "pod-template-hash");
    return definitions.intern({ labels: Object.fromEntries(labels), annotations: {}, spec: spec as PodTemplate["spec"] });
  };
  return { equal: numberOf(input.former) === numberOf(input.latter) };
}

interface WrittenDeployment {
  readonly spec: {
    readonly replicas?: number;
    readonly progressDeadlineSeconds?: number;
    readonly strategy?: {
      readonly type: Strategy["type"];
      readonly rollingUpdate?: { readonly maxSurge: IntOrString; readonly maxUnavailable: IntOrString };
    };
  };
  readonly status?: WrittenStatus;
}

interface WrittenStatus {
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: "True" | "False";
    readonly reason?: string;
    readonly lastUpdateTime?: string;
    readonly lastTransitionTime?: string;
  }[];
}

function strategyOf({ spec: { strategy } }: WrittenDeployment): Strategy {
  const { maxSurge = 0, maxUnavailable = 0 } = strategy?.rollingUpdate ?? {};
  return strategy?.type === "Recreate" ? { type: "Recreate" } : rolling(maxSurge, maxUnavailable);
}

function statusOf(status: WrittenStatus = {}): DeploymentStatus {
  const condition = status.conditions?.find(({ type }) => type === "Progressing");
  return {
    observedGeneration: 0,
    replicas: status.replicas ?? 0,
    updatedReplicas: status.updatedReplicas ?? 0,
    readyReplicas: status.readyReplicas ?? 0,
    availableReplicas: status.availableReplicas ?? 0,
    unavailableReplicas: 0,
    terminatingReplicas: 0,
    available: null,
    progressing:
      condition === undefined
        ? null
        : {
            status: condition.status,
            reason: condition.reason ?? "",
            lastUpdateTime: wholeSecondsOf(condition.lastUpdateTime),
            lastTransitionTime: wholeSecondsOf(condition.lastTransitionTime),
          },
  };
}

export function deploymentMaxUnavailable({ deployment }: { readonly deployment: WrittenDeployment }): unknown {
  return { maxUnavailable: maxUnavailableOf(strategyOf(deployment), deployment.spec.replicas ?? 0) };
}

export function deploymentComplete({ deployment }: { readonly deployment: WrittenDeployment }): unknown {
  return { complete: isComplete(deployment.spec.replicas ?? 0, 0, statusOf(deployment.status)) };
}

export function deploymentProgressing(input: { readonly deployment: WrittenDeployment; readonly newStatus: WrittenStatus }): unknown {
  return { progressing: isProgress(statusOf(input.deployment.status), statusOf(input.newStatus)) };
}

export function deploymentTimedOut({ deployment, now }: { readonly deployment: WrittenDeployment; readonly now: string | null }): unknown {
  return { timedOut: hasTimedOut(statusOf(deployment.status).progressing, deployment.spec.progressDeadlineSeconds ?? null, instant(now)) };
}

export function deploymentRequeueStuck(input: {
  readonly deployment: WrittenDeployment;
  readonly newStatus: WrittenStatus;
  readonly now: string | null;
}): unknown {
  const { spec, status } = input.deployment;
  const left = timeToDeadline(
    statusOf(status).progressing,
    statusOf(input.newStatus),
    spec.replicas ?? 0,
    0,
    spec.progressDeadlineSeconds ?? null,
    instant(input.now),
  );
  return left === null ? { requeue: false, afterSeconds: 0 } : { requeue: true, afterSeconds: left / 1_000_000 };
}

export function deploymentRolloutStatus(input: {
  readonly deployment: WrittenDeployment;
  readonly newReplicaSet: string | null;
  readonly now: string;
  readonly replicaSets: readonly { readonly name: string; readonly replicas: number; readonly availableReplicas: number }[];
}): unknown {
  const sum = (value: (set: { readonly replicas: number; readonly availableReplicas: number }) => number): number =>
    input.replicaSets.reduce((total, set) => total + value(set), 0);
  const after = {
    ...statusOf(input.deployment.status),
    replicas: sum(({ replicas }) => replicas),
    availableReplicas: sum(({ availableReplicas }) => availableReplicas),
    updatedReplicas: input.replicaSets.find(({ name }) => name === input.newReplicaSet)?.replicas ?? 0,
  };
  const { spec, status } = input.deployment;
  const condition = progressingAfter(
    statusOf(status),
    after,
    spec.replicas ?? 0,
    0,
    spec.progressDeadlineSeconds ?? null,
    instant(input.now),
  );
  return { progressing: condition === null ? null : { status: condition.status, reason: condition.reason } };
}

interface WrittenSet {
  readonly metadata: { readonly uid?: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly replicas: number };
  readonly status: { readonly replicas: number };
}

/** The model has no ReplicaSet that is being deleted: such a one is gone already. */
export function deploymentHistoryCleanup(input: {
  readonly oldReplicaSets: readonly WrittenSet[];
  readonly revisionHistoryLimit: number;
}): unknown {
  const old = input.oldReplicaSets
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((set, id) => ({
      id,
      replicas: set.spec.replicas,
      revision: 0,
      generation: 0,
      status: { replicas: set.status.replicas, observedGeneration: 0 },
    }));
  return { deletions: surplusHistory(old, input.revisionHistoryLimit).length };
}

export function deploymentOldPodsRunning(input: {
  readonly newReplicaSet: WrittenSet | null;
  readonly oldReplicaSets: readonly WrittenSet[] | null;
  readonly podsByOwner: Readonly<Record<string, readonly WrittenPod[]>> | null;
}): unknown {
  const newUid = input.newReplicaSet?.metadata.uid;
  const owners = Object.keys(input.podsByOwner ?? {}).filter((uid) => uid !== newUid);
  const statuses = (input.oldReplicaSets ?? []).map(({ status }, id) => ({ id: -1 - id, status }));
  const sets = [...statuses, ...owners.map((_, id) => ({ id, status: { replicas: 0 } }))];
  return { hasOldPodsRunning: hasOldPodsRunning(sets, (id) => (input.podsByOwner?.[owners[id] ?? ""] ?? []).map(podOf)) };
}
