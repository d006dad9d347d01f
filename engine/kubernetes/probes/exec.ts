/** Exec probe: success is exit code 0 of a process in the container; the runtime kills it at the timeout (pkg/probe/exec/exec.go). */
import type { Distribution } from "../../kernel/distribution.ts";
import { MILLISECOND } from "../../kernel/time.ts";
import type { ProbeKind } from "./probe.ts";

export const exec: ProbeKind<"exec"> = {
  type: "exec",
  usesPort: false,
  refusal: "failure",
  failureText(handler, fault, _address, timeoutSeconds) {
    return fault === "timeout" ? `command timed out: "${handler.command.join(" ")}" timed out after ${timeoutSeconds}s` : "";
  },
};

/** What starting and ending a process in a container costs (model choice: 20–100 ms). */
export const processTime: Distribution = { type: "uniform", min: 20 * MILLISECOND, max: 100 * MILLISECOND };

export function isExecSuccess(exitCode: number): boolean {
  return exitCode === 0;
}
