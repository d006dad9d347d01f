/** What upstream's own cases (engine/conformance) leave out of back-off: entries that are dropped. */
import { describe, expect, it } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { defaultSettings } from "../../settings.ts";
import { advanced, collected, crashBackOffRule, imageBackOffRule, waitUntil, type BackOffEntry } from "./back-off.ts";

describe("crash-loop back-off", () => {
  it("an entry is dropped by the first housekeeping that finds it older than 600 s (D2)", () => {
    const entry: BackOffEntry = { delay: 300 * SECOND, lastUpdate: 2710 * SECOND };
    const housekeeping = { anchor: 0, period: 2 * SECOND };
    const at = (seconds: number): BackOffEntry | null => collected(entry, seconds * SECOND, 600 * SECOND, housekeeping);
    expect(at(3310)).toBe(entry);
    expect(at(3311.999999)).toBe(entry);
    expect(at(3312)).toBe(null);
    // Runs of 400 s: the wait that would last until 3410 ends there.
    expect(waitUntil(at(3312), 3110 * SECOND, { initial: 10 * SECOND, max: 300 * SECOND, reset: 600 * SECOND })).toBe(-Infinity);
  });
});

describe("the rule of crash loops", () => {
  const settings = { ...defaultSettings, crashBackoffInitial: 10, crashBackoffMax: 300, crashBackoffReset: 700, crashBackoffReduced: 0 };
  const fixed = { backOffResetIsFixed: true };

  it("is that of the settings; before its reset was fixed, a run of twice the greatest delay starts over", () => {
    expect(crashBackOffRule(settings, fixed)).toEqual({ initial: 10, max: 300, reset: 700 });
    expect(crashBackOffRule(settings, { backOffResetIsFixed: false })).toEqual({ initial: 10, max: 300, reset: 600 });
  });

  it("has a greatest delay below the first for its first as well", () => {
    expect(crashBackOffRule({ ...settings, crashBackoffMax: 4 }, fixed)).toEqual({ initial: 4, max: 4, reset: 700 });
  });

  it("goes from 1 s to a minute at most when it is reduced", () => {
    const reduced = { ...settings, crashBackoffReduced: 1, crashBackoffMax: 300 * SECOND };
    expect(crashBackOffRule(reduced, fixed)).toEqual({ initial: SECOND, max: 60 * SECOND, reset: 700 });
    expect(crashBackOffRule({ ...reduced, crashBackoffMax: 5 * SECOND }, fixed).max).toBe(5 * SECOND);
  });
});

it("the rule of image pulls is that of the settings; before its reset was fixed, twice the greatest delay starts over", () => {
  const settings = { ...defaultSettings, imageBackoffInitial: 10, imageBackoffMax: 300, imageBackoffExpiry: 700 };
  expect(imageBackOffRule(settings, { backOffResetIsFixed: true })).toEqual({ initial: 10, max: 300, reset: 700 });
  expect(imageBackOffRule(settings, { backOffResetIsFixed: false })).toEqual({ initial: 10, max: 300, reset: 600 });
});

describe("an entry", () => {
  const rule = { initial: 10, max: 35, reset: 100 };
  const entry: BackOffEntry = { delay: 20, lastUpdate: 1_000 };

  it("is dropped on the grid of the housekeeping, wherever that begins", () => {
    const at = (now: number, anchor: number): BackOffEntry | null => collected(entry, now, 100, { anchor, period: 30 });
    // Older than 100 from 1,100 on; passes are at 17, 47 … 1,097, 1,127.
    expect([at(1_100, 17), at(1_126, 17), at(1_127, 17)]).toEqual([entry, entry, null]);
    expect([at(1_109, 0), at(1_110, 0)]).toEqual([entry, null]);
    expect(collected(null, 5_000, 100, { anchor: 0, period: 30 })).toBeNull();
  });

  it("doubles up to the greatest delay, and starts over after long enough", () => {
    expect(advanced(null, 0, 7, rule)).toEqual({ delay: 10, lastUpdate: 7 });
    expect(advanced({ delay: 10, lastUpdate: 7 }, 50, 60, rule)).toEqual({ delay: 20, lastUpdate: 60 });
    expect(advanced(entry, 1_050, 1_060, rule)).toEqual({ delay: 35, lastUpdate: 1_060 });
    expect(advanced(entry, 1_100, 1_160, rule)).toEqual({ delay: 35, lastUpdate: 1_160 });
    expect(advanced(entry, 1_101, 1_160, rule)).toEqual({ delay: 10, lastUpdate: 1_160 });
  });

  it("makes wait from the end of the last run on", () => {
    expect([waitUntil(null, 1_050, rule), waitUntil(entry, 1_050, rule), waitUntil(entry, 1_100, rule)]).toEqual([-Infinity, 1_070, 1_120]);
    expect(waitUntil(entry, 1_101, rule)).toBe(-Infinity);
  });
});
