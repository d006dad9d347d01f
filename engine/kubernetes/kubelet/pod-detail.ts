/**
 * What a Pod needs only while something happens to it: the runtime's records as they are and as PLEG has
 * seen them, the sync or kill in progress, back-off entries. Made on need, dropped when the Pod is steady
 * (pod-worker.ts `settle`); a steady Pod lives in tables.ts and its status alone.
 */
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { WaitingState } from "../objects/pod.ts";
import type { BackOffEntry } from "./back-off.ts";
import type { ContainerKill } from "./container-kill.ts";
import type { PodPlan } from "./pod-plan.ts";
import { noInstances, type Instances } from "./pod-status.ts";
import { CellFlag, type KubeletTable } from "./tables.ts";

export interface Sandbox {
  readonly isReady: boolean;
  readonly attempt: number;
}

/** How the kubelet itself ends a Pod, whatever its containers come to: an eviction, a shutdown, a deadline (pod-verdict.ts). */
export interface PodVerdict {
  readonly reason: string;
  readonly message: string;
  /**
   * The phase is Succeeded where all containers end well: from 1.22 on the last status is made of the containers once more, and only
   * a deadline is looked at again (kubelet.go SyncTerminatedPod, kubernetes#118310); otherwise it is Failed in any case.
   */
  readonly keepsSuccess: boolean;
  /** Sets the condition DisruptionTarget. */
  readonly isDisruption: boolean;
  /** Of that condition; left out: the message. */
  readonly disruptionMessage?: string;
  /** The node never took the Pod: nothing but the verdict is shown. */
  readonly isRefusal?: true;
}

export interface PodDetail {
  /** As the runtime has it; null: there has never been one. */
  sandbox: Sandbox | null;
  /** As PLEG saw it last. */
  sandboxSeen: Sandbox | null;
  readonly containers: ContainerDetail[];
  /** When this Pod alone was relisted last (the node's relists are a grid). */
  relistedAt: VirtualTime;
  /** Another sync is asked for while one runs. */
  isPending: boolean;
  /** And one more after that. */
  isFurtherPending: boolean;
  /** A sync is due as soon as the cache is newer than the last one's end. */
  isWaiting: boolean;
  /** The runtime changed and PLEG hasn't looked yet. */
  isDirty: boolean;
  sync: SyncRun | null;
  /** A volume that can't be mounted; null: all are, or nobody has tried. */
  mount: MountRun | null;
  /** Termination: null before it begins. */
  termination: "leftover" | "killing" | "stopping" | "removing" | "cleaning" | null;
  /** Least grace asked for so far, in seconds; -1: none. */
  grace: number;
  /** Before 1.22, of a kill that the kubelet itself asked for: replaces what the preStop hook has left; seconds, -1: none. */
  override: number;
  /** Before 1.22: relists seen since the last container ended. */
  relistsSinceEnd: number;
  terminationCause: CauseId;
  verdict: PodVerdict | null;
  /** The last status worked out has a terminal phase, shown or not. */
  isDecided: boolean;
  /** In the status manager's queue. */
  isQueued: boolean;
  statusCause: CauseId;
  /** The status that was patched last; null: none by this kubelet. */
  sentStatus: unknown;
}

export interface ContainerDetail {
  /** As the runtime has them. */
  truth: Instances;
  /** As PLEG saw them last: what syncs decide on. */
  seen: Instances;
  startError: WaitingState | null;
  backOff: BackOffEntry | null;
  imageBackOff: BackOffEntry | null;
  /** What the last pull that this entry is about failed with; "": nothing. */
  pullError: string;
  /** Why the newest dead instance ended. */
  exitCause: CauseId;
  /** What made its probe fail (startup or liveness). */
  failCause: CauseId;
  kill: ContainerKill | null;
  /** The newest instance runs an image that the Pod has no more. */
  isOutdated: boolean;
  /** Number of the newest instance among those that were removed from the runtime; -1: none was. */
  removed: number;
}

/** Number of the instance that a start makes. */
export function nextGeneration({ truth, removed }: ContainerDetail): number {
  return (truth.newest?.generation ?? removed) + 1;
}

/** Records of ephemeral containers that the plan has and the detail hasn't. */
export function addEphemeral(detail: PodDetail, plan: PodPlan): void {
  const count = plan.containers.length + plan.ephemeral.length;
  while (detail.containers.length < count) detail.containers.push(newContainer(noInstances));
}

/** One sync on its way (SyncPod): actions that wait for answers, one after another. */
export interface SyncRun {
  readonly steps: readonly SyncStep[];
  position: number;
  /** Of the step at `position`. */
  stage: "begin" | "mounting" | "killing" | "stopping" | "creating" | "pulling" | "starting" | "hook" | "hookFailed";
  /** The cache at the beginning: what back-off looks at, also after a kill in this sync. */
  readonly seen: readonly Instances[];
  /** Killed in this sync because a probe failed. */
  readonly killedByProbe: Set<number>;
  hasActed: boolean;
  hasFailed: boolean;
  /** When the first of the back-offs met is over; Infinity: none met. */
  backOffUntil: VirtualTime;
}

/** Tries of the volume manager, whether a sync waits for them or not (pending_operations, exponential_backoff.go). */
export interface MountRun {
  /** Volumes that aren't mounted yet. */
  readonly tries: MountTry[];
  /** The sync that waits for it gives up then. */
  waitUntil: VirtualTime;
}

/** One volume's operation. */
export interface MountTry {
  /** The first one that mounts it. */
  readonly container: number;
  readonly volume: string;
  at: VirtualTime;
  /** After the next failure. */
  delay: Duration;
}

export type SyncStep =
  | { readonly type: "killPod" }
  | { readonly type: "restartAll" }
  | { readonly type: "kill"; readonly container: number }
  | { readonly type: "sandbox"; readonly attempt: number }
  | { readonly type: "start"; readonly container: number };

export function newSyncRun(steps: readonly SyncStep[], seen: readonly Instances[]): SyncRun {
  return { steps, position: 0, stage: "begin", seen, killedByProbe: new Set(), hasActed: false, hasFailed: false, backOffUntil: Infinity };
}

export function newDetail(containerCount: number): PodDetail {
  const containers: ContainerDetail[] = [];
  for (let index = 0; index < containerCount; index++) containers.push(newContainer(noInstances));
  return {
    sandbox: null,
    sandboxSeen: null,
    containers,
    relistedAt: -1,
    isPending: false,
    isFurtherPending: false,
    isWaiting: false,
    isDirty: false,
    sync: null,
    mount: null,
    termination: null,
    grace: -1,
    override: -1,
    relistsSinceEnd: 0,
    terminationCause: NO_CAUSE,
    verdict: null,
    isDecided: false,
    isQueued: false,
    statusCause: NO_CAUSE,
    sentStatus: null,
  };
}

/** The detail of a steady Pod, rebuilt from its columns and its status: every container runs, init containers ended well. */
export function detailOf(table: KubeletTable, row: number): PodDetail {
  const known = table.details.get(row);
  if (known !== undefined) return known;
  const plan = table.plan(row);
  const detail = newDetail(plan.containers.length);
  const status = table.statuses[row]!;
  detail.sandbox = steadySandbox;
  detail.sandboxSeen = steadySandbox;
  detail.containers.forEach((container, index) => {
    const at = table.cellAt(row, index);
    const word = table.words[at]!;
    const generation = word >>> 8;
    if ((word & CellFlag.running) !== 0) {
      container.truth = {
        newest: { generation, isRunning: true, startedAt: table.times[(at + 2) >> 1]!, finishedAt: -1, exitCode: 0, oomKilled: false },
        before: null,
      };
    } else {
      const state = status.initContainers[index]?.state;
      const startedAt = state?.type === "terminated" ? state.startedAt * SECOND : 0;
      const finishedAt = state?.type === "terminated" ? state.finishedAt * SECOND : 0;
      container.truth = { newest: { generation, isRunning: false, startedAt, finishedAt, exitCode: 0, oomKilled: false }, before: null };
    }
    container.seen = container.truth;
  });
  // Who has nothing left to say is steady.
  detail.sentStatus = status;
  table.details.set(row, detail);
  return detail;
}

const steadySandbox: Sandbox = Object.freeze({ isReady: true, attempt: 0 });

function newContainer(instances: Instances): ContainerDetail {
  return {
    truth: instances,
    seen: instances,
    startError: null,
    backOff: null,
    imageBackOff: null,
    pullError: "",
    exitCause: NO_CAUSE,
    failCause: NO_CAUSE,
    kill: null,
    isOutdated: false,
    removed: -1,
  };
}
