/**
 * What one sync of a DaemonSet does on each node, and which old Pods a rolling update replaces (pure);
 * daemon-set.ts carries it out. Source: pkg/controller/daemon/daemon_controller.go, update.go.
 *
 *   node wants one: none there ──▶ create;  failed ──▶ delete (with a back-off per node);  several ──▶ all but one go
 *   node doesn't  : all go
 */
import { admitsByAffinity, type SelectableNode } from "../objects/node-selection.ts";
import { scaledValue } from "../objects/int-or-string.ts";
import type { DaemonSetSpec } from "../objects/daemon-set.ts";
import type { Taint, Toleration } from "../objects/meta.ts";
import type { PodSpec } from "../objects/pod.ts";
import { tolerates } from "../objects/toleration.ts";

export interface DaemonPod {
  readonly id: number;
  readonly createdAt: number;
  /** Bound to a node. */
  readonly isAssigned: boolean;
  readonly phase: "Failed" | "Succeeded" | "other";
  readonly isReady: boolean;
  readonly isAvailable: boolean;
  readonly isTerminating: boolean;
  /** Made from the present template. */
  readonly isUpdated: boolean;
}

export interface NodeVerdict {
  readonly shouldRun: boolean;
  /** One that runs there already may go on. */
  readonly shouldContinue: boolean;
}

/** Neither resources nor host ports are looked at: those are the scheduler's. */
export function shouldRunOn(
  spec: Pick<PodSpec, "nodeName" | "nodeSelector" | "affinity">,
  tolerations: readonly Toleration[],
  node: SelectableNode,
  taints: readonly Taint[],
): NodeVerdict {
  const isWanted =
    (spec.nodeName === "" || spec.nodeName === node.name) &&
    admitsByAffinity({ nodeSelector: spec.nodeSelector, terms: spec.affinity?.nodeRequired ?? null }, node);
  if (!isWanted) return { shouldRun: false, shouldContinue: false };
  const hard = taints.filter(
    (taint) => taint.effect !== "PreferNoSchedule" && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
  return { shouldRun: hard.length === 0, shouldContinue: hard.every(({ effect }) => effect !== "NoExecute") };
}

export interface NodePlan {
  readonly creates: boolean;
  readonly deletes: readonly DaemonPod[];
  /** Of those: ended, each an Event. */
  readonly ended: readonly DaemonPod[];
  /** A failed Pod stays until the node's back-off has passed. */
  readonly waitsForBackOff: boolean;
}

/** `isInBackOff`: a failed Pod of this node was deleted a short while ago. `deletesSucceeded`: as in newer releases. */
export function planNode(
  { shouldRun, shouldContinue }: NodeVerdict,
  pods: readonly DaemonPod[],
  rules: { readonly isInBackOff: boolean; readonly allowsSurge: boolean; readonly deletesSucceeded: boolean },
): NodePlan {
  if (shouldRun && pods.length === 0) return { creates: true, deletes: [], ended: [], waitsForBackOff: false };
  const live = pods.filter(({ isTerminating }) => !isTerminating);
  if (!shouldContinue) return { creates: false, deletes: live, ended: [], waitsForBackOff: false };
  const failed = live.filter(({ phase }) => phase === "Failed");
  const succeeded = rules.deletesSucceeded ? live.filter(({ phase }) => phase === "Succeeded") : [];
  const running = live.filter((pod) => !failed.includes(pod) && !succeeded.includes(pod)).sort(byAge);
  // The first failed Pod starts the node's back-off, which holds the others.
  const ended = [...(rules.isInBackOff ? [] : failed.slice(0, 1)), ...succeeded];
  const surplus = rules.allowsSurge ? surplusWithSurge(running) : running.slice(1);
  return { creates: false, deletes: [...ended, ...surplus], ended, waitsForBackOff: failed.length > (rules.isInBackOff ? 0 : 1) };
}

/** Bound before unbound, older before younger. */
function byAge(a: DaemonPod, b: DaemonPod): number {
  if (a.isAssigned !== b.isAssigned) return a.isAssigned ? -1 : 1;
  return a.createdAt - b.createdAt || a.id - b.id;
}

/** One old and one new Pod may stand side by side, until the old one is unready or the new one is available. */
function surplusWithSurge(running: readonly DaemonPod[]): DaemonPod[] {
  const fresh = running.find(({ isUpdated }) => isUpdated);
  const old = running.find(({ isUpdated }) => !isUpdated);
  const surplus = running.filter((pod) => pod !== fresh && pod !== old);
  if (fresh !== undefined && old !== undefined && (!old.isReady || fresh.isAvailable)) surplus.push(old);
  return surplus;
}

/** The Pods of a node that a rolling update looks at; `null`: too many, for planNode to clean up. */
function updatePair(pods: readonly DaemonPod[]): { readonly fresh: DaemonPod | undefined; readonly old: DaemonPod | undefined } | null {
  const live = pods.filter(({ isTerminating }) => !isTerminating);
  const fresh = live.filter(({ isUpdated }) => isUpdated);
  const old = live.filter(({ isUpdated }) => !isUpdated);
  return fresh.length > 1 || old.length > 1 ? null : { fresh: fresh[0], old: old[0] };
}

export interface UpdateBounds {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** Both round up over the nodes that want a Pod. `neverStuck`: not both 0, as since 1.22. */
export function updateBounds(strategy: DaemonSetSpec["updateStrategy"], desired: number, neverStuck: boolean): UpdateBounds {
  if (strategy.type === "OnDelete") return { maxSurge: 0, maxUnavailable: 0 };
  const maxSurge = scaledValue(strategy.maxSurge, desired, true) ?? 0;
  const maxUnavailable = scaledValue(strategy.maxUnavailable, desired, true) ?? 0;
  return { maxSurge, maxUnavailable: neverStuck && maxSurge === 0 && maxUnavailable === 0 && desired > 0 ? 1 : maxUnavailable };
}

/** Without an available Pod that stays. */
export function isUnavailable(pods: readonly DaemonPod[]): boolean {
  return !pods.some(({ isAvailable, isTerminating }) => isAvailable && !isTerminating);
}

export interface UpdatePlan {
  readonly deletes: readonly DaemonPod[];
  /** Positions in `nodes` that get a new Pod beside the old one. */
  readonly surges: readonly number[];
}

/** Nodes on which a Pod may only go on; none: a surge treats all alike, as before 1.34. */
export interface Unwanted {
  /** Their positions in `nodes`. */
  readonly positions: ReadonlySet<number>;
  /** How many nodes should run a Pod. */
  readonly desired: number;
}

const noneUnwanted: Unwanted = { positions: new Set(), desired: 0 };

/** `nodes`: those that should run a Pod or have one, with their Pods, in the order in which they come up for replacement. */
export function planUpdate(
  nodes: readonly (readonly DaemonPod[])[],
  { maxSurge, maxUnavailable }: UpdateBounds,
  unwanted: Unwanted = noneUnwanted,
): UpdatePlan {
  return maxSurge > 0 ? planSurge(nodes, maxSurge, unwanted) : planReplacement(nodes, maxUnavailable);
}

/** Old Pods that aren't available go at once, others while few enough nodes are without. */
function planReplacement(nodes: readonly (readonly DaemonPod[])[], maxUnavailable: number): UpdatePlan {
  const broken: DaemonPod[] = [];
  const candidates: DaemonPod[] = [];
  let unavailable = 0;
  for (const pods of nodes) {
    if (isUnavailable(pods)) unavailable++;
    const pair = updatePair(pods);
    if (pair?.old === undefined || pair.fresh !== undefined) continue;
    (pair.old.isAvailable ? candidates : broken).push(pair.old);
  }
  return { deletes: [...broken, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))], surges: [] };
}

/** Where only an old Pod may go on it has no successor: it goes when there are enough available ones elsewhere, or isn't available itself. */
function planSurge(nodes: readonly (readonly DaemonPod[])[], maxSurge: number, unwanted: Unwanted): UpdatePlan {
  const deletes: DaemonPod[] = [];
  const leaving: DaemonPod[] = [];
  const broken: number[] = [];
  const candidates: number[] = [];
  let surging = 0;
  let available = 0;
  nodes.forEach((pods, position) => {
    const pair = updatePair(pods);
    if (pair === null) {
      surging++;
      return;
    }
    const { fresh, old } = pair;
    if ((old ?? fresh)?.isAvailable === true) available++;
    if (old === undefined) return;
    if (fresh === undefined && unwanted.positions.has(position)) (old.isAvailable ? leaving : deletes).push(old);
    else if (fresh === undefined) (old.isAvailable ? candidates : broken).push(position);
    else if (fresh.isAvailable) deletes.push(old);
    else surging++;
  });
  deletes.push(...leaving.slice(0, Math.max(0, available - unwanted.desired)));
  return { deletes, surges: [...broken, ...candidates.slice(0, Math.max(0, maxSurge - surging))] };
}
