/** The exam of the four live probes, and what is special about each. */
import { Server as GrpcServer, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProbeResult } from "../../../engine/kubernetes/kubelet/inputs.ts";
import type { ProbeHandler } from "../../../engine/kubernetes/objects/pod.ts";
import { Safety } from "../safety.ts";
import { attemptProbe } from "./index.ts";
import { startMisbehavingServer } from "../testdata/misbehaving-server.ts";
import { examineProbe, type ExamCase } from "./probe.exam.ts";
import type { ProbeTarget } from "./probe.ts";

const { success, failure, timeout, error } = ProbeResult;

function http(path: string, more: Partial<Extract<ProbeHandler, { type: "httpGet" }>> = {}): ProbeHandler {
  return { type: "httpGet", path, port: 80, host: "", scheme: "HTTP", httpHeaders: [], ...more };
}
const tcp: ProbeHandler = { type: "tcpSocket", port: 80, host: "" };
const grpc: ProbeHandler = { type: "grpc", port: 80, service: "" };
const httpPort: ExamCase["port"] = (server) => server.httpPort;
const closedPort: ExamCase["port"] = (server) => server.closedPort;
const silentPort: ExamCase["port"] = (server) => server.silentPort;
const blackHolePort: ExamCase["port"] = (server) => server.blackHolePort;
const resetPort: ExamCase["port"] = (server) => server.resetPort;

examineProbe("an HTTP probe", attemptProbe, [
  { sentence: "succeeds on 200", handler: http("/ok"), port: httpPort, result: success, says: "fine" },
  { sentence: "succeeds on 399", handler: http("/399"), port: httpPort, result: success },
  { sentence: "fails on 400", handler: http("/400"), port: httpPort, result: failure, says: "HTTP probe failed with statuscode: 400" },
  { sentence: "fails on 500", handler: http("/500"), port: httpPort, result: failure, says: "HTTP probe failed with statuscode: 500" },
  { sentence: "follows a redirect on the same host", handler: http("/hop"), port: httpPort, result: success, says: "fine" },
  {
    sentence: "judges the answer behind a redirect",
    handler: http("/to-failure"),
    port: httpPort,
    result: failure,
    says: "statuscode: 500",
  },
  {
    sentence: "does not follow a redirect to another host, which counts as a success",
    handler: http("/away"),
    port: httpPort,
    result: success,
  },
  { sentence: "takes a redirect without a location as it is", handler: http("/nowhere"), port: httpPort, result: success },
  { sentence: "fails after 10 redirects", handler: http("/loop"), port: httpPort, result: failure, says: "stopped after 10 redirects" },
  { sentence: "fails when nobody listens", handler: http("/ok"), port: closedPort, result: failure, says: "connection refused" },
  { sentence: "fails when the connection is reset", handler: http("/ok"), port: resetPort, result: failure },
  { sentence: "fails when the request is reset", handler: http("/reset"), port: httpPort, result: failure },
  { sentence: "fails when the answer is not HTTP", handler: http("/not-http"), port: httpPort, result: failure },
  {
    sentence: "times out when no answer comes",
    handler: http("/never"),
    port: httpPort,
    timeoutMs: 100,
    result: timeout,
    says: "context deadline exceeded",
  },
  { sentence: "times out when the headers never end", handler: http("/slow-headers"), port: httpPort, timeoutMs: 100, result: timeout },
  { sentence: "times out on a port that never speaks", handler: http("/ok"), port: silentPort, timeoutMs: 100, result: timeout },
  { sentence: "times out when no connection opens", handler: http("/ok"), port: blackHolePort, timeoutMs: 100, result: timeout },
  {
    sentence: "is an error, not a failure, when the body hangs",
    handler: http("/hung-body"),
    port: httpPort,
    timeoutMs: 100,
    result: error,
  },
  { sentence: "is an error, not a failure, when the body is cut off", handler: http("/cut-body"), port: httpPort, result: error },
  { sentence: "reads 10 KiB of an endless body and succeeds", handler: http("/huge-body"), port: httpPort, result: success },
  {
    sentence: "is an error when its port has no such name",
    handler: http("/ok", { port: "web" }),
    result: error,
    says: "couldn't find port web",
  },
  {
    sentence: "never leaves loopback",
    handler: http("/ok", { host: "192.0.2.1" }),
    port: httpPort,
    result: error,
    says: "not a loopback address",
  },
  { sentence: "fails over TLS against a plain server", handler: http("/ok", { scheme: "HTTPS" }), port: httpPort, result: failure },
]);

examineProbe("a TCP probe", attemptProbe, [
  { sentence: "succeeds when the connection opens, whatever comes then", handler: tcp, port: silentPort, result: success },
  { sentence: "fails when nobody listens", handler: tcp, port: closedPort, result: failure, says: /dial tcp .*ECONNREFUSED/ },
  { sentence: "is an error when its port has no such name", handler: tcp, result: error },
  { sentence: "never leaves loopback", handler: { ...tcp, host: "192.0.2.1" }, port: httpPort, result: error },
  {
    sentence: "times out when the other side drops it",
    handler: tcp,
    port: blackHolePort,
    timeoutMs: 100,
    result: timeout,
    says: "i/o timeout",
  },
]);

examineProbe("a gRPC probe", attemptProbe, [
  {
    sentence: "times out when nobody listens, since the dial goes on trying",
    handler: grpc,
    port: closedPort,
    timeoutMs: 200,
    result: timeout,
    says: "timeout: failed to connect service",
  },
  { sentence: "times out on a port that never speaks", handler: grpc, port: silentPort, timeoutMs: 200, result: timeout },
]);

describe("exec", () => {
  let safety: Safety;
  const target = (): Partial<ProbeTarget> => ({ safety });
  beforeAll(() => {
    safety = new Safety(() => undefined);
  });
  afterAll(() => safety.close(0));
  const exec = (...command: string[]): Pick<ExamCase, "handler" | "target"> => ({
    handler: { type: "exec", command },
    target: {
      command: { file: command[0] ?? "", arguments: command.slice(1), environment: { PATH: process.env["PATH"] ?? "" }, directory: "/" },
    },
  });
  examineProbe(
    "an exec probe",
    attemptProbe,
    [
      { sentence: "succeeds with exit code 0", ...exec("sh", "-c", "exit 0"), result: success },
      { sentence: "fails with any other exit code", ...exec("sh", "-c", "exit 3"), result: failure },
      { sentence: "fails when a signal ends it", ...exec("sh", "-c", "kill -9 $$"), result: failure },
      { sentence: "is an error when there is no such program", ...exec("/no/such/program"), result: error, says: "ENOENT" },
      {
        sentence: "times out and is killed",
        ...exec("sh", "-c", "sleep 60"),
        timeoutMs: 100,
        result: timeout,
        says: "timed out after 0.1s",
      },
    ],
    target,
  );
  it("leaves no process of a probe that timed out", async () => {
    await expect.poll(() => safety.running(), { timeout: 5000 }).toEqual([]);
  });
});

describe("an HTTP probe on the wire", () => {
  it("opens a new connection each time, names itself and sends the headers it was given", async () => {
    const server = await startMisbehavingServer();
    const target: ProbeTarget = {
      ip: server.ip,
      port: server.httpPort,
      kubernetesVersion: "1.36",
      command: null,
      safety: null,
      signal: new AbortController().signal,
    };
    const handler = http("/ok?deep=1", {
      httpHeaders: [
        { name: "X-Probe", value: "yes" },
        { name: "Accept", value: "" },
        { name: "Host", value: "shop.example" },
      ],
    });
    await attemptProbe(http("/ok"), target, 2000);
    await attemptProbe(handler, target, 2000);
    const [first, second] = server.requests;
    expect(server.connections()).toBe(2);
    expect(first?.headers).toMatchObject({ "user-agent": "kube-probe/1.36", accept: "*/*", connection: "close" });
    expect(first?.headers["accept-encoding"]).toBeUndefined();
    expect(second?.url).toBe("/ok?deep=1");
    expect(second?.headers).toMatchObject({ "x-probe": "yes", host: "shop.example" });
    expect(second?.headers.accept).toBeUndefined();
    await server.close();
  });
});

describe("a gRPC probe against a health service", () => {
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
  const server = new GrpcServer();
  let port = 0;
  beforeAll(async () => {
    server.addService(definition["grpc.health.v1.Health"] as Parameters<GrpcServer["addService"]>[0], {
      Check: (call: ServerUnaryCall<{ service: string }, object>, answer: sendUnaryData<object>) => {
        if (call.request.service === "unknown") answer({ code: 5, message: "no such service" });
        else if (call.request.service === "missing") answer({ code: 12, message: "unimplemented" });
        else if (call.request.service !== "hangs") answer(null, { status: call.request.service === "down" ? 2 : 1 });
      },
    });
    port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (failed, bound) =>
        failed === null ? resolve(bound) : reject(failed),
      );
    });
  });
  afterAll(() => server.forceShutdown());

  it.each([
    ["SERVING is a success", "", success, /^$/],
    ["NOT_SERVING is a failure", "down", failure, /responded with "NOT_SERVING"/],
    ["an unknown service is a failure", "unknown", failure, /health rpc probe failed/],
    ["a server without the protocol is a failure", "missing", failure, /does not implement the grpc health protocol/],
    ["no answer is a timeout", "hangs", timeout, /health rpc did not complete/],
  ])("%s", async (_sentence, service, result, says) => {
    const target: ProbeTarget = {
      ip: "127.0.0.1",
      port,
      kubernetesVersion: "1.36",
      command: null,
      safety: null,
      signal: new AbortController().signal,
    };
    const attempt = await attemptProbe({ type: "grpc", port, service }, target, service === "hangs" ? 300 : 3000);
    expect(attempt).toMatchObject({ result, output: expect.stringMatching(says) });
  });
});
