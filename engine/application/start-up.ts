/** Time from the start of the process until it listens and answers. */
import { sample } from "../kernel/distribution.ts";
import type { StreamKey } from "../kernel/random.ts";
import type { Duration } from "../kernel/time.ts";
import type { ApplicationBehaviour } from "./application.ts";

/** `key` is the container's own stream, `instance` how often it was started before. */
export function startUpTime(behaviour: ApplicationBehaviour, key: StreamKey, instance: number): Duration {
  return Math.max(0, Math.round(sample(behaviour.startUp, key.hi, key.lo, instance)));
}
