/** `actions`: what an operator does, and when. */
import {
  actionSchema,
  type WrittenAction,
  type WrittenAnnotate,
  type WrittenChanges,
  type WrittenDebug,
  type WrittenDelete,
  type WrittenDrain,
  type WrittenEvict,
  type WrittenLabel,
  type WrittenRolloutStatus,
  type WrittenScale,
  type WrittenSetCondition,
  type WrittenSetEnv,
  type WrittenSetImage,
  type WrittenSetResources,
  type WrittenTaintAction,
} from "../engine/actions/action.schema.ts";
import type {
  ActionSpec,
  Cordon,
  Debug,
  Delete,
  DeleteNode,
  Drain,
  Evict,
  Label,
  LabelNode,
  LabelPods,
  PodSelector,
  RolloutKind,
  RolloutStatus,
  Scale,
  SetCondition,
  SetEnv,
  SetImage,
  SetPodImage,
  SetResources,
  TaintNode,
  TemplatedKind,
} from "../engine/actions/action.ts";
import type { WrittenSelector } from "../engine/kubernetes/objects/selector.schema.ts";
import type { Taint } from "../engine/kubernetes/objects/meta.ts";
import { isKind, kinds, type Kind, type KubernetesObject } from "../engine/kubernetes/objects/index.ts";
import { validateAnnotations, validateLabels } from "../engine/kubernetes/objects/names.ts";
import { readQuantity, readResourceList } from "../engine/kubernetes/objects/resources.ts";
import { EPHEMERAL_MAX } from "../engine/kubernetes/kubelet/timers.ts";
import { formatDuration } from "../engine/values/duration.ts";
import { describe, Issues } from "../engine/values/issue.ts";
import { hintOf, type Inventory, type WorkloadKind } from "./inventory.ts";
import type { ScenarioSections } from "./section.ts";

/** A shape-checked action; its files are read before anything is checked against what is there. */
export interface ShapedAction {
  readonly path: string;
  readonly written: WrittenAction;
}

const verbs = [
  "apply",
  "setImage",
  "setEnv",
  "setResources",
  "restart",
  "undo",
  "pause",
  "resume",
  "rolloutStatus",
  "label",
  "annotate",
  "scale",
  "delete",
  "setCondition",
  "debug",
  "cordon",
  "uncordon",
  "taint",
  "evict",
  "drain",
] as const;

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
  /** The name of each one's file. */
  readonly filesAppliedBy: (action: ShapedAction) => readonly string[];
}

export function readActions(actions: readonly ShapedAction[], context: ActionContext): readonly ActionSpec[] {
  return actions.map((action) => {
    const { path, written } = action;
    const at = context.sections.duration(written.at, `${path}.at`);
    if (at > context.duration)
      context.sections.report(`${path}.at`, describe(written.at), `at most the duration, ${formatDuration(context.duration)}`);
    if (written.setImage !== undefined) return readSetImage(written.setImage, at, `${path}.setImage`, context);
    const change = readWorkloadAction(written, at, path, context);
    if (change !== null) return change;
    if (written.scale !== undefined) return readScale(written.scale, at, `${path}.scale`, context);
    if (written.delete?.node !== undefined) return readDeleteNode(written.delete, written.delete.node, at, `${path}.delete`, context);
    if (written.delete !== undefined) return readDelete(written.delete, at, `${path}.delete`, context);
    if (written.debug !== undefined) return readDebug(written.debug, action, actions, at, context);
    if (written.setCondition !== undefined) return readSetCondition(written.setCondition, at, `${path}.setCondition`, context);
    if (written.cordon !== undefined) return readCordon(written.cordon.node, true, at, `${path}.cordon`, context);
    if (written.uncordon !== undefined) return readCordon(written.uncordon.node, false, at, `${path}.uncordon`, context);
    if (written.taint !== undefined) return readTaintAction(written.taint, at, `${path}.taint`, context);
    if (written.evict !== undefined) return readEvict(written.evict, at, `${path}.evict`, context);
    if (written.drain !== undefined) return readDrain(written.drain, at, `${path}.drain`, context);
    return { type: "apply", at, objects: context.appliedBy(action), files: context.filesAppliedBy(action) };
  });
}

const rolloutKinds = { deployment: "Deployment", statefulSet: "StatefulSet", daemonSet: "DaemonSet" } as const;
const templatedKinds = { ...rolloutKinds, replicaSet: "ReplicaSet", replicationController: "ReplicationController" } as const;
const labelledKinds = { ...templatedKinds, pod: "Pod" } as const;

const scalableKinds = {
  deployment: "Deployment",
  statefulSet: "StatefulSet",
  replicaSet: "ReplicaSet",
  replicationController: "ReplicationController",
} as const;

type Fields<K extends string> = { readonly [F in K]?: string | undefined };

/** The one workload that an action names. */
function workloadOf<Kinds extends Readonly<Record<string, WorkloadKind>>>(
  choice: Kinds,
  written: object,
  path: string,
  context: ActionContext,
): {
  readonly target: { readonly namespace: string; readonly kind: Kinds[keyof Kinds]; readonly name: string };
  readonly isThere: boolean;
} {
  const given = written as Fields<string>;
  const { namespace = "default" } = given;
  const chosen = oneTarget(Object.fromEntries(Object.keys(choice).map((field) => [field, given[field]])), path, context.sections);
  const kind = choice[chosen.field] as Kinds[keyof Kinds];
  const isThere = chosen.name !== "" && requireTarget(kind, namespace, chosen.name, `${path}.${chosen.field}`, context);
  return { target: { namespace, kind, name: chosen.name }, isThere };
}

/** The same, with a container of its template that must be there. */
function templatedOf(
  written: Fields<keyof typeof templatedKinds> & { readonly namespace?: string | undefined; readonly container?: string | undefined },
  path: string,
  context: ActionContext,
): { readonly namespace: string; readonly kind: TemplatedKind; readonly name: string; readonly container: string | null } {
  const { isThere, target } = workloadOf(templatedKinds, written, path, context);
  const { container = null } = written;
  const found = context.inventory.find(target.kind, target.namespace, target.name);
  if (isThere && container !== null) requireContainer(container, found, `${target.kind} ${target.name}`, `${path}.container`, context);
  return { ...target, container };
}

function rolloutOf(
  written: Fields<keyof typeof rolloutKinds> & { readonly namespace?: string | undefined },
  path: string,
  context: ActionContext,
): { readonly namespace: string; readonly kind: RolloutKind; readonly name: string } {
  const { target } = workloadOf(rolloutKinds, written, path, context);
  return target;
}

/** Null: it is none of these. */
function readWorkloadAction(written: WrittenAction, at: number, path: string, context: ActionContext): ActionSpec | null {
  const { setEnv, setResources, restart, undo, pause, resume, rolloutStatus, label, annotate } = written;
  if (setEnv !== undefined) return readSetEnv(setEnv, at, `${path}.setEnv`, context);
  if (setResources !== undefined) return readSetResources(setResources, at, `${path}.setResources`, context);
  if (restart !== undefined) return { type: "restart", at, ...rolloutOf(restart, `${path}.restart`, context) };
  if (undo !== undefined) return { type: "undo", at, ...rolloutOf(undo, `${path}.undo`, context), toRevision: undo.toRevision ?? 0 };
  if (pause !== undefined) return { type: "pause", at, ...deploymentOf(pause, `${path}.pause`, context) };
  if (resume !== undefined) return { type: "resume", at, ...deploymentOf(resume, `${path}.resume`, context) };
  if (rolloutStatus !== undefined) return readRolloutStatus(rolloutStatus, at, `${path}.rolloutStatus`, context);
  if (label !== undefined) return readLabel(label, "labels", label.labels, at, `${path}.label`, context);
  if (annotate !== undefined) return readLabel(annotate, "annotations", annotate.annotations, at, `${path}.annotate`, context);
  return null;
}

function deploymentOf(
  { deployment: name, namespace = "default" }: { readonly deployment: string; readonly namespace?: string | undefined },
  path: string,
  context: ActionContext,
): { readonly namespace: string; readonly kind: "Deployment"; readonly name: string } {
  requireTarget("Deployment", namespace, name, `${path}.deployment`, context);
  return { namespace, kind: "Deployment", name };
}

function readSetEnv(written: WrittenSetEnv, at: number, path: string, context: ActionContext): SetEnv {
  const env = readChanges(written.env, `${path}.env`, context.sections);
  return { type: "setEnv", at, ...templatedOf(written, path, context), env };
}

/** KEY=value sets, KEY- takes away. */
function readChanges(written: WrittenChanges, path: string, sections: ScenarioSections): Record<string, string | null> {
  const changes: Record<string, string | null> = {};
  for (const text of typeof written === "string" ? [written] : written) {
    const [, key = "", value] = /^([^=]+?)(?:=(.*)|-)$/s.exec(text) ?? [];
    if (key === "") sections.report(path, describe(text), "KEY=value, or KEY- to take it away");
    else changes[key] = value ?? null;
  }
  return changes;
}

function readSetResources(written: WrittenSetResources, at: number, path: string, context: ActionContext): SetResources {
  const { requests = {}, limits = {} } = written;
  if (Object.keys(requests).length + Object.keys(limits).length === 0) context.sections.report(path, "no amount", "requests or limits");
  const issues = new Issues();
  for (const [list, amounts] of Object.entries({ requests, limits }))
    for (const [name, amount] of Object.entries(amounts)) readQuantity(amount, `${path}.${list}[${name}]`, issues);
  for (const { path: where, found, expected, hint } of issues.list) context.sections.report(where, found, expected, hint);
  return {
    type: "setResources",
    at,
    ...templatedOf(written, path, context),
    requests: readResourceList(requests),
    limits: readResourceList(limits),
  };
}

function readRolloutStatus(written: WrittenRolloutStatus, at: number, path: string, context: ActionContext): RolloutStatus {
  const limit = written.timeout === undefined ? 0 : context.sections.duration(written.timeout, `${path}.timeout`);
  // As kubectl: 0 means for ever.
  return { type: "rolloutStatus", at, ...rolloutOf(written, path, context), timeout: limit === 0 ? Infinity : limit };
}

function readLabel(
  written: WrittenLabel | WrittenAnnotate,
  field: Label["field"],
  changes: WrittenChanges,
  at: number,
  path: string,
  context: ActionContext,
): Label | LabelPods | LabelNode {
  const change = readChanges(changes, `${path}.${field}`, context.sections);
  const issues = new Issues();
  const given = Object.fromEntries(Object.entries(change).map(([key, value]) => [key, value ?? ""]));
  if (field === "labels") validateLabels(given, `${path}.${field}`, issues);
  else validateAnnotations(given, `${path}.${field}`, issues);
  for (const { path: where, found, expected, hint } of issues.list) context.sections.report(where, found, expected, hint);
  const { overwrite = false, selector, count, pod } = written;
  const node = "node" in written ? written.node : undefined;
  if (count !== undefined && selector === undefined)
    context.sections.report(`${path}.count`, describe(count), "no count without a selector");
  if (selector === undefined && node === undefined) {
    const { target } = workloadOf(labelledKinds, written, path, context);
    return { type: "label", at, field, ...target, change, overwrite };
  }
  const names = Object.fromEntries((Object.keys(templatedKinds) as (keyof typeof templatedKinds)[]).map((key) => [key, written[key]]));
  oneTarget({ ...names, pod, node, selector: selector === undefined ? undefined : "" }, path, context.sections);
  if (node !== undefined) {
    requireNode(node, path, context);
    return { type: "labelNode", at, node, change, overwrite };
  }
  requirePods(selector ?? {}, `${path}.selector`, context);
  return { type: "labelPods", at, field, selector: definedFields(selector ?? {}), count: count ?? Infinity, change, overwrite };
}

function requirePods(selector: WrittenSelector, path: string, { inventory, sections }: ActionContext): void {
  if (inventory.withPods(selector).length > 0 || !inventory.isComplete) return;
  sections.report(path, describe(selector), "workloads of the manifests", inventory.hintForSelector(selector));
}

function readSetImage(written: WrittenSetImage, at: number, path: string, context: ActionContext): SetImage | SetPodImage {
  const { namespace = "default", pod } = written;
  const fields = [...(Object.keys(templatedKinds) as (keyof typeof templatedKinds)[]), "pod"] as const;
  if (pod !== undefined) oneTarget(Object.fromEntries(fields.map((field) => [field, written[field]])), path, context.sections);
  if (pod !== undefined) return readSetPodImage({ ...written, pod, namespace }, at, path, context);
  return { type: "setImage", at, ...templatedOf(written, path, context), image: written.image };
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
  const workloads = inventory.withPods(chosen);
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

function readScale(written: WrittenScale, at: number, path: string, context: ActionContext): Scale {
  const { target } = workloadOf(scalableKinds, written, path, context);
  return { type: "scale", at, ...target, replicas: written.replicas };
}

function readSetCondition(written: WrittenSetCondition, at: number, path: string, context: ActionContext): SetCondition {
  const { pod, selector, type: condition, status } = written;
  const { inventory, sections } = context;
  oneTarget({ pod, selector: selector === undefined ? undefined : "" }, path, sections);
  if (selector !== undefined && written.namespace !== undefined)
    sections.report(`${path}.namespace`, describe(written.namespace), "no namespace beside a selector", "the selector has one of its own");
  const chosen = pod === undefined ? (selector ?? {}) : { pod, namespace: written.namespace ?? "default" };
  const workloads = inventory.withPods(chosen);
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
function readTaintAction(
  { node, taint: written, overwrite = false }: WrittenTaintAction,
  at: number,
  path: string,
  context: ActionContext,
): TaintNode {
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
  return { type: "taint", at, node, add, remove, overwrite };
}

function readEvict({ pod, selector, namespace, gracePeriod }: WrittenEvict, at: number, path: string, context: ActionContext): Evict {
  const { inventory, sections } = context;
  oneTarget({ pod, selector: selector === undefined ? undefined : "" }, path, sections);
  if (selector !== undefined && namespace !== undefined)
    sections.report(`${path}.namespace`, describe(namespace), "no namespace beside a selector", "the selector has one of its own");
  const chosen = pod === undefined ? (selector ?? {}) : { pod, namespace: namespace ?? "default" };
  if (inventory.withPods(chosen).length === 0 && inventory.isComplete)
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

const deletableKinds = { ...templatedKinds, pod: "Pod", service: "Service", job: "Job", cronJob: "CronJob" } as const;

/** A Node is named alone: its deletion takes no options. */
function readDeleteNode(written: WrittenDelete, node: string, at: number, path: string, context: ActionContext): DeleteNode {
  requireNode(node, `${path}.node`, context);
  for (const [field, value] of Object.entries(written))
    if (field !== "node" && value !== undefined) context.sections.report(`${path}.${field}`, describe(value), "nothing beside node");
  return { type: "deleteNode", at, node };
}

function readDelete(written: WrittenDelete, at: number, path: string, context: ActionContext): Delete {
  const { gracePeriod, force = false, cascade } = written;
  const { kind, name, namespace } = deletedObject(written, path, context);
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
  const propagation = cascade === undefined ? {} : { cascade };
  return { type: "delete", at, namespace, kind, name, gracePeriodSeconds: seconds, force, ...propagation };
}

function deletedObject(
  written: WrittenDelete,
  path: string,
  context: ActionContext,
): { readonly kind: Kind; readonly name: string; readonly namespace: string } {
  const { namespace = "default", kind: anyKind } = written;
  const fields = Object.fromEntries(Object.keys(deletableKinds).map((field) => [field, written[field as keyof typeof deletableKinds]]));
  const chosen = oneTarget<keyof typeof deletableKinds | "kind">(
    { ...(fields as Record<keyof typeof deletableKinds, string | undefined>), kind: anyKind },
    path,
    context.sections,
  );
  if (chosen.field === "kind") return anyDeletedObject(written, anyKind ?? "", namespace, path, context);
  if (written.name !== undefined) context.sections.report(`${path}.name`, describe(written.name), "no name without kind");
  const kind = deletableKinds[chosen.field];
  const isNamedBySet = kind === "Pod" && context.inventory.hasStatefulPod(namespace, chosen.name);
  if (chosen.name !== "" && !isNamedBySet) requireTarget(kind, namespace, chosen.name, `${path}.${chosen.field}`, context);
  return { kind, name: chosen.name, namespace };
}

/** By kind and name, without a look at the manifests: what isn't there then, isn't there. */
function anyDeletedObject(
  { name = "" }: WrittenDelete,
  kind: string,
  namespace: string,
  path: string,
  { sections }: ActionContext,
): { readonly kind: Kind; readonly name: string; readonly namespace: string } {
  if (name === "") sections.report(`${path}.name`, "no name", "the object's name");
  if (isKind(kind)) return { kind, name, namespace: kinds[kind].isNamespaced ? namespace : "" };
  sections.report(`${path}.kind`, describe(kind), "a kind that is modelled", hintOf("kinds", kind, Object.keys(kinds)));
  return { kind: "Pod", name, namespace };
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
