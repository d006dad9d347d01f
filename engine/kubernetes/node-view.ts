/** Read-only questions to one node's rows, for invariants and tests of scope node. */
import { CellFlag, type KubeletTable } from "./kubelet/tables.ts";
import type { PodStatus } from "./objects/pod.ts";

export class NodeView {
  private readonly table: KubeletTable;
  private readonly rows: () => readonly number[];

  /** `rows` are the node's present rows in the order of admission. */
  constructor(table: KubeletTable, rows: () => readonly number[]) {
    this.table = table;
    this.rows = rows;
  }

  /** Pods that the node's kubelet knows, in the order in which it was told of them. */
  pods(): number[] {
    return this.rows().map((row) => this.table.records[row]!.id);
  }

  /** The kubelet's latest status of a Pod; null: it doesn't know the Pod. */
  status(pod: number): PodStatus | null {
    const row = this.table.rowOf(pod);
    return row === -1 ? null : this.table.statuses[row]!;
  }

  /** Containers of a Pod that the kubelet has seen running, by index, init containers first. */
  runningContainers(pod: number): number[] {
    const row = this.table.rowOf(pod);
    if (row === -1) return [];
    const running: number[] = [];
    const count = this.table.plan(row).containers.length;
    for (let container = 0; container < count; container++) {
      if ((this.table.words[this.table.cellAt(row, container)]! & CellFlag.running) !== 0) running.push(container);
    }
    return running;
  }

  /** Restarts of all containers of a Pod, as its status counts them. */
  restarts(pod: number): number {
    const status = this.status(pod);
    if (status === null) return 0;
    return [...status.initContainers, ...status.containers].reduce((sum, { restartCount }) => sum + restartCount, 0);
  }

  /** No sync, kill, relist or status write is on its way; grids and probes go on. */
  isAtRest(): boolean {
    return this.rows().every((row) => {
      const detail = this.table.details.get(row);
      if (detail === undefined) return true;
      return (
        detail.sync === null && detail.termination === null && !detail.isDirty && !detail.isWaiting && !detail.isPending && !detail.isQueued
      );
    });
  }
}
