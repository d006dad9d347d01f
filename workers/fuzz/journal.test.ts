import fc from "fast-check";
import { test as property } from "@fast-check/vitest";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Campaign, WHOLE, type CaseOutcome } from "../../scenarios/fuzz/campaign.ts";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { Journal, type JournalHead } from "./journal.ts";

const folder = mkdtempSync(join(tmpdir(), "podstorm-journal-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "campaign.journal");
const head: JournalHead = { version: "1", seed: 7, maximize: null };

const source = {
  name: "counted",
  draw: (seed: number, index: number, corpus: readonly FuzzCase[]): FuzzCase => ({
    scenario: { seed, index, corpus: corpus.length },
    manifests: [],
  }),
};

function newCampaign(): Campaign {
  return new Campaign({ source, seed: 7, shard: WHOLE, runs: 300 });
}

/** What a case comes to follows from it alone. */
function outcomeOf({ scenario }: FuzzCase): CaseOutcome {
  const { index, corpus } = scenario as { index: number; corpus: number };
  const failure = index % 41 === 40 ? ({ kind: "law", bucket: `law ${index % 2}`, message: `${index}` } as const) : null;
  return { failure, coverage: [`${index % 17}`, `${corpus}`], value: (index * 7919) % 101, events: index };
}

function work(campaign: Campaign, journal: Journal, until: number): void {
  while (campaign.runs < until) {
    const outcome = outcomeOf(campaign.draw(campaign.runs));
    journal.note(outcome, campaign.merge(outcome));
    if (campaign.runs % 10 === 0) journal.write();
  }
  journal.write();
}

function stateOf(campaign: Campaign): unknown {
  const { runs, events, coverage, failures, worst } = campaign;
  return { runs, events, coverage: [...coverage], failures, worst, next: campaign.isOpen(runs) ? campaign.draw(runs) : null };
}

const whole = newCampaign();
rmSync(path, { force: true });
work(whole, Journal.open(path, head, whole), 300);
const written = readFileSync(path, "utf8");

describe("a journal", () => {
  property.prop([fc.nat(written.length)], { numRuns: 60 })("cut at any byte goes on to the same end", (length) => {
    writeFileSync(path, written.slice(0, length));
    const campaign = newCampaign();
    work(campaign, Journal.open(path, head, campaign), 300);
    expect(stateOf(campaign)).toEqual(stateOf(whole));
    expect(readFileSync(path, "utf8").endsWith("\n")).toBe(true);
  });

  test("of everything leaves nothing to do", () => {
    writeFileSync(path, written);
    const campaign = newCampaign();
    Journal.open(path, head, campaign);
    expect(stateOf(campaign)).toEqual(stateOf(whole));
  });

  const damages: readonly (readonly [what: string, line: (line: string) => string])[] = [
    ["zeros", (line) => "\0".repeat(line.length)],
    ["half a line", (line) => line.slice(0, line.length / 2)],
    ["another value", () => "null"],
    ["nothing", () => ""],
  ];

  test.each(damages)("with %s in its middle goes on from there to the same end", (_, damaged) => {
    const lines = written.split("\n");
    const middle = Math.floor(lines.length / 2);
    writeFileSync(path, lines.map((line, at) => (at === middle ? damaged(line) : line)).join("\n"));
    const campaign = newCampaign();
    const journal = Journal.open(path, head, campaign);
    expect(campaign.runs).toBe((middle - 1) * 10);
    work(campaign, journal, 300);
    expect(stateOf(campaign)).toEqual(stateOf(whole));
    expect(readFileSync(path, "utf8")).toBe(written);
  });

  test("of another campaign begins anew", () => {
    writeFileSync(path, written);
    const campaign = newCampaign();
    Journal.open(path, { ...head, seed: 8 }, campaign);
    expect(campaign.runs).toBe(0);
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(2);
  });
});
