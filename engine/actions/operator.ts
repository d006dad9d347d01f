/**
 * What carries an action out: a client, and the tables that give names their numbers. Each step waits for
 * the answer to the one before, and stays under the action's cause.
 */
import type { ApiRequest, ApiResponse, Client } from "../kubernetes/api-server/client.ts";
import type { Definitions } from "../kubernetes/objects/definitions.ts";
import type { Workloads } from "../kubernetes/objects/workloads.ts";

export interface Operator {
  readonly client: Client;
  readonly definitions: Definitions;
  readonly workloads: Workloads;
}

/** Yields requests one by one and gets their answers. */
export type Steps = Generator<ApiRequest, void, ApiResponse>;

export function carryOut(steps: Steps, { client }: Operator): void {
  const { causes } = client.host;
  const cause = causes.current;
  const go = (step: IteratorResult<ApiRequest, void>): void => {
    if (step.done === true) return;
    client.call(step.value, (response) => {
      causes.current = cause;
      go(steps.next(response));
    });
  };
  go(steps.next());
}
