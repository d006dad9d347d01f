/** TCP probe: success is an open connection, closed at once (pkg/probe/tcp/tcp.go). An unhealthy application still accepts it. */
import type { ProbeKind } from "./probe.ts";

export const tcpSocket: ProbeKind<"tcpSocket"> = {
  type: "tcpSocket",
  usesPort: true,
  refusal: "failure",
  failureText(_handler, fault, address) {
    return fault === "timeout" ? `dial tcp ${address}: i/o timeout` : `dial tcp ${address}: connect: connection refused`;
  },
};
