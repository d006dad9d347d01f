import { expect, test } from "vitest";
import type { RunResult } from "../../engine/result.ts";
import { sampleResult } from "../testdata/sample-result.ts";
import { probeLatency } from "./probe-latency.ts";

function withCounters(counters: Readonly<Record<string, number>>): RunResult {
  const result = sampleResult();
  return { ...result, metrics: { ...result.metrics, counters: { ...result.metrics.counters, ...counters } } };
}

test("a run of each attempt says nothing of elision", () => {
  const { sentences, figures } = probeLatency(sampleResult())!;
  expect(sentences.join(" ")).not.toContain("lided");
  expect(figures).not.toHaveProperty("elided");
});

test("what was elided is told apart, and why the rest wasn't, the most first", () => {
  const { sentences, figures } = probeLatency(
    withCounters({
      "probes_elided{role=liveness}": 1_000,
      "probes_elided{role=readiness}": 234,
      "probes_exact{reason=settling}": 7,
      "probes_exact{reason=load}": 40,
      "probes_exact{reason=fault}": 0,
    }),
  )!;
  expect(sentences.at(-1)).toBe(
    "Elided probes: 1,234 of these, each a success that was drawn with others and is no event; not elided: 40 that wait for the same workers as requests, 7 of workers before and after a start or a failure.",
  );
  expect(figures).toMatchObject({ elided: 1_234, run: { load: 40, settling: 7 } });
});

test("where none could be elided, that is said", () => {
  const { sentences } = probeLatency(withCounters({ "probes_elided{role=liveness}": 0, "probes_exact{reason=calls}": 3 }))!;
  expect(sentences.at(-1)).toBe("Elided probes: none; not elided: 3 that ask other Services.");
});
