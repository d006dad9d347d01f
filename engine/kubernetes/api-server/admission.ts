/**
 * What may keep an object from being created: a namespace that is going away, a priority class that isn't there,
 * bounds of a LimitRange, a ResourceQuota. Mutating admission happened when the scenario was read
 * (objects/admitted-template.ts).
 */
import type { VirtualTime } from "../../kernel/time.ts";
import type { TemplateId } from "../objects/definitions.ts";
import { kinds, type Kind } from "../objects/index.ts";
import { limitProblems } from "../objects/limit-range-check.ts";
import { isInScopes, limitedPart, objectUsage, plusUsage, podUsage, unstated, usageText } from "../objects/pod-usage.ts";
import type { PodSpec } from "../objects/pod.ts";
import type { Amounts } from "../objects/resource-quota.ts";
import type { Commits } from "./commits.ts";
import { podNameOf, podSuffix } from "./names.ts";
import type { ObjectRecord } from "./object-record.ts";
import type { Objects } from "./objects.ts";
import type { PodRecord, PodTraits } from "./pod-record.ts";
import type { ApiResponse } from "./requests.ts";
import type { Store } from "./store.ts";

export class Admission {
  /** Set once both exist: what it charges is written there. */
  objects: Objects | null = null;
  private readonly store: Store;
  /** Pods refused so far, by workload. */
  private readonly refusals = new Map<number, number>();

  constructor({ store }: Commits) {
    this.store = store;
  }

  /** Null: it may be created. */
  refusalOfPod(owner: number, workload: number, template: TemplateId, traits: PodTraits | null): ApiResponse | null {
    const { namespace } = this.store.workloads.workload(workload);
    if (this.store.goneNamespaces.has(namespace)) return namespaceNotFound(namespace);
    // Without any object of these kinds nothing is in the way: the rule.
    if (this.store.objects.size === 0 && !this.namesClass(template)) return null;
    const { spec } = this.store.definitions.template(template);
    const name = (): string => this.nextPodName(owner, workload, traits);
    if (this.isTerminating(namespace)) return terminating("pods", name(), namespace);
    const { priorityClassName = "" } = spec;
    if (
      priorityClassName !== "" &&
      !priorityClassName.startsWith("system-") &&
      this.store.findObject("PriorityClass", "", priorityClassName) === undefined
    )
      return forbidden("pods", name(), `no PriorityClass with name ${priorityClassName} was found`);
    const problems = this.inNamespace("LimitRange", namespace).flatMap((range) => limitProblems(spec, range.spec));
    if (problems.length > 0) return forbidden("pods", name(), problems.length === 1 ? problems[0]! : `[${problems.join(", ")}]`);
    const quota = this.quotaProblem(namespace, podUsage(spec), spec);
    return quota === null ? null : forbidden("pods", name(), quota);
  }

  refusalOfObject(kind: Kind | "ControllerRevision", namespace: string, name: string): ApiResponse | null {
    if (this.store.goneNamespaces.has(namespace)) return namespaceNotFound(namespace);
    if (namespace === "" || this.store.objects.size === 0) return null;
    const resource = resourceOf(kind);
    if (this.isTerminating(namespace)) return terminating(resource.full, name, namespace);
    const quota = this.quotaProblem(namespace, objectUsage(resource.plural, resource.group), null);
    return quota === null ? null : forbidden(resource.full, name, quota);
  }

  podAdmitted(pod: PodRecord, now: VirtualTime): void {
    if (this.store.objects.size === 0) return;
    const { spec } = this.store.definitions.template(pod.template);
    this.charge(this.store.workloads.workload(pod.workload).namespace, podUsage(spec), spec, now);
  }

  objectAdmitted(kind: Kind | "ControllerRevision", namespace: string, now: VirtualTime): void {
    if (namespace === "" || this.store.objects.size === 0) return;
    const { plural, group } = resourceOf(kind);
    this.charge(namespace, objectUsage(plural, group), null, now);
  }

  /** The first quota that has no room, in its words; null: all have. `spec`: of a Pod. */
  private quotaProblem(namespace: string, usage: Amounts, spec: PodSpec | null): string | null {
    for (const { name, spec: quota, status } of this.quotasOf(namespace, usage, spec)) {
      const missing = spec === null ? "" : unstated(spec, quota.hard);
      if (missing !== "") return `failed quota: ${name}: must specify ${missing}`;
      const requested = limitedPart(usage, quota.hard);
      const names = Object.keys(requested);
      // Its controller hasn't counted yet.
      if (names.some((resource) => status.used[resource] === undefined))
        return `status unknown for quota: ${name}, resources: ${[...names].sort().join(",")}`;
      const over = names.filter(
        (resource) => requested[resource]! > 0 && status.used[resource]! + requested[resource]! > quota.hard[resource]!,
      );
      if (over.length > 0)
        return `exceeded quota: ${name}, requested: ${usageText(requested, over)}, used: ${usageText(status.used, over)}, limited: ${usageText(quota.hard, over)}`;
    }
    return null;
  }

  private charge(namespace: string, usage: Amounts, spec: PodSpec | null, now: VirtualTime): void {
    for (const { id, spec: quota, status } of this.quotasOf(namespace, usage, spec)) {
      const used = plusUsage(status.used, limitedPart(usage, quota.hard));
      this.objects?.updateStatus(id, 0, { ...status, used }, now);
    }
  }

  /** Those that limit something of it. */
  private quotasOf(namespace: string, usage: Amounts, spec: PodSpec | null): ObjectRecord<"ResourceQuota">[] {
    return this.inNamespace("ResourceQuota", namespace).filter(
      (quota) =>
        Object.keys(limitedPart(usage, quota.spec.hard)).length > 0 &&
        (spec === null ? quota.spec.scopes.length === 0 : isInScopes(spec, quota.spec)),
    );
  }

  private inNamespace<K extends "LimitRange" | "ResourceQuota">(kind: K, namespace: string): ObjectRecord<K>[] {
    return this.store.objectsIn(kind, namespace);
  }

  private isTerminating(namespace: string): boolean {
    return (this.store.findObject("Namespace", "", namespace)?.deletionTimestamp ?? -1) >= 0;
  }

  private namesClass(template: TemplateId): boolean {
    return this.store.definitions.template(template).spec.priorityClassName !== undefined;
  }

  /** The name that the Pod would have had: another each time. */
  private nextPodName(owner: number, workload: number, traits: PodTraits | null): string {
    if (traits !== null && traits.name !== "") return traits.name;
    const { workloads, seed } = this.store;
    const refusals = this.refusals.get(workload) ?? 0;
    this.refusals.set(workload, refusals + 1);
    const suffix = podSuffix(seed, `${workloads.label(workload)} refused`, refusals);
    return podNameOf(workloads.workload(workload), this.store.ownerName(owner), suffix);
  }
}

export function alreadyExists(kind: Kind | "ControllerRevision", name: string): ApiResponse {
  return { status: "alreadyExists", message: `${resourceOf(kind).full} "${name}" already exists` };
}

function resourceOf(kind: Kind | "ControllerRevision"): { readonly plural: string; readonly group: string; readonly full: string } {
  const { plural, apiVersion } = kind === "ControllerRevision" ? { plural: "controllerrevisions", apiVersion: "apps/v1" } : kinds[kind];
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return { plural, group, full: group === "" ? plural : `${plural}.${group}` };
}

function terminating(resource: string, name: string, namespace: string): ApiResponse {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  return { ...forbidden(resource, name, why), isNamespaceTerminating: true };
}

/** Source: apiserver pkg/admission/plugin/namespace/lifecycle. */
function namespaceNotFound(namespace: string): ApiResponse {
  return { status: "notFound", message: `namespaces "${namespace}" not found` };
}

function forbidden(resource: string, name: string, why: string): ApiResponse {
  return { status: "forbidden", message: `${resource} "${name}" is forbidden: ${why}` };
}
