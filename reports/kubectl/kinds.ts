/** The kinds that `get` and `describe` know, by every name that kubectl takes for them. */
import type { ApiSnapshot } from "../../engine/kubernetes/views/api-object.ts";

export type Plural = Exclude<keyof ApiSnapshot, "at" | "printing" | "leases">;

export interface KindNames {
  readonly plural: Plural;
  readonly singular: string;
  readonly short: readonly string[];
  /** "" for the core group. */
  readonly group: string;
  readonly isNamespaced: boolean;
}

export const kindNames: readonly KindNames[] = [
  { plural: "pods", singular: "pod", short: ["po"], group: "", isNamespaced: true },
  { plural: "services", singular: "service", short: ["svc"], group: "", isNamespaced: true },
  { plural: "deployments", singular: "deployment", short: ["deploy"], group: "apps", isNamespaced: true },
  { plural: "horizontalpodautoscalers", singular: "horizontalpodautoscaler", short: ["hpa"], group: "autoscaling", isNamespaced: true },
  { plural: "replicasets", singular: "replicaset", short: ["rs"], group: "apps", isNamespaced: true },
  { plural: "statefulsets", singular: "statefulset", short: ["sts"], group: "apps", isNamespaced: true },
  { plural: "daemonsets", singular: "daemonset", short: ["ds"], group: "apps", isNamespaced: true },
  { plural: "jobs", singular: "job", short: [], group: "batch", isNamespaced: true },
  { plural: "cronjobs", singular: "cronjob", short: ["cj"], group: "batch", isNamespaced: true },
  { plural: "replicationcontrollers", singular: "replicationcontroller", short: ["rc"], group: "", isNamespaced: true },
  { plural: "controllerrevisions", singular: "controllerrevision", short: [], group: "apps", isNamespaced: true },
  { plural: "poddisruptionbudgets", singular: "poddisruptionbudget", short: ["pdb"], group: "policy", isNamespaced: true },
  { plural: "resourcequotas", singular: "resourcequota", short: ["quota"], group: "", isNamespaced: true },
  { plural: "limitranges", singular: "limitrange", short: ["limits"], group: "", isNamespaced: true },
  { plural: "priorityclasses", singular: "priorityclass", short: ["pc"], group: "scheduling.k8s.io", isNamespaced: false },
  { plural: "endpoints", singular: "endpoints", short: ["ep"], group: "", isNamespaced: true },
  { plural: "endpointslices", singular: "endpointslice", short: [], group: "discovery.k8s.io", isNamespaced: true },
  { plural: "events", singular: "event", short: ["ev"], group: "", isNamespaced: true },
  { plural: "nodes", singular: "node", short: ["no"], group: "", isNamespaced: false },
  { plural: "namespaces", singular: "namespace", short: ["ns"], group: "", isNamespaced: false },
];

/** What `get all` means. */
export const allKinds: readonly Plural[] = [
  "pods",
  "replicationcontrollers",
  "services",
  "daemonsets",
  "deployments",
  "replicasets",
  "statefulsets",
  "horizontalpodautoscalers",
  "cronjobs",
  "jobs",
];

export function findKind(word: string): KindNames | null {
  const wanted = word.toLowerCase();
  return (
    kindNames.find(
      ({ plural, singular, short, group }) =>
        wanted === plural ||
        wanted === singular ||
        short.includes(wanted) ||
        (group !== "" && wanted === `${plural}.${group}`) ||
        (group !== "" && wanted === `${singular}.${group}`),
    ) ?? null
  );
}

/** `pods`, `deployments.apps`: as errors of the server name it. */
export function resourceOf({ plural, group }: KindNames): string {
  return group === "" ? plural : `${plural}.${group}`;
}

/** `pod/web`, `deployment.apps/web`: what `-o name` prints. */
export function qualifiedName({ singular, group }: KindNames, name: string): string {
  return `${group === "" ? singular : `${singular}.${group}`}/${name}`;
}
