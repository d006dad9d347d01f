/**
 * Volumes that can't be mounted because what they are made of isn't there (pkg/kubelet/volumemanager,
 * operation_generator.go): the volume manager tries again and again, and each sync of the Pod waits for it.
 *
 *   sync ─missing─▶ waiting ─mounted─▶ the sync goes on
 *                      │ 2 min 3 s                     tries go on meanwhile: 0.5 s, 1 s, 2 s, … 2 min 2 s apart
 *                      └────────▶ the sync has failed ─error back-off─▶ waiting …
 *
 * All other volumes are mounted at once in the model.
 */
import { MILLISECOND, SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { NodeContext } from "./node-context.ts";
import { detailOf, newSyncRun, type MountRun, type PodDetail } from "./pod-detail.ts";
import type { MissingConfig } from "./ports.ts";
import { PodFlag } from "./tables.ts";
import { PodTimer } from "./timers.ts";

/** goroutinemap/exponentialbackoff */
const FIRST_DELAY: Duration = 500 * MILLISECOND;
const MAX_DELAY: Duration = 122 * SECOND;
/** volume_manager.go podAttachAndMountTimeout */
const WAIT: Duration = 123 * SECOND;

/** As the API's errors read. */
export function notFoundText({ kind, name }: MissingConfig): string {
  return `${kind} "${name}" not found`;
}

export class VolumeMounts {
  private readonly node: NodeContext;
  private readonly goOn: (now: VirtualTime, row: number) => void;

  /** `goOn`: begins a sync that has waited. */
  constructor(node: NodeContext, goOn: (now: VirtualTime, row: number) => void) {
    this.node = node;
    this.goOn = goOn;
  }

  /** True: the sync waits. */
  holdsUp(now: VirtualTime, row: number): boolean {
    if (this.node.port.missingConfig === undefined) return false;
    const detail = detailOf(this.node.table, row);
    // Who has a sandbox has its volumes.
    if (detail.sandboxSeen !== null || detail.sandbox !== null) return false;
    if (detail.mount === null) {
      const container = this.containerWithout(now, row);
      if (container === -1) return false;
      detail.mount = { container, tryAt: now, delay: FIRST_DELAY, waitUntil: Infinity };
      this.attempt(now, row, detail.mount);
    }
    detail.mount.waitUntil = now + WAIT;
    detail.sync = { ...newSyncRun([], []), stage: "mounting" };
    this.arm(now, row, detail.mount);
    return true;
  }

  onTimer(now: VirtualTime, row: number): void {
    const detail = detailOf(this.node.table, row);
    const { mount } = detail;
    if (mount === null) return;
    if (now >= mount.tryAt && this.attempt(now, row, mount)) {
      detail.mount = null;
      if (isWaiting(detail)) this.goOn(now, row);
      return;
    }
    if (now >= mount.waitUntil) this.giveUp(now, row, detail, mount, true);
    if (detail.mount !== null) this.arm(now, row, mount);
  }

  /** The Pod is to end: its volume isn't tried any more; the sync that waits for it ends now, or when its time is over. */
  ends(now: VirtualTime, row: number): void {
    const detail = this.node.table.details.get(row);
    if (detail === undefined || detail.mount === null) return;
    const { mount } = detail;
    mount.tryAt = Infinity;
    if (isWaiting(detail) && !this.node.version.mountWaitEndsWithPod) return this.arm(now, row, mount);
    this.node.cancel(row, PodTimer.mount);
    this.giveUp(now, row, detail, mount, false);
    detail.mount = null;
  }

  /** True: it is mounted. */
  private attempt(now: VirtualTime, row: number, mount: MountRun): boolean {
    const missing = this.missingOf(now, row, mount.container);
    if (missing === null) return true;
    const message = `MountVolume.SetUp failed for volume "${missing.volume ?? ""}" : ${notFoundText(missing)}`;
    this.node.record(now, row, "Warning", "FailedMount", message);
    mount.tryAt = now + mount.delay;
    mount.delay = Math.min(2 * mount.delay, MAX_DELAY);
    return false;
  }

  /** The sync that waits has failed. */
  private giveUp(now: VirtualTime, row: number, detail: PodDetail, mount: MountRun, isTimeout: boolean): void {
    mount.waitUntil = Infinity;
    if (!isWaiting(detail)) return;
    if (isTimeout && this.node.version.mountTimeoutIsTold) this.recordTimeout(now, row, mount);
    detail.sync!.hasFailed = true;
    this.node.worker.syncEnded(now, row);
  }

  /** The token's volume has a random name: it isn't listed. */
  private recordTimeout(now: VirtualTime, row: number, { container }: MountRun): void {
    const volume = this.node.port.missingConfig?.(now, row, container)?.volume ?? "";
    const lists = this.node.version.mountTimeoutListsUnprocessed
      ? `unmounted volumes=[${volume}], unattached volumes=[], failed to process volumes=[]`
      : `unmounted volumes=[${volume}], unattached volumes=[${volume}]`;
    const message = `Unable to attach or mount volumes: ${lists}: timed out waiting for the condition`;
    this.node.record(now, row, "Warning", "FailedMount", message);
  }

  private arm(now: VirtualTime, row: number, { tryAt, waitUntil }: MountRun): void {
    const due = Math.min(tryAt, waitUntil);
    if (due === Infinity) this.node.cancel(row, PodTimer.mount);
    else this.node.arm(row, PodTimer.mount, Math.max(now + 1, due));
  }

  /** -1: none. */
  private containerWithout(now: VirtualTime, row: number): number {
    if (this.node.table.has(row, PodFlag.terminating)) return -1;
    return this.node.table.plan(row).containers.findIndex((_, container) => this.missingOf(now, row, container) !== null);
  }

  private missingOf(now: VirtualTime, row: number, container: number): MissingConfig | null {
    const missing = this.node.port.missingConfig?.(now, row, container) ?? null;
    return missing === null || missing.volume === null ? null : missing;
  }
}

function isWaiting({ sync }: PodDetail): boolean {
  return sync !== null && sync.stage === "mounting";
}
