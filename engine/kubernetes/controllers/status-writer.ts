/** Writes a status; upon a conflict, again with the live object's version, which alone is taken from it. */
import type { ApiRequest, ObjectRecord } from "../api-server/client.ts";
import { call, type Sync } from "./controller.ts";

type Status = Extract<ApiRequest, { readonly kind: "updateObjectStatus" }>["status"];

/** False: it must be tried again. `written` gets the version that a cache has to have seen before the next decision; an object that is gone needs no status. */
export function* writeStatus(
  { id, resourceVersion }: Pick<ObjectRecord, "id" | "resourceVersion">,
  status: Status,
  attempts: number,
  written: Map<number, number>,
): Sync<boolean> {
  let version = resourceVersion;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const response = yield* call({ kind: "updateObjectStatus", object: id, resourceVersion: version, status });
    if (response.object !== undefined) {
      written.set(id, response.object.resourceVersion);
      return true;
    }
    if (response.status === "notFound") return true;
    const live = yield* call({ kind: "getObject", object: id });
    if (live.object === undefined) return live.status === "notFound";
    version = live.object.resourceVersion;
  }
  return false;
}
