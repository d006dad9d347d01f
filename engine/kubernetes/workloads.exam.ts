/** What tests of Jobs and StatefulSets share: one of each as the API server has it, changed as a test needs it. */
import { container, meta, template } from "./control-plane.exam.ts";
import type { Job, JobSpec } from "./objects/job.ts";
import type { PodSpec } from "./objects/pod.ts";
import type { StatefulSet, StatefulSetSpec } from "./objects/stateful-set.ts";

export function jobSpec(change: Partial<JobSpec> = {}, pod: Partial<PodSpec> = {}): JobSpec {
  return {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    activeDeadlineSeconds: null,
    ttlSecondsAfterFinished: null,
    completionMode: "NonIndexed",
    suspend: false,
    podFailurePolicy: null,
    backoffLimitPerIndex: null,
    maxFailedIndexes: null,
    podReplacementPolicy: "TerminatingOrFailed",
    successPolicy: null,
    template: template("work", { restartPolicy: "Never", ...pod }),
    ...change,
  };
}

export function job(change: Partial<JobSpec> = {}, pod: Partial<PodSpec> = {}): Job {
  return { kind: "Job", metadata: meta("work"), spec: jobSpec(change, pod) };
}

export function statefulSet(image: string, change: Partial<StatefulSetSpec> = {}): StatefulSet {
  return {
    kind: "StatefulSet",
    metadata: meta("db"),
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "db" }, matchExpressions: [] },
      template: template("db", { containers: [container({ image })] }),
      serviceName: "db",
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "RollingUpdate", partition: 0, maxUnavailable: null },
      minReadySeconds: 0,
      revisionHistoryLimit: 10,
      firstOrdinal: 0,
      ...change,
    },
  };
}
