/** gRPC probe: success is SERVING from grpc.health.v1.Health/Check (pkg/probe/grpc/grpc.go). Dial and call share one deadline, so nobody listening is a timeout. */
import type { ProbeKind } from "./probe.ts";

export const grpc: ProbeKind<"grpc"> = {
  type: "grpc",
  usesPort: true,
  refusal: "timeout",
  failureText(_handler, fault, address, timeoutSeconds) {
    switch (fault) {
      case "refused":
        return `timeout: failed to connect service "${address}" within ${timeoutSeconds}s: context deadline exceeded`;
      case "timeout":
        return `timeout: health rpc did not complete within ${timeoutSeconds}s`;
      case "unhealthy":
        return grpcStatusText("NOT_SERVING");
    }
  },
};

export function isGrpcSuccess(status: string): boolean {
  return status === "SERVING";
}

export function grpcStatusText(status: string): string {
  return `service unhealthy (responded with "${status}")`;
}
