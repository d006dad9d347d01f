/** Vectors of StatefulSets and disruption budgets, answered by the functions that their controllers use. */
import { budgetStatus } from "../kubernetes/controllers/disruption-budget.ts";
import { planStatefulSet, type StatefulPod } from "../kubernetes/controllers/stateful-set-plan.ts";
import type { IntOrString } from "../kubernetes/objects/meta.ts";
import { versionsOfMinor } from "../kubernetes/versions.ts";

/** Both were recorded from 1.20. */
const recorded = versionsOfMinor(20);

export function statefulSetSync(input: {
  readonly replicas: number;
  readonly podManagementPolicy: "OrderedReady" | "Parallel";
  readonly updateStrategy: "RollingUpdate" | "OnDelete";
  readonly partition: number;
  readonly currentRevisionImage: string;
  readonly updateRevisionImage: string;
  readonly pods: readonly {
    readonly ordinal: number;
    readonly phase: StatefulPod["phase"];
    readonly ready: boolean;
    readonly terminating: boolean;
    readonly image: string;
  }[];
}): unknown {
  const { creates, deletes } = planStatefulSet({
    replicas: input.replicas,
    start: 0,
    isOrdered: input.podManagementPolicy === "OrderedReady",
    strategy: input.updateStrategy,
    partition: input.partition,
    currentRevision: input.currentRevisionImage,
    updateRevision: input.updateRevisionImage,
    pods: input.pods.map(({ ordinal, phase, ready, terminating, image }) => ({
      ordinal,
      phase,
      isReady: ready,
      isAvailable: ready,
      isTerminating: terminating,
      revision: image,
    })),
    recreatesFailedAtOnce: !recorded.statefulSetStopsAfterDelete,
  });
  return {
    created: creates.map(({ ordinal, revision }) => ({ ordinal, image: revision })),
    deletedOrdinals: deletes.toSorted((a, b) => a - b),
  };
}

interface WrittenSync {
  readonly created: readonly { readonly ordinal: number }[];
  readonly deletedOrdinals: readonly number[];
}

/** Both lists as sets. */
export function expectedSync(expected: Readonly<Record<string, unknown>>): unknown {
  const { created, deletedOrdinals } = expected as unknown as WrittenSync;
  return {
    created: created.toSorted((a, b) => a.ordinal - b.ordinal),
    deletedOrdinals: deletedOrdinals.toSorted((a, b) => a - b),
  };
}

export function budget(input: {
  readonly minAvailable?: IntOrString;
  readonly maxUnavailable?: IntOrString;
  readonly controllerReplicas: number;
  readonly pods: readonly {
    readonly name: string;
    readonly ready: boolean;
    readonly terminating: boolean;
    readonly evictionRecordedSecondsAgo?: number;
  }[];
}): unknown {
  const rule = { minAvailable: input.minAvailable ?? null, maxUnavailable: input.maxUnavailable ?? null };
  const pods = input.pods.map(({ name, ready, terminating, evictionRecordedSecondsAgo }) => ({
    name,
    isReady: ready,
    isTerminating: terminating,
    evictedSecondsAgo: evictionRecordedSecondsAgo ?? null,
  }));
  const status = budgetStatus(rule, input.controllerReplicas, pods);
  return { ...status, disruptedPods: status.disruptedPods.toSorted() };
}
