/**
 * gRPC probe: grpc.health.v1 Check over plaintext; dial and call share one deadline, and the dial goes on
 * trying, so a refused connection ends as a timeout (pkg/probe/grpc). Success is SERVING.
 */
import { Metadata, credentials, makeClientConstructor, status, type Client, type ServiceError } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import { ProbeResult } from "../../../engine/kubernetes/kubelet/inputs.ts";
import { isLoopback } from "../addresses.ts";
import type { AttemptProbe } from "./probe.ts";

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
  if (target.port === null) return Promise.resolve({ result: ProbeResult.error, output: "no such port" });
  if (!isLoopback(target.ip)) return Promise.resolve({ result: ProbeResult.error, output: `${target.ip} is not a loopback address` });
  const address = `${target.ip}:${target.port}`;
  const deadline = Date.now() + timeoutMs;
  const client = new HealthConstructor(address, credentials.createInsecure(), {
    "grpc.primary_user_agent": `kube-probe/${target.kubernetesVersion}`,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.enable_http_proxy": 0,
  }) as unknown as HealthClient;
  return new Promise((resolve) => {
    const end = (result: ProbeResult, output: string): void => {
      target.signal.removeEventListener("abort", cancel);
      client.close();
      resolve({ result, output });
    };
    const cancel = (): void => end(ProbeResult.error, "the run has ended");
    target.signal.addEventListener("abort", cancel, { once: true });
    client.waitForReady(deadline, (error) => {
      if (target.signal.aborted) return;
      if (error !== undefined) {
        end(ProbeResult.timeout, `timeout: failed to connect service "${address}" within ${timeoutMs / 1000}s: context deadline exceeded`);
        return;
      }
      client.Check({ service: handler.service }, new Metadata(), { deadline }, (failure, response) => {
        if (target.signal.aborted) return;
        const [result, output] = judged(failure, response?.status ?? "UNKNOWN", timeoutMs);
        end(result, output);
      });
    });
  });
};

function judged(failure: ServiceError | null, servingStatus: string, timeoutMs: number): [ProbeResult, string] {
  if (failure === null) {
    return servingStatus === "SERVING"
      ? [ProbeResult.success, ""]
      : [ProbeResult.failure, `service unhealthy (responded with "${servingStatus}")`];
  }
  switch (failure.code) {
    case status.UNIMPLEMENTED:
      return [ProbeResult.failure, "error: this server does not implement the grpc health protocol (grpc.health.v1.Health)"];
    case status.DEADLINE_EXCEEDED:
      return [ProbeResult.timeout, `timeout: health rpc did not complete within ${timeoutMs / 1000}s`];
    default:
      return [ProbeResult.failure, `error: health rpc probe failed: ${failure.message}`];
  }
}
