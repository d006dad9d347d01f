/**
 * Volumes that can't be mounted because what they are made of isn't there (pkg/kubelet/volumemanager,
 * operation_generator.go): the volume manager tries again and again, and each sync of the Pod waits for it.
 *
 *   sync ─missing─▶ waiting ─mounted─▶ the sync goes on
 *                      │ 2 min 3 s                     tries go on meanwhile: 0.5 s, 1 s, 2 s, … 2 min 2 s apart
 *                      └────────▶ the sync has failed ─error back-off─▶ waiting …
 *
 * Each volume is tried by itself. All other volumes are mounted at once in the model.
 */
import { MILLISECOND, SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { NodeContext } from "./node-context.ts";
import { detailOf, newSyncRun, type MountRun, type MountTry, type PodDetail } from "./pod-detail.ts";
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
      const tries = this.firstTries(now, row);
      if (tries.length === 0) return false;
      detail.mount = { tries, waitUntil: Infinity };
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
    const mounted = mount.tries.filter((each) => now >= each.at && this.attempt(now, row, each));
    for (const each of mounted) mount.tries.splice(mount.tries.indexOf(each), 1);
    if (mount.tries.length === 0) {
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
    for (const each of mount.tries) each.at = Infinity;
    if (isWaiting(detail) && !this.node.version.mountWaitEndsWithPod) return this.arm(now, row, mount);
    this.node.cancel(row, PodTimer.mount);
    this.giveUp(now, row, detail, mount, false);
    detail.mount = null;
  }

  /** True: it is mounted. */
  private attempt(now: VirtualTime, row: number, each: MountTry): boolean {
    const missing = this.missingOf(now, row, each.container);
    if (missing === null) return true;
    const message = `MountVolume.SetUp failed for volume "${each.volume}" : ${notFoundText(missing)}`;
    this.node.record(now, row, "Warning", "FailedMount", message);
    each.at = now + each.delay;
    each.delay = Math.min(2 * each.delay, MAX_DELAY);
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
  private recordTimeout(now: VirtualTime, row: number, { tries }: MountRun): void {
    const volume = tries
      .map((each) => each.volume)
      .toSorted((a, b) => (a < b ? -1 : 1))
      .join(" ");
    const lists = this.node.version.mountTimeoutListsUnprocessed
      ? `unmounted volumes=[${volume}], unattached volumes=[], failed to process volumes=[]`
      : `unmounted volumes=[${volume}], unattached volumes=[${volume}]`;
    const message = `Unable to attach or mount volumes: ${lists}: timed out waiting for the condition`;
    this.node.record(now, row, "Warning", "FailedMount", message);
  }

  private arm(now: VirtualTime, row: number, { tries, waitUntil }: MountRun): void {
    const due = tries.reduce((first, { at }) => Math.min(first, at), waitUntil);
    if (due === Infinity) this.node.cancel(row, PodTimer.mount);
    else this.node.arm(row, PodTimer.mount, Math.max(now + 1, due));
  }

  /** Of all its volumes; those that fail. */
  private firstTries(now: VirtualTime, row: number): MountTry[] {
    const { table } = this.node;
    if (table.has(row, PodFlag.terminating)) return [];
    const tries: MountTry[] = [];
    table.plan(row).containers.forEach((_, container) => {
      const volume = this.missingOf(now, row, container)?.volume ?? null;
      if (volume === null || tries.some((each) => each.volume === volume)) return;
      tries.push({ container, volume, at: now, delay: FIRST_DELAY });
    });
    return tries.filter((each) => !this.attempt(now, row, each));
  }

  private missingOf(now: VirtualTime, row: number, container: number): MissingConfig | null {
    const missing = this.node.port.missingConfig?.(now, row, container) ?? null;
    return missing === null || missing.volume === null ? null : missing;
  }
}

function isWaiting({ sync }: PodDetail): boolean {
  return sync !== null && sync.stage === "mounting";
}
