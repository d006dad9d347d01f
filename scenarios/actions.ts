/** `actions`: what an operator does, and when. */
import {
  actionSchema,
  type WrittenAction,
  type WrittenDebug,
  type WrittenDelete,
  type WrittenDrain,
  type WrittenEvict,
  type WrittenScale,
  type WrittenSetCondition,
  type WrittenSetImage,
  type WrittenTaintAction,
} from "../engine/actions/action.schema.ts";
import type {
  ActionSpec,
  Cordon,
  Debug,
  Delete,
  Drain,
  Evict,
  PodSelector,
  Scale,
  SetCondition,
  SetImage,
  SetPodImage,
  TaintNode,
} from "../engine/actions/action.ts";
import type { WrittenSelector } from "../engine/kubernetes/objects/selector.schema.ts";
import type { Taint } from "../engine/kubernetes/objects/meta.ts";
import type { KubernetesObject } from "../engine/kubernetes/objects/index.ts";
import { EPHEMERAL_MAX } from "../engine/kubernetes/kubelet/timers.ts";
import { formatDuration } from "../engine/values/duration.ts";
import { describe } from "../engine/values/issue.ts";
import { hintOf, type Inventory, type WorkloadKind } from "./inventory.ts";
import type { ScenarioSections } from "./section.ts";

/** A shape-checked action; its files are read before anything is checked against what is there. */
export interface ShapedAction {
  readonly path: string;
  readonly written: WrittenAction;
}

const verbs = ["apply", "setImage", "scale", "delete", "setCondition", "debug", "cordon", "uncordon", "taint", "evict", "drain"] as const;

export function shapeActions(written: readonly unknown[], sections: ScenarioSections, path: string): readonly ShapedAction[] {
  const actions: ShapedAction[] = [];
  written.forEach((value, index) => {
    const at = `${path}[${index}]`;
    const action = sections.shaped(actionSchema, value, at);
    if (action === null) return;
    const given = verbs.filter((verb) => action[verb] !== undefined);
    if (given.length === 1) actions.push({ path: at, written: action });
    else sections.report(at, given.length === 0 ? "nothing to do" : given.join(" and "), `one of ${verbs.join(", ")}`);
  });
  return actions;
}

export function filesOf(action: WrittenAction): readonly string[] {
  if (action.apply === undefined) return [];
  return typeof action.apply === "string" ? [action.apply] : action.apply;
}

export interface ActionContext {
  readonly inventory: Inventory;
  readonly duration: number;
  readonly sections: ScenarioSections;
  /** Null if some could not be read: then none is said to be missing. */
  readonly nodeNames: readonly string[] | null;
  /** Objects of an apply action's files. */
  readonly appliedBy: (action: ShapedAction) => readonly KubernetesObject[];
}

export function readActions(actions: readonly ShapedAction[], context: ActionContext): readonly ActionSpec[] {
  return actions.map((action) => {
    const { path, written } = action;
    const at = context.sections.duration(written.at, `${path}.at`);
    if (at > context.duration)
      context.sections.report(`${path}.at`, describe(written.at), `at most the duration, ${formatDuration(context.duration)}`);
    if (written.setImage !== undefined) return readSetImage(written.setImage, at, `${path}.setImage`, context);
    if (written.scale !== undefined) return readScale(written.scale, at, `${path}.scale`, context);
    if (written.delete !== undefined) return readDelete(written.delete, at, `${path}.delete`, context);
    if (written.debug !== undefined) return readDebug(written.debug, action, actions, at, context);
    if (written.setCondition !== undefined) return readSetCondition(written.setCondition, at, `${path}.setCondition`, context);
    if (written.cordon !== undefined) return readCordon(written.cordon.node, true, at, `${path}.cordon`, context);
    if (written.uncordon !== undefined) return readCordon(written.uncordon.node, false, at, `${path}.uncordon`, context);
    if (written.taint !== undefined) return readTaintAction(written.taint, at, `${path}.taint`, context);
    if (written.evict !== undefined) return readEvict(written.evict, at, `${path}.evict`, context);
    if (written.drain !== undefined) return readDrain(written.drain, at, `${path}.drain`, context);
    return { type: "apply", at, objects: context.appliedBy(action) };
  });
}

function readSetImage(written: WrittenSetImage, at: number, path: string, context: ActionContext): SetImage | SetPodImage {
  const { namespace = "default", deployment, pod, container, image } = written;
  const chosen = oneTarget({ deployment, pod }, path, context.sections);
  if (chosen.field === "pod") return readSetPodImage({ ...written, pod: chosen.name, namespace }, at, path, context);
  return readSetDeploymentImage({ namespace, deployment: chosen.name, container, image }, at, path, context);
}

function readSetPodImage(
  { namespace, pod, container, image }: WrittenSetImage & { readonly namespace: string; readonly pod: string },
  at: number,
  path: string,
  context: ActionContext,
): SetPodImage {
  if (requireTarget("Pod", namespace, pod, `${path}.pod`, context) && container !== undefined)
    requireContainer(container, context.inventory.find("Pod", namespace, pod), `Pod ${pod}`, `${path}.container`, context);
  return { type: "setPodImage", at, namespace, pod, container: container ?? null, image };
}

function requireContainer(
  container: string,
  targets: ReturnType<Inventory["find"]>,
  of: string,
  path: string,
  { inventory, sections }: ActionContext,
): void {
  const names = inventory.containers(targets).map(({ name }) => name);
  if (!names.includes(container))
    sections.report(path, describe(container), `a container of ${of}`, hintOf("containers", container, names));
}

function readDebug(
  { pod, selector, namespace, image, name, target }: WrittenDebug,
  action: ShapedAction,
  actions: readonly ShapedAction[],
  at: number,
  context: ActionContext,
): Debug {
  const { inventory, sections } = context;
  const path = `${action.path}.debug`;
  oneTarget({ pod, selector: selector === undefined ? undefined : "" }, path, sections);
  if (selector !== undefined && namespace !== undefined)
    sections.report(`${path}.namespace`, describe(namespace), "no namespace beside a selector", "the selector has one of its own");
  const chosen = pod === undefined ? (selector ?? {}) : { pod, namespace: namespace ?? "default" };
  const workloads = inventory.selected(chosen);
  if (workloads.length === 0 && inventory.isComplete)
    sections.report(
      pod === undefined ? `${path}.selector` : `${path}.pod`,
      describe(pod ?? selector),
      "workloads of the manifests",
      inventory.hintForSelector(chosen),
    );
  if (target !== undefined && workloads.length > 0) requireContainer(target, workloads, "these Pods", `${path}.target`, context);
  const others = actions.filter(({ written }) => written.debug !== undefined);
  const place = others.indexOf(action) + 1;
  if (place > EPHEMERAL_MAX) sections.report(path, `${place} debug actions`, `at most ${EPHEMERAL_MAX}`);
  const given = name ?? (place === 1 ? "debugger" : `debugger-${place}`);
  if (inventory.containers(workloads).some((container) => container.name === given))
    sections.report(`${path}.name`, describe(given), "a name that no other container of the Pod has");
  return { type: "debug", at, selector: definedFields(chosen), name: given, image };
}

function readSetDeploymentImage(
  { namespace, deployment, container, image }: { namespace: string; deployment: string; container: string | undefined; image: string },
  at: number,
  path: string,
  context: ActionContext,
): SetImage {
  if (requireTarget("Deployment", namespace, deployment, `${path}.deployment`, context) && container !== undefined)
    requireContainer(
      container,
      context.inventory.find("Deployment", namespace, deployment),
      `Deployment ${deployment}`,
      `${path}.container`,
      context,
    );
  return { type: "setImage", at, namespace, deployment, container: container ?? null, image };
}

function readScale(
  { deployment, replicaSet, namespace = "default", replicas }: WrittenScale,
  at: number,
  path: string,
  context: ActionContext,
): Scale {
  const chosen = oneTarget({ deployment, replicaSet }, path, context.sections);
  const kind = chosen.field === "replicaSet" ? "ReplicaSet" : "Deployment";
  if (chosen.name !== "") requireTarget(kind, namespace, chosen.name, `${path}.${chosen.field}`, context);
  return { type: "scale", at, namespace, kind, name: chosen.name, replicas };
}

function readSetCondition(written: WrittenSetCondition, at: number, path: string, context: ActionContext): SetCondition {
  const { pod, selector, type: condition, status } = written;
  const { inventory, sections } = context;
  oneTarget({ pod, selector: selector === undefined ? undefined : "" }, path, sections);
  if (selector !== undefined && written.namespace !== undefined)
    sections.report(`${path}.namespace`, describe(written.namespace), "no namespace beside a selector", "the selector has one of its own");
  const chosen = pod === undefined ? (selector ?? {}) : { pod, namespace: written.namespace ?? "default" };
  const workloads = inventory.selected(chosen);
  if (workloads.length === 0 && inventory.isComplete)
    sections.report(
      pod === undefined ? `${path}.selector` : `${path}.pod`,
      describe(pod ?? selector),
      "workloads of the manifests",
      inventory.hintForSelector(chosen),
    );
  const gates = workloads.flatMap(({ template }) => template.spec.readinessGates ?? []);
  if (workloads.length > 0 && !gates.includes(condition))
    sections.report(`${path}.type`, describe(condition), "a readiness gate of these Pods", hintOf("readiness gates", condition, gates));
  return { type: "setCondition", at, selector: definedFields(chosen), condition, status };
}

function readCordon(node: string, unschedulable: boolean, at: number, path: string, context: ActionContext): Cordon {
  requireNode(node, path, context);
  return { type: "cordon", at, node, unschedulable };
}

const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

/** As kubectl writes them: key=value:Effect, key:Effect, and key:Effect- to take one away. */
function readTaintAction({ node, taint: written }: WrittenTaintAction, at: number, path: string, context: ActionContext): TaintNode {
  requireNode(node, path, context);
  const add: Taint[] = [];
  const remove: Taint[] = [];
  for (const text of typeof written === "string" ? [written] : written) {
    const [, key = "", value = "", name, minus] = /^([^=:]+)(?:=([^:]*))?:(\w+)(-)?$/.exec(text) ?? [];
    const effect = taintEffects.find((known) => known === name);
    if (effect === undefined)
      context.sections.report(`${path}.taint`, describe(text), `key=value:Effect, with an effect of ${taintEffects.join(", ")}`);
    else (minus === undefined ? add : remove).push({ key, value, effect });
  }
  return { type: "taint", at, node, add, remove };
}

function readEvict({ pod, selector, namespace, gracePeriod }: WrittenEvict, at: number, path: string, context: ActionContext): Evict {
  const { inventory, sections } = context;
  oneTarget({ pod, selector: selector === undefined ? undefined : "" }, path, sections);
  if (selector !== undefined && namespace !== undefined)
    sections.report(`${path}.namespace`, describe(namespace), "no namespace beside a selector", "the selector has one of its own");
  const chosen = pod === undefined ? (selector ?? {}) : { pod, namespace: namespace ?? "default" };
  if (inventory.selected(chosen).length === 0 && inventory.isComplete)
    sections.report(
      pod === undefined ? `${path}.selector` : `${path}.pod`,
      describe(pod ?? selector),
      "workloads of the manifests",
      inventory.hintForSelector(chosen),
    );
  return { type: "evict", at, selector: definedFields(chosen), gracePeriodSeconds: readGrace(gracePeriod, path, sections) };
}

function readDrain(written: WrittenDrain, at: number, path: string, context: ActionContext): Drain {
  const { node, force = false, ignoreDaemonSets = false, disableEviction = false, gracePeriod, timeout } = written;
  requireNode(node, path, context);
  const limit = timeout === undefined ? 0 : context.sections.duration(timeout, `${path}.timeout`);
  return {
    type: "drain",
    at,
    node,
    force,
    ignoreDaemonSets,
    disableEviction,
    gracePeriodSeconds: readGrace(gracePeriod, path, context.sections),
    // As kubectl: 0 means for ever.
    timeout: limit === 0 ? Infinity : limit,
  };
}

/** Seconds; null: not given. */
function readGrace(gracePeriod: WrittenDelete["gracePeriod"], path: string, sections: ScenarioSections): number | null {
  if (gracePeriod === undefined) return null;
  const grace = sections.duration(gracePeriod, `${path}.gracePeriod`);
  if (grace % 1_000_000 !== 0) sections.report(`${path}.gracePeriod`, describe(gracePeriod), "whole seconds");
  return Math.round(grace / 1_000_000);
}

function requireNode(node: string, path: string, { nodeNames, sections }: ActionContext): void {
  if (nodeNames === null || nodeNames.includes(node)) return;
  sections.report(`${path}.node`, describe(node), "a node of the scenario", hintOf("nodes", node, nodeNames));
}

function definedFields({ namespace, deployment, replicaSet, pod, labels }: WrittenSelector): PodSelector {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(deployment === undefined ? {} : { deployment }),
    ...(replicaSet === undefined ? {} : { replicaSet }),
    ...(pod === undefined ? {} : { pod }),
    ...(labels === undefined ? {} : { labels }),
  };
}

const kindOfField = { deployment: "Deployment", replicaSet: "ReplicaSet", pod: "Pod", service: "Service" } as const;

function readDelete(written: WrittenDelete, at: number, path: string, context: ActionContext): Delete {
  const { deployment, replicaSet, pod, service, namespace = "default", gracePeriod, force = false } = written;
  const chosen = oneTarget({ deployment, replicaSet, pod, service }, path, context.sections);
  const kind = kindOfField[chosen.field];
  const isNamedBySet = kind === "Pod" && context.inventory.hasStatefulPod(namespace, chosen.name);
  if (chosen.name !== "" && !isNamedBySet) requireTarget(kind, namespace, chosen.name, `${path}.${chosen.field}`, context);
  if (kind !== "Pod") refuseGrace({ gracePeriod, force: written.force }, kind, path, context.sections);
  const grace = gracePeriod === undefined ? null : context.sections.duration(gracePeriod, `${path}.gracePeriod`);
  if (grace !== null && grace % 1_000_000 !== 0) context.sections.report(`${path}.gracePeriod`, describe(gracePeriod), "whole seconds");
  if (kind === "Pod" && grace === 0 && !force)
    context.sections.report(
      `${path}.gracePeriod`,
      describe(gracePeriod),
      "more than 0, or force: true",
      "as kubectl: deleting at once needs force",
    );
  // kubectl delete --force without a grace period means none.
  const seconds = grace === null ? (force ? 0 : null) : Math.round(grace / 1_000_000);
  return { type: "delete", at, namespace, kind, name: chosen.name, gracePeriodSeconds: seconds, force };
}

/** kubectl would hand them to the object itself, which has no grace: its Pods are deleted by the garbage collector. */
function refuseGrace(given: Pick<WrittenDelete, "gracePeriod" | "force">, kind: string, path: string, sections: ScenarioSections): void {
  for (const field of ["gracePeriod", "force"] as const)
    if (given[field] !== undefined)
      sections.report(
        `${path}.${field}`,
        describe(given[field]),
        "this option for a pod only",
        `Pods of a ${kind} get the grace of their own spec`,
      );
}

function oneTarget<Field extends string>(
  fields: { readonly [F in Field]: string | undefined },
  path: string,
  sections: ScenarioSections,
): { readonly field: Field; readonly name: string } {
  const known = Object.keys(fields) as Field[];
  const given = known.filter((field) => fields[field] !== undefined);
  const [field = known[0] as Field] = given;
  if (given.length !== 1) sections.report(path, given.length === 0 ? "no target" : given.join(" and "), `one of ${known.join(", ")}`);
  return { field, name: given.length === 1 ? (fields[field] ?? "") : "" };
}

function requireTarget(
  kind: WorkloadKind | "Service",
  namespace: string,
  name: string,
  path: string,
  { inventory, sections }: ActionContext,
): boolean {
  const isThere = kind === "Service" ? inventory.service(namespace, name) !== undefined : inventory.find(kind, namespace, name).length > 0;
  if (!isThere && inventory.isComplete) {
    sections.report(
      path,
      describe(name),
      `a ${kind} of the manifests${namespace === "default" ? "" : ` in namespace ${namespace}`}`,
      inventory.hintFor(kind, name),
    );
  }
  return isThere;
}
