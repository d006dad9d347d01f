/** Writes of Nodes: readiness, pressure, taints, cordon; and their leases. */
import { CauseKind } from "../../cause-kinds.ts";
import type { CauseId } from "../../kernel/causes.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { Taint } from "../objects/meta.ts";
import { NodeReady, type NodeRecord } from "../objects/node.ts";
import { notFound, type Commits } from "./commits.ts";
import type { ApiResponse, WatchChange } from "./requests.ts";
import type { Store } from "./store.ts";

export class Nodes {
  /** Why a node fell silent, where a fault says so: nobody is told by a node that is gone. */
  readonly silences: Map<number, CauseId> = new Map();
  private readonly commits: Commits;
  private readonly store: Store;

  constructor(commits: Commits) {
    this.commits = commits;
    this.store = commits.store;
  }

  renewLease(node: number, now: VirtualTime): void {
    this.store.leaseRenewals[node] = now;
    this.commits.commit({ type: "lease", id: node, renewTime: now }, "Lease", now);
  }

  /** `pressure`: what a kubelet reports; the node controller leaves it. */
  patchReady(index: number, ready: NodeReady, now: VirtualTime, pressure?: number): ApiResponse {
    const before = this.store.nodes[index];
    if (before === undefined) return notFound;
    const reported = pressure ?? before.pressure ?? 0;
    if (before.ready === ready && (before.pressure ?? 0) === reported) return { status: "ok" };
    if (ready === NodeReady.Unknown)
      this.commits.note(CauseKind.nodeUnknown, index, now, this.silences.get(index) ?? this.commits.causes.current);
    if (ready === NodeReady.True && before.ready !== ready) this.commits.note(CauseKind.nodeReturned, index, now);
    this.commit({ ...before, resourceVersion: this.store.nextResourceVersion(), ready, pressure: reported }, now);
    return { status: "ok" };
  }

  patchTaints(index: number, add: readonly Taint[], remove: readonly Taint[], now: VirtualTime): ApiResponse {
    const before = this.store.nodes[index];
    if (before === undefined) return notFound;
    const kept = before.taints.filter((taint) => !remove.some((other) => isSameTaint(taint, other)));
    const added = add.filter((taint) => !kept.some((other) => isSameTaint(taint, other)));
    if (added.length === 0 && kept.length === before.taints.length) return { status: "ok" };
    if (added.some(({ effect }) => effect === "NoExecute")) this.commits.note(CauseKind.nodeTainted, index, now);
    this.commit({ ...before, resourceVersion: this.store.nextResourceVersion(), taints: [...kept, ...added] }, now);
    return { status: "ok" };
  }

  /** Cordon and uncordon. */
  setUnschedulable(index: number, unschedulable: boolean, now: VirtualTime): ApiResponse {
    const before = this.store.nodes[index];
    if (before === undefined) return notFound;
    if (before.unschedulable === unschedulable) return { status: "ok" };
    this.commits.note(unschedulable ? CauseKind.nodeCordoned : CauseKind.nodeUncordoned, index, now);
    this.commit({ ...before, resourceVersion: this.store.nextResourceVersion(), unschedulable }, now);
    return { status: "ok" };
  }

  private commit(record: NodeRecord, now: VirtualTime): void {
    this.store.nodes[record.index] = record;
    const change: WatchChange = { type: "node", id: record.index, record };
    this.commits.commit(change, "Node", now);
    this.commits.tellScheduler(change, now);
  }
}

function isSameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}
