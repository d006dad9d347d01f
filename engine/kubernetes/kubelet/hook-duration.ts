/**
 * How long a lifecycle hook takes in the model. A `sleep` handler sleeps; an exec handler takes what its
 * `sleep` commands say, as manifests commonly write it, or one process's time; a request takes what a probe takes.
 */
import { SECOND, type Duration } from "../../kernel/time.ts";
import type { LifecycleHandler } from "../objects/pod.ts";

/** Null: not known from the manifest; the caller draws it. */
export function hookDuration(handler: LifecycleHandler): Duration | null {
  switch (handler.type) {
    case "sleep":
      return handler.seconds * SECOND;
    case "exec":
      return sleepOf(handler.command);
    case "httpGet":
    case "tcpSocket":
      return null;
  }
}

const units: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600 };

/** `["sleep", "15"]`, `["sh", "-c", "sleep 15"]`, `["/bin/sleep", "1m"]`: seconds of all sleeps added; null: none. */
function sleepOf(command: readonly string[]): Duration | null {
  // Differs: exec hooks. Only their sleeps are understood; any other command is taken as one short process.
  const matches = [...command.join(" ").matchAll(/(?:^|[\s;&|/(])sleep\s+(\d+(?:\.\d+)?)([smh]?)(?=$|[\s;&|)])/g)];
  if (matches.length === 0) return null;
  return Math.round(matches.reduce((total, [, amount, unit]) => total + Number(amount) * units[unit!]!, 0) * SECOND);
}
