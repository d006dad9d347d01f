/** The registry of kinds that are modelled. Every other kind is accepted and listed as not modelled yet. */
import type { Issues } from "../../values/issue.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import { defaultDeployment, readDeployment, validateDeployment, type Deployment } from "./deployment.ts";
import { readNamespace, validateNamespace, type Namespace } from "./namespace.ts";
import { defaultPod, readPod, validatePod } from "./pod-admission.ts";
import type { Pod } from "./pod.ts";
import type { Minor } from "./probe-validation.ts";
import { defaultReplicaSet, readReplicaSet, validateReplicaSet, type ReplicaSet } from "./replica-set.ts";
import { defaultService, readService, validateService, type Service } from "./service.ts";
import type { WrittenDeployment, WrittenNamespace, WrittenPod, WrittenReplicaSet, WrittenService } from "./written.ts";

export type KubernetesObject = Namespace | Pod | ReplicaSet | Deployment | Service;
export type Kind = KubernetesObject["kind"];

/** What each kind is as people write it. */
export interface WrittenObjects {
  readonly Namespace: WrittenNamespace;
  readonly Pod: WrittenPod;
  readonly ReplicaSet: WrittenReplicaSet;
  readonly Deployment: WrittenDeployment;
  readonly Service: WrittenService;
}

export interface KindDefinition<Written, Object> {
  readonly apiVersion: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
  /** Defaulting, then validation: all problems go into `issues`; the object is only meaningful without any. */
  admit(written: Written, minor: Minor, issues: Issues, defaults: AdmissionDefaults): Object;
}

export const kinds: { readonly [K in Kind]: KindDefinition<WrittenObjects[K], Extract<KubernetesObject, { kind: K }>> } = {
  Namespace: {
    apiVersion: "v1",
    plural: "namespaces",
    isNamespaced: false,
    admit(written, _minor, issues) {
      validateNamespace(written, issues);
      return readNamespace(written);
    },
  },
  Pod: {
    apiVersion: "v1",
    plural: "pods",
    isNamespaced: true,
    admit(written, minor, issues, defaults) {
      const defaulted = defaultPod(written, defaults);
      validatePod(defaulted, minor, issues);
      return readPod(defaulted, defaults);
    },
  },
  ReplicaSet: {
    apiVersion: "apps/v1",
    plural: "replicasets",
    isNamespaced: true,
    admit(written, minor, issues, defaults) {
      const defaulted = defaultReplicaSet(written, defaults);
      validateReplicaSet(defaulted, minor, issues);
      return readReplicaSet(defaulted, defaults);
    },
  },
  Deployment: {
    apiVersion: "apps/v1",
    plural: "deployments",
    isNamespaced: true,
    admit(written, minor, issues, defaults) {
      const defaulted = defaultDeployment(written, defaults);
      validateDeployment(defaulted, minor, issues);
      return readDeployment(defaulted, defaults);
    },
  },
  Service: {
    apiVersion: "v1",
    plural: "services",
    isNamespaced: true,
    admit(written, _minor, issues) {
      const defaulted = defaultService(written);
      validateService(defaulted, issues);
      return readService(defaulted);
    },
  },
};

export function isKind(kind: string): kind is Kind {
  return Object.hasOwn(kinds, kind);
}
