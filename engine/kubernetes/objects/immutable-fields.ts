/**
 * What the API server refuses of an update because the field stays what it was at creation (pure), in its words.
 * Selectors are compared when the scenario is read. Sources: pkg/apis/apps/validation ValidateStatefulSetUpdate,
 * pkg/apis/batch/validation ValidateJobSpecUpdate, pkg/apis/core/validation ValidatePodUpdate, ValidateServiceUpdate.
 */
import type { JobSpec } from "./job.ts";
import type { Toleration } from "./meta.ts";
import type { Container, PodSpec } from "./pod.ts";
import type { Service } from "./service.ts";
import type { StatefulSetSpec } from "./stateful-set.ts";
import type { Versions } from "../versions.ts";

type Mutable = Pick<
  Versions,
  "statefulSetMinReadyMutable" | "statefulSetRetentionMutable" | "statefulSetOrdinalsMutable" | "statefulSetHistoryMutable"
>;

/** Each: null where nothing is refused. */
export function statefulSetRefusal(before: StatefulSetSpec, after: StatefulSetSpec, versions: Mutable): string | null {
  const fixed = ({
    podManagementPolicy,
    serviceName,
    selector,
    revisionHistoryLimit,
    minReadySeconds,
    firstOrdinal,
  }: StatefulSetSpec): unknown => ({
    podManagementPolicy,
    serviceName,
    selector,
    ...(versions.statefulSetHistoryMutable ? {} : { revisionHistoryLimit }),
    ...(versions.statefulSetMinReadyMutable ? {} : { minReadySeconds }),
    ...(versions.statefulSetOrdinalsMutable ? {} : { firstOrdinal }),
  });
  if (isSame(fixed(before), fixed(after))) return null;
  return `spec: Forbidden: updates to statefulset spec for fields other than ${mutableFields(versions)} are forbidden`;
}

/** As the text lists them: 1.20 has a comma before its "and". */
function mutableFields(versions: Mutable): string {
  const fields = [
    "'replicas'",
    ...(versions.statefulSetOrdinalsMutable ? ["'ordinals'"] : []),
    "'template'",
    ...(versions.statefulSetMinReadyMutable ? ["'updateStrategy'"] : []),
    ...(versions.statefulSetHistoryMutable ? ["'revisionHistoryLimit'"] : []),
    ...(versions.statefulSetRetentionMutable ? ["'persistentVolumeClaimRetentionPolicy'"] : []),
  ].join(", ");
  return versions.statefulSetMinReadyMutable ? `${fields} and 'minReadySeconds'` : `${fields}, and 'updateStrategy'`;
}

/** `hasStarted`: of a suspended Job that hasn't, what concerns scheduling may change. */
export function jobRefusal(before: JobSpec, after: JobSpec, hasStarted: boolean): string | null {
  const problems: string[] = [];
  const isElastic = after.completionMode === "Indexed" && after.completions === after.parallelism;
  if (before.completions !== after.completions && !isElastic)
    problems.push(`spec.completions: Invalid value: ${after.completions ?? "null"}: field is immutable`);
  const isOpen = before.suspend && !hasStarted;
  const template = (spec: JobSpec): unknown => (isOpen ? unscheduled(spec) : spec.template);
  if (!isSame(template(before), template(after)))
    problems.push("spec.template: Invalid value: core.PodTemplateSpec{…}: field is immutable");
  if (before.completionMode !== after.completionMode)
    problems.push(`spec.completionMode: Invalid value: "${after.completionMode}": field is immutable`);
  for (const field of ["podFailurePolicy", "backoffLimitPerIndex", "successPolicy"] as const) {
    if (!isSame(before[field], after[field]))
      problems.push(`spec.${field}: Invalid value: ${JSON.stringify(after[field])}: field is immutable`);
  }
  return listed(problems);
}

function unscheduled({ template }: JobSpec): unknown {
  return { ...template.spec, nodeSelector: null, affinity: null, tolerations: null };
}

/** Source: ValidateServiceClusterIPsRelatedFields, ValidateServiceUpdate. An address that the API server chose counts as none here. */
export function serviceRefusal({ spec: before }: Service, { spec: after }: Service): string | null {
  const keepsNone = before.type === "ExternalName" || after.type === "ExternalName";
  if (keepsNone || after.clusterIp === "" || after.clusterIp === before.clusterIp) return null;
  return `spec.clusterIPs[0]: Invalid value: ["${after.clusterIp}"]: may not change once set`;
}

const POD_FIELDS =
  "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

export function podRefusal(before: PodSpec, after: PodSpec): string | null {
  const kept = before.tolerations.every((one) => after.tolerations.some((other) => isSame(one, other)));
  const isFine = kept && isSame(fixedPart(before), fixedPart(after));
  return isFine ? null : `spec: Forbidden: pod updates may not change fields other than ${POD_FIELDS}`;
}

/** Ephemeral containers are no part of the file: a subresource adds them. */
function fixedPart(spec: PodSpec): unknown {
  const noImages = (containers: readonly Container[]): unknown => containers.map((container) => ({ ...container, image: "" }));
  const none: readonly Toleration[] = [];
  return {
    ...spec,
    containers: noImages(spec.containers),
    initContainers: noImages(spec.initContainers),
    ephemeralContainers: [],
    tolerations: none,
    activeDeadlineSeconds: null,
  };
}

function listed(problems: readonly string[]): string | null {
  if (problems.length === 0) return null;
  return problems.length === 1 ? problems[0]! : `[${problems.join(", ")}]`;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
