/** What the API's shapes are made of: one shard 0 at one instant. */
import type { VirtualTime } from "../../kernel/time.ts";
import type { Settings } from "../../settings.ts";
import { timestamp } from "../../values/calendar.ts";
import type { Store } from "../api-server/store.ts";
import type { ObjectNames } from "../events/object-names.ts";
import type { EventRecord } from "../objects/event-record.ts";
import type { Versions } from "../versions.ts";
import type { ApiMeta, Labels, OwnerReference } from "./api-object.ts";

export interface ViewSource {
  readonly now: VirtualTime;
  readonly versions: Versions;
  readonly settings: Settings;
  readonly store: Store;
  readonly names: ObjectNames;
  readonly events: readonly EventRecord[];
  /** Namespaces of the manifests that exist by now, with their labels. */
  readonly namespaces: readonly { readonly name: string; readonly labels: Labels; readonly annotations: Labels }[];
  /** Whether the run began with this object in place. */
  wasThere(kind: string, namespace: string, name: string): boolean;
  /** Labels and annotations as a manifest wrote them. */
  written(kind: string, namespace: string, name: string): { readonly labels: Labels; readonly annotations: Labels } | null;
}

/** What was there when the run began is as old as its oldest Pod may be, in seconds; so are all nodes. */
export const LONG_AGO = -86_400;

/** metadata without what is empty. `createdAt` in whole seconds. */
export function metadataOf(
  source: ViewSource,
  kind: string,
  object: {
    readonly namespace: string;
    readonly name: string;
    readonly createdAt: number;
    readonly uid?: string;
    readonly resourceVersion?: number;
    readonly generation?: number;
    readonly generateName?: string;
    readonly labels?: Labels;
    readonly annotations?: Labels;
    /** In place of the manifest's: an operator may have changed them. */
    readonly ownLabels?: Labels | undefined;
    readonly ownAnnotations?: Labels | undefined;
    readonly owner?: OwnerReference;
  },
): ApiMeta {
  const { namespace, name, resourceVersion, generation, generateName, owner } = object;
  const written = source.written(kind, namespace, name);
  const labels = { ...(object.ownLabels ?? written?.labels), ...object.labels };
  const annotations = { ...(object.ownAnnotations ?? written?.annotations), ...object.annotations };
  return {
    name,
    ...(namespace === "" ? {} : { namespace }),
    uid: object.uid ?? source.names.uid(kind, namespace, name),
    ...(resourceVersion === undefined ? {} : { resourceVersion: String(resourceVersion) }),
    ...(generation === undefined ? {} : { generation }),
    ...(generateName === undefined ? {} : { generateName }),
    creationTimestamp: timestamp(object.createdAt),
    ...unlessEmpty("labels", labels),
    ...unlessEmpty("annotations", annotations),
    ...(owner === undefined ? {} : { ownerReferences: [owner] }),
  };
}

/** An object that was there from the beginning has no instant of its own. */
export function createdAt(source: ViewSource, kind: string, namespace: string, name: string, seconds: number): number {
  return seconds === 0 && source.wasThere(kind, namespace, name) ? LONG_AGO : seconds;
}

export function ownerOf(source: ViewSource, apiVersion: string, kind: string, namespace: string, name: string): OwnerReference {
  return { apiVersion, kind, name, uid: source.names.uid(kind, namespace, name), controller: true, blockOwnerDeletion: true };
}

/** `{ [name]: value }`, or nothing for an empty object. */
export function unlessEmpty<Name extends string, Value extends object>(name: Name, value: Value): { [N in Name]?: Value } {
  return (Object.keys(value).length === 0 ? {} : { [name]: value }) as { [N in Name]?: Value };
}

/** The same for 0, "" and false, which the API leaves out where a field says so (omitempty). */
export function unlessZero<Name extends string, Value extends number | string | boolean>(
  name: Name,
  value: Value,
): { [N in Name]?: Value } {
  return (value === 0 || value === "" || value === false ? {} : { [name]: value }) as { [N in Name]?: Value };
}

/** By its number: the model has no address management. */
export function nodeAddress(index: number): string {
  const number = index + 2;
  return `172.${18 + Math.floor(number / 65_536)}.${Math.floor(number / 256) % 256}.${number % 256}`;
}

export function serviceAddress(index: number): string {
  const number = index + 10;
  return `10.96.${Math.floor(number / 256)}.${number % 256}`;
}
