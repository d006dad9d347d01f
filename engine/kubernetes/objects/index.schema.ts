/** The registry's other half: kind → shape. */
import type { Schema } from "../../values/shape.schema.ts";
import type { Kind, WrittenObjects } from "./index.ts";
import { namespaceSchema } from "./namespace.schema.ts";
import { podSchema } from "./pod.schema.ts";
import { serviceSchema } from "./service.schema.ts";
import { deploymentSchema, replicaSetSchema } from "./workload.schema.ts";

export const kindSchemas: { readonly [K in Kind]: Schema<WrittenObjects[K]> } = {
  Namespace: namespaceSchema,
  Pod: podSchema,
  ReplicaSet: replicaSetSchema,
  Deployment: deploymentSchema,
  Service: serviceSchema,
};
