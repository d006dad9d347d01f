/** Objects of the API as `kubectl get -o json` and `-o yaml` write them: keys by the alphabet. */
import { stringify } from "yaml";
import type { ApiObject } from "../engine/kubernetes/views/api-object.ts";

/** One object by itself, several as a List. */
export function apiJson(objects: readonly ApiObject[], isList: boolean): string {
  return `${JSON.stringify(sorted(shown(objects, isList)), null, 4)}\n`;
}

export function apiYaml(objects: readonly ApiObject[], isList: boolean): string {
  return stringify(sorted(shown(objects, isList)), { indentSeq: false, lineWidth: 0, version: "1.1" });
}

function shown(objects: readonly ApiObject[], isList: boolean): unknown {
  const [first] = objects;
  if (!isList && first !== undefined) return first;
  return { apiVersion: "v1", items: objects, kind: "List", metadata: { resourceVersion: "" } };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, sorted(inner)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
