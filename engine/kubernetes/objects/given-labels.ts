/**
 * Labels that controllers add to those of a Pod's template, and which Pods may have them. Source:
 * pkg/controller/statefulset/stateful_set_utils.go newVersionedStatefulSetPod, pkg/controller/daemon/util CreatePodTemplate,
 * pkg/registry/batch/job/strategy.go generateSelector, pkg/controller/job/indexed_job_utils.go.
 */
import type { LabelSelector } from "./meta.ts";
import type { Workload } from "./workloads.ts";

type Labels = Readonly<Record<string, string>>;

export const POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name";
export const POD_INDEX_LABEL = "apps.kubernetes.io/pod-index";
export const REVISION_HASH = "controller-revision-hash";
export const TEMPLATE_GENERATION = "pod-template-generation";
export const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";
export const JOB_NAME = "batch.kubernetes.io/job-name";
export const JOB_UID = "batch.kubernetes.io/controller-uid";
/** As before 1.27; both are there since. */
export const OLD_JOB_NAME = "job-name";
export const OLD_JOB_UID = "controller-uid";

const ofOnePod: ReadonlySet<string> = new Set([POD_NAME_LABEL, POD_INDEX_LABEL, COMPLETION_INDEX]);
const ofAll: ReadonlySet<string> = new Set([REVISION_HASH, TEMPLATE_GENERATION, JOB_NAME, JOB_UID, OLD_JOB_NAME, OLD_JOB_UID]);

/** Whether the key may tell Pods of one owner and template apart. */
export function namesOnePod(key: string): boolean {
  return ofOnePod.has(key);
}

export function isGivenKey(key: string): boolean {
  return ofOnePod.has(key) || ofAll.has(key);
}

export function selectsOnePod({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return Object.keys(matchLabels).some(namesOnePod) || matchExpressions.some(({ key }) => namesOnePod(key));
}

/** Whether these labels are wanted of Pods that this workload may have, by its template's labels and those to come. */
export function mayHaveLabels({ kind, name }: Pick<Workload, "kind" | "name">, template: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => template[key] === value || mayBeGiven(kind, name, key, value));
}

function mayBeGiven(kind: Workload["kind"], name: string, key: string, value: string): boolean {
  switch (key) {
    case POD_NAME_LABEL:
      return kind === "StatefulSet" && value.startsWith(`${name}-`);
    case POD_INDEX_LABEL:
      return kind === "StatefulSet";
    case REVISION_HASH:
      return kind === "StatefulSet" || kind === "DaemonSet";
    case TEMPLATE_GENERATION:
      return kind === "DaemonSet";
    case JOB_NAME:
    case OLD_JOB_NAME:
      return (kind === "Job" && value === name) || (kind === "CronJob" && value.startsWith(`${name}-`));
    case JOB_UID:
    case OLD_JOB_UID:
    case COMPLETION_INDEX:
      return kind === "Job" || kind === "CronJob";
    default:
      return false;
  }
}
