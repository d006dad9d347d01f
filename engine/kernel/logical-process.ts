/**
 * The contract of a logical process (LP): a unit with its own state, changed only by events that the
 * simulator delivers to it in the order of their keys. What an LP needs to know of another comes by
 * message; nothing is ever scheduled at `now`, so all inputs of an instant are known before the first runs.
 */
import type { LpId } from "./event.ts";
import type { VirtualTime } from "./time.ts";

export interface LogicalProcess {
  readonly id: LpId;
  /** A message or fault from `origin`; `payload` is the word its sender posted (usually a mailbox slot). */
  onMessage(now: VirtualTime, origin: LpId, payload: number): void;
  /** One of its own timers fired: the slot names it, the tag is what the owner wrote on it (usually a row). */
  onTimer(now: VirtualTime, slot: number, tag: number): void;
}
