/** A gRPC server for tests whose health service answers each name of a service in its own way. Loopback only. */
import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";

export interface HealthServer {
  readonly port: number;
  close(): void;
}

const definition = fromJSON({
  nested: {
    grpc: {
      nested: {
        health: {
          nested: {
            v1: {
              nested: {
                HealthCheckRequest: { fields: { service: { type: "string", id: 1 } } },
                HealthCheckResponse: { fields: { status: { type: "int32", id: 1 } } },
                Health: { methods: { Check: { requestType: "HealthCheckRequest", responseType: "HealthCheckResponse", comment: "" } } },
              },
            },
          },
        },
      },
    },
  },
});

/** Numbers of HealthCheckResponse.ServingStatus. */
const servingStatus: Readonly<Record<string, number>> = { "": 1, "not-known": 0, down: 2, "service-unknown": 3 };

const errors: Readonly<Record<string, { readonly code: number; readonly message: string }>> = {
  unknown: { code: status.NOT_FOUND, message: "unknown service" },
  missing: { code: status.UNIMPLEMENTED, message: "unknown service grpc.health.v1.Health" },
  broken: { code: status.INTERNAL, message: "broken" },
};

/** Any other name never gets an answer. */
function check(call: ServerUnaryCall<{ service: string }, object>, answer: sendUnaryData<object>): void {
  const { service } = call.request;
  const failure = errors[service];
  const number = servingStatus[service];
  if (failure !== undefined) answer(failure);
  else if (number !== undefined) answer(null, { status: number });
}

export async function startHealthServer(): Promise<HealthServer> {
  const server = new Server();
  server.addService(definition["grpc.health.v1.Health"] as Parameters<Server["addService"]>[0], { Check: check });
  return { port: await listening(server), close: () => server.forceShutdown() };
}

/** A gRPC server without a health service. */
export async function startBareServer(): Promise<HealthServer> {
  const server = new Server();
  return { port: await listening(server), close: () => server.forceShutdown() };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (failed, port) =>
      failed === null ? resolve(port) : reject(failed),
    );
  });
}
