/**
 * The row that an overload leaves: requests and probes that one server's queue costs share it, whoever meets
 * it first, until a worker has been free again. It ends at the application's capacity against its load;
 * whether endpoints were missing just then, the report sees from the shortages.
 */
import { applicationDetail, ApplicationTrait, CauseKind } from "../cause-kinds.ts";
import { NO_CAUSE, type CauseId, type CauseTable } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import { SECOND, type Duration, type VirtualTime } from "../kernel/time.ts";
import { isOpenEnded } from "./calling-server.ts";
import type { ContainerServer } from "./server.ts";

/** `load`: whose request met the queue; -1: a probe did. The current cause stays. */
export function overloadOf(causes: CauseTable, lp: LpId, pod: number, now: VirtualTime, server: ContainerServer, load: number): CauseId {
  if (server.overload !== NO_CAUSE) return server.overload;
  const { current } = causes;
  const { concurrency, queue } = server.behaviour;
  const detail = applicationDetail(ApplicationTrait.capacity, load, concurrency, queue);
  const isOwn = wouldAnyway(now, server);
  const hindrance = isOwn ? limitOf(causes, lp, pod, now, server, true) : hindranceOf(causes, lp, pod, now, server, true);
  if (hindrance === NO_CAUSE || hindrance === server.limitBlame) ownOverloads.set(server, now);
  const capacity = hindrance === NO_CAUSE ? causes.note(lp, CauseKind.application, pod, now, NO_CAUSE, detail) : hindrance;
  server.overload = causes.note(lp, CauseKind.overload, pod, now, capacity, queue);
  causes.current = current;
  return server.overload;
}

/** When a server overflowed last with nothing but its own capacity or CPU limit in its way. */
const ownOverloads = new WeakMap<ContainerServer, VirtualTime>();
const OWN_FOR: Duration = 10 * SECOND;
/** A fault that halves what a server gets done is why it overflows, whatever it did before; one that takes less than a tenth never is. */
const CONSIDERABLE = 2;
const SLIGHT = 1.1;

/** What overflows by itself does so without a fault that slows it a little, too. */
function wouldAnyway(now: VirtualTime, server: ContainerServer): boolean {
  const { slowdown } = server;
  if (slowdown <= 1 || slowdown >= CONSIDERABLE) return false;
  return slowdown < SLIGHT || now - (ownOverloads.get(server) ?? -Infinity) < OWN_FOR;
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
  return limitOf(causes, lp, pod, now, server, isLate);
}

/** Its CPU limit, where that holds it up; none: it doesn't. */
function limitOf(causes: CauseTable, lp: LpId, pod: number, now: VirtualTime, server: ContainerServer, isLate: boolean): CauseId {
  if (!server.isLimited || (isLate && !server.isThrottled)) return NO_CAUSE;
  if (server.limitBlame !== NO_CAUSE) return server.limitBlame;
  const { current } = causes;
  server.limitBlame = causes.note(lp, CauseKind.cpuLimit, pod, now, NO_CAUSE);
  causes.current = current;
  return server.limitBlame;
}
