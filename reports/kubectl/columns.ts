/** What the tables of all kinds are made of: columns, and cells that several kinds share. */
import type {
  ApiObject,
  ApiPodTemplate,
  ApiReplicaSet,
  ApiReplicationController,
  ApiSelector,
  ApiSnapshot,
} from "../../engine/kubernetes/views/api-object.ts";
import { ageOf } from "./human-duration.ts";
import { formatSelector } from "./selector.ts";

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

/** What a workload's Pods are made of: columns of its wide table. */
export function containersAndImages<Item>(templateOf: (item: Item) => ApiPodTemplate): readonly Column<Item>[] {
  const listed = (item: Item, textOf: (container: { readonly name: string; readonly image: string }) => string): string =>
    templateOf(item).spec.containers.map(textOf).join(",");
  return [
    { title: "CONTAINERS", isWide: true, cell: (item) => listed(item, (container) => container.name) },
    { title: "IMAGES", isWide: true, cell: (item) => listed(item, ({ image }) => image) },
  ];
}

interface Selecting {
  readonly spec: { readonly selector: ApiSelector; readonly template: ApiPodTemplate };
}

/** The end of a wide table of what selects the Pods that it makes. */
export const madeAndSelected: readonly Column<Selecting>[] = [
  ...containersAndImages(({ spec }: Selecting) => spec.template),
  { title: "SELECTOR", isWide: true, cell: ({ spec }) => formatSelector(spec.selector) },
];

/** ReplicaSets, and ReplicationControllers, which are the same to kubectl. */
export const replicaSetColumns: readonly Column<ApiReplicaSet | ApiReplicationController>[] = [
  name,
  { title: "DESIRED", cell: ({ spec }) => String(spec.replicas) },
  { title: "CURRENT", cell: ({ status }) => String(status.replicas) },
  { title: "READY", cell: ({ status }) => String(status.readyReplicas ?? 0) },
  age,
  ...madeAndSelected,
];
