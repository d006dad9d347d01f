/**
 * The status manager (pkg/kubelet/status/status_manager.go): the kubelet's own view of each Pod's status,
 * and its writes to the API: GET and PATCH for each changed Pod, one Pod after another, under the kubelet's
 * client limit; at the end the DELETE that removes the object.
 *
 *   changed ─▶ queued ─tokens, GET─▶ PATCH ─response─▶ (finished and deleted: DELETE ─response─▶) next Pod
 *
 * Since 1.27 a push takes the newest status of its Pod; before, each change was a queue entry of its own. Every
 * `statusSyncPeriod` all Pods are looked at: what the API shows otherwise than it should is pushed again, and
 * (before 1.22) Pods are removed whose resources have been reclaimed meanwhile.
 *
 * The probe workers look at the status kept here, not at the runtime.
 */
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { streamKey, uniform, type StreamKey } from "../../kernel/random.ts";
import { CauseKind } from "../../cause-kinds.ts";
import { TokenBucket } from "../api-server/token-bucket.ts";
import { timesAfter, withGateTimes } from "../objects/condition-times.ts";
import { PodCondition, type ContainerStatus, type PodSpec, type PodStatus } from "../objects/pod.ts";
import { GATE_BITS, gatedConditions } from "../objects/readiness-gates.ts";
import { withImages } from "../objects/running-images.ts";
import { nextOnGrid, type NodeContext } from "./node-context.ts";
import { detailOf, type PodDetail } from "./pod-detail.ts";
import { podConditions, type Instances, type PodShape } from "./pod-status.ts";
import { CellFlag, PodFlag } from "./tables.ts";
import { NodeTimer } from "./timers.ts";

/** A Pod in the queue. */
interface Entry {
  readonly row: number;
  readonly pod: number;
  /** As it was when the entry was made (before 1.27); null: the newest counts. */
  readonly status: PodStatus | null;
  readonly cause: CauseId;
  /** The API server is asked although nothing is new: an object may be removed. */
  readonly isForced: boolean;
}

type Push =
  | { readonly stage: "idle" }
  /** Waits for its tokens and the GET's answer; `status` is what will be patched, null: nothing new. */
  | { readonly stage: "get"; readonly row: number; readonly pod: number; readonly status: PodStatus | null; readonly cause: CauseId }
  /** The PATCH is on its way. */
  | { readonly stage: "patch"; readonly row: number; readonly pod: number }
  | { readonly stage: "delete" };

/** What nobody but the kubelet should write. */
const OWN_CONDITIONS = PodCondition.Ready | PodCondition.ContainersReady | PodCondition.Initialized;

const idle: Push = { stage: "idle" };

export class StatusManager {
  private readonly node: NodeContext;
  /** Of the kubelet's client, Events apart. */
  tokens: TokenBucket;
  private queue: Entry[] = [];
  private push: Push = idle;
  /** Pods that the next pass has to look at, and why, where their worker has finished with them since. */
  private waiting = new Map<number, CauseId>();
  /** One instant of the grid of passes. */
  private passAnchor: VirtualTime;
  private readonly order: StreamKey;
  private draws = 0;

  constructor(node: NodeContext) {
    this.node = node;
    const { kubeletQps, kubeletBurst, statusSyncPeriod, statusSyncPhase } = node.settings;
    this.tokens = new TokenBucket(kubeletQps, kubeletBurst);
    const key = streamKey(node.seed, "status pass phase", node.name);
    this.order = streamKey(node.seed, "status pass order", node.name);
    this.passAnchor = Math.floor(statusSyncPeriod * statusSyncPhase * uniform(key.hi, key.lo, 0));
  }

  /** The kubelet process starts: nothing is queued, its client has its full burst. */
  restart(): void {
    this.tokens = new TokenBucket(this.node.settings.kubeletQps, this.node.settings.kubeletBurst);
    this.queue = [];
    this.push = idle;
    this.waiting.clear();
    this.passAnchor = this.node.startedAt;
  }

  get isIdle(): boolean {
    return this.push.stage === "idle" && this.waiting.size === 0;
  }

  /** A write of this Pod's status is on its way, or left for the next pass. */
  isPushing(row: number): boolean {
    if (this.waiting.has(row)) return true;
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
    this.enqueue(now, row, detailOf(this.node.table, row), true);
  }

  /** Before 1.22: what the Pod had on the node is gone; the next pass notices. */
  reclaimed(now: VirtualTime, row: number): void {
    this.leaveForPass(now, row);
  }

  /** The Pod's object has another template: the status goes on naming the images that run, which is nothing to push. */
  followTemplate(row: number, before: PodSpec, after: PodSpec): void {
    const { table } = this.node;
    const status = table.statuses[row]!;
    const fresh = withImages(status, before, after);
    const detail = detailOf(table, row);
    if (detail.sentStatus === status) detail.sentStatus = fresh;
    table.statuses[row] = fresh;
  }

  /** A status that changes no container's record, pushed in any case. */
  force(now: VirtualTime, row: number, status: PodStatus): void {
    this.store(now, row, status);
    this.enqueue(now, row, detailOf(this.node.table, row), true);
  }

  /** Conditions of readiness gates that others have set; a Pod whose Ready they change is synced (NeedToReconcilePodReadiness). */
  adoptGates(now: VirtualTime, row: number): void {
    const { table, worker } = this.node;
    const status = table.statuses[row]!;
    const known = table.records[row]!.status.conditions;
    if (((known ^ status.conditions) & GATE_BITS) === 0) return;
    const conditions = (status.conditions & ~GATE_BITS) | (known & GATE_BITS);
    table.statuses[row] = withGateTimes(Object.freeze({ ...status, conditions }), table.records[row]!.status);
    const ready = (conditions & PodCondition.ContainersReady) === 0 ? 0 : PodCondition.Ready;
    const wanted = gatedConditions(table.plan(row).template.spec.readinessGates, ready, conditions) & PodCondition.Ready;
    if (wanted !== (conditions & PodCondition.Ready)) worker.requestSync(now, row);
  }

  /** A write of this Pod's, for `cause`, failed: the next pass tries again. */
  retry(now: VirtualTime, row: number, cause: CauseId): void {
    detailOf(this.node.table, row).sentStatus = null;
    this.leaveForPass(now, row, cause);
  }

  /** Somebody else wrote the Pod's status: the next pass puts it right (needsReconcile). */
  reconcile(now: VirtualTime, row: number): void {
    const { table } = this.node;
    const shown = table.records[row]!.status.conditions & OWN_CONDITIONS;
    if (table.statuses[row]!.startTime === -1 || shown === (table.statuses[row]!.conditions & OWN_CONDITIONS)) return;
    detailOf(table, row).sentStatus = null;
    this.leaveForPass(now, row);
  }

  /** A Pod that is to end is written in any case (SetPodStatus forces the update), so also what somebody else changed. */
  reconcileNow(now: VirtualTime, row: number): void {
    const { table } = this.node;
    const { status } = table.records[row]!;
    const shown = status.conditions & OWN_CONDITIONS;
    // Before its first status the API shows nothing that could differ.
    if (status.startTime === -1 || shown === (table.statuses[row]!.conditions & OWN_CONDITIONS)) return;
    const detail = detailOf(table, row);
    detail.sentStatus = null;
    this.enqueue(now, row, detail, true);
  }

  /** All Pods are looked at. Entries of single changes that still wait give way to the newest status of their Pod. */
  pass(now: VirtualTime): void {
    const { table, version } = this.node;
    const { waiting } = this;
    const forced = new Set(waiting.keys());
    const due = new Set(waiting.keys());
    this.waiting = new Map();
    if (!version.statusBatches) {
      for (const { row, isForced } of this.queue) {
        due.add(row);
        if (isForced) forced.add(row);
      }
      this.queue = [];
    }
    for (const row of this.shuffled(this.node.rows.filter((candidate) => due.has(candidate)))) {
      const detail = detailOf(table, row);
      if (detail.statusCause === NO_CAUSE) detail.statusCause = waiting.get(row) ?? NO_CAUSE;
      this.enqueue(now, row, detail, forced.has(row));
    }
  }

  /** Go's maps have no order. */
  private shuffled(rows: number[]): readonly number[] {
    for (let last = rows.length - 1; last > 0; last--) {
      const chosen = Math.floor((last + 1) * uniform(this.order.hi, this.order.lo, this.draws++));
      [rows[last], rows[chosen]] = [rows[chosen]!, rows[last]!];
    }
    return rows;
  }

  forget(row: number): void {
    this.waiting.delete(row);
  }

  /** The next step of the push under way is due. */
  onTimer(now: VirtualTime): void {
    const push = this.push;
    switch (push.stage) {
      case "get":
        return this.patch(now, push.row, push.pod, push.status, push.cause);
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
    const { initCount, containers } = table.plan(row);
    shown.forEach(({ newest }, container) => {
      // Ephemeral containers have no cells: nothing probes them.
      if (container >= containers.length) return;
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
    const ungated = kept | (podConditions(shape, initContainers, containers, status.phase, false) & ~PodCondition.PodScheduled);
    const conditions = gatedConditions(plan.template.spec.readinessGates, ungated, status.conditions);
    const isReady = (conditions & PodCondition.Ready) !== 0;
    const wasReady = (status.conditions & PodCondition.Ready) !== 0;
    const readySince = isReady === wasReady && status.readySince !== -1 ? status.readySince : wholeSeconds(now);
    const conditionTimes = timesAfter(status, { conditions, startTime: status.startTime, readySince }, wholeSeconds(now));
    const next: { -readonly [Field in keyof PodStatus]: PodStatus[Field] } = {
      ...status,
      conditionTimes,
      containers,
      initContainers,
      conditions,
      readySince,
    };
    delete next.conditionPhase;
    this.store(now, row, Object.freeze(next));
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

  private leaveForPass(now: VirtualTime, row: number, cause: CauseId = this.node.causes.current): void {
    this.waiting.set(row, cause);
    this.armPass(now);
  }

  private armPass(now: VirtualTime): void {
    this.node.armNode(NodeTimer.statusPass, nextOnGrid(this.passAnchor, this.node.settings.statusSyncPeriod, now));
  }

  private enqueue(now: VirtualTime, row: number, detail: PodDetail, isForced = false): void {
    const { table, version } = this.node;
    if (table.has(row, PodFlag.removed) || (version.statusBatches && detail.isQueued)) return;
    detail.isQueued = true;
    const status = version.statusBatches ? null : table.statuses[row]!;
    this.queue.push({ row, pod: table.records[row]!.id, status, cause: detail.statusCause, isForced });
    if (this.push.stage === "idle") this.next(now);
    if (!version.statusBatches && this.queue.length > 0) this.armPass(now);
  }

  private isUnsent(row: number, detail: PodDetail, status: PodStatus = this.node.table.statuses[row]!): boolean {
    return status !== detail.sentStatus;
  }

  /** Begins the push of the first Pod in the queue: its GET. */
  private next(now: VirtualTime): void {
    const { table, read } = this.node;
    this.push = idle;
    for (;;) {
      const entry = this.queue.shift();
      if (entry === undefined) return;
      const { row, pod } = entry;
      const detail = table.details.get(row);
      if (detail === undefined || table.records[row]?.id !== pod || !detail.isQueued) continue;
      detail.isQueued = this.queue.some((other) => other.row === row);
      const status = entry.status ?? table.statuses[row]!;
      const isNew = this.isUnsent(row, detail, status);
      if (!isNew && !entry.isForced) continue;
      const cause = entry.status === null ? detail.statusCause : entry.cause;
      const answered = this.tokens.reserve(now) + read.next();
      const at = isNew ? Math.max(answered, this.tokens.reserve(now)) : answered;
      this.push = { stage: "get", row, pod, status: isNew ? status : null, cause };
      this.node.armNode(NodeTimer.statusPush, Math.max(now + 1, at));
      return;
    }
  }

  private patch(now: VirtualTime, row: number, pod: number, status: PodStatus | null, cause: CauseId): void {
    const { table, causes } = this.node;
    const detail = table.details.get(row);
    if (detail === undefined || table.records[row]?.id !== pod) return this.next(now);
    this.push = { stage: "patch", row, pod };
    if (status === null) return this.afterPatch(now, row, pod);
    detail.sentStatus = status;
    causes.current = cause;
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
