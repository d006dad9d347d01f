/** The kinds that are modelled. Every other kind is accepted and listed as not modelled yet. */
import type { Deployment } from "./deployment.ts";
import type { Namespace } from "./namespace.ts";
import type { Pod } from "./pod.ts";
import type { ReplicaSet } from "./replica-set.ts";
import type { Service } from "./service.ts";

export type KubernetesObject = Namespace | Pod | ReplicaSet | Deployment | Service;
export type Kind = KubernetesObject["kind"];
