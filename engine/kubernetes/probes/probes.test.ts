/** Rules and words of the probe kinds, beyond upstream's own cases, which are among the vectors (engine/conformance). */
import { describe, expect, it } from "vitest";
import type { ProbeHandler } from "../objects/pod.ts";
import { newestVersions, versionsOfMinor } from "../versions.ts";
import { judgeExec } from "./exec.ts";
import { judgeGrpcError, judgeGrpcStatus } from "./grpc.ts";
import { judgeHop, judgeHttp } from "./http-get.ts";
import { failureText, handlerIndex, probeKinds } from "./index.ts";
import { portErrorText, portIsKnown } from "./port.ts";
import type { ProbeFault } from "./probe.ts";

describe("a probe's port", () => {
  it("may be a number, within its range", () => {
    expect([0, 1, 65535, 65536].map((port) => portIsKnown(port, []))).toEqual([false, true, true, false]);
  });
});

describe("an HTTP probe", () => {
  const hop = (status: number, location: string | null, host: string | null) => ({ status, body: "moved", location, host });
  it("succeeds by its final status", () => {
    const outcomes = [199, 200, 204, 299, 304, 399, 400, 404, 500, 503].map((status) => judgeHttp(status, "", newestVersions).outcome);
    expect(outcomes).toEqual([
      "failure",
      "success",
      "success",
      "success",
      "warning",
      "warning",
      "failure",
      "failure",
      "failure",
      "failure",
    ]);
  });
  it("follows redirects on its own host, ten requests in all", () => {
    expect(judgeHop(hop(302, "/next", "10.0.0.1"), "10.0.0.1", 1, newestVersions)).toBe("follow");
    expect(judgeHop(hop(308, "/next", "10.0.0.1"), "10.0.0.1", 9, newestVersions)).toBe("follow");
    expect(judgeHop(hop(302, "/next", "10.0.0.1"), "10.0.0.1", 10, newestVersions)).toEqual({
      outcome: "failure",
      output: 'Get "/next": stopped after 10 redirects',
    });
  });
  it("stops with a warning where a redirect leads to another host, nowhere, or isn't one", () => {
    const text = "Probe terminated redirects, Response body: moved";
    for (const [status, host] of [
      [302, "elsewhere"],
      [302, null],
      [304, "10.0.0.1"],
    ] as const) {
      expect(judgeHop(hop(status, "x", host), "10.0.0.1", 1, newestVersions)).toEqual({ outcome: "warning", output: text });
      expect(judgeHop(hop(status, "x", host), "10.0.0.1", 1, versionsOfMinor(20))).toEqual({ outcome: "warning", output: "moved" });
    }
  });
});

describe("what a failed probe says", () => {
  const http: ProbeHandler = { type: "httpGet", path: "/healthz", port: 8080, host: "", scheme: "HTTP", httpHeaders: [] };
  const table: [ProbeHandler, ProbeFault, string][] = [
    [http, "unhealthy", "HTTP probe failed with statuscode: 500"],
    [http, "refused", 'Get "http://10.0.0.1:8080/healthz": dial tcp 10.0.0.1:8080: connect: connection refused'],
    [http, "cut", 'Get "http://10.0.0.1:8080/healthz": EOF'],
    [
      { ...http, scheme: "HTTPS", path: "healthz" },
      "timeout",
      'Get "https://10.0.0.1:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ],
    [{ type: "tcpSocket", port: 8080, host: "" }, "refused", "dial tcp 10.0.0.1:8080: connect: connection refused"],
    [{ type: "tcpSocket", port: 8080, host: "" }, "timeout", "dial tcp 10.0.0.1:8080: i/o timeout"],
    [
      { type: "grpc", port: 8080, service: "" },
      "refused",
      'timeout: failed to connect service "10.0.0.1:8080" within 2s: context deadline exceeded',
    ],
    [{ type: "grpc", port: 8080, service: "" }, "timeout", "timeout: health rpc did not complete within 2s"],
    [{ type: "grpc", port: 8080, service: "" }, "unhealthy", 'service unhealthy (responded with "NOT_SERVING")'],
    [
      { type: "grpc", port: 8080, service: "" },
      "cut",
      "error: health rpc probe failed: rpc error: code = Unavailable desc = error reading from server: EOF",
    ],
    [{ type: "exec", command: ["cat", "/x"] }, "timeout", 'command timed out: "cat /x" timed out after 2s'],
    [{ type: "exec", command: ["cat", "/x"] }, "refused", "container is not running"],
    [{ type: "exec", command: ["cat", "/x"] }, "unhealthy", ""],
  ];
  for (const [handler, fault, text] of table)
    it(`${handler.type}, ${fault}: ${text}`, () => expect(failureText(handler, fault, "10.0.0.1:8080", 2, newestVersions)).toBe(text));
  it("before 1.25, a command that timed out says what it had printed", () => {
    expect(failureText({ type: "exec", command: ["cat", "/x"] }, "timeout", "", 2, versionsOfMinor(24))).toBe("");
  });
  it("names the status", () => {
    expect(judgeHttp(503, "", newestVersions)).toEqual({ outcome: "failure", output: "HTTP probe failed with statuscode: 503" });
  });
  it("names a port that nobody declared as strconv does", () => {
    expect([portErrorText("web"), portErrorText(0), portErrorText("70000")]).toEqual([
      'strconv.Atoi: parsing "web": invalid syntax',
      "invalid port number: 0",
      "invalid port number: 70000",
    ]);
  });
});

describe("the other kinds", () => {
  it("gRPC succeeds when it is served", () => {
    expect(judgeGrpcStatus("SERVING").outcome).toBe("success");
    expect(judgeGrpcStatus("SERVICE_UNKNOWN")).toEqual({
      outcome: "failure",
      output: 'service unhealthy (responded with "SERVICE_UNKNOWN")',
    });
  });
  it("a gRPC error is a failure that names its code; the deadline is a timeout", () => {
    expect(judgeGrpcError(12, "unknown service", 1)).toEqual({
      outcome: "failure",
      output: "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service",
    });
    expect(judgeGrpcError(4, "late", 1)).toEqual({ outcome: "timeout", output: "timeout: health rpc did not complete within 1s" });
    expect(judgeGrpcError(5, "no such service", 1).output).toBe(
      "error: health rpc probe failed: rpc error: code = NotFound desc = no such service",
    );
  });
  it("exec succeeds with exit code 0, and keeps 10 KiB of what was printed", () => {
    expect(judgeExec(0, "ok")).toEqual({ outcome: "success", output: "ok" });
    expect(judgeExec(1, "no")).toEqual({ outcome: "failure", output: "no" });
    expect(judgeExec(1, "x".repeat(20_000)).output).toHaveLength(10_240);
  });
  it("each has a number", () => {
    for (const [index, kind] of probeKinds.entries()) expect(handlerIndex(kind.type)).toBe(index);
  });
});
