/** Reaction of an application to SIGTERM. */
import { unreachable } from "../kernel/assert.ts";
import type { VirtualTime } from "../kernel/time.ts";
import type { ApplicationBehaviour } from "./application.ts";

export interface Shutdown {
  readonly stopsListening: boolean;
  /** When the process ends by itself; Infinity: not for this signal. */
  readonly exitAt: VirtualTime;
  readonly exitCode: number;
}

/** 128 + 15: what the default action of SIGTERM leaves behind. */
const TERMINATED = 143;

/** `idleAt` is when the last request in flight ends (`now` if there is none). */
export function shutdownOf(behaviour: ApplicationBehaviour, now: VirtualTime, idleAt: VirtualTime): Shutdown {
  const { shutdown, script } = behaviour;
  if (script?.stop === null) return { stopsListening: false, exitAt: Infinity, exitCode: 0 };
  if (script !== undefined) return { stopsListening: false, exitAt: now + script.stop.after, exitCode: script.stop.code };
  switch (shutdown.type) {
    case "exit":
      return { stopsListening: false, exitAt: now, exitCode: TERMINATED };
    case "drain":
      return { stopsListening: true, exitAt: Math.min(idleAt, now + shutdown.atMost), exitCode: 0 };
    case "ignore":
      return { stopsListening: false, exitAt: Infinity, exitCode: 0 };
    default:
      return unreachable(shutdown);
  }
}
