/**
 * The contract of a controller: level-triggered, one key at a time. `sync` reads the shared cache and
 * yields the requests of one step; it goes on when all of them are answered, so its writes follow one
 * another as a worker's do. It is run by controller-runner.ts.
 */
import { assert } from "../../kernel/assert.ts";
import type { ApiRequest, ApiResponse } from "../api-server/client.ts";

/** `retry`: the key comes back after its back-off. `kept`: it doesn't, but its failures aren't forgotten. */
export type SyncOutcome = "done" | "retry" | "kept";

/** Each step yields requests that go out together (at least one) and gets their answers in that order. */
export type Sync<Result = SyncOutcome> = Generator<readonly ApiRequest[], Result, readonly ApiResponse[]>;

export interface Controller {
  readonly name: string;
  sync(key: number): Sync;
}

/** One request, one answer. */
export function* call(request: ApiRequest): Sync<ApiResponse> {
  const [response] = yield [request];
  assert(response !== undefined, `no answer to ${request.kind}`);
  return response;
}
