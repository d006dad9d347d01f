/** Namespace. */
import type { ObjectMeta } from "./meta.ts";

export interface Namespace {
  readonly kind: "Namespace";
  readonly metadata: ObjectMeta;
}
