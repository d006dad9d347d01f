/**
 * The row that an overload leaves: requests and probes that one server's queue costs share it, whoever meets
 * it first, until a worker has been free again. It ends at the application's capacity against its load;
 * whether endpoints were missing just then, the report sees from the shortages.
 */
import { applicationDetail, ApplicationTrait, CauseKind } from "../cause-kinds.ts";
import { NO_CAUSE, type CauseId, type CauseTable } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import type { VirtualTime } from "../kernel/time.ts";
import { isOpenEnded } from "./calling-server.ts";
import type { ContainerServer } from "./server.ts";

/** `load`: whose request met the queue; -1: a probe did. The current cause stays. */
export function overloadOf(causes: CauseTable, lp: LpId, pod: number, now: VirtualTime, server: ContainerServer, load: number): CauseId {
  if (server.overload !== NO_CAUSE) return server.overload;
  const { current } = causes;
  const { concurrency, queue } = server.behaviour;
  const detail = applicationDetail(ApplicationTrait.capacity, load, concurrency, queue);
  const hindrance = hindranceOf(causes, lp, pod, now, server, true);
  const capacity = hindrance === NO_CAUSE ? causes.note(lp, CauseKind.application, pod, now, NO_CAUSE, detail) : hindrance;
  server.overload = causes.note(lp, CauseKind.overload, pod, now, capacity, queue);
  causes.current = current;
  return server.overload;
}

/** Whoever waits for another Service gets no sooner to its end with more CPU: the shortage is why only if nothing else is. */
export function isShortOfCpu(causes: CauseTable, blame: CauseId): boolean {
  return causes.kindOf(blame) === CauseKind.nodeCpuShort;
}

/**
 * What holds a server up other than its own work and load: a fault, a full node, its CPU limit; none: nothing.
 * `isLate` false: what would, if it came to that. The current cause stays.
 */
export function hindranceOf(
  causes: CauseTable,
  lp: LpId,
  pod: number,
  now: VirtualTime,
  server: ContainerServer,
  isLate: boolean,
): CauseId {
  const { blame } = server;
  const waits = isLate && isOpenEnded(server);
  if (blame !== NO_CAUSE && !(waits && isShortOfCpu(causes, blame))) return blame;
  const waited = waits ? server.waitsFor(now, null) : NO_CAUSE;
  if (waited !== NO_CAUSE || blame !== NO_CAUSE) return waited || blame;
  if (!server.isLimited || (isLate && !server.isThrottled)) return NO_CAUSE;
  if (server.limitBlame !== NO_CAUSE) return server.limitBlame;
  const { current } = causes;
  server.limitBlame = causes.note(lp, CauseKind.cpuLimit, pod, now, NO_CAUSE);
  causes.current = current;
  return server.limitBlame;
}
