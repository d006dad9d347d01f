/** Exec probe: a process beside the container's, success is exit code 0; at the timeout it is killed (CRI ExecSync). */
import { execTimeoutText, judgeExec } from "../../../engine/kubernetes/probes/exec.ts";
import type { ProbeAnswer } from "../../../engine/kubernetes/probes/probe.ts";
import { newestVersions, versionsOf } from "../../../engine/kubernetes/versions.ts";
import { killGroup } from "../process-group.ts";
import { startProcess } from "../start-process.ts";
import { onAbort } from "../cancellation.ts";
import { cancelled, type AttemptProbe } from "./probe.ts";

export const probeExec: AttemptProbe<"exec"> = (handler, target, timeoutMs) => {
  const { command, safety } = target;
  if (command === null || safety === null) return Promise.resolve({ outcome: "error", output: "missing probe handler" });
  const versions = versionsOf(target.kubernetesVersion) ?? newestVersions;
  return new Promise((resolve) => {
    let output = "";
    let leader = 0;
    const end = (answer: ProbeAnswer): void => {
      clearTimeout(timer);
      forget();
      resolve(answer);
    };
    const kill = (): void => {
      if (leader > 0) killGroup(leader, "SIGKILL");
    };
    const cancel = (): void => {
      kill();
      end(cancelled);
    };
    const timer = setTimeout(() => {
      kill();
      end({ outcome: "timeout", output: versions.execTimeoutText ? execTimeoutText(handler.command, timeoutMs / 1000) : output });
    }, timeoutMs);
    const forget = onAbort(target.signal, cancel);
    startProcess(command, safety, null, {
      started: (id) => {
        leader = id;
      },
      failed: (reason) => end({ outcome: "error", output: reason }),
      output: (text) => {
        output = text;
      },
      exited: (exitCode) => end(judgeExec(exitCode, output)),
    });
  });
};
