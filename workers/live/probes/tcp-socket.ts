/** TCP probe: success is an open connection, closed at once (pkg/probe/tcp). */
import { connect } from "node:net";
import { ProbeResult } from "../../../engine/kubernetes/kubelet/inputs.ts";
import { isLoopback } from "../addresses.ts";
import type { AttemptProbe } from "./probe.ts";

export const probeTcpSocket: AttemptProbe<"tcpSocket"> = (handler, target, timeoutMs) => {
  const host = handler.host === "" ? target.ip : handler.host;
  const port = target.port;
  if (port === null) return Promise.resolve({ result: ProbeResult.error, output: `couldn't find port ${handler.port}` });
  if (!isLoopback(host)) return Promise.resolve({ result: ProbeResult.error, output: `${host} is not a loopback address` });
  return new Promise((resolve) => {
    const end = (result: ProbeResult, output: string): void => {
      clearTimeout(timer);
      target.signal.removeEventListener("abort", cancel);
      socket.destroy();
      resolve({ result, output });
    };
    const cancel = (): void => end(ProbeResult.error, "the run has ended");
    const socket = connect({ host, port });
    const timer = setTimeout(() => end(ProbeResult.timeout, `dial tcp ${host}:${port}: i/o timeout`), timeoutMs);
    target.signal.addEventListener("abort", cancel, { once: true });
    socket.once("connect", () => end(ProbeResult.success, ""));
    socket.once("error", (error) => end(ProbeResult.failure, `dial tcp ${host}:${port}: ${error.message}`));
  });
};
