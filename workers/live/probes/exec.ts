/** Exec probe: a process beside the container's, success is exit code 0; at the timeout it is killed (CRI ExecSync). */
import { ProbeResult } from "../../../engine/kubernetes/kubelet/inputs.ts";
import { killGroup } from "../process-group.ts";
import { startProcess } from "../start-process.ts";
import type { AttemptProbe } from "./probe.ts";

export const probeExec: AttemptProbe<"exec"> = (handler, target, timeoutMs) => {
  const { command, safety } = target;
  if (command === null || safety === null) return Promise.resolve({ result: ProbeResult.error, output: "no command" });
  return new Promise((resolve) => {
    let output = "";
    let leader = 0;
    const end = (result: ProbeResult, text: string): void => {
      clearTimeout(timer);
      target.signal.removeEventListener("abort", cancel);
      resolve({ result, output: text });
    };
    const kill = (): void => {
      if (leader > 0) killGroup(leader, "SIGKILL");
    };
    const cancel = (): void => {
      kill();
      end(ProbeResult.error, "the run has ended");
    };
    const timer = setTimeout(() => {
      kill();
      end(ProbeResult.timeout, `command timed out: "${handler.command.join(" ")}" timed out after ${timeoutMs / 1000}s`);
    }, timeoutMs);
    target.signal.addEventListener("abort", cancel, { once: true });
    startProcess(command, safety, null, {
      started: (id) => {
        leader = id;
      },
      failed: (reason) => end(ProbeResult.error, reason),
      output: (text) => {
        output = text;
      },
      exited: (exitCode) => end(exitCode === 0 ? ProbeResult.success : ProbeResult.failure, output),
    });
  });
};
