/** Tables of the further kinds: workloads, budgets, quotas. Source: pkg/printers/internalversion/printers.go. */
import type {
  ApiControllerRevision,
  ApiCronJob,
  ApiDaemonSet,
  ApiJob,
  ApiLimitRange,
  ApiPodDisruptionBudget,
  ApiPriorityClass,
  ApiResourceQuota,
  ApiStatefulSet,
  ApiTableLists,
} from "../../engine/kubernetes/views/api-object.ts";
import { parseTimestamp } from "../../engine/values/calendar.ts";
import { age, containersAndImages, madeAndSelected, name, replicaSetColumns, type Column } from "./columns.ts";
import { ageOf, humanDuration } from "./human-duration.ts";
import { formatLabels } from "./selector.ts";

const statefulsets: readonly Column<ApiStatefulSet>[] = [
  name,
  { title: "READY", cell: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}` },
  age,
  ...containersAndImages(({ spec }: ApiStatefulSet) => spec.template),
];

const daemonsets: readonly Column<ApiDaemonSet>[] = [
  name,
  { title: "DESIRED", cell: ({ status }) => String(status.desiredNumberScheduled) },
  { title: "CURRENT", cell: ({ status }) => String(status.currentNumberScheduled) },
  { title: "READY", cell: ({ status }) => String(status.numberReady) },
  { title: "UP-TO-DATE", cell: ({ status }) => String(status.updatedNumberScheduled ?? 0) },
  { title: "AVAILABLE", cell: ({ status }) => String(status.numberAvailable ?? 0) },
  { title: "NODE SELECTOR", cell: ({ spec }) => formatLabels(spec.template.spec.nodeSelector) },
  age,
  ...madeAndSelected,
];

const jobs: readonly Column<ApiJob>[] = [
  name,
  { title: "STATUS", isThere: ({ jobsTellStatus }) => jobsTellStatus, cell: jobStatus },
  { title: "COMPLETIONS", cell: jobCompletions },
  { title: "DURATION", cell: (job, { at }) => jobDuration(job, at) },
  age,
  ...containersAndImages(({ spec }: ApiJob) => spec.template),
  { title: "SELECTOR", isWide: true, cell: ({ metadata }) => `batch.kubernetes.io/controller-uid=${metadata.uid}` },
];

/** First match wins. */
function jobStatus({ metadata, status: { conditions = [] } }: ApiJob): string {
  const has = (wanted: string): boolean => conditions.some(({ type, status }) => type === wanted && status === "True");
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].find(has) ?? "Running";
}

function jobCompletions({ spec, status: { succeeded = 0 } }: ApiJob): string {
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  return spec.parallelism > 1 ? `${succeeded}/1 of ${spec.parallelism}` : `${succeeded}/1`;
}

export function jobDuration({ status: { startTime, completionTime } }: ApiJob, at: number): string {
  if (startTime === undefined) return "";
  return humanDuration((completionTime === undefined ? at : parseTimestamp(completionTime)) - parseTimestamp(startTime));
}

const cronjobs: readonly Column<ApiCronJob>[] = [
  name,
  { title: "SCHEDULE", cell: ({ spec }) => spec.schedule },
  { title: "TIMEZONE", isThere: ({ cronJobsTellZone }) => cronJobsTellZone, cell: ({ spec }) => spec.timeZone ?? "<none>" },
  { title: "SUSPEND", cell: ({ spec }) => (spec.suspend ? "True" : "False") },
  { title: "ACTIVE", cell: ({ status }) => String(status.active?.length ?? 0) },
  {
    title: "LAST SCHEDULE",
    cell: ({ status }, { at }) => (status.lastScheduleTime === undefined ? "<none>" : ageOf(status.lastScheduleTime, at)),
  },
  age,
  ...containersAndImages(({ spec }: ApiCronJob) => spec.jobTemplate.spec.template),
  { title: "SELECTOR", isWide: true, cell: () => "<none>" },
];

const controllerrevisions: readonly Column<ApiControllerRevision>[] = [
  name,
  {
    title: "CONTROLLER",
    cell: ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller);
      return owner === undefined ? "<none>" : `${owner.kind.toLowerCase()}.apps/${owner.name}`;
    },
  },
  { title: "REVISION", cell: ({ revision }) => String(revision) },
  age,
];

const poddisruptionbudgets: readonly Column<ApiPodDisruptionBudget>[] = [
  name,
  { title: "MIN AVAILABLE", cell: ({ spec }) => String(spec.minAvailable ?? "N/A") },
  { title: "MAX UNAVAILABLE", cell: ({ spec }) => String(spec.maxUnavailable ?? "N/A") },
  { title: "ALLOWED DISRUPTIONS", cell: ({ status }) => String(status.disruptionsAllowed) },
  age,
];

const resourcequotas: readonly Column<ApiResourceQuota>[] = [
  name,
  { title: "REQUEST", cell: (quota) => quotaText(quota, false) },
  { title: "LIMIT", cell: (quota) => quotaText(quota, true) },
  age,
];

function quotaText({ status: { hard, used } }: ApiResourceQuota, ofLimits: boolean): string {
  return Object.keys(hard)
    .filter((resource) => resource.startsWith("limits") === ofLimits)
    .sort()
    .map((resource) => `${resource}: ${used[resource] ?? "0"}/${hard[resource] ?? "0"}`)
    .join(", ");
}

const limitranges: readonly Column<ApiLimitRange>[] = [name, { title: "CREATED AT", cell: ({ metadata }) => metadata.creationTimestamp }];

const priorityclasses: readonly Column<ApiPriorityClass>[] = [
  name,
  { title: "VALUE", cell: ({ value }) => String(value) },
  { title: "GLOBAL-DEFAULT", cell: ({ globalDefault = false }) => String(globalDefault) },
  age,
  { title: "PREEMPTIONPOLICY", cell: ({ preemptionPolicy }) => preemptionPolicy },
];

export const workloadTables: { readonly [P in keyof ApiTableLists]: readonly Column<ApiTableLists[P][number]>[] } = {
  replicationcontrollers: replicaSetColumns,
  statefulsets,
  daemonsets,
  jobs,
  cronjobs,
  controllerrevisions,
  poddisruptionbudgets,
  resourcequotas,
  limitranges,
  priorityclasses,
};
