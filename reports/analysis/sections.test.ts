/** The smaller questions: availability, faults and their effect, honesty, and what all sections promise. */
import { describe, expect, test } from "vitest";
import { CauseChains } from "../cause-chain.ts";
import { sampleResult } from "../testdata/sample-result.ts";
import { availability } from "./availability.ts";
import { faults } from "./faults.ts";
import { honesty } from "./honesty.ts";
import { analyses } from "./index.ts";
import { lostTraffic } from "./lost-traffic.ts";
import { requests } from "./requests.ts";
import { rolloutTimeline } from "./rollout-timeline.ts";
import { violations } from "./violations.ts";

const result = sampleResult();

test("each section has a name of its own, and each row as many cells as its table has columns", () => {
  const sections = analyses.map((analysis) => analysis(result, new CauseChains(result))).filter((section) => section !== null);
  expect(new Set(sections.map((section) => section.id)).size).toBe(sections.length);
  for (const table of sections.flatMap((section) => section.tables)) {
    for (const row of table.rows) expect(row.cells).toHaveLength(table.columns.length);
  }
  for (const chart of sections.flatMap((section) => section.charts)) {
    for (const series of chart.series) expect(series.values).toHaveLength(chart.x.length);
  }
});

describe("availability", () => {
  type Sums = typeof result.control.availability.total;
  type Shortages = typeof result.control.availability.shortages;
  const chains = new CauseChains(result);
  const shownOf = (shortages: Shortages, until: number, total: Partial<Sums> = {}, warmup = result.warmup) => {
    const { control } = result;
    const faults = control.faults.slice(0, 1).map((fault) => ({ ...fault, until }));
    const measured = { ...control.availability, shortages, total: { ...control.availability.total, ...total } };
    return availability({ ...result, warmup, control: { ...control, faults, availability: measured } }, chains)!;
  };

  test("is the share of desired replicas over time, and the least of it", () => {
    expect(availability(result, chains)!.figures).toMatchObject({ desiredAtEnd: 20, least: 18, leastOf: 20, recovered: true });
    expect(availability(result, chains)!.sentences[0]).toBe(
      "96.9 % of the desired replicas were available over time, at least 18 of 20 at any moment.",
    );
  });

  test("measures recovery from the end of the last fault", () => {
    const section = shownOf([{ workload: 0, from: 60_000_000, until: 141_000_000, cause: 103 }], 120_000_000);
    expect(section.figures).toMatchObject({ recoveryMicros: 21_000_000 });
    expect(section.sentences[1]).toBe("All were available again 21s after the last fault ended.");
  });

  test("counts what a fault takes away after its end, and nothing else that happens then", () => {
    const byFault = { workload: 0, from: 182_000_000, until: 187_000_000, cause: 304 };
    const byRollout = { workload: 0, from: 200_000_000, until: -1, cause: 103 };
    expect(shownOf([byFault, byRollout], 180_000_000).figures).toMatchObject({ recoveryMicros: 7_000_000 });
    expect(shownOf([byRollout], 180_000_000).sentences[1]).toBe(
      "When the last fault ended, none was missing, and none went missing by a fault after that.",
    );
  });

  test("says when not all came back", () => {
    const stuck = shownOf([{ workload: 0, from: 100_000_000, until: -1, cause: 202 }], 160_000_000, { available: 17 });
    expect(stuck.figures).toMatchObject({ recovered: false, recoveryMicros: null });
    expect(stuck.sentences[1]).toBe("Since the last fault not all of them were available again.");
  });

  test("says what was missing at the end though the fault's own were back", () => {
    const shortages = [{ workload: 0, from: 250_000_000, until: -1, cause: 103 }];
    expect(shownOf(shortages, 160_000_000, { available: 5 }).sentences[2]).toBe("At the end 15 of 20 were missing.");
  });

  test("leaves out faults that were over before the warm-up was", () => {
    expect(shownOf([], 20_000_000).figures).toMatchObject({ recovered: null });
    expect(shownOf([], 20_000_000, {}, 0).figures).toMatchObject({ recovered: true });
  });
});

describe("faults", () => {
  const section = faults(result)!;

  test("took effect if their cause has children", () => {
    expect(section.figures).toMatchObject({
      faults: [
        { name: "node-loss", tookEffect: true, effects: { "node lost": 1 } },
        { name: "flaky health check", tookEffect: true },
        { name: "idle", tookEffect: false, effects: {} },
      ],
    });
  });

  test("without effect are called out", () => {
    expect(section.sentences).toEqual(["The fault idle had no effect: its selector matched nothing."]);
  });

  test("and actions stand in the order of time", () => {
    expect(section.tables[0]!.rows.map((row) => row.cells[0])).toEqual(["1m00s", "1m40s", "2m50s", "3m20s"]);
  });
});

test("requests are accounted for, and a gap is said aloud", () => {
  expect(requests(result)!.sentences).toEqual(["580 of 539,432 requests lost (0.108 %)."]);
  const counters = { ...result.metrics.counters, "requests_answered{load=web}": 1 };
  const gap = requests({ ...result, metrics: { ...result.metrics, counters } })!;
  expect(gap.sentences[1]).toBe("web: sent is not answered + lost + in flight.");
});

test("a rollout that wasn't complete says how it ended", () => {
  const control = {
    ...result.control,
    rollouts: [
      { workload: 0, from: 60_000_000, until: 63_000_000, ending: "superseded" as const, cause: 101 },
      { workload: 0, from: 63_000_000, until: 70_000_000, ending: "deleted" as const, cause: 101 },
      { workload: 0, from: 80_000_000, until: -1, ending: "unfinished" as const, cause: 101 },
    ],
  };
  expect(rolloutTimeline({ ...result, control })!.sentences).toEqual([
    "The rollout of default/web began at 1m00s and was superseded by another 3s later.",
    "The rollout of default/web began at 1m03s and was broken off 7s later: its Deployment was deleted.",
    "The rollout of default/web began at 1m20s and was not complete at the end.",
  ]);
});

const breach = (cause: number) => ({ invariant: "back-off-respected", time: 5_000_000, message: "too early", cause });

test("violations are a section only when there are any", () => {
  expect(violations(result)).toBeNull();
  const broken = violations({ ...result, violations: [breach(0), breach(101)] });
  const [unknown, known] = broken!.tables[0]!.rows.map(({ cells }) => cells);
  expect(unknown).toEqual(["5s", "back-off-respected", "too early", ""]);
  expect(known!.at(-1)).toContain("action: set image of deployment default/web to web:v2");
});

test("honesty names every assumption, changed setting and ignored field", () => {
  const figures = honesty(result).figures;
  expect(figures).toMatchObject({
    assumptions: [
      "application of default/web: startUp log-normal median 2 s, p99 6 s (default)",
      "application of default/web: serviceTime log-normal median 10 ms, p99 100 ms (default)",
    ],
    noEffect: result.notes.noEffect,
    settingsChanged: result.notes.settingsChanged,
  });
});

test("what is assumed alike of several applications is one line", () => {
  const of = (name: string, ...fields: string[]) => fields.map((what) => ({ of: name, what }));
  const assumptions = [...of("a", "startUp 2s", "queue 1"), ...of("b", "startUp 3s"), ...of("c", "startUp 2s", "queue 1")];
  const table = honesty({ ...result, notes: { ...result.notes, assumptions } }).tables[0]!;
  expect(table.rows.map((each) => each.cells[0])).toEqual(["a, c: startUp 2s; queue 1", "b: startUp 3s"]);
});

test("a median of one value isn't shown", () => {
  const one = { count: 1, sum: 7, min: 7, max: 7, buckets: [[7, 1]] as const };
  const metrics = { ...result.metrics, histograms: { "request_duration{load=web}": one, "stale_routing{load=web}": one } };
  const single = { ...result, metrics };
  expect(requests(single)!.tables[0]!.rows[0]!.cells.slice(-3)).toEqual(["–", "–", "7 µs"]);
  expect(lostTraffic(single, new CauseChains(single))!.sentences).toContain(
    "A proxy chose an endpoint 7 µs after its removal could be known.",
  );
});
