/**
 * Writes of Nodes: readiness, pressure, taints, cordon, registration, deletion; and their leases.
 *
 *   absent ─registered by its kubelet's start─▶ there ─deleted─▶ absent (its kubelet's writes are refused until it starts anew)
 */
import { CauseKind } from "../../cause-kinds.ts";
import type { CauseId } from "../../kernel/causes.ts";
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import type { Taint } from "../objects/meta.ts";
import { NODE_CONDITIONS, NodePressure, NodeReady, nodePressureNames, type NodeRecord } from "../objects/node.ts";
import { changedTexts } from "../objects/pod-template.ts";
import { notFound, type Commits } from "./commits.ts";
import type { ApiRequest, ApiResponse, WatchChange } from "./requests.ts";
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

  /** A kubelet that starts makes its Node, or brings the one that there is up to date. */
  register(index: number, ready: NodeReady, pressure: number, now: VirtualTime): void {
    const before = this.store.nodes[index];
    if (before?.isAbsent !== true) {
      this.patchReady(index, ready, now, pressure);
      return;
    }
    this.commits.note(CauseKind.nodeRegistered, index, now);
    const { taints } = this.store.nodeTemplates[index]!;
    const createdAt = wholeSeconds(now);
    this.commit(
      { index, resourceVersion: this.store.nextResourceVersion(), createdAt, ready, taints, unschedulable: false, pressure },
      now,
    );
  }

  /** Its Pods stay: the Pod garbage collector finds them. */
  delete(index: number, now: VirtualTime): ApiResponse {
    const before = this.present(index);
    if (before === undefined) return notFound;
    this.commits.note(CauseKind.nodeDeleted, index, now);
    this.commit(
      {
        index,
        resourceVersion: this.store.nextResourceVersion(),
        ready: NodeReady.Unknown,
        taints: [],
        unschedulable: false,
        isAbsent: true,
      },
      now,
    );
    return { status: "ok" };
  }

  renewLease(node: number, now: VirtualTime): void {
    if (this.present(node) === undefined) return;
    this.store.leaseRenewals[node] = now;
    this.commits.commit({ type: "lease", id: node, renewTime: now }, "Lease", now);
  }

  /** `pressure`: what a kubelet reports; the node controller leaves it. */
  patchReady(index: number, ready: NodeReady, now: VirtualTime, pressure?: number, images: readonly string[] | null = null): ApiResponse {
    const before = this.present(index);
    if (before === undefined) return notFound;
    const reported = pressure ?? before.pressure ?? 0;
    const areImagesKnown =
      images === null || (images.length === before.images?.length && images.every((image, at) => image === before.images![at]));
    if (before.ready === ready && (before.pressure ?? 0) === reported && areImagesKnown) return { status: "ok" };
    if (ready === NodeReady.Unknown)
      this.commits.note(CauseKind.nodeUnknown, index, now, this.silences.get(index) ?? this.commits.causes.current);
    if (ready === NodeReady.True && before.ready !== ready) this.commits.note(CauseKind.nodeReturned, index, now);
    this.commit(
      { ...before, resourceVersion: this.store.nextResourceVersion(), ready, pressure: reported, ...(images === null ? {} : { images }) },
      now,
    );
    return { status: "ok" };
  }

  patchTaints(
    { node: index, add, remove, overwrite }: Extract<ApiRequest, { readonly kind: "patchNodeTaints" }>,
    now: VirtualTime,
  ): ApiResponse {
    const before = this.present(index);
    if (before === undefined) return notFound;
    const problem =
      overwrite === undefined ? null : taintProblem(this.store.nodeTemplates[index]!.name, before.taints, add, remove, overwrite);
    if (problem !== null) return { status: "conflict", message: problem };
    const isReplaced = (taint: Taint): boolean =>
      overwrite === true && add.some((other) => isSameTaint(taint, other) && taint.value !== other.value);
    const kept = before.taints.filter((taint) => !isReplaced(taint) && !remove.some((other) => isSameTaint(taint, other)));
    const added = add.filter((taint) => !kept.some((other) => isSameTaint(taint, other)));
    if (added.length === 0 && kept.length === before.taints.length) return { status: "ok" };
    if (added.some(({ effect }) => effect === "NoExecute")) this.commits.note(CauseKind.nodeTainted, index, now);
    this.commit({ ...before, resourceVersion: this.store.nextResourceVersion(), taints: [...kept, ...added] }, now);
    return { status: "ok" };
  }

  patchLabels(index: number, change: Readonly<Record<string, string | null>>, overwrite: boolean, now: VirtualTime): ApiResponse {
    const before = this.present(index);
    if (before === undefined) return notFound;
    const known = before.labels ?? this.store.nodeTemplates[index]!.labels;
    const other = Object.entries(change).find(([key, value]) => value !== known[key] && (value !== null || known[key] !== undefined));
    if (other === undefined) return { status: "ok" };
    const taken = Object.entries(change).find(([key, value]) => value !== null && known[key] !== undefined && known[key] !== value);
    if (taken !== undefined && !overwrite)
      return { status: "conflict", message: `'${taken[0]}' already has a value (${known[taken[0]] ?? ""}), and --overwrite is false` };
    this.commit({ ...before, resourceVersion: this.store.nextResourceVersion(), labels: changedTexts(known, change) }, now);
    return { status: "ok" };
  }

  /** Cordon and uncordon. */
  setUnschedulable(index: number, unschedulable: boolean, now: VirtualTime): ApiResponse {
    const before = this.present(index);
    if (before === undefined) return notFound;
    if (before.unschedulable === unschedulable) return { status: "ok" };
    this.commits.note(unschedulable ? CauseKind.nodeCordoned : CauseKind.nodeUncordoned, index, now);
    this.commit({ ...before, resourceVersion: this.store.nextResourceVersion(), unschedulable }, now);
    return { status: "ok" };
  }

  private present(index: number): NodeRecord | undefined {
    const node = this.store.nodes[index];
    return node?.isAbsent === true ? undefined : node;
  }

  private noteTransitions(before: NodeRecord, record: NodeRecord, now: VirtualTime): void {
    if (before.ready === record.ready && before.pressure === record.pressure) return;
    const first = record.index * NODE_CONDITIONS;
    nodePressureNames.forEach((type, at) => {
      if (pressureStatus(before, type) !== pressureStatus(record, type)) this.store.nodeTransitions[first + at] = now;
    });
    if (before.ready !== record.ready) this.store.nodeTransitions[first + nodePressureNames.length] = now;
  }

  private commit(record: NodeRecord, now: VirtualTime): void {
    const before = this.store.nodes[record.index];
    this.store.nodes[record.index] = record;
    if (before !== undefined) this.noteTransitions(before, record, now);
    const { index, unschedulable, taints, labels = null } = record;
    const isAbsent = record.isAbsent === true;
    const isOther =
      before === undefined ||
      (before.isAbsent === true) !== isAbsent ||
      before.taints !== taints ||
      before.unschedulable !== unschedulable ||
      before.labels !== record.labels;
    // A kubelet whose Node is gone knows the last one.
    if (isOther && !isAbsent) this.commits.tellNode(index, { kind: "nodeChanged", unschedulable, taints, labels }, now);
    const change: WatchChange = { type: "node", id: record.index, record };
    this.commits.commit(change, "Node", now);
    this.commits.tellScheduler(change, now);
  }
}

/** Unknown with Ready, since nobody reports any of them. */
function pressureStatus({ ready, pressure = 0 }: NodeRecord, type: keyof typeof NodePressure): NodeReady {
  if (ready === NodeReady.Unknown) return NodeReady.Unknown;
  return (pressure & NodePressure[type]) === 0 ? NodeReady.False : NodeReady.True;
}

function isSameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

/** What kubectl says instead of a patch; null: nothing. Source: kubectl pkg/cmd/taint. */
function taintProblem(
  node: string,
  taints: readonly Taint[],
  add: readonly Taint[],
  remove: readonly Taint[],
  overwrite: boolean,
): string | null {
  const taken = add.filter((taint) => taints.some((other) => isSameTaint(taint, other)));
  if (!overwrite && taken.length > 0)
    return `node ${node} already has ${taken.map(({ key }) => key).join(",")} taint(s) with same effect(s) and --overwrite is false`;
  const missing = remove.filter((taint) => ![...taints, ...add].some((other) => isSameTaint(taint, other)));
  const texts = missing.map(({ key, effect }) => `taint "${key}:${effect}" not found`);
  if (texts.length === 0) return null;
  return texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
}
