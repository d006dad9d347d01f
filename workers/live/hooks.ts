/** postStart and preStop against the real thing: a process, a request (any answer is a success), a connection or a pause. */
import { unreachable } from "../../engine/kernel/assert.ts";
import { ProbeResult } from "../../engine/kubernetes/kubelet/inputs.ts";
import type { LifecycleHandler } from "../../engine/kubernetes/objects/pod.ts";
import { attemptProbe } from "./probes/index.ts";
import type { ProbeTarget } from "./probes/probe.ts";

/** Hooks have no timeout of their own (the grace period or the run's end cuts them): longest timer, in ms. */
const NO_TIMEOUT = 0x7fffffff;

export async function runLiveHook(handler: LifecycleHandler, target: ProbeTarget): Promise<boolean> {
  switch (handler.type) {
    case "exec":
    case "tcpSocket":
      return (await attemptProbe(handler, target, NO_TIMEOUT)).result === ProbeResult.success;
    case "httpGet": {
      const attempt = await attemptProbe(handler, target, NO_TIMEOUT);
      return attempt.result === ProbeResult.success || attempt.answer.output.startsWith("HTTP probe failed with statuscode");
    }
    case "sleep":
      return slept(handler.seconds * 1000, target.signal);
    default:
      return unreachable(handler);
  }
}

function slept(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve(false);
      },
      { once: true },
    );
  });
}
