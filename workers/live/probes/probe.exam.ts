/**
 * What every live probe must satisfy, as a table of (handler, what the other side does) → result, run
 * against a server that misbehaves. A new kind of probe adds its rows and passes the same laws.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProbeResult } from "../../../engine/kubernetes/kubelet/inputs.ts";
import type { ProbeHandler } from "../../../engine/kubernetes/objects/pod.ts";
import type { ProbeAttempt, ProbeTarget } from "./probe.ts";
import { startMisbehavingServer, type MisbehavingServer } from "../testdata/misbehaving-server.ts";

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
