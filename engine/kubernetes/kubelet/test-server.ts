/** A container's server for tests and vectors whose containers get no requests: all it does is to take its time at the end. */
import { Admission, type ContainerServer } from "../../application/server.ts";
import type { Duration } from "../../kernel/time.ts";
import { instantBehaviour } from "./test-node.ts";

/** Idle `drain` after whenever it is asked: a drain takes so long. */
export function drainingServer(drain: Duration): ContainerServer {
  return new DrainingServer(drain);
}

const nothing = (): void => undefined;

class DrainingServer implements ContainerServer {
  readonly behaviour = instantBehaviour;
  isListening = false;
  readonly end = 0;
  overload = 0;
  memoryLimitInFlight = Infinity;
  reading = null;
  readonly cpuAtMost = 0;
  readonly isPaced = false;
  readonly failing = 0;
  readonly failBlame = 0;
  readonly isLimited = false;
  readonly isThrottled = false;
  readonly blame = 0;
  limitBlame = 0;
  readonly slowdown = 1;
  readonly settle = nothing;
  readonly die = nothing;
  readonly setWaiting = nothing;
  readonly setFailing = nothing;
  readonly begin = nothing;
  readonly setSpeed = nothing;
  readonly limitCpu = nothing;
  readonly shareCpu = nothing;
  private readonly drain: Duration;

  constructor(drain: Duration) {
    this.drain = drain;
  }

  listen(): void {
    this.isListening = true;
  }

  stopListening(): void {
    this.isListening = false;
  }

  admit(): Admission {
    return this.isListening ? Admission.accepted : Admission.notListening;
  }

  admitProbe(): Admission {
    return Admission.accepted;
  }

  inFlight(): number {
    return 0;
  }

  idleAt(now: number): number {
    return now + this.drain;
  }

  nextEnd(): number {
    return Infinity;
  }

  cpuTime(): number {
    return 0;
  }

  cpuWanted(): number {
    return 0;
  }
}
