/** Rules and words of the probe kinds against upstream's own cases. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ContainerPort, ProbeHandler } from "../objects/pod.ts";
import { isExecSuccess } from "./exec.ts";
import { isGrpcSuccess } from "./grpc.ts";
import { httpStatusText, isHttpSuccess } from "./http-get.ts";
import { failureText, handlerIndex, probeKinds } from "./index.ts";
import { portIsKnown, resolvePort } from "./port.ts";

function load<Case>(file: string): Case[] {
  return (JSON.parse(readFileSync(new URL(`../../conformance/vectors/${file}.json`, import.meta.url), "utf8")) as { cases: Case[] }).cases;
}

describe("a probe's port", () => {
  for (const { name, input, expect: wanted } of load<{
    name: string;
    input: { port: string; containerPorts: ContainerPort[] };
    expect: { port: number | null };
  }>("kubelet_probe_port")) {
    it(`is resolved as upstream does: ${name}`, () => expect(resolvePort(input.port, input.containerPorts)).toBe(wanted.port));
  }
  it("may be a number, within its range", () => {
    expect([0, 1, 65535, 65536].map((port) => portIsKnown(port, []))).toEqual([false, true, true, false]);
  });
});

describe("an HTTP probe", () => {
  interface Case {
    readonly name: string;
    readonly input: {
      readonly status?: number;
      readonly finalStatus?: number;
      readonly redirectStatus?: number;
      readonly redirectTo?: string;
    };
    readonly expect: { readonly result: string };
  }
  for (const { name, input, expect: wanted } of load<Case>("probe_http").filter(
    (one) => one.input.redirectTo !== "/loop" && (one.input.status ?? one.input.finalStatus) !== undefined,
  )) {
    it(`succeeds by its final status: ${name}`, () => {
      // A redirect to another host isn't followed: its own status is the final one (a warning, which counts as success).
      const final = input.redirectTo?.startsWith("other-host:") === true ? input.redirectStatus! : (input.status ?? input.finalStatus)!;
      expect(isHttpSuccess(final)).toBe(wanted.result !== "Failure");
    });
  }
});

describe("what a failed probe says", () => {
  const http: ProbeHandler = { type: "httpGet", path: "/healthz", port: 8080, host: "", scheme: "HTTP", httpHeaders: [] };
  const table: [ProbeHandler, "refused" | "unhealthy" | "timeout", string][] = [
    [http, "unhealthy", "HTTP probe failed with statuscode: 500"],
    [http, "refused", 'Get "http://10.0.0.1:8080/healthz": dial tcp 10.0.0.1:8080: connect: connection refused'],
    [http, "timeout", 'Get "http://10.0.0.1:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'],
    [{ type: "tcpSocket", port: 8080, host: "" }, "refused", "dial tcp 10.0.0.1:8080: connect: connection refused"],
    [{ type: "tcpSocket", port: 8080, host: "" }, "timeout", "dial tcp 10.0.0.1:8080: i/o timeout"],
    [
      { type: "grpc", port: 8080, service: "" },
      "refused",
      'timeout: failed to connect service "10.0.0.1:8080" within 2s: context deadline exceeded',
    ],
    [{ type: "grpc", port: 8080, service: "" }, "unhealthy", 'service unhealthy (responded with "NOT_SERVING")'],
    [{ type: "exec", command: ["cat", "/x"] }, "timeout", 'command timed out: "cat /x" timed out after 2s'],
  ];
  for (const [handler, fault, text] of table)
    it(`${handler.type}, ${fault}: ${text}`, () => expect(failureText(handler, fault, "10.0.0.1:8080", 2)).toBe(text));
  it("names the status", () => expect(httpStatusText(503)).toBe("HTTP probe failed with statuscode: 503"));
});

describe("the other kinds", () => {
  it("gRPC succeeds when it is served, exec with exit code 0", () => {
    expect([isGrpcSuccess("SERVING"), isGrpcSuccess("NOT_SERVING"), isExecSuccess(0), isExecSuccess(1)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
  it("each has a number", () => {
    for (const [index, kind] of probeKinds.entries()) expect(handlerIndex(kind.type)).toBe(index);
  });
});
