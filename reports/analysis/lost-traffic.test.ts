/** Losses grouped by how they read, and summed without leaving one out. */
import { describe, expect, test } from "vitest";
import { Outcome } from "../../engine/traffic/outcome.ts";
import { CauseChains } from "../cause-chain.ts";
import { sampleResult } from "../testdata/sample-result.ts";
import { lostTraffic } from "./lost-traffic.ts";

describe("lost traffic", () => {
  const result = sampleResult();
  const section = lostTraffic(result, new CauseChains(result))!;

  test("puts losses of different Pods in one row when their causes read the same", () => {
    expect(section.tables[0]!.rows.map((row) => row.cells.slice(0, 4))).toEqual([
      ["412", "refused", "listener closed before removal", "2"],
      ["168", "timed out", "node lost", "–"],
    ]);
  });

  test("counts no Pods where there was no endpoint, whatever the cause is about", () => {
    const [loss] = result.losses;
    const none = sampleResult({
      losses: [103, 104, 108].map((cause) => ({ ...loss!, outcome: Outcome.noEndpoint, state: "no endpoint", cause })),
    });
    const { rows } = lostTraffic(none, new CauseChains(none))!.tables[0]!;
    expect(rows.map((row) => row.cells[3])).toEqual(["–", "–", "–"]);
  });

  test("follows each chain to its end", () => {
    expect(section.tables[0]!.rows[0]!.notes).toEqual([
      "application closed its listener ← SIGTERM sent ← Pod deleted ← rollout step of default/web ← action: set image of deployment default/web to web:v2",
    ]);
  });

  test("adds up to all losses", () => {
    expect(section.figures).toMatchObject({ lost: 580, byRollout: { "default/web": 412 }, byFault: { "node-loss": 168 } });
  });

  test("says which rollout and which fault lost how much", () => {
    expect(section.sentences).toEqual([
      "412 lost in the rollout of default/web (71 % of all losses).",
      "168 lost to the fault node-loss (29 % of all losses).",
    ]);
  });

  test("of a run without a loss says so", () => {
    const clean = sampleResult({ losses: [] });
    expect(lostTraffic(clean, new CauseChains(clean))).toMatchObject({ sentences: ["Nothing was lost."], tables: [] });
  });

  test("of a run without load has nothing to say", () => {
    const quiet = sampleResult({ names: { ...result.names, loads: [] } });
    expect(lostTraffic(quiet, new CauseChains(quiet))).toBeNull();
  });
});
