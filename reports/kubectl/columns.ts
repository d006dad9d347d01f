/** What the tables of all kinds are made of: columns, and cells that several kinds share. */
import type { ApiObject, ApiPodTemplate, ApiSnapshot } from "../../engine/kubernetes/views/api-object.ts";
import { ageOf } from "./human-duration.ts";

export interface Context {
  /** µs */
  readonly at: number;
  readonly printing: ApiSnapshot["printing"];
}

/** A column; those that are wide are left out of the plain table. */
export interface Column<Item> {
  readonly title: string;
  readonly isWide?: boolean;
  /** Left out: every release has it. */
  readonly isThere?: (printing: ApiSnapshot["printing"]) => boolean;
  readonly cell: (item: Item, context: Context) => string;
}

export const name = { title: "NAME", cell: ({ metadata }: ApiObject): string => metadata.name } as const;
export const age = {
  title: "AGE",
  cell: ({ metadata }: ApiObject, { at }: Context): string => ageOf(metadata.creationTimestamp, at),
} as const;

export function containersOf({ spec }: ApiPodTemplate): string {
  return spec.containers.map((container) => container.name).join(",");
}

export function imagesOf({ spec }: ApiPodTemplate): string {
  return spec.containers.map(({ image }) => image).join(",");
}
