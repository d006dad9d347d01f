/**
 * The API's mirrors of a node's static Pods (pkg/kubelet/pod/mirror_client.go): whoever deletes one ends nothing.
 * The kubelet lets the object go, and makes another for the Pod that runs on.
 *
 *   mirrored ─DELETE─▶ the kubelet removes the object ─gone─▶ unmirrored: a new mirror is asked for ─added─▶ mirrored
 *
 * Differs: static Pods begin with their mirrors. Otherwise the kubelet would run them before the API knows of them.
 */
import type { VirtualTime } from "../../kernel/time.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import type { NodeContext } from "./node-context.ts";
import { detailOf } from "./pod-detail.ts";

export class MirrorPods {
  private readonly node: NodeContext;
  /** Rows whose mirror is gone, in that order. */
  private unmirrored: number[] = [];

  constructor(node: NodeContext) {
    this.node = node;
  }

  /** The mirror has a deletion timestamp. */
  deleted(now: VirtualTime, row: number): void {
    const { table, write, send } = this.node;
    send({ kind: "deletePod", pod: table.records[row]!.id }, now + Math.ceil(write.next() / 2));
  }

  /** The mirror is gone. */
  removed(now: VirtualTime, row: number): void {
    const { table, write, send } = this.node;
    const { workload, template } = table.records[row]!;
    if (!this.unmirrored.includes(row)) this.unmirrored.push(row);
    send({ kind: "createMirrorPod", workload, template }, now + Math.ceil(write.next() / 2));
  }

  /** A mirror is new: false if it is one of a Pod that doesn't run yet. */
  added(now: VirtualTime, record: PodRecord): boolean {
    const { table, status } = this.node;
    const row = this.unmirrored.find((other) => table.records[other]!.workload === record.workload);
    if (row === undefined) return false;
    this.unmirrored = this.unmirrored.filter((other) => other !== row);
    table.rebind(row, record);
    detailOf(table, row).sentStatus = null;
    status.terminated(now, row);
    return true;
  }
}
