/** The map's page: what it says, and that what comes from files stays text. */
import { describe, expect, test } from "vitest";
import type { ComeBack } from "./come-back.ts";
import { radarPage } from "./page.ts";
import { boundaryText, cellText, type RadarResult, type RadarRow } from "./radar-result.ts";

const back: ComeBack = { state: "back", from: 1, until: 2, recovery: 30_000_000, before: 1, after: 1, why: "" };
const down: ComeBack = { ...back, state: "stays down", recovery: null, after: 0, why: "<b>0 %</b> answered" };
const row: RadarRow = { y: 0, survives: 1, collapses: 2, isReversed: false, isMonotone: true };

const radar: RadarResult = {
  schema: "podstorm.dev/radar/v1",
  name: "<script>alert(1)</script>",
  version: "0.1.0",
  seed: 7,
  replications: 2,
  window: 10_000_000,
  within: null,
  isPartial: true,
  x: { path: "load.shop.rate", values: ["1x", "1.5x", "2x"], numbers: [1, 1.5, 2] },
  y: { path: '"><img src=x>', values: ["1s", "2s"], numbers: [1, 2] },
  cells: [
    { x: 1, y: 0, runs: [back, back], survives: true },
    { x: 2, y: 0, runs: [back, down], survives: false },
  ],
  rows: [row],
};

describe("the page of a map", () => {
  const page = radarPage(radar, { command: "podstorm radar '<x>'" });

  test("escapes what comes from files and the command line, and asks for nothing", () => {
    expect(page).not.toMatch(/<script|<img|<b>|<x>|https?:/);
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(page).toContain("default-src 'none'");
  });

  test("shows a dot for each cell, bands for whole rows only, and that it is partial", () => {
    expect(page.match(/<circle class="survives"/g)).toHaveLength(1);
    expect(page.match(/<circle class="collapses"/g)).toHaveLength(1);
    expect(page.match(/<rect class="(survives|collapses)"/g)).toHaveLength(2);
    expect(page.match(/<rect class="unknown"/g)).toHaveLength(2);
    expect(page).toContain("partial");
    expect(page).toContain("seeds 7 to 8");
    expect(page).toContain("<td>30s</td>");
  });

  test.each<[Partial<RadarRow>, string]>([
    [{}, "survives 1.5x, not 2x"],
    [{ survives: 2, collapses: 1, isReversed: true }, "survives from 2x on, not 1.5x"],
    [{ survives: 2, collapses: null }, "survives all of 1x to 2x"],
    [{ survives: null, collapses: 0 }, "comes back at none of 1x to 2x"],
  ])("%j reads %s", (changes, text) => {
    expect(boundaryText({ ...row, ...changes }, radar.x)).toBe(text);
  });

  test("tells of a cell that doesn't survive what it was that didn't", () => {
    expect(radar.cells.map(cellText)).toEqual(["back in 2 of 2 runs", "stays down in 1 of 2 runs: <b>0 %</b> answered"]);
  });
});
