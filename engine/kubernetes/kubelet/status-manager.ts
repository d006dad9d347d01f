/**
 * The status manager (pkg/kubelet/status/status_manager.go): the kubelet's own view of each Pod's status,
 * and its writes to the API: GET and PATCH for each changed Pod, one Pod after another, under the kubelet's
 * client limit; at the end the DELETE that removes the object.
 *
 *   changed ─▶ queued ─tokens, GET─▶ PATCH ─response─▶ (finished and deleted: DELETE ─response─▶) next Pod
 *
 * The probe workers look at the status kept here, not at the runtime.
 */
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import { CauseKind } from "../../cause-kinds.ts";
import { TokenBucket } from "../api-server/token-bucket.ts";
import { PodCondition, type ContainerStatus, type PodStatus } from "../objects/pod.ts";
import type { NodeContext } from "./node-context.ts";
import { detailOf, type PodDetail } from "./pod-detail.ts";
import { areContainersReady, podConditions, type Instances, type PodShape } from "./pod-status.ts";
import { CellFlag, PodFlag } from "./tables.ts";
import { NodeTimer } from "./timers.ts";

type Push =
  | { readonly stage: "idle" }
  /** Waits for its tokens and the GET's answer; `status` is what will be patched, null: nothing new. */
  | { readonly stage: "get"; readonly row: number; readonly pod: number; readonly status: PodStatus | null }
  /** The PATCH is on its way. */
  | { readonly stage: "patch"; readonly row: number; readonly pod: number }
  | { readonly stage: "delete" };

const idle: Push = { stage: "idle" };

export class StatusManager {
  private readonly node: NodeContext;
  private tokens: TokenBucket;
  private queue: number[] = [];
  private push: Push = idle;

  constructor(node: NodeContext) {
    this.node = node;
    this.tokens = new TokenBucket(node.settings.kubeletQps, node.settings.kubeletBurst);
  }

  /** The kubelet process starts: nothing is queued, its client has its full burst. */
  restart(): void {
    this.tokens = new TokenBucket(this.node.settings.kubeletQps, this.node.settings.kubeletBurst);
    this.queue = [];
    this.push = idle;
  }

  get isIdle(): boolean {
    return this.push.stage === "idle";
  }

  /** A write of this Pod's status is on its way. */
  isPushing(row: number): boolean {
    return (this.push.stage === "get" || this.push.stage === "patch") && this.push.row === row;
  }

  /** A sync's status, with the instances that it shows. */
  set(now: VirtualTime, row: number, status: PodStatus, shown: readonly Instances[]): void {
    this.show(row, status, shown);
    this.store(now, row, status);
    this.node.prober.refresh(now, row);
  }

  /** A readiness verdict, set without waiting for a sync (SetContainerReadiness). */
  setReady(now: VirtualTime, row: number, container: number, isReady: boolean): void {
    this.setBit(now, row, container, CellFlag.ready, isReady);
  }

  /** A startup verdict (SetContainerStartup). */
  setStarted(now: VirtualTime, row: number, container: number, isStarted: boolean): void {
    this.setBit(now, row, container, CellFlag.started, isStarted);
    this.node.prober.refresh(now, row);
  }

  /** The worker has finished with a Pod: its object may be removed. */
  terminated(now: VirtualTime, row: number): void {
    this.enqueue(now, row, detailOf(this.node.table, row));
  }

  /** The next step of the push under way is due. */
  onTimer(now: VirtualTime): void {
    const push = this.push;
    switch (push.stage) {
      case "get":
        return this.patch(now, push.row, push.pod, push.status);
      case "patch":
        return this.afterPatch(now, push.row, push.pod);
      case "delete":
        return this.next(now);
      case "idle":
        return;
    }
  }

  /** Writes the cells that the probe workers look at. */
  private show(row: number, status: PodStatus, shown: readonly Instances[]): void {
    const { table } = this.node;
    const initCount = table.plan(row).initCount;
    shown.forEach(({ newest }, container) => {
      const at = table.cellAt(row, container);
      const entry = container < initCount ? status.initContainers[container] : status.containers[container - initCount];
      if (newest === null) {
        table.words[at] = 0;
        return;
      }
      let word = (newest.generation << 8) | CellFlag.hasInstance | (newest.isRunning ? CellFlag.running : CellFlag.exited);
      if (entry?.started === true) word |= CellFlag.started;
      if (entry?.ready === true) word |= CellFlag.ready;
      table.words[at] = word;
      table.times[(at + 2) >> 1] = newest.startedAt;
    });
  }

  private setBit(now: VirtualTime, row: number, container: number, flag: number, value: boolean): void {
    const { table } = this.node;
    const status = table.statuses[row]!;
    const plan = table.plan(row);
    const isInit = container < plan.initCount;
    const list = isInit ? status.initContainers : status.containers;
    const index = isInit ? container : container - plan.initCount;
    const old = list[index];
    const at = table.cellAt(row, container);
    if (old === undefined || ((table.words[at]! & flag) !== 0) === value) return;
    table.words[at] = value ? table.words[at]! | flag : table.words[at]! & ~flag;
    const changed: ContainerStatus = Object.freeze(flag === CellFlag.ready ? { ...old, ready: value } : { ...old, started: value });
    const replaced = Object.freeze(list.map((entry, position) => (position === index ? changed : entry)));
    const containers = isInit ? status.containers : replaced;
    const initContainers = isInit ? replaced : status.initContainers;
    const shape: PodShape = { restartPolicy: plan.template.spec.restartPolicy, isSidecar: plan.isSidecar.slice(0, plan.initCount) };
    const kept = status.conditions & ~(PodCondition.ContainersReady | PodCondition.Ready | PodCondition.Initialized);
    const conditions =
      kept | (podConditions(shape, initContainers, containers, status.phase, status.hasPodIp) & ~PodCondition.PodScheduled);
    const isReady = areContainersReady(shape, initContainers, containers, status.phase);
    const wasReady = (status.conditions & PodCondition.Ready) !== 0;
    const readySince = isReady === wasReady && status.readySince !== -1 ? status.readySince : wholeSeconds(now);
    this.store(now, row, Object.freeze({ ...status, containers, initContainers, conditions, readySince }));
  }

  private store(now: VirtualTime, row: number, status: PodStatus): void {
    const { table, causes } = this.node;
    const old = table.statuses[row]!;
    if (old === status) return;
    const detail = detailOf(table, row);
    table.statuses[row] = status;
    const isReady = status.conditions & PodCondition.Ready;
    detail.statusCause = causes.current;
    if (isReady !== (old.conditions & PodCondition.Ready)) {
      detail.statusCause = causes.note(
        this.node.lp,
        CauseKind.readyChanged,
        table.records[row]!.id,
        now,
        causes.current,
        isReady === 0 ? 0 : 1,
      );
    }
    this.enqueue(now, row, detail);
  }

  private enqueue(now: VirtualTime, row: number, detail: PodDetail): void {
    if (detail.isQueued || this.node.table.has(row, PodFlag.removed)) return;
    detail.isQueued = true;
    this.queue.push(row);
    if (this.push.stage === "idle") this.next(now);
  }

  private isUnsent(row: number, detail: PodDetail): boolean {
    const status = this.node.table.statuses[row]!;
    return status !== detail.sentStatus && status !== this.node.table.records[row]!.status;
  }

  /** Begins the push of the first Pod in the queue: its GET. */
  private next(now: VirtualTime): void {
    const { table, read } = this.node;
    this.push = idle;
    for (;;) {
      const row = this.queue.shift();
      if (row === undefined) return;
      const detail = table.details.get(row);
      const record = table.records[row];
      if (detail === undefined || record === undefined || !detail.isQueued) continue;
      detail.isQueued = false;
      const status = table.statuses[row]!;
      const isNew = this.isUnsent(row, detail);
      const answered = this.tokens.reserve(now) + read.next();
      const at = isNew ? Math.max(answered, this.tokens.reserve(now)) : answered;
      this.push = { stage: "get", row, pod: record.id, status: isNew ? status : null };
      this.node.armNode(NodeTimer.statusPush, Math.max(now + 1, at));
      return;
    }
  }

  private patch(now: VirtualTime, row: number, pod: number, status: PodStatus | null): void {
    const { table, causes } = this.node;
    const detail = table.details.get(row);
    if (detail === undefined || table.records[row]?.id !== pod) return this.next(now);
    this.push = { stage: "patch", row, pod };
    if (status === null) return this.afterPatch(now, row, pod);
    detail.sentStatus = status;
    causes.current = detail.statusCause;
    this.write(now, { kind: "patchPodStatus", pod, status });
  }

  private afterPatch(now: VirtualTime, row: number, pod: number): void {
    const { table, causes, worker } = this.node;
    const detail = table.details.get(row);
    const record = table.records[row];
    if (detail === undefined || record?.id !== pod) return this.next(now);
    const mayRemove = table.has(row, PodFlag.finished) && record.deletionTimestamp !== -1 && !this.isUnsent(row, detail);
    if (!mayRemove) {
      this.next(now);
      return worker.settle(row);
    }
    this.push = { stage: "delete" };
    causes.current = table.cause(row);
    this.write(Math.max(now, this.tokens.reserve(now)), { kind: "deletePod", pod });
  }

  /** Sends a write at `at`; the next step comes with its response. Half of the latency is the way there. */
  private write(
    at: VirtualTime,
    request:
      | { readonly kind: "patchPodStatus"; readonly pod: number; readonly status: PodStatus }
      | { readonly kind: "deletePod"; readonly pod: number },
  ): void {
    const latency = this.node.write.next();
    const way = Math.ceil(latency / 2);
    this.node.send(request, at + way);
    this.node.armNode(NodeTimer.statusPush, at + Math.max(latency, way + 1));
  }
}
