/** What counts as a storm, and what doesn't. */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { RestartRecord, RunResult } from "../../engine/result.ts";
import { CauseKind } from "../../engine/cause-kinds.ts";
import { CauseChains } from "../cause-chain.ts";
import { sampleResult } from "../testdata/sample-result.ts";
import { findStorms, restartStorms, type RestartStorm } from "./restart-storm.ts";

const SECOND = 1_000_000;

describe("a restart storm", () => {
  test.each([
    { name: "four restarts in a minute are none", seconds: [0, 1, 2, 3], storms: 0 },
    { name: "five within a minute are one", seconds: [0, 10, 20, 30, 40], storms: 1 },
    { name: "the window is open at its end: exactly 60 s apart is not within it", seconds: [0, 15, 30, 45, 60], storms: 0 },
    { name: "a slow drip over an hour is none", seconds: Array.from({ length: 60 }, (_, index) => index * 60), storms: 0 },
    { name: "two bursts far apart are two", seconds: [0, 1, 2, 3, 4, 500, 501, 502, 503, 504], storms: 2 },
    { name: "windows that share a restart are one storm", seconds: [0, 12, 24, 36, 48, 70, 82, 94, 106, 118], storms: 1 },
  ])("$name", ({ seconds, storms }) => {
    expect(stormsAt(seconds)).toHaveLength(storms);
  });

  test("needs a tenth of the workload's containers", () => {
    const many = Array.from({ length: 9 }, (_, index) => index);
    expect(stormsAt(many, 100)).toHaveLength(0);
    expect(stormsAt([...many, 9], 100)).toHaveLength(1);
  });

  test("tells onset, peak, end and how many containers it hit", () => {
    const [storm] = stormsAt([0, 10, 20, 30, 40, 50, 90]);
    expect(storm).toMatchObject({ onset: 0, end: 50 * SECOND, restarts: 6, peak: 6, peakAt: 50 * SECOND, containers: 6, threshold: 5 });
  });

  test("is measured against the containers that faults hit", () => {
    const result = sampleResult();
    const [storm] = findStorms(result, new CauseChains(result));
    expect(storm).toMatchObject({ restarts: 9, amplification: 4.5, isSelfSustaining: false });
    expect(storm!.firstCause).toContain("fault: flaky health check");
  });

  test("that goes on for more than two windows after its fault sustains itself", () => {
    const late = withRestarts(
      Array.from({ length: 40 }, (_, index) => 180 + index * 10),
      20,
      304,
    );
    expect(findStorms(late, new CauseChains(late))[0]).toMatchObject({ isSelfSustaining: true });
  });

  test("without a fault behind it has no amplification", () => {
    expect(stormsAt([0, 1, 2, 3, 4])[0]).toMatchObject({ amplification: null, isSelfSustaining: false });
  });

  test.prop([fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 60 })])(
    "never overlaps another, and holds at least its threshold",
    (seconds) => {
      const storms = stormsAt(seconds);
      for (const storm of storms) expect(storm.peak).toBeGreaterThanOrEqual(storm.threshold);
      for (let index = 1; index < storms.length; index++) expect(storms[index]!.onset).toBeGreaterThanOrEqual(storms[index - 1]!.end);
    },
  );
});

test("what restarts in the warm-up is neither counted nor a storm, and the report says so", () => {
  const early = { ...withRestarts([0, 1, 2, 3, 4, 29, 30, 31], 20, 0), warmup: 30 * SECOND };
  const section = restartStorms(early, new CauseChains(early))!;
  expect(section.sentences).toEqual(["2 restarts, no storm.", "6 restarts in the warm-up aren't counted."]);
  expect(section.figures).toMatchObject({ restarts: 2, byWorkload: { "default/web": 2 }, storms: [] });
  const none = { ...withRestarts([1], 20, 0), warmup: 30 * SECOND };
  const { sentences, tables } = restartStorms(none, new CauseChains(none))!;
  expect(sentences).toEqual(["No container restarted after the warm-up.", "1 restart in the warm-up isn't counted."]);
  expect(tables).toEqual([]);
});

test("no restart is said in so many words", () => {
  const result = sampleResult({ restarts: [] });
  expect(restartStorms(result, new CauseChains(result))).toMatchObject({ sentences: ["No container restarted."], tables: [] });
});

test("restarts of one crash loop are one cause, however long their chains have grown", () => {
  const lives = 5;
  const row = (id: number, kind: number) => ({ id, parent: id - 1, kind, subject: 1, detail: 0, time: id });
  const causes = Array.from({ length: lives }, (_, life) => [
    row(1 + 2 * life, CauseKind.containerStarted),
    row(2 + 2 * life, CauseKind.oomKilled),
  ]).flat();
  const restarts = Array.from({ length: lives }, (_, life) => ({ time: life, pod: 1, container: 0, workload: 0, cause: 2 + 2 * life }));
  const result = sampleResult({ causes, restarts, warmup: 0 });
  expect(restartStorms(result, new CauseChains(result))!.tables[0]!.rows[0]!.notes).toEqual([
    "killed for memory ← container started (repeated up to 4 times) ← no fault or action behind it",
  ]);
});

function stormsAt(seconds: readonly number[], desired = 20): readonly RestartStorm[] {
  const result = withRestarts(seconds, desired, 0);
  return findStorms(result, new CauseChains(result));
}

function withRestarts(seconds: readonly number[], desired: number, cause: number): RunResult {
  const restarts: RestartRecord[] = seconds.map((second, pod) => ({ time: second * SECOND, pod, container: 0, workload: 0, cause }));
  const { control } = sampleResult();
  return sampleResult({
    warmup: 0,
    restarts,
    control: { ...control, deployments: [{ label: "default/web", desired, updated: desired, ready: desired, available: desired }] },
  });
}
