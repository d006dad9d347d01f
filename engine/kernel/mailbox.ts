/**
 * Messages with a body. Within a shard the body travels as a reference in a slot of this mailbox and
 * the event's payload is the slot; for another shard a codec turns it into flat words and back.
 * Each body carries the cause under which it was sent (causes.ts), which the receiver makes current.
 */
import type { EventClass, LpId } from "./event.ts";
import type { Simulator } from "./simulator.ts";
import type { VirtualTime } from "./time.ts";
import type { CauseTable } from "./causes.ts";

/** What a module needs to send its own kinds of bodies: a mailbox of any wider kind is one. */
export interface Sender<Body> {
  post(receiver: LpId, at: VirtualTime, body: Body, eventClass?: EventClass): void;
}

export class Mailbox<Body> implements Sender<Body> {
  private readonly bodies: (Body | undefined)[] = [];
  private readonly causeOf: number[] = [];
  private readonly free: number[] = [];
  private readonly simulator: Simulator;
  private readonly causes: CauseTable;

  constructor(simulator: Simulator, causes: CauseTable) {
    this.simulator = simulator;
    this.causes = causes;
  }

  post(receiver: LpId, at: VirtualTime, body: Body, eventClass?: EventClass): void {
    this.simulator.post(receiver, at, this.put(body, this.causes.current), eventClass);
  }

  postFrom(origin: LpId, receiver: LpId, at: VirtualTime, body: Body, eventClass?: EventClass): void {
    this.simulator.postFrom(origin, receiver, at, this.put(body, this.causes.current), eventClass);
  }

  /** Stores a body that arrived from outside this shard (or is about to be sent) and returns its slot. */
  put(body: Body, cause: number): number {
    const slot = this.free.pop() ?? this.bodies.length;
    this.bodies[slot] = body;
    this.causeOf[slot] = cause;
    return slot;
  }

  /** The body in a slot, which becomes free; its cause becomes the current one. */
  take(slot: number): Body {
    const body = this.bodies[slot] as Body;
    this.causes.current = this.causeOf[slot]!;
    this.bodies[slot] = undefined;
    this.free.push(slot);
    return body;
  }
}
