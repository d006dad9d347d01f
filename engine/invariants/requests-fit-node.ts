/** What the Pods on a node ask for never exceeds what it has, when one is added. So a waiting Pod gets the room of another only once that one has gone or ended. */
import type { InvariantDefinition } from "./invariant.ts";

export const requestsFitNodeDefinition: InvariantDefinition = {
  name: "requests-fit-node",
  scope: "control",
  meaning:
    "the requests of the Pods that were bound to a node, and not ended since, never exceed what it can allocate, nor their number its Pods",
};

/** In the order: millicores, bytes of memory, Pods, then any other resource. */
export type Amounts = readonly number[];

export class RequestsFitNode {
  private readonly used = new Map<number, number[]>();

  /** `names`: of the amounts. */
  bound(pod: string, node: number, request: Amounts, allocatable: Amounts, names: readonly string[]): string | null {
    const used = this.take(node, request);
    const index = used.findIndex((amount, resource) => (request[resource] ?? 0) > 0 && amount > (allocatable[resource] ?? 0));
    return index === -1
      ? null
      : `${pod}: bound to node ${node}, where ${used[index]} of ${names[index]} are asked for now, ${allocatable[index] ?? 0} can be had`;
  }

  /** It was there before the run. */
  take(node: number, request: Amounts): readonly number[] {
    let used = this.used.get(node);
    if (used === undefined) this.used.set(node, (used = []));
    for (let resource = 0; resource < request.length; resource++) used[resource] = (used[resource] ?? 0) + request[resource]!;
    return used;
  }

  /** Ended, or removed. */
  gone(node: number, request: Amounts): void {
    const used = this.used.get(node);
    if (used === undefined) return;
    for (let resource = 0; resource < request.length; resource++) used[resource]! -= request[resource]!;
  }
}
