/**
 * Nodes that someone else has chosen: a recorded cluster's, whose scheduler had other Pods to look at. The
 * n-th Pod that an owner creates goes to the n-th node of the owner's list; what no list covers, the scheduler
 * places itself. A workload's ReplicaSets have their lists in the order of their creation.
 */
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import type { NodeTemplate } from "../objects/node.ts";
import type { WorkloadKind, Workloads } from "../objects/workloads.ts";

/** The nodes of one workload's Pods. */
export interface GivenNodes {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  /** By ReplicaSet of the workload (one list for a bare Pod), then by order of creation; "": the scheduler's own choice. */
  readonly nodes: readonly (readonly string[])[];
}

const NO_NODE = -1;

export class GivenPlacement {
  /** By workload number. */
  private readonly lists = new Map<number, readonly (readonly number[])[]>();
  /** Owners of a workload in order of appearance. */
  private readonly owners = new Map<number, number[]>();
  private readonly counts = new Map<string, number>();
  private readonly chosen = new Map<PodId, number>();

  constructor(given: readonly GivenNodes[], workloads: Workloads, nodes: readonly NodeTemplate[]) {
    const indexOf = new Map(nodes.map(({ name }, index) => [name, index]));
    for (const { kind, namespace, name, nodes: lists } of given) {
      const workload = workloads.indexOf(kind, namespace, name);
      if (workload < 0) continue;
      this.lists.set(
        workload,
        lists.map((list) => list.map((node) => indexOf.get(node) ?? NO_NODE)),
      );
    }
  }

  /** In the order of creation, as the watch delivers them. */
  seen({ id, workload, owner }: PodRecord): void {
    const lists = this.lists.get(workload);
    if (lists === undefined || this.chosen.has(id)) return;
    const owners = this.owners.get(workload) ?? [];
    this.owners.set(workload, owners);
    if (!owners.includes(owner)) owners.push(owner);
    const key = `${workload}/${owner}`;
    const count = this.counts.get(key) ?? 0;
    this.counts.set(key, count + 1);
    this.chosen.set(id, lists[owners.indexOf(owner)]?.[count] ?? NO_NODE);
  }

  /** Index of the given node; -1: none is given. */
  nodeOf(pod: PodId): number {
    return this.chosen.get(pod) ?? NO_NODE;
  }
}
