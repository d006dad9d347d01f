/** `actions`: what an operator does, and when. */
import {
  actionSchema,
  type WrittenAction,
  type WrittenDelete,
  type WrittenScale,
  type WrittenSetImage,
} from "../engine/actions/action.schema.ts";
import type { ActionSpec, Delete, Scale, SetImage } from "../engine/actions/action.ts";
import type { KubernetesObject } from "../engine/kubernetes/objects/index.ts";
import { formatDuration } from "../engine/values/duration.ts";
import { describe } from "../engine/values/issue.ts";
import { hintOf, type Inventory, type WorkloadKind } from "./inventory.ts";
import type { ScenarioSections } from "./section.ts";

/** A shape-checked action; its files are read before anything is checked against what is there. */
export interface ShapedAction {
  readonly path: string;
  readonly written: WrittenAction;
}

const verbs = ["apply", "setImage", "scale", "delete"] as const;

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
    return { type: "apply", at, objects: context.appliedBy(action) };
  });
}

function readSetImage(
  { namespace = "default", deployment, container, image }: WrittenSetImage,
  at: number,
  path: string,
  context: ActionContext,
): SetImage {
  const { inventory, sections } = context;
  const targets = inventory.find("Deployment", namespace, deployment);
  if (requireTarget("Deployment", namespace, deployment, `${path}.deployment`, context) && container !== undefined) {
    const names = inventory.containers(targets).map(({ name }) => name);
    if (!names.includes(container))
      sections.report(
        `${path}.container`,
        describe(container),
        `a container of Deployment ${deployment}`,
        hintOf("containers", container, names),
      );
  }
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

const kindOfField = { deployment: "Deployment", replicaSet: "ReplicaSet", pod: "Pod", service: "Service" } as const;

function readDelete(written: WrittenDelete, at: number, path: string, context: ActionContext): Delete {
  const { deployment, replicaSet, pod, service, namespace = "default", gracePeriod, force = false } = written;
  const chosen = oneTarget({ deployment, replicaSet, pod, service }, path, context.sections);
  const kind = kindOfField[chosen.field];
  if (chosen.name !== "") requireTarget(kind, namespace, chosen.name, `${path}.${chosen.field}`, context);
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
