/** Vectors of DaemonSets, answered by the functions that their controller uses. */
import { isUnavailable, planNode, shouldRunOn, updateBounds, type DaemonPod } from "../kubernetes/controllers/daemon-set-plan.ts";
import { daemonTolerations } from "../kubernetes/objects/daemon-set.ts";
import type { IntOrString, Taint, Toleration } from "../kubernetes/objects/meta.ts";
import { readScheduling, type WrittenScheduling } from "../kubernetes/objects/scheduling.ts";
import { versionsOfMinor } from "../kubernetes/versions.ts";
import { wholeSecondsOf } from "./instant.ts";
import { taintsOf, tolerationsOf, type WrittenContainer } from "./pod-specs.ts";

/** All were recorded from 1.20. */
const recorded = versionsOfMinor(20);

const runningPod: DaemonPod = {
  id: 0,
  createdAt: 0,
  isAssigned: true,
  phase: "other",
  isReady: true,
  isAvailable: true,
  isTerminating: false,
  isUpdated: true,
};

export function daemonSetFailedPods(input: { readonly numFailedPods: number; readonly numNormalPods: number }): unknown {
  const failed = Array.from({ length: input.numFailedPods }, (_, id): DaemonPod => ({ ...runningPod, id, phase: "Failed" }));
  const normal = Array.from({ length: input.numNormalPods }, (_, index): DaemonPod => ({ ...runningPod, id: 100 + index }));
  const { creates, deletes } = planNode({ shouldRun: true, shouldContinue: true }, [...failed, ...normal], {
    isInBackOff: false,
    allowsSurge: false,
    deletesSucceeded: recorded.daemonSetReplacesSucceeded,
  });
  return { creates: creates ? 1 : 0, deletes: deletes.length };
}

interface WrittenDaemonSpec extends WrittenScheduling {
  readonly containers?: readonly WrittenContainer[];
  readonly nodeName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Partial<Toleration>[];
}

/** Every field that a Pod of these vectors has. */
export const daemonSpecFields: string =
  "nodeName nodeSelector* affinity* tolerations{key operator value effect tolerationSeconds} containers{name ports* resources*}";

/** Conditions of a node don't matter by themselves; being unschedulable is a taint. */
export function daemonSetShouldRun(input: {
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly nodeUnschedulable: boolean;
  readonly nodeTaints?: readonly Partial<Taint>[];
  readonly podTemplateSpec: WrittenDaemonSpec;
}): unknown {
  const { nodeName = "", nodeSelector = {}, tolerations, affinity } = input.podTemplateSpec;
  const taints = taintsOf(input.nodeTaints);
  if (input.nodeUnschedulable) taints.push({ key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" });
  const { shouldRun, shouldContinue } = shouldRunOn(
    { nodeName, nodeSelector, ...readScheduling(affinity === undefined ? {} : { affinity }, {}) },
    daemonTolerations({ tolerations: tolerationsOf(tolerations), hostNetwork: false }),
    { name: "test-node", labels: input.nodeLabels },
    taints,
  );
  return { shouldRun, shouldContinueRunning: shouldContinue };
}

export function daemonSetUnavailable(input: {
  readonly maxUnavailable: IntOrString;
  readonly minReadySeconds: number;
  readonly nodes?: number;
  readonly pods: Readonly<
    Record<
      string,
      readonly {
        readonly conditions: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime?: string }[];
        readonly terminating: boolean;
      }[]
    >
  >;
}): unknown {
  const now = wholeSecondsOf("2030-01-01T00:00:00Z");
  const names = Array.from({ length: input.nodes ?? 2 }, (_, index) => `node-${index}`);
  const onNodes = names.map((name) =>
    (input.pods[name] ?? []).map(({ conditions, terminating }): DaemonPod => {
      const ready = conditions.find(({ type }) => type === "Ready");
      const isReady = ready?.status === "True";
      // 1.20 wants more than minReadySeconds to have passed.
      const isAvailable =
        isReady && (input.minReadySeconds === 0 || wholeSecondsOf(ready.lastTransitionTime) + input.minReadySeconds < now);
      return { ...runningPod, isReady, isAvailable, isTerminating: terminating };
    }),
  );
  const strategy = { type: "RollingUpdate", maxUnavailable: input.maxUnavailable, maxSurge: 0 } as const;
  const { maxUnavailable } = updateBounds(strategy, names.length, recorded.daemonSetNeverStuck);
  return { maxUnavailable, numUnavailable: onNodes.filter(isUnavailable).length };
}
