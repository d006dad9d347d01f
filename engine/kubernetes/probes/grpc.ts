/** gRPC probe: success is SERVING from grpc.health.v1.Health/Check (pkg/probe/grpc/grpc.go). Dial and call share one deadline, so nobody listening is a timeout. */
import type { ProbeAnswer, ProbeKind } from "./probe.ts";

export const grpc: ProbeKind<"grpc"> = {
  type: "grpc",
  usesPort: true,
  refusal: "timeout",
  failureText(_handler, fault, address, timeoutSeconds) {
    switch (fault) {
      case "refused":
        return grpcDialText(address, timeoutSeconds);
      case "timeout":
        return grpcTimeoutText(timeoutSeconds);
      case "unhealthy":
        return judgeGrpcStatus("NOT_SERVING").output;
      case "cut":
        return judgeGrpcError(UNAVAILABLE, "error reading from server: EOF", timeoutSeconds).output;
    }
  },
};

const UNAVAILABLE = 14;

/** Of an answer: HealthCheckResponse.status. */
export function judgeGrpcStatus(status: string): ProbeAnswer {
  return status === "SERVING"
    ? { outcome: "success", output: "service healthy" }
    : { outcome: "failure", output: `service unhealthy (responded with "${status}")` };
}

/** Of a call that failed with a code of google.rpc.Code. */
export function judgeGrpcError(code: number, message: string, timeoutSeconds: number): ProbeAnswer {
  const name = codeNames[code] ?? `Code(${code})`;
  if (name === "Unimplemented") {
    return {
      outcome: "failure",
      output: `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`,
    };
  }
  if (name === "DeadlineExceeded") return { outcome: "timeout", output: grpcTimeoutText(timeoutSeconds) };
  return { outcome: "failure", output: `error: health rpc probe failed: rpc error: code = ${name} desc = ${message}` };
}

export function grpcDialText(address: string, timeoutSeconds: number): string {
  return `timeout: failed to connect service "${address}" within ${timeoutSeconds}s: context deadline exceeded`;
}

function grpcTimeoutText(timeoutSeconds: number): string {
  return `timeout: health rpc did not complete within ${timeoutSeconds}s`;
}

/** As google.golang.org/grpc/codes prints them. */
const codeNames: readonly string[] = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
];
