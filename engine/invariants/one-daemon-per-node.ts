/** A DaemonSet has one Pod on a node, two for a moment if it may surge. */
import type { InvariantDefinition } from "./invariant.ts";

export const oneDaemonPerNodeDefinition: InvariantDefinition = {
  name: "one-daemon-per-node",
  scope: "control",
  meaning: "a DaemonSet creates no further Pod for a node where it has one (or two, with maxSurge) that neither ended nor is being deleted",
};

export class OneDaemonPerNode {
  private readonly active = new Map<string, number>();

  counted(set: number, node: number, by: 1 | -1): void {
    const key = `${set}/${node}`;
    this.active.set(key, (this.active.get(key) ?? 0) + by);
  }

  /** After it was counted. */
  created(label: string, set: number, node: number, maySurge: boolean): string | null {
    const count = this.active.get(`${set}/${node}`) ?? 0;
    return count <= (maySurge ? 2 : 1) ? null : `${label}: ${count} Pods for node ${node}`;
  }
}
