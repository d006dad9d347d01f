/** The registry's other half: kind → shape. */
import type { Schema } from "../../values/shape.schema.ts";
import type { Kind, WrittenObjects } from "./index.ts";
import { cronJobSchema, daemonSetSchema, jobSchema, replicationControllerSchema, statefulSetSchema } from "./controllers.schema.ts";
import { namespaceSchema } from "./namespace.schema.ts";
import { podSchema } from "./pod.schema.ts";
import {
  horizontalPodAutoscalerSchema,
  limitRangeSchema,
  podDisruptionBudgetSchema,
  priorityClassSchema,
  resourceQuotaSchema,
} from "./policies.schema.ts";
import { serviceSchema } from "./service.schema.ts";
import { deploymentSchema, replicaSetSchema } from "./workload.schema.ts";

export const kindSchemas: { readonly [K in Kind]: Schema<WrittenObjects[K]> } = {
  Namespace: namespaceSchema,
  Pod: podSchema,
  ReplicaSet: replicaSetSchema,
  Deployment: deploymentSchema,
  Service: serviceSchema,
  ReplicationController: replicationControllerSchema,
  StatefulSet: statefulSetSchema,
  DaemonSet: daemonSetSchema,
  Job: jobSchema,
  CronJob: cronJobSchema,
  HorizontalPodAutoscaler: horizontalPodAutoscalerSchema,
  PodDisruptionBudget: podDisruptionBudgetSchema,
  PriorityClass: priorityClassSchema,
  ResourceQuota: resourceQuotaSchema,
  LimitRange: limitRangeSchema,
};
