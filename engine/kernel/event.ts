/**
 * The order of events. Every event carries a key (time, class, origin, number):
 *
 *   time    integer microseconds
 *   class   0 fault or action, 1 message, 2 own timer, 3 observer
 *   origin  the logical process that made it
 *   number  a message: its sender's running counter; a timer: its slot (entity ordinal × kinds + kind)
 *
 * Keys are unique among pending events, total, and the same for any number of shards: no row index,
 * thread counter or order of insertion ever enters one.
 */
export const EventClass = { fault: 0, message: 1, timer: 2, observer: 3 } as const;
export type EventClass = (typeof EventClass)[keyof typeof EventClass];

/** A logical process, by number; the same in every sharding. */
export type LpId = number;

/** Class and origin share one word: class in the top two bits, origin (< 2³⁰) below. */
export function classAndOrigin(eventClass: EventClass, origin: LpId): number {
  return ((eventClass << 30) | origin) >>> 0;
}
