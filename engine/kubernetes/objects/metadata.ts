/** ObjectMeta: validation and reading. */
import type { Issues } from "../../values/issue.ts";
import { forbidden } from "./field-errors.ts";
import type { ObjectMeta } from "./meta.ts";
import { validateAnnotations, validateLabels, validateName, type NameRule } from "./names.ts";
import type { WrittenMeta } from "./written.ts";

export interface MetaRules {
  readonly name: NameRule;
  readonly isNamespaced: boolean;
}

export function validateMeta(meta: WrittenMeta | undefined, rules: MetaRules, issues: Issues): void {
  if ((meta?.name ?? "") === "" && (meta?.generateName ?? "") !== "") {
    issues.add("metadata.name", "only generateName", "a name", "runs are repeatable, so names aren't generated: give the object one");
  } else {
    validateName(meta?.name, rules.name, "metadata.name", issues);
  }
  const namespace = meta?.namespace;
  if (namespace !== undefined && namespace !== "") {
    if (rules.isNamespaced) validateName(namespace, "label", "metadata.namespace", issues);
    else forbidden(issues, "metadata.namespace", namespace, "not allowed on this type");
  }
  validateLabels(meta?.labels, "metadata.labels", issues);
  validateAnnotations(meta?.annotations, "metadata.annotations", issues);
}

/** Namespaced objects without a namespace are in "default", as with kubectl. */
export function readMeta(meta: WrittenMeta | undefined, isNamespaced: boolean): ObjectMeta {
  const namespace = meta?.namespace ?? "";
  return {
    name: meta?.name ?? "",
    namespace: isNamespaced && namespace === "" ? "default" : namespace,
    labels: { ...meta?.labels },
    annotations: { ...meta?.annotations },
    ...(meta?.finalizers === undefined || meta.finalizers.length === 0 ? {} : { finalizers: [...meta.finalizers] }),
  };
}
