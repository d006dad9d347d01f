/**
 * What the live load lost, in the words of the model: the state of the Pod that was asked, and the cause,
 * which is the Pod's latest notable transition before the loss. Pure.
 */
import { CauseKind } from "../../engine/cause-kinds.ts";
import type { CauseRow } from "../../engine/kernel/causes.ts";
import type { VirtualTime } from "../../engine/kernel/time.ts";
import type { LossCount, LossState } from "../../engine/result.ts";
import { Outcome } from "../../engine/traffic/outcome.ts";
import type { LiveLoss } from "./load-client.ts";

/** Transitions of a Pod by which its endpoint answers or not. */
const podKinds: ReadonlySet<number> = new Set([
  CauseKind.podCreated,
  CauseKind.podDeleted,
  CauseKind.podRemoved,
  CauseKind.containerStarted,
  CauseKind.containerExited,
  CauseKind.oomKilled,
  CauseKind.probeKill,
  CauseKind.signalled,
  CauseKind.sandboxStopped,
  CauseKind.killedAtGraceEnd,
]);

/** `services` holds the Service number of each load. Losses of one load, outcome, state and cause are one entry. */
export function lossCounts(
  losses: readonly (readonly LiveLoss[])[],
  services: readonly number[],
  causes: readonly CauseRow[],
): LossCount[] {
  const byTime = [...causes].sort((a, b) => a.time - b.time || a.id - b.id);
  const counts = new Map<string, LossCount>();
  losses.forEach((ofLoad, load) => {
    for (const loss of ofLoad) {
      const cause = causeOf(loss, services[load] ?? -1, byTime);
      const state = stateOf(loss.outcome, cause?.kind ?? 0);
      const key = `${load}/${loss.outcome}/${state}/${cause?.id ?? 0}`;
      const known = counts.get(key);
      counts.set(key, {
        load,
        outcome: loss.outcome,
        state,
        cause: cause?.id ?? 0,
        count: (known?.count ?? 0) + loss.count,
        first: Math.min(known?.first ?? Infinity, loss.first),
        last: Math.max(known?.last ?? 0, loss.last),
      });
    }
  });
  return [...counts.values()];
}

function causeOf(loss: LiveLoss, service: number, byTime: readonly CauseRow[]): CauseRow | undefined {
  if (loss.pod === -1) return latest(byTime, loss.first, (row) => row.kind === CauseKind.endpointsChanged && row.subject === service);
  return latest(byTime, loss.first, (row) => podKinds.has(row.kind) && row.subject === loss.pod);
}

function latest(byTime: readonly CauseRow[], at: VirtualTime, matches: (row: CauseRow) => boolean): CauseRow | undefined {
  return byTime.findLast((row) => row.time <= at && matches(row));
}

function stateOf(outcome: Outcome, kind: number): LossState {
  switch (outcome) {
    case Outcome.noEndpoint:
      return "no endpoint";
    case Outcome.unreachable:
      return "address gone";
    case Outcome.serverError:
      return "overload";
    case Outcome.timedOut:
      return "slow answer";
    case Outcome.refused:
      return refusedState(kind);
    default:
      return kind === CauseKind.oomKilled ? "out of memory" : "killed while serving";
  }
}

function refusedState(kind: number): LossState {
  switch (kind) {
    case CauseKind.podRemoved:
    case CauseKind.sandboxStopped:
      return "routed after removal";
    case CauseKind.podCreated:
    case CauseKind.containerStarted:
      return "not listening yet";
    default:
      return "listener closed before removal";
  }
}
