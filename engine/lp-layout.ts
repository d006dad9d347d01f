/** Which logical process has which number: the same for any number of shards. */
import type { LpId } from "./kernel/event.ts";

export interface LpLayout {
  readonly apiServer: LpId;
  readonly scheduler: LpId;
  readonly controllers: LpId;
  /** Faults and actions, as the scenario schedules them. */
  readonly script: LpId;
  /** One per load. */
  readonly firstSource: LpId;
  /** One per node: the kubelet with its Pods and their arrivals. */
  readonly firstNode: LpId;
  readonly count: number;
}

export function lpLayout(loads: number, nodes: number): LpLayout {
  return { apiServer: 0, scheduler: 1, controllers: 2, script: 3, firstSource: 4, firstNode: 4 + loads, count: 4 + loads + nodes };
}
