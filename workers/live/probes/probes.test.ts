/** The exam of the four kinds of probes, live and in the model, and what is special about each live one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProbeResult } from "../../../engine/kubernetes/kubelet/inputs.ts";
import type { ProbeHandler } from "../../../engine/kubernetes/objects/pod.ts";
import { Safety } from "../safety.ts";
import { attemptProbe } from "./index.ts";
import { startBareServer, startHealthServer, type HealthServer } from "../testdata/health-server.ts";
import { startMisbehavingServer, type MisbehavingServer } from "../testdata/misbehaving-server.ts";
import { attemptInModel } from "../testdata/model-probe.ts";
import { examineOutcomes, examineProbe, type Attempted, type ExamCase, type OtherSide } from "./probe.exam.ts";
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

examineOutcomes("the model", attemptInModel);

describe("outcomes of the real thing", () => {
  let server: MisbehavingServer;
  let health: HealthServer;
  let safety: Safety;
  beforeAll(async () => {
    server = await startMisbehavingServer();
    health = await startHealthServer();
    safety = new Safety(() => undefined);
  });
  afterAll(async () => {
    await server.close();
    health.close();
    await safety.close(0);
  });
  const TIMEOUT_MS = 150;
  const attempt = async (handler: ProbeHandler, port: number | null, command: readonly string[] | null = null): Promise<Attempted> => {
    const target: ProbeTarget = {
      ip: server.ip,
      port,
      kubernetesVersion: "1.36",
      command: command && {
        file: command[0]!,
        arguments: command.slice(1),
        environment: { PATH: process.env["PATH"] ?? "" },
        directory: "/",
      },
      safety,
      signal: new AbortController().signal,
    };
    return attemptProbe(handler, target, TIMEOUT_MS * (handler.type === "exec" && command?.[0] !== "sleep" ? 40 : 1));
  };
  const portOf = (other: OtherSide, open: number): number | null =>
    other.does === "nothing" ? server.closedPort : other.does === "has no such port" ? null : open;
  const services: Readonly<Record<string, string>> = { SERVING: "", NOT_SERVING: "down" };

  examineOutcomes("a live run", (type, other) => {
    switch (type) {
      case "httpGet": {
        const paths: Readonly<Record<string, string>> = { hangs: "/never", ends: "/close" };
        const path = other.does === "answers" && other.with !== 200 ? `/${other.with}` : (paths[other.does] ?? "/ok");
        return attempt(http(path, { port: "web" }), portOf(other, server.httpPort));
      }
      case "tcpSocket":
        return attempt({ ...tcp, port: "web" }, portOf(other, server.silentPort));
      case "grpc": {
        const service = other.does === "answers" ? services[other.with]! : "hangs";
        return attempt({ type: "grpc", port: 80, service }, portOf(other, health.port));
      }
      case "exec": {
        const command =
          other.does === "hangs"
            ? ["sleep", "60"]
            : other.does === "answers"
              ? ["sh", "-c", `printf '${other.says ?? ""}'; exit ${other.with}`]
              : ["/no/such/program"];
        return attempt({ type: "exec", command }, null, command);
      }
    }
  });
});

examineProbe("an HTTP probe", attemptProbe, [
  { sentence: "succeeds on 200", handler: http("/ok"), port: httpPort, result: success, says: "fine" },
  { sentence: "succeeds on 204 without a body", handler: http("/204"), port: httpPort, result: success },
  { sentence: "takes 304 for the end of redirects", handler: http("/304"), port: httpPort, result: success, says: "terminated redirects" },
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
    says: "Probe terminated redirects, Response body: ",
  },
  {
    sentence: "takes another name of the same machine for another host",
    handler: http("/by-name"),
    port: httpPort,
    result: success,
    says: "Probe terminated redirects, Response body: over there",
  },
  { sentence: "follows an absolute location on its own host", handler: http("/other-port"), port: httpPort, result: success, says: "fine" },
  { sentence: "takes a location that is no URL for the end", handler: http("/bad-location"), port: httpPort, result: success },
  { sentence: "follows nine redirects", handler: http("/hops?left=9"), port: httpPort, result: success, says: "there" },
  {
    sentence: "does not follow a tenth",
    handler: http("/hops?left=10"),
    port: httpPort,
    result: failure,
    says: 'Get "/hops\\?left=0": stopped after 10 redirects',
  },
  { sentence: "reads past early hints", handler: http("/hints"), port: httpPort, result: success, says: "fine" },
  { sentence: "fails on 100 Continue that nobody asked for", handler: http("/continue"), port: httpPort, result: failure },
  {
    sentence: "fails when the connection is closed without an answer",
    handler: http("/close"),
    port: httpPort,
    result: failure,
    says: "EOF",
  },
  {
    sentence: "fails on a broken status line",
    handler: http("/bad-status-line"),
    port: httpPort,
    result: failure,
    says: "malformed HTTP response",
  },
  { sentence: "times out when headers trickle in", handler: http("/trickle"), port: httpPort, timeoutMs: 100, result: timeout },
  {
    sentence: "trusts any certificate",
    handler: http("/ok", { scheme: "HTTPS" }),
    port: (server) => server.tlsPort,
    result: success,
    says: "fine",
  },
  {
    sentence: "judges an answer over TLS like any other",
    handler: http("/503", { scheme: "HTTPS" }),
    port: (server) => server.tlsPort,
    result: failure,
    says: "statuscode: 503",
  },
  { sentence: "fails in the clear against a TLS server", handler: http("/ok"), port: (server) => server.tlsPort, result: failure },
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
    says: 'strconv.Atoi: parsing "web": invalid syntax',
  },
  {
    sentence: "never leaves loopback",
    handler: http("/ok", { host: "192.0.2.1" }),
    port: httpPort,
    result: error,
    says: "not a loopback address",
  },
  {
    sentence: "fails over TLS against a plain server",
    handler: http("/ok", { scheme: "HTTPS" }),
    port: httpPort,
    result: failure,
    says: "server gave HTTP response to HTTPS client",
  },
]);

examineProbe("a TCP probe", attemptProbe, [
  { sentence: "succeeds when the connection opens, whatever comes then", handler: tcp, port: silentPort, result: success },
  {
    sentence: "fails when nobody listens",
    handler: tcp,
    port: closedPort,
    result: failure,
    says: /^dial tcp .*: connect: connection refused$/,
  },
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
  { sentence: "times out on a port that speaks something else", handler: grpc, port: httpPort, timeoutMs: 200, result: timeout },
  { sentence: "times out when every connection is reset", handler: grpc, port: resetPort, timeoutMs: 200, result: timeout },
  { sentence: "times out when no connection opens", handler: grpc, port: blackHolePort, timeoutMs: 200, result: timeout },
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

  it("keeps a Host of its own on a relative redirect, and names the page before", async () => {
    const server = await startMisbehavingServer();
    const target: ProbeTarget = {
      ip: server.ip,
      port: server.httpPort,
      kubernetesVersion: "1.20",
      command: null,
      safety: null,
      signal: new AbortController().signal,
    };
    await attemptProbe(http("/hop", { httpHeaders: [{ name: "Host", value: "shop.example" }] }), target, 2000);
    const [first, second] = server.requests;
    expect([first?.url, second?.url]).toEqual(["/hop", "/ok"]);
    expect(first?.headers).toMatchObject({ host: "shop.example", "user-agent": "kube-probe/1.20" });
    expect(second?.headers).toMatchObject({ host: "shop.example", referer: `http://${server.ip}:${server.httpPort}/hop` });
    await server.close();
  });
});

describe("a gRPC probe against a health service", () => {
  let server: HealthServer;
  let bare: HealthServer;
  beforeAll(async () => {
    server = await startHealthServer();
    bare = await startBareServer();
  });
  afterAll(() => {
    server.close();
    bare.close();
  });

  it.each([
    ["SERVING is a success", "", success, /^service healthy$/],
    ["NOT_SERVING is a failure", "down", failure, /responded with "NOT_SERVING"/],
    ["UNKNOWN is a failure", "not-known", failure, /responded with "UNKNOWN"/],
    ["SERVICE_UNKNOWN is a failure", "service-unknown", failure, /responded with "SERVICE_UNKNOWN"/],
    [
      "an unknown service is a failure",
      "unknown",
      failure,
      /^error: health rpc probe failed: rpc error: code = NotFound desc = unknown service$/,
    ],
    ["an error inside the service is a failure", "broken", failure, /code = Internal desc = broken/],
    ["a server without the protocol is a failure", "missing", failure, /does not implement the grpc health protocol/],
    ["no answer is a timeout", "hangs", timeout, /health rpc did not complete/],
  ])("%s", async (_sentence, service, result, says) => {
    const target: ProbeTarget = {
      ip: "127.0.0.1",
      port: server.port,
      kubernetesVersion: "1.36",
      command: null,
      safety: null,
      signal: new AbortController().signal,
    };
    const attempt = await attemptProbe({ type: "grpc", port: 80, service }, target, service === "hangs" ? 300 : 3000);
    expect(attempt).toMatchObject({ result, answer: { output: expect.stringMatching(says) } });
  });

  it("a gRPC server without a health service doesn't implement the protocol", async () => {
    const target: ProbeTarget = {
      ip: "127.0.0.1",
      port: bare.port,
      kubernetesVersion: "1.36",
      command: null,
      safety: null,
      signal: new AbortController().signal,
    };
    const attempt = await attemptProbe({ type: "grpc", port: 80, service: "" }, target, 3000);
    expect(attempt).toMatchObject({
      result: failure,
      answer: { output: expect.stringMatching(/does not implement the grpc health protocol/) },
    });
  });
});
