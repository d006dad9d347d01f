/** Namespace. */
import type { Issues } from "../../values/issue.ts";
import type { ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import type { WrittenNamespace } from "./written.ts";

export interface Namespace {
  readonly kind: "Namespace";
  readonly metadata: ObjectMeta;
}

export function validateNamespace(written: WrittenNamespace, issues: Issues): void {
  validateMeta(written.metadata, { name: "label", isNamespaced: false }, issues);
}

export function readNamespace(written: WrittenNamespace): Namespace {
  return { kind: "Namespace", metadata: readMeta(written.metadata, false) };
}
