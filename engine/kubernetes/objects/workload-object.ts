/** Objects of which Pods come, whatever their kind: their template, and how many Pods they ask for. */
import type { CronJob } from "./cron-job.ts";
import type { DaemonSet } from "./daemon-set.ts";
import type { Deployment } from "./deployment.ts";
import type { Kind, KubernetesObject } from "./index.ts";
import type { Job } from "./job.ts";
import type { Pod, PodTemplate } from "./pod.ts";
import type { ReplicaSet } from "./replica-set.ts";
import type { ReplicationController } from "./replication-controller.ts";
import type { StatefulSet } from "./stateful-set.ts";

export type WorkloadObject = Pod | ReplicaSet | Deployment | ReplicationController | StatefulSet | DaemonSet | Job | CronJob;

export function isWorkload(object: KubernetesObject): object is WorkloadObject {
  return workloadKinds.has(object.kind);
}

const workloadKinds: ReadonlySet<Kind> = new Set<WorkloadObject["kind"]>([
  "Pod",
  "ReplicaSet",
  "Deployment",
  "ReplicationController",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
]);

/** What its Pods are made of. */
export function podTemplateOf(object: WorkloadObject): PodTemplate {
  if (object.kind === "Pod") return object.template;
  return object.kind === "CronJob" ? object.spec.job.template : object.spec.template;
}

/** Where that template's spec stands in the object. */
export function podSpecPathOf(kind: WorkloadObject["kind"]): string {
  if (kind === "Pod") return "spec";
  return kind === "CronJob" ? "spec.jobTemplate.spec.template.spec" : "spec.template.spec";
}

/** Pods that its spec asks for at once, on so many nodes. */
export function replicasOf(object: WorkloadObject, nodes: number): number {
  switch (object.kind) {
    case "Pod":
      return 1;
    case "Deployment":
    case "ReplicaSet":
    case "ReplicationController":
    case "StatefulSet":
      return object.spec.replicas;
    case "DaemonSet":
      return nodes;
    case "Job":
      return object.spec.parallelism;
    case "CronJob":
      return object.spec.job.parallelism;
  }
}
