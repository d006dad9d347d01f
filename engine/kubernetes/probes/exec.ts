/** Exec probe: success is exit code 0 of a process in the container; the runtime kills it at the timeout (pkg/probe/exec/exec.go). */
import type { Distribution } from "../../kernel/distribution.ts";
import { MILLISECOND } from "../../kernel/time.ts";
import { OUTPUT_MAX, type ProbeAnswer, type ProbeKind } from "./probe.ts";

export const exec: ProbeKind<"exec"> = {
  type: "exec",
  usesPort: false,
  refusal: "error",
  failureText(handler, fault, _address, timeoutSeconds, versions) {
    switch (fault) {
      case "timeout":
        return versions.execTimeoutText ? execTimeoutText(handler.command, timeoutSeconds) : "";
      case "refused":
        return execErrorText;
      case "unhealthy":
      case "cut":
        return "";
    }
  },
};

/** The runtime's words when the container has ended (the model's containers have no ids). */
const execErrorText = "container is not running";

/** What starting and ending a process in a container costs (model choice: 20–100 ms). */
export const processTime: Distribution = { type: "uniform", min: 20 * MILLISECOND, max: 100 * MILLISECOND };

export function judgeExec(exitCode: number, output: string): ProbeAnswer {
  return { outcome: exitCode === 0 ? "success" : "failure", output: output.slice(0, OUTPUT_MAX) };
}

export function execTimeoutText(command: readonly string[], timeoutSeconds: number): string {
  return `command timed out: "${command.join(" ")}" timed out after ${timeoutSeconds}s`;
}
