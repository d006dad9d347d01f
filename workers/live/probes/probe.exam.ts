/**
 * What every probe must satisfy, as tables of (handler, what the other side does) → outcome and words. The first
 * is the model's as well as the live run's; the second needs a real server, which misbehaves. A new kind of probe
 * adds its rows and passes the same laws.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProbeResult } from "../../../engine/kubernetes/kubelet/inputs.ts";
import type { ProbeHandler } from "../../../engine/kubernetes/objects/pod.ts";
import type { ProbeAnswer, ProbeOutcome } from "../../../engine/kubernetes/probes/probe.ts";
import type { ProbeAttempt, ProbeTarget } from "./probe.ts";
import { startMisbehavingServer, type MisbehavingServer } from "../testdata/misbehaving-server.ts";

/** What is at the other end of a probe, as far as a model knows it. */
export type OtherSide =
  | { readonly does: "answers"; /** HTTP status, serving status, or exit code. */ readonly with: number | string; readonly says?: string }
  | { readonly does: "accepts" }
  /** It takes longer than the timeout. */
  | { readonly does: "hangs" }
  /** Nobody listens; no process runs. */
  | { readonly does: "nothing" }
  /** It ends before it has answered. */
  | { readonly does: "ends" }
  | { readonly does: "has no such port" };

export interface Attempted {
  readonly result: ProbeResult;
  readonly answer: ProbeAnswer | undefined;
}

type Row = readonly [type: ProbeHandler["type"], other: OtherSide, outcome: ProbeOutcome, says: string | RegExp];

const rows: readonly Row[] = [
  ["httpGet", { does: "answers", with: 200, says: "fine" }, "success", ""],
  ["httpGet", { does: "answers", with: 204 }, "success", ""],
  ["httpGet", { does: "answers", with: 399 }, "warning", "Probe terminated redirects, Response body: "],
  ["httpGet", { does: "answers", with: 400 }, "failure", "HTTP probe failed with statuscode: 400"],
  ["httpGet", { does: "answers", with: 404 }, "failure", "HTTP probe failed with statuscode: 404"],
  ["httpGet", { does: "answers", with: 500 }, "failure", "HTTP probe failed with statuscode: 500"],
  ["httpGet", { does: "answers", with: 503 }, "failure", "HTTP probe failed with statuscode: 503"],
  [
    "httpGet",
    { does: "hangs" },
    "timeout",
    /^Get "http:.*": context deadline exceeded \(Client\.Timeout exceeded while awaiting headers\)$/,
  ],
  ["httpGet", { does: "nothing" }, "failure", /^Get "http:\S+": dial tcp [\d.]+:\d+: connect: connection refused$/],
  ["httpGet", { does: "ends" }, "failure", /^Get "http:\S+": EOF$/],
  ["httpGet", { does: "has no such port" }, "error", 'strconv.Atoi: parsing "web": invalid syntax'],
  ["tcpSocket", { does: "accepts" }, "success", ""],
  ["tcpSocket", { does: "nothing" }, "failure", /^dial tcp [\d.]+:\d+: connect: connection refused$/],
  ["tcpSocket", { does: "has no such port" }, "error", 'strconv.Atoi: parsing "web": invalid syntax'],
  ["grpc", { does: "answers", with: "SERVING" }, "success", ""],
  ["grpc", { does: "answers", with: "NOT_SERVING" }, "failure", 'service unhealthy (responded with "NOT_SERVING")'],
  ["grpc", { does: "hangs" }, "timeout", /^timeout: health rpc did not complete within [\d.]+s$/],
  ["grpc", { does: "nothing" }, "timeout", /^timeout: failed to connect service "[\d.]+:\d+" within [\d.]+s: context deadline exceeded$/],
  ["exec", { does: "answers", with: 0 }, "success", ""],
  ["exec", { does: "answers", with: 1, says: "no such file" }, "failure", "no such file"],
  ["exec", { does: "hangs" }, "timeout", /^command timed out: "sleep 60" timed out after [\d.]+s$/],
  ["exec", { does: "nothing" }, "error", /./],
];

/** The outcomes that a model and a live run share. A success that says nothing worth an Event may come without an answer. */
export function examineOutcomes(name: string, attempt: (type: ProbeHandler["type"], other: OtherSide) => Promise<Attempted>): void {
  describe(`outcomes of ${name}`, () => {
    const sentence = ([type, other, outcome]: Row): string =>
      `${type}: ${other.does} ${other.does === "answers" ? other.with : ""} is ${outcome}`;
    it.each(rows.map((row) => [sentence(row), row] as const))("%s", async (_sentence, [type, other, outcome, says]) => {
      const { result, answer } = await attempt(type, other);
      expect(nameOf(result)).toBe(outcome === "warning" ? "success" : outcome);
      if (outcome === "success") return expect(answer?.outcome ?? "success").toBe("success");
      expect(answer).toMatchObject({ outcome, output: typeof says === "string" ? says : expect.stringMatching(says) });
    });
  });
}

export interface ExamCase {
  readonly sentence: string;
  readonly handler: ProbeHandler;
  /** Real port; absent: none (a name that doesn't exist, or a kind without port). */
  readonly port?: (server: MisbehavingServer) => number;
  readonly timeoutMs?: number;
  readonly result: ProbeResult;
  /** Part of the output, in the kubelet's words. */
  readonly says?: string | RegExp;
  readonly target?: Partial<ProbeTarget>;
}

export type Attempt = (handler: ProbeHandler, target: ProbeTarget, timeoutMs: number) => Promise<ProbeAttempt>;

export function examineProbe(
  name: string,
  attempt: Attempt,
  cases: readonly ExamCase[],
  target: () => Partial<ProbeTarget> = () => ({}),
): void {
  describe(`${name}`, () => {
    let server: MisbehavingServer;
    beforeAll(async () => {
      server = await startMisbehavingServer();
    });
    afterAll(() => server.close());

    const targetOf = (examCase: ExamCase, signal: AbortSignal): ProbeTarget => ({
      ip: server.ip,
      port: examCase.port?.(server) ?? null,
      kubernetesVersion: "1.36",
      command: null,
      safety: null,
      signal,
      ...target(),
      ...examCase.target,
    });

    it.each(cases.map((examCase) => [examCase.sentence, examCase] as const))("%s", async (_sentence, examCase) => {
      const run = new AbortController();
      const { result, answer, latency } = await attempt(examCase.handler, targetOf(examCase, run.signal), examCase.timeoutMs ?? 2000);
      expect({ result: nameOf(result), output: answer.output }).toEqual({
        result: nameOf(examCase.result),
        output: expect.stringMatching(examCase.says ?? /^/),
      });
      expect(Number.isInteger(latency) && latency >= 1).toBe(true);
    });

    it("ends at once as an error when the run ends", async () => {
      const slow = cases.find((examCase) => examCase.result === ProbeResult.timeout);
      if (slow === undefined) throw new Error("the table needs a case that times out");
      const run = new AbortController();
      const pending = attempt(slow.handler, targetOf(slow, run.signal), 60_000);
      setTimeout(() => run.abort(), 20);
      expect(nameOf((await pending).result)).toBe("error");
    });
  });
}

function nameOf(result: ProbeResult): string {
  return Object.entries(ProbeResult).find(([, value]) => value === result)?.[0] ?? "?";
}
