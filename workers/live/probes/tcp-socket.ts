/** TCP probe: success is an open connection, closed at once (pkg/probe/tcp). */
import { connect } from "node:net";
import { portErrorText } from "../../../engine/kubernetes/probes/port.ts";
import type { ProbeAnswer } from "../../../engine/kubernetes/probes/probe.ts";
import { tcpSocket } from "../../../engine/kubernetes/probes/tcp-socket.ts";
import { newestVersions } from "../../../engine/kubernetes/versions.ts";
import { isLoopback } from "../addresses.ts";
import { connectErrorText } from "../connect-error.ts";
import { onAbort } from "../cancellation.ts";
import { cancelled, type AttemptProbe } from "./probe.ts";

export const probeTcpSocket: AttemptProbe<"tcpSocket"> = (handler, target, timeoutMs) => {
  const host = handler.host === "" ? target.ip : handler.host;
  const port = target.port;
  if (port === null) return Promise.resolve({ outcome: "error", output: portErrorText(handler.port) });
  if (!isLoopback(host)) return Promise.resolve({ outcome: "error", output: `${host} is not a loopback address` });
  const address = (): string => `${host}:${port}`;
  return new Promise((resolve) => {
    const end = (answer: ProbeAnswer): void => {
      clearTimeout(timer);
      forget();
      socket.destroy();
      resolve(answer);
    };
    const cancel = (): void => end(cancelled);
    const socket = connect(port, host, () => end({ outcome: "success", output: "" }));
    const timer = setTimeout(
      () => end({ outcome: "timeout", output: tcpSocket.failureText(handler, "timeout", address(), 0, newestVersions) }),
      timeoutMs,
    );
    const forget = onAbort(target.signal, cancel);
    socket.once("error", (error) => end({ outcome: "failure", output: connectErrorText(error, address()) }));
  });
};
