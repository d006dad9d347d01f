/**
 * gRPC probe: grpc.health.v1 Check over plaintext; dial and call share one deadline, and the dial goes on
 * trying, so a refused connection ends as a timeout (pkg/probe/grpc). Success is SERVING.
 */
import { Metadata, connectivityState, credentials, makeClientConstructor, status, type Client, type ServiceError } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import { grpcDialText, judgeGrpcError, judgeGrpcStatus } from "../../../engine/kubernetes/probes/grpc.ts";
import { portErrorText } from "../../../engine/kubernetes/probes/port.ts";
import type { ProbeAnswer } from "../../../engine/kubernetes/probes/probe.ts";
import { isLoopback } from "../addresses.ts";
import { onAbort } from "../cancellation.ts";
import { cancelled, type AttemptProbe } from "./probe.ts";

/** grpc/health/v1/health.proto, as far as a probe needs it. */
const HEALTH: Parameters<typeof fromJSON>[0] = {
  nested: {
    grpc: {
      nested: {
        health: {
          nested: {
            v1: {
              nested: {
                HealthCheckRequest: { fields: { service: { type: "string", id: 1 } } },
                HealthCheckResponse: {
                  fields: { status: { type: "ServingStatus", id: 1 } },
                  nested: { ServingStatus: { values: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } } },
                },
                Health: { methods: { Check: { requestType: "HealthCheckRequest", responseType: "HealthCheckResponse", comment: "" } } },
              },
            },
          },
        },
      },
    },
  },
};

interface HealthClient extends Client {
  Check(
    request: { service: string },
    metadata: Metadata,
    options: { deadline: number },
    callback: (error: ServiceError | null, response?: { status: string }) => void,
  ): { cancel(): void };
}

const healthService = fromJSON(HEALTH, { enums: String, defaults: true })["grpc.health.v1.Health"];
const HealthConstructor = makeClientConstructor(healthService as Parameters<typeof makeClientConstructor>[0], "Health");

export const probeGrpc: AttemptProbe<"grpc"> = (handler, target, timeoutMs) => {
  if (target.port === null) return Promise.resolve({ outcome: "error", output: portErrorText(handler.port) });
  if (!isLoopback(target.ip)) return Promise.resolve({ outcome: "error", output: `${target.ip} is not a loopback address` });
  const address = `${target.ip}:${target.port}`;
  const deadline = Date.now() + timeoutMs;
  const client = new HealthConstructor(address, credentials.createInsecure(), {
    "grpc.primary_user_agent": `kube-probe/${target.kubernetesVersion}`,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.enable_http_proxy": 0,
  }) as unknown as HealthClient;
  return new Promise((resolve) => {
    const end = (answer: ProbeAnswer): void => {
      forget();
      client.close();
      resolve(answer);
    };
    const cancel = (): void => end(cancelled);
    const forget = onAbort(target.signal, cancel);
    // The call waits for a connection as long as its deadline lets it, so the dial goes on trying.
    client.Check({ service: handler.service }, new Metadata({ waitForReady: true }), { deadline }, (failure, response) => {
      if (target.signal.aborted) return;
      if (failure === null) return end(judgeGrpcStatus(response?.status ?? "UNKNOWN"));
      const isConnected = client.getChannel().getConnectivityState(false) === connectivityState.READY;
      if (failure.code === status.DEADLINE_EXCEEDED && !isConnected)
        return end({ outcome: "timeout", output: grpcDialText(address, timeoutMs / 1000) });
      end(judgeGrpcError(failure.code, failure.details, timeoutMs / 1000));
    });
  });
};
